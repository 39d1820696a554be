"""Read games written in Dendry: a folder of scenes, each with sections, choices and jumps.

A scene that leads nowhere returns to the game's root scene, as in the engine. Nothing is computed:
conditions are kept as written, and of several texts the first.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.control_flow import ControlFlow
from corpus_scraper.formats.dendry_text import plain_text
from corpus_scraper.formats.facts import Facts
from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph, title_from_name
from corpus_scraper.formats.markup import remove_between, strip_markdown
from corpus_scraper.formats.story_file import StoryFile, join_files, load, load_all, place_of
from corpus_scraper.graph import StoryGraph

SUFFIX = ".scene.dry"

JUMP_SCENE = "jumpscene"
"""A jump to the scene that `set-jump` named: the way back from scenes that several others share."""

MAX_FILES = 2_000
"""Scene files of one game."""

_PROPERTY = re.compile(r"([A-Za-z][\w-]{1,40})[ \t]*:[ \t]*(.*)")
_SECTION = re.compile(r"@([\w-]+)[ \t]*")
_OPTION = re.compile(r"-[ \t]*(?P<sign>[@#])(?P<name>[\w.-]+)(?P<rest>.*)")
_QUOTE = re.compile(r"^[ \t]*>+[ \t]*", re.MULTILINE)


@dataclass(slots=True)
class _Section:
    """A scene, or a section of one."""

    id: str
    scene: str
    properties: dict[str, str] = field(default_factory=dict)
    """By name, in lower case without hyphens."""
    lines: list[str] = field(default_factory=list)
    options: list[re.Match[str]] = field(default_factory=list)


def _scenes(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob(f"*{SUFFIX}") if not path.is_symlink())


def _recognises(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return (path / "source" / "info.dry").is_file() and bool(_scenes(path / "source"))
    return path.name.endswith(SUFFIX)


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    paths = _scenes(path / "source") if path.is_dir() else [path]
    files = load_all(paths, root, MAX_FILES)
    info = _properties(load(path / "source" / "info.dry", root).text) if path.is_dir() else {}
    sections = [each for p, f in zip(paths, files, strict=True) for each in _sections(p, f)]
    file = join_files(files, place_of(path, root))
    title = info.get("title") or title_from_name(path.name.removesuffix(SUFFIX))
    yield build_graph(file, _parsed(title, info, sections))


FORMAT = Format("dendry", _recognises, _parse)


# ── Reading ──────────────────────────────────────────────────────────────────────────────────────


def _property_name(found: re.Match[str]) -> str:
    return re.sub(r"[-_]", "", found[1].lower())


def _properties(text: str) -> dict[str, str]:
    properties: dict[str, str] = {}
    for line in text.split("\n"):
        if found := _PROPERTY.fullmatch(line):
            properties[_property_name(found)] = found[2].strip()
    return properties


def _sections(path: Path, file: StoryFile) -> Iterator[_Section]:
    scene = path.name.removesuffix(SUFFIX)
    here = _Section(scene, scene)
    is_head, named = True, ""
    for line in remove_between(file.text, "{!", "!}").split("\n"):
        if line.startswith("#"):
            continue
        if started := _SECTION.fullmatch(line):
            yield here
            here = _Section(f"{scene}.{started[1]}", scene)
            is_head, named = True, ""
        elif is_head and (found := _PROPERTY.fullmatch(line)):
            named = _property_name(found)
            here.properties[named] = found[2].strip()
        elif is_head and named and line[:1] in (" ", "\t") and line.strip():
            here.properties[named] += f" {line.strip()}"
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
    """Return an option with its continuation line."""
    return _OPTION.fullmatch(f"{option.string} {line.strip()}") or option


def _prose(section: _Section, left_out: list[str]) -> str:
    """Return the paragraphs of a section, one per line, without headings.

    Text whose condition excludes that of an earlier one goes to `left_out`.
    """
    kept = (line for line in section.lines if not line.startswith("=") and line.strip() != "---")
    text = _QUOTE.sub("", "\n".join(kept))
    paragraphs = (" ".join(each.split()) for each in re.split(r"\n[ \t]*\n", text))
    facts = Facts()
    return "\n".join(plain_text(each, facts, left_out) for each in paragraphs)


# ── Control flow ──────────────────────────────────────────────────────────────────────────────────


def _parsed(title: str, info: dict[str, str], sections: Sequence[_Section]) -> ParsedStory:
    known = {section.id: section for section in sections}
    root = info.get("rootscene", "root" if "root" in known else "")
    start = info.get("firstscene", "root")
    start = start if start in known else sections[0].id
    flow = ControlFlow()
    left_out: list[str] = []
    for section in known.values():
        flow.open_block(section.id).add_text(f"{_prose(section, left_out)}\n")
    if count := sum(bool(each.strip()) for each in left_out):
        flow.notes["Of texts that depend on a condition, the first was kept."] += count
    for section in known.values():
        _add_exits(flow, known, section, root)
    return flow.parsed(start, title, author=info.get("author", ""), strip_marks=strip_markdown)


def _add_exits(flow: ControlFlow, known: dict[str, _Section], section: _Section, root: str) -> None:
    """Add the exits of a section: its jumps and options, else one back to the root."""
    block = flow.blocks[section.id]
    jumps = section.properties.get("goto", "")
    for jump in filter(None, (part.strip() for part in jumps.split(";"))):
        name, _, condition = jump.partition(" if ")
        if name.strip().lstrip("@").lower() == JUMP_SCENE:
            block.returns = True
            continue
        block.add_exit(
            _resolve(name.strip().lstrip("@"), section, known), condition=condition.strip()
        )
    for option in section.options:
        _offer(flow, known, section, option)
    is_over = section.properties.get("gameover", "").lower() in ("true", "yes")
    if is_over:
        block.ending = True
    elif not block.exits and not block.returns and root in known and root != section.id:
        block.add_exit(root)
    if back := section.properties.get("setjump", ""):
        resolved = _resolve(back, section, known)
        flow.calls += ((exit_, resolved, section.id) for exit_ in block.exits)


def _offer(
    flow: ControlFlow, known: dict[str, _Section], section: _Section, option: re.Match[str]
) -> None:
    condition, _, written = option["rest"].partition(":")
    text = plain_text(written.strip())
    condition = condition.strip().removeprefix("if ").strip()
    if option["sign"] == "#":
        targets = [each for each in known.values() if option["name"] in _tags(each)]
    else:
        name = _resolve(option["name"], section, known)
        targets = [known[name]] if name in known else []
        if not targets:
            flow.blocks[section.id].add_exit(name, text)
    for target in targets:
        title = text or plain_text(target.properties.get("title", ""))
        title = title or title_from_name(target.id)
        conditions = (
            condition,
            target.properties.get("viewif", ""),
            target.properties.get("chooseif", ""),
        )
        flow.blocks[section.id].add_exit(target.id, title, " and ".join(filter(None, conditions)))


def _tags(section: _Section) -> list[str]:
    return [tag.strip().lstrip("#") for tag in section.properties.get("tags", "").split(",")]


def _resolve(name: str, section: _Section, known: dict[str, _Section]) -> str:
    """Return the id that a name means in a scene: a section of it, or another scene."""
    own = f"{section.scene}.{name}"
    return own if own in known else name
