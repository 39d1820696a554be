"""Provides games written in Dendry: a folder of scenes, each with sections, choices and jumps.

A scene that leads nowhere goes back to the game's root scene, as the engine does. Knows nothing of
arithmetic: conditions are kept as written, and of several wordings the first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.collapse_empty import collapse_empty_passages
from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph, title_from_name
from corpus_scraper.formats.markup import replace_between, strip_markdown
from corpus_scraper.formats.placeholders import placeholder_for
from corpus_scraper.formats.story_file import StoryFile, join_files, load, place_of
from corpus_scraper.graph import Choice, Passage, StoryGraph

SUFFIX = ".scene.dry"

MAX_FILES = 2_000
"""More scenes than any game has files."""

_PROPERTY = re.compile(r"([A-Za-z][A-Za-z-]{1,40})[ \t]*:[ \t]*(.*)")
_SECTION = re.compile(r"@([\w-]+)[ \t]*")
_OPTION = re.compile(r"-[ \t]*(?P<sign>[@#])(?P<name>[\w.-]+)(?P<rest>.*)")
_QUOTE = re.compile(r"^[ \t]*>+[ \t]*", re.MULTILINE)
_ASIDE = re.compile(r"^\[([^\[\]]+)\]$")
_SHOWN = re.compile(r"\[\+[ \t]*([\w-]+)[^\]\n]{0,200}\+\]")
_CONDITIONAL = re.compile(r"\[\?[ \t]*if[ \t][^:\n]{1,300}:((?:(?!\?\]|\[\?)[\s\S]){0,2000})\?\]")


@dataclass(slots=True)
class _Section:
    """A scene, or a section of one."""

    id: str
    scene: str
    told: dict[str, str] = field(default_factory=dict)
    """Its properties, by their names in small letters without hyphens."""
    lines: list[str] = field(default_factory=list)
    options: list[re.Match[str]] = field(default_factory=list)


def _scenes(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob(f"*{SUFFIX}") if not path.is_symlink())


def _recognises(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return (path / "source" / "info.dry").is_file() and bool(_scenes(path / "source"))
    return path.name.endswith(SUFFIX)


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    paths = _scenes(path / "source") if path.is_dir() else [path]
    files = [load(each, root) for each in paths[: MAX_FILES + 1]]
    whole = join_files(files)
    if len(files) > MAX_FILES:
        raise whole.unreadable(f"its game has more than {MAX_FILES} files.")
    info = _properties(load(path / "source" / "info.dry", root).text) if path.is_dir() else {}
    sections = [each for p, f in zip(paths, files, strict=True) for each in _sections(p, f)]
    place = place_of(path, root)
    file = StoryFile(place if place != "." else path.name, whole.text, whole.sha256)
    title = info.get("title") or title_from_name(path.name.removesuffix(SUFFIX))
    yield build_graph(file, _found(title, info, sections))


FORMAT = Format("dendry", _recognises, _read)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def _properties(text: str) -> dict[str, str]:
    told: dict[str, str] = {}
    for line in text.split("\n"):
        if found := _PROPERTY.fullmatch(line):
            told[found[1].lower().replace("-", "")] = found[2].strip()
    return told


def _sections(path: Path, file: StoryFile) -> Iterator[_Section]:
    scene = path.name.removesuffix(SUFFIX)
    here = _Section(scene, scene)
    is_head, named = True, ""
    for line in replace_between(file.text, "{!", "!}").split("\n"):
        if line.startswith("#"):
            continue
        if started := _SECTION.fullmatch(line):
            yield here
            here = _Section(f"{scene}.{started[1]}", scene)
            is_head, named = True, ""
        elif is_head and (found := _PROPERTY.fullmatch(line)):
            named = found[1].lower().replace("-", "")
            here.told[named] = found[2].strip()
        elif is_head and named and line[:1] in (" ", "\t") and line.strip():
            here.told[named] += f" {line.strip()}"
        elif option := _OPTION.fullmatch(line):
            here.options.append(option)
            is_head = False
        elif here.options and line[:1] in (" ", "\t") and line.strip():
            here.options[-1] = _longer(here.options[-1], line)
        elif line.strip() or not is_head:
            is_head = False
            here.lines.append(line)
        else:
            is_head = not named
    yield here


def _longer(option: re.Match[str], line: str) -> re.Match[str]:
    """Return an option whose text goes on in the next line."""
    return _OPTION.fullmatch(f"{option.string} {line.strip()}") or option


def _prose(section: _Section, values: dict[str, str]) -> str:
    """Return the paragraphs of a section, a line each, without its headings."""
    kept = (line for line in section.lines if not line.startswith("=") and line.strip() != "---")
    text = "\n".join(kept)
    text = _SHOWN.sub(lambda found: values.get(found[1]) or placeholder_for(found[1]), text)
    text = _CONDITIONAL.sub(r"\1", text)
    text = _QUOTE.sub("", text)
    paragraphs = (" ".join(each.split()) for each in re.split(r"\n[ \t]*\n", text))
    return "\n".join(_ASIDE.sub(r"\1", each).replace(" // ", "\n") for each in paragraphs)


# ── What leads where ─────────────────────────────────────────────────────────────────────────────


def _found(title: str, info: dict[str, str], sections: Sequence[_Section]) -> ParsedStory:
    known = {section.id: section for section in sections}
    root = info.get("rootscene", "root" if "root" in known else "")
    start = info.get("firstscene", "root")
    start = start if start in known else sections[0].id
    flow = ControlFlow()
    for section in known.values():
        flow.open(section.id).say(_prose(section, {}))
    for section in known.values():
        _lead(flow, known, section, root)
    begin, passages, choices = flow.passages(start)
    told = [Passage(p.id, strip_markdown(p.text), p.ending) for p in passages]
    ways = [Choice(c.origin, c.target, strip_markdown(c.text), c.condition) for c in choices]
    author = info.get("author", "")
    return ParsedStory(
        title, begin, *collapse_empty_passages(begin, told, ways), author, flow.sentences()
    )


def _lead(flow: ControlFlow, known: dict[str, _Section], section: _Section, root: str) -> None:
    """Let a section lead where its jumps and options say, else back to the root."""
    block = flow.blocks[section.id]
    jumps = section.told.get("goto", "")
    for jump in filter(None, (part.strip() for part in jumps.split(";"))):
        name, _, asked = jump.partition(" if ")
        block.leave(_resolved(name.strip().lstrip("@"), section, known), condition=asked.strip())
    for option in section.options:
        _offer(flow, known, section, option)
    is_over = section.told.get("gameover", "").lower() == "true"
    if is_over:
        block.ending = True
    elif not block.exits and root in known and root != section.id:
        block.leave(root)


def _offer(
    flow: ControlFlow, known: dict[str, _Section], section: _Section, option: re.Match[str]
) -> None:
    asked, _, text = option["rest"].partition(":")
    asked = asked.strip().removeprefix("if ").strip()
    if option["sign"] == "#":
        targets = [each for each in known.values() if option["name"] in _tags(each)]
    else:
        name = _resolved(option["name"], section, known)
        targets = [known[name]] if name in known else []
        if not targets:
            flow.blocks[section.id].leave(name, text.strip())
    for target in targets:
        shown = text.strip() or target.told.get("title", "") or title_from_name(target.id)
        conditions = (asked, target.told.get("viewif", ""), target.told.get("chooseif", ""))
        flow.blocks[section.id].leave(target.id, shown, " and ".join(filter(None, conditions)))


def _tags(section: _Section) -> list[str]:
    return [tag.strip().lstrip("#") for tag in section.told.get("tags", "").split(",")]


def _resolved(name: str, section: _Section, known: dict[str, _Section]) -> str:
    """Return the id that a name means in a scene: its own section, or another scene."""
    own = f"{section.scene}.{name}"
    return own if own in known else name
