"""The benchmarks: every module here with a `run` function is one, by the module's name."""
