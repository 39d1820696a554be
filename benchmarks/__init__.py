"""Benchmarks, each a script: `python -m benchmarks NAME`. docs/benchmarks.md has the results."""
