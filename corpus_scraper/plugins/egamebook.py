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
from corpus_scraper.formats.markup import remove_between, strip_markdown
from corpus_scraper.formats.story_file import StoryFile, join_files, load_all, place_of
from corpus_scraper.graph import StoryGraph

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
    game = _Game([entry for each in files for entry in _parse_entries(each.text)])
    title = title_from_name(path.name.removesuffix(SUFFIX))
    yield build_graph(file, game.parsed(file, title))


FORMAT = Format("egamebook", _recognises, _parse)


# ── Entries of a file ─────────────────────────────────────────────────────────────────────────────

_KINDS = ("ROOM", "ACTION", "APPROACH")

_FIELDS = frozenset(
    """
    ROOM ACTION APPROACH COMMAND PREREQUISITES FOR_LOCATION INK FIRST_DESCRIPTION DESCRIPTION
    COMPLETE_SUCCESS_DESCRIPTION HINT POS MAP_NAME VARIANT_UPDATE_DESCRIPTION VARIANT_OF RULE NOTES
    FIRST_MAP_NAME FIRST_HINT FLAGS FIGHT_SITUATION AFTER_MONSTERS_CLEARED REPEATABLE IS_IMMEDIATE
    FAILURE_BEGINNING_DESCRIPTION COMPLETE_SUCCESS_PROBABILITY WHERE RESCUE_PREREQUISITES
    RESCUE_HINT RESCUE_EFFECT RESCUE_DESCRIPTION RESCUE_COMMAND GROUND_MATERIAL SUCCESS_EFFECT
    CONTINUATION_OF_FAILURE_DESCRIPTION CONTINUATION_OF_FAILURE_COMMAND
    CONTINUATION_OF_FAILURE_HINT CONTINUATION_OF_FAILURE_EFFECT
    """.split()
)
_FIELD = re.compile(r"([A-Z][A-Z_]{2,60}):[ \t]*(.*)")


@dataclass(frozen=True, slots=True)
class _Entry:
    """A room, an action or an approach."""

    kind: str
    name: str
    """Without its `$`; for an approach, the room it leads to."""
    fields: dict[str, str] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """Return the first of the fields that has a text, as ink."""
        for name in names:
            written = self.fields.get(name, "").strip()
            ink = _to_ink(written, is_ink=name == "INK")
            if ink and written not in ("$NONE", "N/A"):
                return ink
        return ""

    def condition(self, name: str) -> str:
        """Return the condition in a field, in words."""
        return dart_condition(self.fields.get(name, ""))


def _parse_entries(text: str) -> Iterator[_Entry]:
    """Yield the entries of a file."""
    entry: _Entry | None = None
    named = ""
    for line in text.split("\n"):
        found = _FIELD.fullmatch(line)
        if line.startswith("//"):
            continue
        if not found or found[1] not in _FIELDS:
            if entry and named:
                entry.fields[named] += f"{line}\n"
            continue
        named, value = found[1], found[2]
        if named in _KINDS:
            if entry:
                yield entry
            entry = _Entry(named, re.sub(r"\W", "", value.strip().partition(" ")[0]))
        if entry:
            entry.fields[named] = f"{value}\n"
    if entry:
        yield entry


def dart_condition(written: str) -> str:
    """Return a Dart condition without the characters that ink would interpret."""
    lines = (line.partition("//")[0] for line in written.split("\n"))
    text = " ".join(" ".join(lines).split()).replace("&&", "and").replace("||", "or")
    text = re.sub(r"!(?!=)", "not ", text).replace("->", "")
    return re.sub(r"[{}|\[\]:;\\#]", "", text).strip()


_PREPOSITIONS = {"listen": " to", "listening": " to", "peek": " at"}
"""What stands between a verb and its object, which the game writes on a button of its own."""


def command(written: str) -> str:
    """Return the text of a choice; empty for an action that is automatic.

    `Argo >> Talk >> “Who?”` becomes `“Who?”`, `Water >> see` becomes `See Water`, `Guards >>
    listen` becomes `Listen to Guards`, and `Inventory >> Star >> give to Ada` becomes
    `Give Star to Ada`.
    """
    parts = [part.strip() for part in written.strip().split(">>")]
    if parts[-1] in ("$IMPLICIT", "N/A"):
        return ""
    if len(parts) == 1 or parts[-1][:1] in "\"“'‘":
        return parts[-1]
    subject = parts[-2] if parts[0] == "Inventory" else parts[0]
    verb = parts[-1][:1].upper() + parts[-1][1:]
    words = subject.split()
    if words[1:] and words[1].islower():  # then the first word is a noun, and no name
        subject = subject[:1].lower() + subject[1:]
    if verb.endswith("onwards"):
        return verb
    verb += _PREPOSITIONS.get(verb.split()[-1].lower(), "")
    does, _, rest = verb.partition(" ")
    if rest.startswith(("to ", "with ")):
        return f"{does} {subject} {rest}"
    return f"{verb} {subject}"


