"""The evaluation stack of compiled ink, with symbolic values: expressions as text."""

import itertools
from dataclasses import dataclass
from typing import Any, Literal

from corpus_scraper.formats.basic_block import GLUE
from corpus_scraper.formats.ink.program import Container
from corpus_scraper.formats.placeholders import placeholder_for

_BINARY = frozenset("+ - * / % == != < > <= >= && || MIN MAX ? !? has hasnt L^".split())
_UNARY = {"!": "not", "_": "-", "~": "-"}
_PUSHED = {
    "visit": "visits",
    "turn": "turns",
    "turns": "turns",
    "choiceCnt": "choices offered",
    "void": "",
    "rnd": "chance",
    "seq": "visits",
}
_MODES = frozenset({"#", "/#", "str", "/str", "du", "pop"})
_SILENT = frozenset({"nop", "G>", "G<", "ev", "/ev", "srnd", "readc"})

MAX_VALUE = 400
"""Characters of an expression."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A jump instruction."""

    path: str
    kind: Literal["divert", "unless", "tunnel", "call"]
    is_conditional: bool = False
    is_variable: bool = False


def jump_of(item: dict[str, Any]) -> Jump | None:
    """Return an instruction as a jump, or None where it is none."""
    for key in ("t?", "f?"):  # version 11 and before
        inner = item.get(key)
        if isinstance(inner, dict) and isinstance(inner.get("->"), str):
            return Jump(inner["->"], "unless" if key == "f?" else "divert", is_conditional=True)
    for key, kind in _JUMPS:
        path = item.get(key)
        if isinstance(path, str):
            return Jump(path, kind, bool(item.get("c")), bool(item.get("var")))
    return None


_JUMPS: tuple[tuple[str, Literal["divert", "tunnel", "call"]], ...] = (
    ("->", "divert"),
    ("->t->", "tunnel"),
    ("f()", "call"),
)


def constant_values(root: Container) -> dict[str, bool]:
    """Return the variables of a program that are declared true or false and never changed."""
    declared: dict[str, bool] = {}
    changed: set[str] = set()
    waiting = [root]
    while waiting:
        each = waiting.pop()
        waiting.extend(each.named.values())
        for before, item in itertools.pairwise((None, *each.items)):
            match item:
                case Container():
                    waiting.append(item)
                case {"VAR=": str(name), "re": True} | {"temp=": str(name)} | {"^var": str(name)}:
                    changed.add(name)
                case {"VAR=": str(name)} if isinstance(before, bool | int):
                    declared[name] = bool(before)
    return {name: value for name, value in declared.items() if name not in changed}


class EvaluationStack:
    """The values that instructions pass to one another, as expressions."""

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self._stack: list[str] = []
        self._texts: list[list[str]] = []  # open string evaluations, the innermost last
        self._in_tag = False

    @property
    def in_text(self) -> bool:
        """Whether a string is being evaluated, such as the text of a choice."""
        return bool(self._texts)

    @staticmethod
    def first_values(declared: Container | None) -> dict[str, str]:
        """Return the initial values of variables that are strings or numbers."""
        values: dict[str, str] = {}
        last = ""
        for item in declared.items if declared else ():
            match item:
                case str() if item.startswith("^"):
                    last = item[1:]
                case int() | float() if not isinstance(item, bool):
                    last = str(item)
                case {"VAR=": str(name)}:
                    values[name], last = last, ""
        return values

    def pop(self) -> str:
        """Return the top value, or an empty one."""
        return self._stack.pop() if self._stack else ""

    def add_text(self, text: str) -> None:
        """Add to the string that is being evaluated."""
        self._texts[-1].append(text)

    def call(self, path: str) -> None:
        """Push a function call as its result."""
        self._push(f"{path}()")

    def accept(self, item: Any) -> bool:
        """Run an instruction between conditional jumps; return whether it belongs there."""
        if isinstance(item, dict):
            if not {"VAR?", "CNT?"} & set(item):
                return False
            self.run_object(item)
            return True
        if isinstance(item, str) and (item.startswith("^") or item in ("\n", "<>", "done", "end")):
            return False
        self.run(item)
        return True

    def run(self, item: Any) -> str:
        """Run an instruction that is no object; return the text it prints."""
        match item:
            case "out":
                return self._print(self._text_of(self.pop()))
            case "\n":
                return "" if self.in_text else self._print("\n")
            case "<>":
                return self._print(GLUE)
            case str() if item.startswith("^"):
                return self._print(item[1:])
            case str():
                self._operate(item)
            case int() | float():
                self._push(str(item).lower())
        return ""

    def _print(self, text: str) -> str:
        """Return `text` unless it belongs to a tag or to a string evaluation."""
        if self._in_tag:
            return ""
        if self.in_text:
            self.add_text(text)
            return ""
        return text

    def _text_of(self, value: str) -> str:
        """Return the text of a value: the initial value of a variable, or a string."""
        return (
            placeholder_for(value, self._values) if value.isidentifier() or "(" in value else value
        )

    def _operate(self, name: str) -> None:
        if name in _MODES:
            self._change_mode(name)
        elif name in _BINARY:
            right, left = self.pop(), self.pop()
            self._push(f"{left} {name} {right}")
        elif name in _UNARY:
            self._push(f"{_UNARY[name]} {self.pop()}")
        elif name in _PUSHED:
            self._push(_PUSHED[name])
        elif name not in _SILENT:
            self._push(name.lower())

    def _change_mode(self, name: str) -> None:
        """Start or end a tag or a string evaluation; copy or drop the top value."""
        match name:
            case "#" | "/#":
                self._in_tag = name == "#"
            case "str":
                self._texts.append([])
            case "/str":
                self._push("".join(self._texts.pop()) if self._texts else "")
            case "du":
                self._push(self._stack[-1] if self._stack else "")
            case "pop":
                self.pop()

    def run_object(self, item: dict[str, Any]) -> None:
        """Run an instruction that pushes or pops a value."""
        match item:
            case {"VAR?": str(name)} | {"^var": str(name)}:
                self._push(name)
            case {"CNT?": str(path)}:
                self._push(f"seen {path.lstrip('.^')}")
            case {"^->": str(path)}:
                self._push(path)
            case {"VAR=": _} | {"temp=": _}:
                self.pop()
            case {"x()": str(name)}:
                self.call(name)
            case {"list": _}:
                self._push("list")

    def _push(self, value: str) -> None:
        self._stack.append(value[:MAX_VALUE])
