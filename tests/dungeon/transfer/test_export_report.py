"""An export says what its format has no place for."""

import json
from dataclasses import replace
from types import MappingProxyType

from dungeon import lore
from dungeon.dice import DiceRules
from dungeon.lore import LoreEntry
from dungeon.story import Adventure, Kind, StorySummary, Turn
from dungeon.story.state_events import Category, Change, Decision, Source, StateEvent
from dungeon.transfer import registry
from dungeon.transfer.export_report import dropped_line
from tests.rows import every_row

LAMP = Change(Category.ITEM, "a lamp")


def adventure_with_everything() -> Adventure:
    """Return an adventure with something of every part that a file may lack."""
    turns = (
        Turn("0", None, Kind.OPENING, "", "A cell."),
        Turn("1", "0", Kind.DO, "You look.", "A lamp."),
        Turn("2", "0", Kind.DO, "You look.", "A rat."),
        Turn("3", "0", Kind.DO, "You wait.", "Nothing."),
    )
    return Adventure(
        "a",
        "T",
        memory="A cell.",
        note="Dry.",
        turns=MappingProxyType({turn.id: turn for turn in turns}),
        head="1",
        tip="1",
        foreign_fields=json.dumps({"storybro": {"x": 1}}),
        lore=lore.dump([LoreEntry("l", "Rats", "Rats bite.", ("rat",))]),
        dice=DiceRules(risky=True),
        checkpoints=MappingProxyType({"start": ("0",)}),
        tags=("dark",),
        summaries=(StorySummary("s", "1", "0", "A cell."),),
        state_events=(StateEvent("1", LAMP, Decision.ACCEPTED, Source.RULE),),
    )


STORY = (
    "1 other reply, 1 turn of other branches, the memory, the author's note, 1 lore entry, "
    "1 entry of the state, the summary, the attributes, 1 checkpoint, 1 tag, "
    "the fields kept for storybro"
)
DROPPED = {
    "grue": "",
    "text": STORY,
    "markdown": STORY,
    "html": STORY,
    "epub": STORY,
    "koboldai": STORY.replace("the memory, the author's note, 1 lore entry, ", ""),
    "sillytavern-chat": STORY.replace("1 other reply, ", "").replace("the author's note, ", ""),
    "sillytavern-card": (
        "1 other reply, 1 turn of other branches, 1 entry of the state, the summary, "
        "the attributes, 1 checkpoint, 1 turn after the opening, the fields kept for storybro"
    ),
    "sillytavern-lorebook": f"2 turns, {STORY}".replace("1 lore entry, ", ""),
}
DROPPED["sillytavern-card-png"] = DROPPED["sillytavern-card"]


@every_row("chosen", registry.WRITTEN)
def test_what_a_format_has_no_place_for_is_said(chosen: registry.Format) -> None:
    phrases = DROPPED[chosen.id]
    line = dropped_line(adventure_with_everything(), chosen)
    assert line == (f"Dropped: {phrases}." if phrases else "")


def test_nothing_is_said_of_what_is_not_there() -> None:
    turn = Turn("0", None, Kind.OPENING, "", "A cell.")
    plain = Adventure("a", "T").with_turn(turn)
    assert {dropped_line(plain, each) for each in registry.WRITTEN} <= {"", "Dropped: 1 turn."}


@every_row("format_id", ["koboldai", "sillytavern-lorebook"])
def test_rules_of_the_lore_that_a_format_has_no_place_for_are_dropped(format_id: str) -> None:
    rats = LoreEntry("l", "Rats", "Rats bite.", ("rat",), ("cellar",), ("cat",), sticky=2, depth=9)
    story = replace(adventure_with_everything(), lore=lore.dump([rats]))
    line = dropped_line(story, registry.find(format_id, registry.WRITTEN))
    rules = {"koboldai": "depth, sticky", "sillytavern-lorebook": "excluding keys"}
    assert f"of 1 lore entry the {rules[format_id]}" in line


def test_dice_rules_that_cannot_be_read_are_in_no_file() -> None:
    story = replace(adventure_with_everything(), dice=DiceRules(unreadable="{"))
    line = dropped_line(story, registry.find("grue", registry.WRITTEN))
    assert line == "Dropped: the attributes, which cannot be read."
