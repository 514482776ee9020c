"""Benchmarks: each prints a ratio against a reference that was measured in the same run, never a bare time."""
