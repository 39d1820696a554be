"""Read games made with egamebook: rooms to go to, and actions in each of them.

A room is a passage, and so is the result of an action there, which leads back to the room. Fights
are left out except for their outcome.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph, title_from_name
from corpus_scraper.formats.ink.parser import InkSyntaxError, parse_statements, strip_comments
from corpus_scraper.formats.ink.weave import InkWriter
from corpus_scraper.formats.markup import strip_markdown
from corpus_scraper.formats.story_file import StoryFile, join_files, load_all, place_of
from corpus_scraper.graph import StoryGraph
from corpus_scraper.plugins.egamebook_script import Entry, command, parse_entries

SUFFIX = ".egb.txt"

MAX_FILES = 1_000
"""Files of one game."""

_PLACE = "assets/text"
_DESCRIPTIONS = ("FIRST_DESCRIPTION", "DESCRIPTION", "VARIANT_UPDATE_DESCRIPTION")
_STARTS_WITH_INK = re.compile(r"\"(\w+?)_ink\"")
"""How the code of a room names the action whose ink it starts with."""


def _files(folder: Path) -> list[Path]:
    """Return the files of a game, without those that test the tool."""
    found = sorted(p for p in (folder / _PLACE).rglob(f"*{SUFFIX}") if not p.is_symlink())
    return [p for p in found if not any(part.endswith("Tests") for part in p.parts)]


def _recognises(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return (path / _PLACE).is_dir() and bool(_files(path))
    return path.name.endswith(SUFFIX)


def _parse(path: Path, root: Path) -> Iterator[StoryGraph]:
    paths = _files(path) if path.is_dir() else [path]
    files = load_all(paths, root, MAX_FILES)
    file = join_files(files, place_of(path, root))
    game = _Game([entry for each in files for entry in parse_entries(each.text)])
    title = title_from_name(path.name.removesuffix(SUFFIX))
    yield build_graph(file, game.parsed(file, title))


FORMAT = Format("egamebook", _recognises, _parse)


@dataclass(slots=True)
class _Game:
    """A game while its rooms become passages."""

    entries: Sequence[Entry]
    rooms: dict[str, Entry] = field(default_factory=dict)
    actions: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            if entry.kind != "APPROACH":
                known = self.rooms if entry.kind == "ROOM" else self.actions
                known.setdefault(entry.name, entry)

    def parsed(self, file: StoryFile, title: str) -> ParsedStory:
        """Return the story. Raises Unreadable where its ink is broken."""
        if not self.rooms:  # a file with actions only: each of them may be the start
            self.rooms[""] = Entry("ROOM", "")
        start = "start" if "start" in self.rooms else next(iter(self.rooms))
        writer = InkWriter({}, {})
        for name in (start, *(name for name in self.rooms if name != start)):
            self._write(file, writer, _room(name), self._room(name, start))
        for name, room in self.rooms.items():
            if won := room.text("AFTER_MONSTERS_CLEARED"):
                self._write(file, writer, f"fight_{name}", f"{won}\n\n-> {_room(name)}")
        for name, action in self.actions.items():
            self._write(file, writer, _action(name), self._action(action, start))
            if failure := action.text("FAILURE_BEGINNING_DESCRIPTION"):
                back = self._back(action, start)
                self._write(file, writer, f"{_action(name)}_fails", f"{failure}\n\n-> {back}")
        for number, (approach, text) in enumerate(self._approaches()):
            self._write(file, writer, f"way_{number}", f"{text}\n\n-> {_room(approach.name)}")
        return writer.parsed(title, strip_marks=strip_markdown)

    def _write(self, file: StoryFile, writer: InkWriter, knot: str, text: str) -> None:
        try:
            writer.write_part(knot, "", parse_statements(strip_comments(text), 1))
        except InkSyntaxError as error:
            raise file.unreadable(f"in {knot}: {error}") from error

    def _approaches(self) -> Iterator[tuple[Entry, str]]:
        """Yield the approaches that have a text."""
        for entry in self.entries:
            if entry.kind == "APPROACH" and (text := entry.text("DESCRIPTION")):
                yield entry, text

    def _room(self, name: str, start: str) -> str:
        """Return a room as ink: its description, its actions, and the approaches from it."""
        room = self.rooms[name]
        described = room.fields.get("FIRST_DESCRIPTION", "") + room.fields.get("DESCRIPTION", "")
        called = _STARTS_WITH_INK.search(described)
        begun = called and self.actions.get(called[1])
        text = begun.text("INK") if begun else room.text(*_DESCRIPTIONS)
        options = list(self._options(room, start))
        if room.text("AFTER_MONSTERS_CLEARED"):
            options.insert(0, _option("", "Fight", f"fight_{name}"))
        return "\n".join((text, *(["-"] if begun else []), *(options or ["-> END"])))

    def _options(self, room: Entry, start: str) -> Iterator[str]:
        base = room.fields.get("VARIANT_OF", "").strip(" $\n") or room.name
        for name, action in self.actions.items():
            where = action.fields.get("FOR_LOCATION", "").strip(" $\n")
            is_here = where in (base, room.name) or (not where and room.name == start)
            picked = command(action.fields.get("COMMAND", ""))
            if is_here and picked:
                yield _option(action.condition("PREREQUISITES"), picked, _action(name))
                if action.text("FAILURE_BEGINNING_DESCRIPTION"):
                    yield _option("it fails", picked, f"{_action(name)}_fails")
        knots = {id(entry): f"way_{n}" for n, (entry, _) in enumerate(self._approaches())}
        for entry in self.entries:
            origin = entry.fields.get("APPROACH", "").partition("FROM")[2].strip(" $\n")
            if entry.kind == "APPROACH" and origin in (base, room.name):
                yield from self._approach(entry, knots.get(id(entry), ""))

    def _approach(self, entry: Entry, knot: str) -> Iterator[str]:
        """Yield choices that lead to a room and to its later variants."""
        if entry.name not in self.rooms:
            return
        room = self.rooms[entry.name]
        condition = entry.condition("PREREQUISITES")
        map_name = room.fields.get("MAP_NAME", room.fields.get("FIRST_MAP_NAME", "")).strip()
        name = map_name if map_name not in ("", "N/A") else title_from_name(room.name)
        written = entry.fields.get("COMMAND", "").strip()
        text = command(written) if written else f"Go to {name}"
        yield _option(condition, text, knot or _room(room.name))
        for variant in self.rooms.values():
            if variant.fields.get("VARIANT_OF", "").strip(" $\n") == room.name:
                rule = variant.condition("RULE")
                yield _option(
                    " and ".join(filter(None, (condition, rule))), text, _room(variant.name)
                )

    def _action(self, action: Entry, start: str) -> str:
        text = action.text("INK", "COMPLETE_SUCCESS_DESCRIPTION")
        return f"{text}\n\n- -> {self._back(action, start)}"

    def _back(self, action: Entry, start: str) -> str:
        where = action.fields.get("FOR_LOCATION", "").strip(" $\n")
        return _room(where if where in self.rooms else start)


def _room(name: str) -> str:
    return f"room_{name}"


def _action(name: str) -> str:
    return f"do_{name}"


def _option(condition: str, picked: str, knot: str) -> str:
    """Return a choice as ink, and a fallback choice where its text is empty.

    A bare divert after other choices would belong to the last of them.
    """
    if not picked:
        return f"+ {{{condition}}} -> {knot}" if condition else f"+ -> {knot}"
    said = re.sub(r"[\[\]{}|\\#]", "", picked).replace("->", "")
    return f"+ {{{condition}}} [{said}] -> {knot}" if condition else f"+ [{said}] -> {knot}"
