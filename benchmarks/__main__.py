"""Run benchmarks one by one: `python -m benchmarks [NAME …]`."""

import runpy
import sys

DEFAULT = ("startup", "playing", "cancellation", "long_story", "vs_transformers", "prose")
"""Those of the game that need no arguments; for arguments use `python -m benchmarks.NAME`."""


def main() -> None:
    """Run the benchmarks named on the command line."""
    names, sys.argv[1:] = sys.argv[1:] or DEFAULT, []
    for name in names:
        print(f"\n## {name}\n", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
