"""Provides games made with egamebook: rooms to go to, and what can be done in each of them.

A room is a passage, and so is what comes of an action there; from that the way leads back to the
room. Fights are left out but for how they end. Knows nothing of the tool's code.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from corpus_scraper.formats.collapse_empty import collapse_empty_passages
from corpus_scraper.formats.graph_builder import Format, ParsedStory, build_graph, title_from_name
from corpus_scraper.formats.ink.parser import InkSyntaxError, parse_statements, strip_comments
from corpus_scraper.formats.ink.weave import InkWriter
from corpus_scraper.formats.markup import strip_markdown
from corpus_scraper.formats.story_file import StoryFile, join_files, load, place_of
from corpus_scraper.graph import Choice, Passage, StoryGraph
from corpus_scraper.plugins.egamebook_script import Entry, command, parse_entries

SUFFIX = ".egb.txt"

MAX_FILES = 1_000
"""More files than any game has."""

_PLACE = "assets/text"
_SEEN = ("FIRST_DESCRIPTION", "DESCRIPTION", "VARIANT_UPDATE_DESCRIPTION")
_CALLED = re.compile(r"\"(\w+?)_ink\"")
"""How a room's code names the action whose ink it begins with."""


def _files(folder: Path) -> list[Path]:
    """Return the files of a game, without those that only test the tool."""
    found = sorted(p for p in (folder / _PLACE).rglob(f"*{SUFFIX}") if not p.is_symlink())
    return [p for p in found if not any(part.endswith("Tests") for part in p.parts)]


def _recognises(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return (path / _PLACE).is_dir() and bool(_files(path))
    return path.name.endswith(SUFFIX)


def _read(path: Path, root: Path) -> Iterator[StoryGraph]:
    paths = _files(path) if path.is_dir() else [path]
    files = [load(each, root) for each in paths[: MAX_FILES + 1]]
    whole = join_files(files)
    if len(files) > MAX_FILES:
        raise whole.unreadable(f"its game has more than {MAX_FILES} files.")
    place = place_of(path, root)
    file = StoryFile(place if place != "." else path.name, whole.text, whole.sha256)
    game = _Game([entry for each in files for entry in parse_entries(each.text)])
    title = title_from_name(path.name.removesuffix(SUFFIX))
    yield build_graph(file, game.found(file, title))


FORMAT = Format("egamebook", _recognises, _read)


@dataclass(slots=True)
class _Game:
    """A game, while its rooms are made passages."""

    entries: Sequence[Entry]
    rooms: dict[str, Entry] = field(default_factory=dict)
    actions: dict[str, Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            if entry.kind != "APPROACH":
                known = self.rooms if entry.kind == "ROOM" else self.actions
                known.setdefault(entry.name, entry)

    def found(self, file: StoryFile, title: str) -> ParsedStory:
        """Return the passages and choices. Raises Unreadable where its ink is broken."""
        if not self.rooms:  # a file of actions alone: each of them is a place to begin
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
        for number, (way, text) in enumerate(self._approaches()):
            self._write(file, writer, f"way_{number}", f"{text}\n\n-> {_room(way.name)}")
        begin, passages, choices = writer.finish()
        told = [Passage(p.id, strip_markdown(p.text), p.ending) for p in passages]
        ways = [Choice(c.origin, c.target, strip_markdown(c.text), c.condition) for c in choices]
        return ParsedStory(
            title, begin, *collapse_empty_passages(begin, told, ways), notes=writer.flow.sentences()
        )

    def _write(self, file: StoryFile, writer: InkWriter, knot: str, text: str) -> None:
        try:
            writer.write_part(knot, "", parse_statements(strip_comments(text), 1))
        except InkSyntaxError as error:
            raise file.unreadable(f"in {knot}: {error}") from error

    def _approaches(self) -> Iterator[tuple[Entry, str]]:
        """Yield the ways on which something is told."""
        for entry in self.entries:
            if entry.kind == "APPROACH" and (text := entry.text("DESCRIPTION")):
                yield entry, text

    def _room(self, name: str, start: str) -> str:
        """Return a room as ink: what is seen, then what can be done, then where one can go."""
        room = self.rooms[name]
        described = room.fields.get("FIRST_DESCRIPTION", "") + room.fields.get("DESCRIPTION", "")
        called = _CALLED.search(described)
        begun = called and self.actions.get(called[1])
        text = begun.text("INK") if begun else room.text(*_SEEN)
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
        told = {id(entry): f"way_{n}" for n, (entry, _) in enumerate(self._approaches())}
        for entry in self.entries:
            origin = entry.fields.get("APPROACH", "").partition("FROM")[2].strip(" $\n")
            if entry.kind == "APPROACH" and origin in (base, room.name):
                yield from self._way(entry, told.get(id(entry), ""))

    def _way(self, entry: Entry, told: str) -> Iterator[str]:
        """Yield the ways to a room and to what becomes of it later."""
        if entry.name not in self.rooms:
            return
        room = self.rooms[entry.name]
        asked = entry.condition("PREREQUISITES")
        shown = room.fields.get("MAP_NAME", room.fields.get("FIRST_MAP_NAME", "")).strip()
        named = shown if shown not in ("", "N/A") else title_from_name(room.name)
        written = entry.fields.get("COMMAND", "").strip()
        picked = command(written) if written else f"Go to {named}"
        yield _option(asked, picked, told or _room(room.name))
        for variant in self.rooms.values():
            if variant.fields.get("VARIANT_OF", "").strip(" $\n") == room.name:
                rule = variant.condition("RULE")
                yield _option(
                    " and ".join(filter(None, (asked, rule))), picked, _room(variant.name)
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


def _option(asked: str, picked: str, knot: str) -> str:
    """Return a choice as ink; one that is not picked is where the story goes by itself.

    That is ink's fallback choice: a bare divert behind other choices would belong to the last.
    """
    if not picked:
        return f"+ {{{asked}}} -> {knot}" if asked else f"+ -> {knot}"
    said = re.sub(r"[\[\]{}|\\#]", "", picked).replace("->", "")
    return f"+ {{{asked}}} [{said}] -> {knot}" if asked else f"+ [{said}] -> {knot}"
