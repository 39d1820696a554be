"""Test which keys fit the footer, how the palette ranks, and how the help stacks."""

from pathlib import Path

from textual.fuzzy import Matcher
from textual.widgets._footer import FooterKey

from dungeon.tui import screens
from dungeon.tui.app import GrueApp
from dungeon.tui.command_palette import PaletteCommand, rank
from dungeon.tui.key_check import bindings_of_the_game
from dungeon.tui.widgets.key_footer import fit, rank_of
from dungeon.tui.widgets.key_value_table import render_table
from tests.rows import every_row


def key(name, description, action=""):
    return FooterKey(name, name, description, action or description.lower())


@every_row(
    ("room", "shown"),
    [
        (100, ["Open", "Rename", "Back", "Quit"]),
        (30, ["Open", "Rename", "Back"]),
        (20, ["Open", "Back"]),
        (12, ["Back"]),
        (0, []),
    ],
)
def test_what_does_not_fit_gives_way_but_the_way_back_last(room, shown):
    keys = [
        key("enter", "Open"),
        key("n", "Rename"),
        key("escape", "Back", "dismiss"),
        key("ctrl+q", "Quit"),
    ]
    for each, display in zip(keys, ("⏎", "n", "esc", "^q"), strict=True):
        each.key_display = display
    assert [each.description for each in fit(keys, room)] == shown


def test_every_way_back_is_known_to_the_footer_and_nothing_else_is():
    shown = [each for each in bindings_of_the_game(GrueApp) if each.show]
    back = {each.id for each in shown if each.key.startswith("escape") and each.id != "stop"}
    found = {each.id for each in shown if rank_of(footer_key(each)) == 0}
    assert len(back) > 20
    assert found == back | {"database_error.retry"}


def footer_key(binding):
    return key(binding.key, binding.description, binding.action)


def test_every_screen_has_the_footer_that_keeps_the_way_back():
    folder = Path(screens.__file__).parent
    assert not [file.name for file in folder.glob("*.py") if " Footer" in file.read_text("utf-8")]


def test_the_palette_ranks_names_before_what_things_do():
    def entry(name, summary):
        return PaletteCommand(name, summary, print)

    entries = [
        entry("Saves", "Saved adventures; retry a search"),
        entry("Retrieval", "Whether earlier turns are quoted"),
        entry("Retry", "Another reply to the same action"),
        entry("Lore", "Facts"),
    ]

    def ranked(query):
        matcher = Matcher(query)
        scores = {each.name: rank(matcher, each) for each in entries}
        assert all(0 <= score <= 1 for score in scores.values())
        return sorted((name for name in scores if scores[name]), key=lambda n: -scores[n])

    assert ranked("retr") == ["Retry", "Retrieval", "Saves"]
    assert ranked("retry")[0] == "Retry"
    assert ranked("xyzzy") == []


def test_a_table_stacks_where_it_is_narrow():
    rows = [("/retry", "Another reply to the same action", "Ctrl+R")]
    wide, narrow = render_table(rows, 80).plain, render_table(rows, 36).plain
    assert wide.splitlines() == [f"{'/retry':<19}Another reply to the same action   Ctrl+R"]
    assert narrow.splitlines() == ["/retry   Ctrl+R", "   Another reply to the same action"]
