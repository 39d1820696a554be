from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.menus import MenuFilter, is_menu_label
from corpus_scraper.graph import StoryGraph
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row


def filtered(story: StoryGraph) -> tuple[StoryGraph, BlockLog]:
    log = BlockLog()
    return MenuFilter()(story, log), log


@every_row(
    "label",
    [
        "Credits",
        "[Settings]",
        "About this game",
        "Content Warnings",
        "Content and trigger warnings",
        "Author's note",
        "How to play",
        "Restart",
        "Click here to restart the game",
        "Play again?",
        "Start over from the beginning",
        "Back to the main menu",
        "← Return to start",
        "Save game",
        "Load",
        "Delete the previous session?",
        "Skip to week 5 (the race)",
        "Turn the music off",
        "Hide sidebar",
        "Quit the game",
        "Show results",
        "Click here",
    ],
)
def test_a_label_of_the_program_is_recognised(label: str) -> None:
    assert is_menu_label(label)


@every_row(
    "label",
    [
        "Save the miller",
        "Load the cart",
        "Go back to the mill",
        "Try again",
        "Ask about the mill",
        "Play the flute again",
        "Help",
        "Show the miller in",
        "Start the game",
        "Skip the stone",
        "Reset the trap",
        "Thanks",
        "",
    ],
)
def test_a_label_of_the_story_is_none(label: str) -> None:
    assert not is_menu_label(label)


def test_pages_of_a_menu_are_excluded_with_a_note_and_the_story_stays() -> None:
    mill = {"mill": "You are at the mill.", "loft": "You are in the loft."}
    way = ("mill", "loft", "Climb up")
    story = graph(
        mill | {"thanks to": "Thanks to the miller."}, way, ("mill", "thanks to", "Credits")
    )
    kept, log = filtered(story)
    assert kept == graph(mill, way)
    assert [(each.passage, each.reason) for each in log.excluded] == [
        ("thanks to", "it is a menu of the program"),
        ("mill", "a choice belongs to a menu of the program"),
    ]


def test_a_passage_that_is_named_after_a_menu_is_one_whatever_leads_there() -> None:
    story = graph({"a": "You fall.", "Credits": "By the miller."}, ("a", "Credits", "Continue"))
    kept, _ = filtered(story)
    assert [passage.id for passage in kept.passages] == ["a"]


def test_the_story_begins_behind_a_menu_as_well() -> None:
    story = graph(
        {"title": "THE MILL", "Settings": "Which letters?", "mill": "You are at the mill."},
        ("title", "Settings", "Settings"),
        ("Settings", "mill", "Done"),
    )
    kept, _ = filtered(story)
    assert [passage.id for passage in kept.passages] == ["title", "mill"]
    assert kept.starts == ("title", "mill")


def test_where_only_a_restart_is_offered_the_story_has_ended() -> None:
    story = graph({"a": "You wake.", "b": "You fall."}, ("a", "b", "Jump"), ("b", "a", "Restart"))
    kept, _ = filtered(story)
    assert kept == graph({"a": "You wake.", "b": "You fall."}, ("a", "b", "Jump"))


def test_a_story_that_is_called_like_a_menu_stays() -> None:
    story = graph({"Credits": "You count your credits."}, ("Credits", "Credits", "Count again"))
    assert filtered(story)[0] == story
