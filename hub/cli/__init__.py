"""The command line: `hub`, for operators."""
