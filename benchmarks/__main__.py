"""Provides `python -m benchmarks [NAME …]`: every measurement, or those named, one by one."""

import runpy
import sys

ALL = ("starting", "playing", "stopping", "long_story", "peer", "prose")
"""`quantisation` is not among them: it needs held-out texts as arguments."""


def main() -> None:
    """Run the measurements named on the command line."""
    names, sys.argv[1:] = sys.argv[1:] or ALL, []
    for name in names:
        print(f"\n## {name}\n", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


main()
