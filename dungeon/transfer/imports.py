"""What an import gives: adventures, scenarios, and a report of what became of the file."""

from dataclasses import dataclass, field, replace
from typing import Any

from dungeon.lore.patterns import PatternRoom
from dungeon.story import Adventure, Scenario

FILE_NAME_IS_TITLE = "the title, which is the file's name"
"""What is changed where a format has no place for a title."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of a file, each thing as a phrase such as “12 actions”."""

    format: str
    """The format's name, for people."""
    taken: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    no_room: tuple[str, ...] = ()
    """What is dropped since a scenario is shorter than an adventure."""
    kept: tuple[str, ...] = ()
    """Fields that Grue has no use for, and that are saved with the adventure all the same."""
    is_written: bool = True
    """Whether Grue writes this format, too, so that an export to it holds these fields again."""

    def lines(self) -> list[str]:
        """Return the report in plain words, a line for each of its parts."""
        kept = "Kept for export" if self.is_written else "Kept in Grue's own exports"
        parts = {
            "Taken": self.taken,
            "Changed": self.changed,
            "Dropped": (
                *self.dropped,
                *(f"{each}, too long for a scenario" for each in self.no_room),
            ),
            f"{kept}, not used": self.kept,
        }
        told = [f"{name}: {', '.join(phrases)}." for name, phrases in parts.items() if phrases]
        return [f"Format: {self.format}.", *told]


@dataclass(frozen=True, slots=True)
class Imported:
    """What was in a file. Nothing is stored yet."""

    report: ImportReport
    adventures: tuple[Adventure, ...] = ()
    scenarios: tuple[Scenario, ...] = ()
    lore: str = ""
    """Lore entries that belong to no adventure yet, as `dungeon.lore.dump` writes them; with a
    scenario all of its lore, also what it has no room for.
    """
    lore_fields: str = ""
    """What they were read from, for export, as an adventure keeps foreign fields."""

    def lore_lines(self) -> list[str]:
        """Return the report where only the lore is taken: of other fields, none are kept then."""
        kept = self.report.kept if self.lore and not self.scenarios else ()
        return replace(self.report, taken=(), no_room=(), kept=kept).lines()


@dataclass(slots=True)
class Notes:
    """Collects what a reader takes, changes and drops while it reads."""

    format: str
    taken: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    no_room: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    pattern_room: PatternRoom = field(default_factory=PatternRoom)
    """Room for lore keys that are patterns: checking one costs more than reading it."""
    lore_sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What each lore entry was read from, by its id."""

    def report(self) -> ImportReport:
        """Return the report; what was noted twice is said once."""
        taken, changed, dropped, no_room, kept = (
            tuple(dict.fromkeys(part))
            for part in (self.taken, self.changed, self.dropped, self.no_room, self.kept)
        )
        return ImportReport(self.format, taken, changed, dropped, no_room, kept)
