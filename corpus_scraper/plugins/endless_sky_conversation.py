"""Provides TalkWriter: the lines of an Endless Sky conversation written into a Flow.

Knows nothing of files and missions.
"""

import re
from collections.abc import Sequence

from corpus_scraper.formats.control_flow import BasicBlock, ControlFlow
from corpus_scraper.formats.indentation import Node
from corpus_scraper.formats.placeholders import NEUTRAL
from corpus_scraper.graph import Choice, Passage

_ENDS = frozenset({"accept", "decline", "defer", "launch", "flee", "depart", "die", "explode"})
_SILENT = frozenset({"action", "apply", "scene", "name"})
_DISPLAY, _ACTIVATE = "to display", "to activate"

_TOKEN = re.compile(r"`([^`]*)`?|\"([^\"]*)\"?|([^\s\"`]+)")
_FILLED = re.compile(r"<([^<>\n]{0,60})>")
_PHRASE = re.compile(r"[$&@](?:\{[^{}\n]{0,80}\}|\[[^\[\]\n]{0,80}\])")

PLACEHOLDERS: dict[str, str] = {
    "first": "Robin",
    "last": "Vale",
    "ship": "Kestrel",
    "model": "ship",
    "planet": "Arden",
    "system": "Vesper",
    "origin": "Tarn",
    "destination": "Arden in the Vesper system",
    "stopovers": "Tarn and Arden",
    "planet stopovers": "Tarn and Arden",
    "waypoints": "Vesper and Lorne",
    "marks": "Vesper and Lorne",
    "payment": "20,000 credits",
    "fare": "five passengers",
    "cargo": "ten tons of cargo",
    "commodity": "cargo",
    "tons": "ten tons",
    "bunks": "five",
    "passengers": "passengers",
    "capacity": "ten tons",
    "date": "the first of the month",
    "day": "the first of the month",
    "npc": "Wren",
    "npc model": "ship",
    "designated system": "Vesper",
    "conditions": "several",
}
"""What stands for what the game would fill in: names where it has names, sums where sums."""


class ConversationWriter:
    """Writes one conversation into a flow."""

    def __init__(self, values: dict[str, str]) -> None:
        self.flow = ControlFlow()
        self._values = values
        self._first = self.flow.open("start")
        self._here: BasicBlock | None = self._first
        self._labels: dict[str, str] = {}

    def write(self, nodes: Sequence[Node]) -> None:
        """Write the lines of the conversation."""
        index = 0
        while index < len(nodes):
            node = nodes[index]
            index += 1
            words = tokens(node.text)
            match words:
                case ["label", name, *_]:
                    self._label(name)
                case ["choice", *_]:
                    self._choice(node.children)
                case ["branch", name, *other]:
                    self._branch(name, other, node.children)
                case ["goto", name, *_]:
                    self._go(name)
                case [end] if end in _ENDS:
                    self._go(end)
                case [word, *_] if word in _SILENT and not is_prose(node):
                    pass
                case _ if is_prose(node):
                    self._say(words[0], node)
                case _:
                    self.flow.notes[f"The line {words[0][:40]} is not known."] += 1
        if self._here is not None:
            self._here.leave(self.flow.end("decline"))

    def finish(self) -> tuple[str, tuple[Passage, ...], tuple[Choice, ...]]:
        """Return the start, the passages and the choices."""
        for block in list(self.flow.blocks.values()):  # an ending may be added meanwhile
            for way in block.exits:
                if way.target.startswith("\0"):
                    way.target = self._find(way.target[1:])
        return self.flow.passages(self._first.id)

    def _find(self, name: str) -> str:
        """Return the block of a label, or of an ending where no label is called so."""
        if name not in self._labels and name in _ENDS:
            return self.flow.end(name)
        return self._labels.get(name, name)

    def _go(self, name: str, condition: str = "") -> None:
        if self._here is not None:
            self._here.leave(f"\0{name}", condition=condition)
            self._here = None if not condition else self._here

    def _label(self, name: str) -> None:
        block = self.flow.open(name)
        self._labels.setdefault(name, block.id)
        if self._here is not None:
            self._here.leave(block.id)
        self._here = block

    def _say(self, text: str, node: Node) -> None:
        if self._here is None:
            return
        if condition := _condition(node, _DISPLAY):
            shown, after = self.flow.fresh("text"), self.flow.fresh("text")
            self._here.leave(shown.id, condition=condition)
            self._here.leave(after.id, condition=f"not ({condition})")
            shown.say(self.prose(text) + "\n")
            self._here = shown
            self._leave_by(node)
            if self._here is not None:
                self._here.leave(after.id)
            self._here = after
            return
        self._here.say(self.prose(text) + "\n")
        self._leave_by(node)

    def _leave_by(self, node: Node) -> None:
        """Go where a line says that the talk goes after it, if it does."""
        for child in node.children:
            match tokens(child.text):
                case ["goto", name, *_]:
                    self._go(name)
                case [end] if end in _ENDS:
                    self._go(end)

    def _choice(self, options: Sequence[Node]) -> None:
        base = self._here
        if base is None:
            return
        after = self.flow.fresh("after")
        is_entered = False
        for option in filter(is_prose, options):
            body = self.flow.fresh("reply")
            asked = _condition(option, _DISPLAY) or _condition(option, _ACTIVATE)
            base.leave(body.id, self.prose(tokens(option.text)[0]).strip(), asked)
            self._here = body
            self._leave_by(option)
            if self._here is not None:
                body.leave(after.id)
                is_entered = True
        self._here = after if is_entered else None

    def _branch(self, name: str, other: Sequence[str], asked: Sequence[Node]) -> None:
        if self._here is None:
            return
        condition = _joined(asked)
        after = self.flow.fresh("after")
        self._here.leave(f"\0{name}", condition=condition or "by chance")
        otherwise = f"\0{other[0]}" if other else after.id
        self._here.leave(otherwise, condition=f"not ({condition})" if condition else "otherwise")
        self._here = None if other else after

    def prose(self, text: str) -> str:
        """Return a line with plain words for what the game fills in."""
        return _FILLED.sub(self._filled, _PHRASE.sub(NEUTRAL, text))

    def _filled(self, found: re.Match[str]) -> str:
        name = found.group(1).strip()
        return self._values.get(name) or PLACEHOLDERS.get(name.lower()) or name


def tokens(text: str) -> list[str]:
    """Return the words of a line, those in quotes or backticks as one."""
    found = [backticked or quoted or bare for backticked, quoted, bare in _TOKEN.findall(text)]
    return found or [""]


def is_prose(node: Node) -> bool:
    """Return whether a line is something said."""
    return node.text[:1] in ("`", '"')


def _condition(node: Node, kind: str) -> str:
    """Return the author's words for when a line is shown; empty for always."""
    return " and ".join(_joined(child.children) for child in node.children if child.text == kind)


def _joined(nodes: Sequence[Node], word: str = " and ") -> str:
    parts = []
    for node in nodes:
        match node.text:
            case "and" | "or":
                parts.append(f"({_joined(node.children, f' {node.text} ')})")
            case "never":
                parts.append("never")
            case text:
                parts.append(" ".join(text.split()))
    return word.join(parts)
