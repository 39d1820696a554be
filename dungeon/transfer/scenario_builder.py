"""Build a scenario from another program's file, cut to the lengths that Grue's scenarios have."""

from dungeon import lore
from dungeon.scenarios.parser import DEFAULT_GENRE, LIMITS, MAX_LORE, summarise
from dungeon.story import Question, Scenario
from dungeon.text import clean, clean_line
from dungeon.text.counts import count
from dungeon.transcript import normalise
from dungeon.transfer.formats import Document
from dungeon.transfer.imports import Notes
from dungeon.transfer.strict_json import refuse


def build_scenario(
    document: Document,
    notes: Notes,
    *,
    title: str,
    summary: str,
    opening: str,
    memory: str = "",
    note: str = "",
    questions: tuple[Question, ...] = (),
    entries: str = "",
) -> Scenario:
    """Return the scenario, and note what it holds and what was cut."""
    opening = normalise(clean(opening))
    if not opening:
        refuse(document.name, f"is {notes.format}, but there is no opening in it")
    texts = {
        "title": clean_line(title) or clean_line(document.stem) or "Untitled",
        "summary": clean_line(summary) or summarise(opening),
        "opening": opening,
        "memory": normalise(clean(memory)),
        "note": clean_line(note),
    }
    for name, text in texts.items():
        if len(text) > LIMITS[name]:
            texts[name] = text[: LIMITS[name] - 1].rstrip() + "…"
            notes.changed.append(f"the {name} cut to {LIMITS[name]:,} characters")
    notes.taken += ["a scenario", *(name for name in ("opening", "memory", "note") if texts[name])]
    if questions:
        notes.taken.append(count(len(questions), "question"))
    kept = _fitting(entries, notes)
    prose = (texts["title"], DEFAULT_GENRE, texts["summary"], texts["opening"])
    return Scenario("", *prose, texts["memory"], texts["note"], questions, kept)


def _fitting(stored: str, notes: Notes) -> str:
    """Return the first lore entries that a scenario has room for, and note the others."""
    entries, kept = lore.load(stored), stored
    while len(kept) > MAX_LORE:
        entries = entries[: min(len(entries) * MAX_LORE // len(kept), len(entries) - 1)]
        kept = lore.dump(entries)
    if left := len(lore.load(stored)) - len(entries):
        phrase = count(left, "lore entry", "lore entries")
        notes.dropped.append(f"{phrase}, too long for a scenario (/lore import FILE adds them)")
    return kept