_RULES = (
    (re.compile(r"\[\[RULESET\]\]\s*"), "\n{\n"),
    (re.compile(r"\s*\[\[ENDRULE\]\]\s*"), "\n"),
    (re.compile(r"\[\[ENDRULESET\]\]"), "}\n"),
)
_RULE = re.compile(r"\[\[RULE\]\]((?:(?!\[\[)[\s\S]){0,2000})\[\[THEN\]\]\s*")
_IF = re.compile(r"\[\[IF ((?:(?!\]\])[^\n]){1,1000})\]\]")
_PICTURE = re.compile(r"!\[[^\]\n]{0,2000}\]\([^)\n]{0,500}\)")
_TOAST = re.compile(r"<p class=\"?toast\"?>[^<]{0,2000}</p>")
_STARS = re.compile(r"^([ \t]*(?:\*[ \t]*)+)(\S.*)$", re.MULTILINE)
_HINT = re.compile(r"\(\([^()\n]{0,500}\)\)")
_SPECIAL = re.compile(r"^[ \t]*([*+=~-])", re.MULTILINE)


def _to_ink(written: str, *, is_ink: bool) -> str:
    """Return a text as ink; unless it `is_ink`, its lines start no choice."""
    text = remove_between(written, "[[CODE]]", "[[ENDCODE]]")
    text = _TOAST.sub("", _PICTURE.sub("", text))
    text = re.sub(r"^[ \t]*//.*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<!\[)\[(\w{1,12})\](?!\])", r"\1", text)
    if not is_ink:
        text = _SPECIAL.sub(r"\\\1", text)
    text = _RULE.sub(lambda found: f"- {_rule_condition(found[1])}:\n", text)
    for rule, ink in _RULES:
        text = rule.sub(ink, text)
    text = _IF.sub(lambda found: f"{{{dart_condition(found[1])}: ", text)
    text = text.replace("[[ELSE]]", "|").replace("[[ENDIF]]", "}")
    if is_ink:
        text = _STARS.sub(lambda found: f"{found[1]}[{_choice_text(found[2])}]", text)
    return text.strip()


def _rule_condition(written: str) -> str:
    return "else" if "$DEFAULT" in written else dart_condition(written)


def _choice_text(written: str) -> str:
    text = _HINT.sub("", written).replace(" >> ...", "")
    return re.sub(r"[\[\]]", "", text).strip()


# ── The game ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Game:
    """A game while its rooms become passages."""

    entries: Sequence[_Entry]
    rooms: dict[str, _Entry] = field(default_factory=dict)
    actions: dict[str, _Entry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            if entry.kind != "APPROACH":
                known = self.rooms if entry.kind == "ROOM" else self.actions
                known.setdefault(entry.name, entry)

    def parsed(self, file: StoryFile, title: str) -> ParsedStory:
        """Return the story. Raises Unreadable where its ink is broken."""
        if not self.rooms:  # a file with actions only: each of them may be the start
            self.rooms[""] = _Entry("ROOM", "")
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

    def _approaches(self) -> Iterator[tuple[_Entry, str]]:
        """Yield the approaches that have a text."""
        for entry in self.entries:
            if entry.kind == "APPROACH" and (text := entry.text("DESCRIPTION")):
                yield entry, text

    def _room(self, name: str, start: str) -> str:
        """Return a room as ink: its description, its actions, and the approaches from it."""
        room = self.rooms[name]
        described = room.fields.get("FIRST_DESCRIPTION", "") + room.fields.get("DESCRIPTION", "")
        called = _STARTS_WITH_INK.search(described)
        action = called and self.actions.get(called[1])
        text = action.text("INK") if action else room.text(*_DESCRIPTIONS)
        options = list(self._options(room, start))
        if room.text("AFTER_MONSTERS_CLEARED"):
            options.insert(0, _option("", "Fight", f"fight_{name}"))
        return "\n".join((text, *(["-"] if action else []), *(options or ["-> END"])))

    def _options(self, room: _Entry, start: str) -> Iterator[str]:
        base = room.fields.get("VARIANT_OF", "").strip(" $\n") or room.name
        for name, action in self.actions.items():
            where = action.fields.get("FOR_LOCATION", "").strip(" $\n")
            is_here = where in (base, room.name) or (not where and room.name == start)
            text = command(action.fields.get("COMMAND", ""))
            if is_here and text:
                yield _option(action.condition("PREREQUISITES"), text, _action(name))
                if action.text("FAILURE_BEGINNING_DESCRIPTION"):
                    yield _option("it fails", text, f"{_action(name)}_fails")
        knots = {id(entry): f"way_{n}" for n, (entry, _) in enumerate(self._approaches())}
        for entry in self.entries:
            origin = entry.fields.get("APPROACH", "").partition("FROM")[2].strip(" $\n")
            if entry.kind == "APPROACH" and origin in (base, room.name):
                yield from self._approach(entry, knots.get(id(entry), ""))

    def _approach(self, entry: _Entry, knot: str) -> Iterator[str]:
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

    def _action(self, action: _Entry, start: str) -> str:
        text = action.text("INK", "COMPLETE_SUCCESS_DESCRIPTION")
        return f"{text}\n\n- -> {self._back(action, start)}"

    def _back(self, action: _Entry, start: str) -> str:
        where = action.fields.get("FOR_LOCATION", "").strip(" $\n")
        return _room(where if where in self.rooms else start)


def _room(name: str) -> str:
    return f"room_{name}"


def _action(name: str) -> str:
    return f"do_{name}"


def _option(condition: str, text: str, knot: str) -> str:
    """Return a choice as ink, and a fallback choice where its text is empty.

    A bare divert after other choices would belong to the last of them.
    """
    if not text:
        return f"+ {{{condition}}} -> {knot}" if condition else f"+ -> {knot}"
    text = re.sub(r"[\[\]{}|\\#]", "", text).replace("->", "")
    return f"+ {{{condition}}} [{text}] -> {knot}" if condition else f"+ [{text}] -> {knot}"
