from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.plugins import egamebook
from corpus_scraper.plugins.egamebook import command, dart_condition
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, menu, only, play, written
from tests.rows import every_row

GAME = """
    // ---
    ROOM: $start

    MAP_NAME: The Camp

    FIRST_DESCRIPTION:
    A cold camp. [[IF c.isMale]]His[[ELSE]]Her[[ENDIF]] fire is out.

    ![A picture](x.png)

    [[CODE]]
    c.learn(everything);
    [[ENDCODE]]

    AFTER_MONSTERS_CLEARED:
    The wolves are gone.

    // ---
    APPROACH: $cave FROM $start
    PREREQUISITES:
    c.hasLamp && !c.isTired
    APPROACH: $start FROM $cave

    // ---
    ROOM: $cave
    MAP_NAME: Old Cave
    FIRST_DESCRIPTION:
    A dry cave.

    // ---
    ACTION: $ask
    FOR_LOCATION: $start
    COMMAND: Guide >> Talk >> “Who are you?”

    INK:
    She looks up.

    * “A friend?”

      “No,” she says, and <>

    * Wait >> ... for an answer. ((It may take long.))

      After a while she <>

    -

    <> laughs.

    NOTES:
    Make this better.
"""


def test_rooms_actions_and_approaches(tmp_path: Path) -> None:
    written(tmp_path, {"assets/text/one.egb.txt": GAME, "assets/text/Tests/t.egb.txt": "ROOM: $x"})
    story = only(egamebook.FORMAT, tmp_path)
    assert play(story) == "A cold camp. His fire is out."
    assert menu(story) == [
        "Fight",
        "“Who are you?”",
        "Go to Old Cave ? c.hasLamp and not c.isTired",
    ]
    assert play(story, "Fight").endswith("The wolves are gone.\n\nA cold camp. His fire is out.")
    assert menu(story, "“Who are you?”") == ["“A friend?”", "Wait for an answer."]
    asked = play(story, "“Who are you?”", "“A friend?”")
    assert "She looks up.\n\n“No,” she says, and laughs." in asked
    assert play(story, "Go to Old Cave", "Go to The Camp").count("A cold camp.") == 2
    assert "better" not in " ".join(passage.text for passage in story.passages)


@every_row(
    ("written_command", "wanted"),
    [
        ("Orcs >> Attack", "Attack Orcs"),
        ("Guards >> Listen", "Listen to Guards"),
        ("Path >> Press onwards", "Press onwards"),
        ("Lock mechanism >> Examine", "Examine lock mechanism"),
        ("Inventory >> Artifact Star >> Give to Oracle", "Give Artifact Star to Oracle"),
        ("Inventory >> Compass >> use", "Use Compass"),
        ('Trader >> "How is business?"', '"How is business?"'),
        ("Cautiously take the shield", "Cautiously take the shield"),
        ("$IMPLICIT", ""),
    ],
)
def test_commands_are_what_a_player_picks(written_command: str, wanted: str) -> None:
    assert command(written_command) == wanted


def test_conditions_lose_what_means_something_else_in_ink() -> None:
    assert dart_condition("a && !b // why\n|| c({x: 1}) != 2") == "a and not b or c(x 1) != 2"


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_is_read_or_refused(tmp_path_factory, one: str, other: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.egb.txt"
    text = (
        f"ROOM: $a\nDESCRIPTION:\n{one}\nACTION: $b\nCOMMAND: Go\nFOR_LOCATION: $a\nINK:\n{other}"
    )
    path.write_text(text, encoding="utf-8", errors="replace")
    try:
        list(egamebook.FORMAT.read(path, path.parent))
    except Unreadable as refusal:
        assert "any.egb.txt" in str(refusal)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_a_real_game_leaves_no_code_in_prose() -> None:
    story = only(egamebook.FORMAT, CORPUS / "egamebook" / "edgehead")
    assert len(story.passages) > 400
    assert play(story).startswith("I am finally here, in the ancient ruins of San Francisco.")
    told = " ".join(passage.text for passage in story.passages)
    assert not [mark for mark in ("[[", "]]", "{", "}", "$NONE", "c.has", ".png") if mark in told]


def test_an_implicit_approach_is_offered_beside_choices(tmp_path: Path) -> None:
    game = GAME.replace("PREREQUISITES:\n    c.hasLamp && !c.isTired", "COMMAND: $IMPLICIT", 1)
    written(tmp_path, {"assets/text/one.egb.txt": game})
    story = only(egamebook.FORMAT, tmp_path)
    assert ("", "room_cave") in {(c.text, c.target) for c in story.choices}
    assert "room_cave" in story.reachable()
    assert "do_ask" in story.reachable()
