"""Provides Colossal Cave as its YAML file tells it: places, what lies there, and ways between them.

Reads the shape of that one file (`adventure.yaml` of Open Adventure), not YAML at large. Knows
nothing of the game's rules: what changes while it is played is told as it is at the beginning.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.collapse_empty import collapse_empty_passages
from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph
from corpus_scraper.formats.story_file import load
from corpus_scraper.graph import StoryGraph

START = "LOC_START"

NOWHERE = "LOC_NOWHERE"
"""Where one is when one is dead, and where things are that come later."""

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
    way: f"Go {way}" for way in "north south east west up down left right over out".split()
}
_DEEDS = frozenset("enter climb jump cross crawl".split())
_MAGIC = frozenset("xyzzy plugh plove y2".split())


@dataclass(slots=True)
class _File:
    """The parts of the file that tell something."""

    places: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    things: dict[str, list[str]] = field(default_factory=dict)
    """What lies in each place at the beginning."""
    travel: dict[str, list[tuple[str, str, str]]] = field(default_factory=dict)
    """Of each place: verbs, condition, action, as they are written."""


def _recognises(path: Path, head: bytes) -> bool:
    return path.suffix.lower() in {".yaml", ".yml"} and b"\nmotions:" in head and b"LOC_" in head


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    file = load(path, root)
    told = _parts(file.text)
    if START not in told.places:
        raise file.unreadable(f"there is no place called {START} to begin in.")
    start, passages, choices = _flow(told, _words(file.text)).passages(START)
    passages, choices = collapse_empty_passages(start, passages, choices)
    yield build_graph(file, ParsedStory("Colossal Cave Adventure", start, passages, choices))


FORMAT = Format("colossal-cave", _recognises, _read)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def _parts(text: str) -> _File:
    told = _File()
    for section, body in _cut(_SECTION, text):
        for name, entry in _cut(_ENTRY, body):
            match section:
                case "locations" if name != NOWHERE:
                    told.places[name] = _value(entry, "long")
                    told.travel[name] = _TRAVEL.findall(entry.partition("travel:")[2])
                case "arbitrary_messages":
                    told.messages[name] = _scalar(entry.split("\n"))
                case "objects":
                    described = _value(entry, "descriptions", item=True)
                    where = re.search(r"^ +locations: *\[?(\w+)", entry, re.MULTILINE)
                    if where and described:
                        told.things.setdefault(where[1], []).append(described)
    return told


def _cut(heads: re.Pattern[str], text: str) -> Iterator[tuple[str, str]]:
    """Yield the name in each head and the text up to the next one."""
    found = list(heads.finditer(text))
    ends = [*(head.start() for head in found[1:]), len(text)]
    for head, end in zip(found, ends, strict=False):
        yield head[1], text[head.end(1) + 1 : end]


def _value(entry: str, key: str, *, item: bool = False) -> str:
    """Return the text under a key, or the first of its list."""
    begins = rf"^ +{key}: *(?:\n *- )" if item else rf"^ +{key}:"
    found = re.search(begins, entry, re.MULTILINE)
    return _scalar(entry[found.end() :].split("\n")) if found else ""


def _scalar(lines: list[str]) -> str:
    """Return the text that begins in the first of some lines: quoted, plain, or a block below."""
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


# ── Ways ─────────────────────────────────────────────────────────────────────────────────────────


def _words(text: str) -> dict[str, str]:
    """Return the words of the file by their first five letters, the most frequent of each."""
    words: dict[str, str] = {}
    for word, _ in Counter(re.findall(r"\b[a-z]{5,20}\b", text)).most_common():
        if len(word) > 5:
            words.setdefault(word[:5], word)
    return words


def _flow(told: _File, words: dict[str, str]) -> ControlFlow:
    flow = ControlFlow()
    for name, seen in told.places.items():
        flow.open(name).say("\n".join((seen, *told.things.get(name, ()), "")))
    for name, ways in told.travel.items():
        for number, (verbs, asked, action) in enumerate(ways, 1):
            kind, _, target = (part.strip() for part in action.partition(","))
            if kind == "speak":
                answer = flow.open(f"{name}: {target.lower()} {number}")
                answer.say(told.messages.get(target, ""))
                answer.leave(name)
                target = answer.id
            elif target == NOWHERE:
                flow.blocks[name].ending = True
                continue
            elif kind != "goto":
                continue
            flow.blocks[name].leave(target, _picked(verbs, words), _asked(asked))
        if not ways:
            flow.blocks[name].ending = True
    return flow


def _picked(verbs: str, words: dict[str, str]) -> str:
    """Return the plainest thing to say to go a way; nothing where one goes by itself."""
    names = [verb.strip().lower() for verb in verbs.split(",") if verb.strip()]
    phrases = [_PHRASES[name] for name in names if name in _PHRASES]
    for name in names:
        if name in _DEEDS:
            return name.capitalize()
        if name in _MAGIC:
            return f"Say {words.get(name, name)}"
    if phrases:
        return phrases[0]
    return f"Go to the {words.get(names[0], names[0])}" if names else ""


def _asked(written: str) -> str:
    """Return a condition in words: `carry, NUGGET` is carry nugget."""
    return " ".join(re.sub(r"[\",_]", " ", written).lower().split())
