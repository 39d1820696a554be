"""Run benchmarks one by one: `python -m benchmarks [NAME …]`; `--list` names them all."""

import ast
import runpy
import sys
from pathlib import Path

DEFAULT = ("startup", "playing", "cancellation", "long_story", "vs_transformers", "prose")
"""Those of the game that need no arguments; for arguments use `python -m benchmarks.NAME`."""


def summaries() -> dict[str, str]:
    """Return what each benchmark measures, the first line of its module's docstring."""
    found: dict[str, str] = {}
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        module = ast.parse(path.read_text("utf-8"))
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        if any(isinstance(each, functions) and each.name == "main" for each in module.body):
            found[path.stem] = (ast.get_docstring(module) or "").partition("\n")[0]
    return found


def main() -> None:
    """Run the benchmarks named on the command line, or list them."""
    if "--list" in sys.argv[1:]:
        print("\n".join(f"{name:16} {summary}" for name, summary in summaries().items()))
        return
    names, sys.argv[1:] = sys.argv[1:] or DEFAULT, []
    for name in names:
        print(f"\n## {name}\n", flush=True)
        runpy.run_module(f"benchmarks.{name}", run_name="__main__")


if __name__ == "__main__":
    main()
