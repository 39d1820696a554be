"""Provides the measurements of Grue, each a script; `python -m benchmarks` runs them all."""
