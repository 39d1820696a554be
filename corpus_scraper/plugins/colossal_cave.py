"""Read Colossal Cave from `adventure.yaml` of Open Adventure: places, objects, and travel.

Only the layout of that one file is understood, not YAML in general. Rules are left out: what
changes during play is described as it is at the start.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.graph_builder import Format, build_graph
from corpus_scraper.formats.story_file import load
from corpus_scraper.graph import StoryGraph

START = "LOC_START"

NOWHERE = "LOC_NOWHERE"
"""The place of the dead, and of objects that appear later."""

_SECTION = re.compile(r"^(\w+):[^\n]*$", re.MULTILINE)
_ENTRY = re.compile(r"^- (\w+):", re.MULTILINE)
_TRAVEL = re.compile(
    r"\{verbs: \[([^\]\n]*)\],\s*(?:cond: \[([^\]\n]*)\],\s*)?action: \[([^\]\n]*)\]\}"
)
_ANCHOR = re.compile(r"&\w+\s*")

_PHRASES = {
    "upwar": "Go up",
    "inwar": "Go in",
    "forwa": "Go on",
    "outsi": "Go outside",
    "outdo": "Go outdoors",
    "acros": "Go across",
    "onwar": "Go onward",
    "downs": "Go downstream",
    "upstr": "Go upstream",
    "low": "Stay low",
} | {short: f"Go {long}" for short, long in (("ne", "northeast"), ("nw", "northwest"))}
_PHRASES |= {short: f"Go {long}" for short, long in (("se", "southeast"), ("sw", "southwest"))}
_PHRASES |= {
    name: f"Go {name}" for name in "north south east west up down left right over out".split()
}
_VERBS = frozenset("enter climb jump cross crawl".split())
_MAGIC = frozenset("xyzzy plugh plove y2".split())


@dataclass(slots=True)
class _Game:
    """The parts of the file that become text."""

    places: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    things: dict[str, list[str]] = field(default_factory=dict)
    """Descriptions of the objects in each place at the start."""
    travel: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """By place: verbs, condition and action of each way to travel, as written."""


def _recognises(path: Path, head: bytes) -> bool:
    return path.suffix.lower() in {".yaml", ".yml"} and b"\nmotions:" in head and b"LOC_" in head


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    game = _parse_sections(file.text)
    if START not in game.places:
        raise file.unreadable(f"there is no place called {START} to start in.")
    flow = _flow(game, _full_words(file.text))
    title = "Colossal Cave Adventure"
    yield build_graph(file, flow.parsed(START, title, strip_marks=str))


FORMAT = Format("colossal-cave", _recognises, _parse)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def _parse_sections(text: str) -> _Game:
    game = _Game()
    for section, body in _split_at(_SECTION, text):
        for name, entry in _split_at(_ENTRY, body):
            match section:
                case "locations" if name != NOWHERE:
                    game.places[name] = _value(entry, "long")
                    game.travel[name] = _TRAVEL.findall(entry.partition("travel:")[2])
                case "arbitrary_messages":
                    game.messages[name] = _scalar(entry.split("\n"))
                case "objects":
                    described = _value(entry, "descriptions", item=True)
                    where = re.search(r"^ +locations: *\[?(\w+)", entry, re.MULTILINE)
                    if where and described:
                        game.things.setdefault(where[1], []).append(described)
    return game


def _split_at(headings: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """Yield the name in each heading and the text up to the next one."""
    found = list(headings.finditer(text))
    ends = [*(head.start() for head in found[1:]), len(text)]
    for head, end in zip(found, ends, strict=False):
        yield head[1], text[head.end(1) + 1 : end]


def _value(entry: str, key: str, *, item: bool = False) -> str:
    """Return the text of a key, or the first item of its list."""
    begins = rf"^ +{key}: *(?:\n *- )" if item else rf"^ +{key}:"
    found = re.search(begins, entry, re.MULTILINE)
    return _scalar(entry[found.end() :].split("\n")) if found else ""


def _scalar(lines: list[str]) -> str:
    """Return the scalar that starts in the first line: quoted, plain, or a block below."""
    first = _ANCHOR.sub("", lines[0].strip())
    if first.startswith("|"):
        block: list[str] = []
        indented = [line for line in lines[1:] if line.strip()]
        depth = len(indented[0]) - len(indented[0].lstrip()) if indented else 0
        for line in lines[1:]:
            if not depth or (line.strip() and not line.startswith(" " * depth)):
                break
            block.append(line.strip())
        return _unescaped("\n".join(block).strip())
    if first[:1] in "'\"" and first[:1]:
        quoted = "\n".join([first, *lines[1:]])
        found = re.match(r"'((?:[^']|'')*)'|\"((?:[^\"\\]|\\.)*)\"", quoted)
        return _unescaped((found[1] or found[2] or "") if found else "")
    return "" if first.startswith(("!!null", "*")) else _unescaped(first)


def _unescaped(text: str) -> str:
    text = text.replace("''", "'").replace("\\t", " ").replace("\\n", "\n")
    return re.sub(r"%[dsSV]", "", re.sub(r"(?<=\S)\n(?=\S)", " ", text))


# ── Travel ───────────────────────────────────────────────────────────────────────────────────────


def _full_words(text: str) -> dict[str, str]:
    """Return the words of the file by their first five letters, the most frequent of each.

    The game knows verbs and places by five letters.
    """
    words: dict[str, str] = {}
    for word, _ in Counter(re.findall(r"\b[a-z]{5,20}\b", text)).most_common():
        if len(word) > 5:
            words.setdefault(word[:5], word)
    return words


def _flow(game: _Game, words: dict[str, str]) -> ControlFlow:
    flow = ControlFlow()
    for name, description in game.places.items():
        flow.open_block(name).add_text("\n".join((description, *game.things.get(name, ()), "")))
    for name, travel in game.travel.items():
        for number, (verbs, condition, action) in enumerate(travel, 1):
            kind, _, target = (part.strip() for part in action.partition(","))
            if kind == "speak":
                answer = flow.open_block(f"{name}: {target.lower()} {number}")
                answer.add_text(game.messages.get(target, ""))
                answer.add_exit(name)
                target = answer.id
            elif target == NOWHERE:
                flow.blocks[name].ending = True
                continue
            elif kind != "goto":
                continue
            flow.blocks[name].add_exit(target, _choice_text(verbs, words), _condition(condition))
        if not travel:
            flow.blocks[name].ending = True
    return flow


def _choice_text(verbs: str, words: dict[str, str]) -> str:
    """Return the plainest command for a way to travel; empty where it is automatic."""
    names = [verb.strip().lower() for verb in verbs.split(",") if verb.strip()]
    phrases = [_PHRASES[name] for name in names if name in _PHRASES]
    for name in names:
        if name in _VERBS:
            return name.capitalize()
        if name in _MAGIC:
            return f"Say {words.get(name, name)}"
    if phrases:
        return phrases[0]
    return f"Go to the {words.get(names[0], names[0])}" if names else ""


def _condition(written: str) -> str:
    """Return a condition in words: `carry, NUGGET` becomes `carry nugget`."""
    return " ".join(re.sub(r"[\",_]", " ", written).lower().split())
