"""Read the conversations in the data files of Endless Sky: each one is a story.

Of missions, only their names and substitutions are read.
"""

import re
from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from corpus_scraper.formats.basic_block import BasicBlock
from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.graph_builder import Format, build_graph, unique_names
from corpus_scraper.formats.indentation import Node, parse_tree, walk
from corpus_scraper.formats.placeholders import NEUTRAL
from corpus_scraper.formats.story_file import load
from corpus_scraper.graph import StoryGraph
from dungeon.text.encoding import decode_lossy, unify_line_ends

_ROOTS = """
    category color conversation disable effect event fleet formation galaxy gamerules government
    hazard help interface landing message minable mission news outfit outfitter person phrase planet
    raiding rating sale scene ship shipyard star start substitutions system test tip trade wormhole
    """.split()
_ROOT = re.compile(rf"(?:{'|'.join(_ROOTS)})\b[^\n]*\n(?:[ \t]*(?:#[^\n]*)?\n)*\t[\w\"`]")
_LEAD = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*")


def _recognises(path: Path, head: bytes) -> bool:
    """Return whether this is a data file: a root keyword, and lines below it indented by tabs."""
    if path.suffix.lower() != ".txt" or b"\t" not in head:
        return False
    text = unify_line_ends(decode_lossy(head))
    lead = _LEAD.match(text)
    return bool(_ROOT.match(text, lead.end() if lead else 0))


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    lines = [
        (number, line)
        for number, line in enumerate(file.text.split("\n"), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    conversations = [
        each
        for node in parse_tree(file, lines)
        for each in _conversations(node)
        if any(map(_is_text, walk(each[1].children)))
    ]
    names = unique_names("/".join(path) for path, *_ in conversations)
    for name, (path_, node, substitutions) in zip(names, conversations, strict=True):
        writer = _Writer(substitutions)
        writer.write(node.children)
        title = writer.substitute(path_[0])
        yield build_graph(file, writer.flow.parsed("start", title, part=name))


FORMAT = Format("endless-sky", _recognises, _parse)

# ── Conversations in a file ──────────────────────────────────────────────────────────────────────

_Conversation = tuple[tuple[str, ...], Node, dict[str, str]]
"""Its path of names, its node, and the substitutions that apply."""


def _conversations(node: Node) -> Iterator[_Conversation]:
    """Yield the conversations in a root node."""
    kind, *names = _tokens(node.text)
    title = names[0] if names else kind
    substitutions: dict[str, str] = {}
    for child in node.children:
        match _tokens(child.text):
            case ["name", display_name, *_] if kind == "mission":
                title = display_name
            case ["substitutions", *_]:
                for line in child.children:
                    pair = _tokens(line.text)
                    if len(pair) == 2:
                        substitutions.setdefault(pair[0].strip("<>"), pair[1])
    path = (title, names[0]) if names and names[0] != title else (title,)
    if kind == "conversation":
        yield path, node, substitutions
        return
    for child in node.children:
        yield from _inner(child, path, substitutions)


def _inner(
    node: Node, path: tuple[str, ...], substitutions: dict[str, str]
) -> Iterator[_Conversation]:
    if node.word == "conversation":
        if node.children:  # without lines it only names a conversation defined elsewhere
            yield path, node, substitutions
        return
    inner = (*path, " ".join(_tokens(node.text))[:60])
    for child in node.children:
        yield from _inner(child, inner, substitutions)


# ── One conversation ─────────────────────────────────────────────────────────────────────────────

_ENDPOINTS = frozenset({"accept", "decline", "defer", "launch", "flee", "depart", "die", "explode"})
_SILENT = frozenset({"action", "apply", "scene", "name"})
_DISPLAY, _ACTIVATE = "to display", "to activate"

_TOKEN = re.compile(r"`([^`]*)`?|\"([^\"]*)\"?|([^\s\"`]+)")
_SUBSTITUTION = re.compile(r"<([^<>\n]{0,60})>")
_PHRASE = re.compile(r"[$&@](?:\{[^{}\n]{0,80}\}|\[[^\[\]\n]{0,80}\])")

_PLACEHOLDERS: dict[str, str] = {
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
"""Text for the game's own substitutions: names for names, sums for sums."""


class _Writer:
    """Writes one conversation into a control flow."""

    def __init__(self, substitutions: dict[str, str]) -> None:
        self.flow = ControlFlow()
        self._substitutions = substitutions
        self._here: BasicBlock | None = self.flow.open_block("start")

    def write(self, nodes: Sequence[Node]) -> None:
        """Write the lines of the conversation."""
        lines = [_tokens(node.text) for node in nodes]
        for node, words in zip(nodes, lines, strict=True):
            match words:
                case ["label", name, *_]:
                    self._here = self.flow.label(name, after=self._here)
                case ["choice", *_]:
                    self._choice(node.children)
                case ["branch", name, *other]:
                    self._branch(name, other, node.children)
                case ["goto", name, *_]:
                    self._goto(name)
                case [endpoint] if endpoint in _ENDPOINTS:
                    self._goto(endpoint)
                case [word, *_] if word in _SILENT and not _is_text(node):
                    pass
                case _ if _is_text(node):
                    self._say(words[0], node)
                case _:
                    self.flow.notes[f"The line {words[0][:40]} is not known."] += 1
        if self._here is not None:
            self._here.add_exit(self.flow.ending("decline"))
        self._add_endings({words[1] for words in lines if words[0] == "label" and words[1:]})

    def _add_endings(self, labels: Set[str]) -> None:
        """Turn exits to endpoints into exits to endings, unless a label has the same name."""
        endpoints = {self.flow.to_label(name): name for name in _ENDPOINTS - labels}
        for block in list(self.flow.blocks.values()):  # the loop adds endings
            for exit_ in block.exits:
                if exit_.target in endpoints:
                    exit_.target = self.flow.ending(endpoints[exit_.target])

    def _goto(self, name: str) -> None:
        if self._here is not None:
            self._here.add_exit(self.flow.to_label(name))
        self._here = None

    def _say(self, text: str, node: Node) -> None:
        if self._here is None:
            return
        condition = _condition(node, _DISPLAY)
        if not condition:
            self._here.add_text(self.substitute(text) + "\n")
            self._follow_goto(node)
            return
        shown, after = self.flow.new_block("text"), self.flow.new_block("text")
        self._here.add_exit(shown.id, condition=condition)
        self._here.add_exit(after.id, condition=f"not ({condition})")
        shown.add_text(self.substitute(text) + "\n")
        self._here = shown
        self._follow_goto(node)
        if self._here is not None:
            self._here.add_exit(after.id)
        self._here = after

    def _follow_goto(self, node: Node) -> None:
        """Follow the `goto` or endpoint below a line, if there is one."""
        for child in node.children:
            match _tokens(child.text):
                case ["goto", name, *_]:
                    self._goto(name)
                case [endpoint] if endpoint in _ENDPOINTS:
                    self._goto(endpoint)

    def _choice(self, options: Sequence[Node]) -> None:
        base = self._here
        if base is None:
            return
        after = self.flow.new_block("after")
        is_entered = False
        for option in filter(_is_text, options):
            reply = self.flow.new_block("reply")
            condition = _condition(option, _DISPLAY) or _condition(option, _ACTIVATE)
            base.add_exit(reply.id, self.substitute(_tokens(option.text)[0]).strip(), condition)
            self._here = reply
            self._follow_goto(option)
            if self._here is not None:
                reply.add_exit(after.id)
                is_entered = True
        self._here = after if is_entered else None

    def _branch(self, name: str, other: Sequence[str], conditions: Sequence[Node]) -> None:
        if self._here is None:
            return
        condition = _expression(conditions)
        after = self.flow.new_block("after")
        self._here.add_exit(self.flow.to_label(name), condition=condition or "by chance")
        otherwise = f"not ({condition})" if condition else "otherwise"
        self._here.add_exit(
            self.flow.to_label(other[0]) if other else after.id, condition=otherwise
        )
        self._here = None if other else after

    def substitute(self, text: str) -> str:
        """Return a line with plain text for its substitutions and phrases."""
        return _SUBSTITUTION.sub(self._substitution, _PHRASE.sub(NEUTRAL, text))

    def _substitution(self, match: re.Match[str]) -> str:
        name = match[1].strip()
        return self._substitutions.get(name) or _PLACEHOLDERS.get(name.lower()) or name


def _tokens(text: str) -> list[str]:
    """Return the words of a line; quotes or backticks make one word of several."""
    return [backticked or quoted or bare for backticked, quoted, bare in _TOKEN.findall(text)] or [
        ""
    ]


def _is_text(node: Node) -> bool:
    """Return whether a line is text, and no keyword."""
    return node.text[:1] in ("`", '"')


def _condition(node: Node, kind: str) -> str:
    """Return the condition under which a line is shown; empty for always."""
    return " and ".join(_expression(each.children) for each in node.children if each.text == kind)


def _expression(nodes: Sequence[Node], operator: str = " and ") -> str:
    parts = []
    for node in nodes:
        match node.text:
            case "and" | "or":
                parts.append(f"({_expression(node.children, f' {node.text} ')})")
            case text:
                parts.append(" ".join(text.split()))
    return operator.join(parts)
