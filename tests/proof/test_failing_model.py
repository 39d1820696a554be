"""Proves that a failing model costs nothing but time: the action is kept, no half turn is made."""

import threading
from pathlib import Path

from tests.proof import witness
from tests.proof.model_server import Exchange, ModelServer, tells
from tests.proof.program import grue, listed, opening, script, shown
from tests.proof.sitting import Sitting

GOOD = "The hinges give at last. Cold air comes up out of the dark below."
KEPT = "Your action is kept"


def sitting(folder: Path, *replies: str | dict[str, str]) -> Sitting:
    """Begin an adventure on a model that answers with `replies`, one after the other."""
    model, begin = script(folder / "script.json", replies), opening(folder / "gate.txt")
    game = Sitting(folder / "home", model, "--scenario", begin)
    game.ready()
    return game


def actions_saved(home: Path) -> list[str]:
    """Return the actions of every turn of the only adventure, the opening's empty one first."""
    [adventure] = listed(home)
    return [turn["action"] for turn in shown(home, adventure["id"])["turns"]]


def test_an_error_keeps_the_action_and_makes_no_turn(tmp_path: Path) -> None:
    before_a_word = {"error": "The engine ran out of memory."}
    in_the_middle = before_a_word | {"text": "The door begins to"}
    with sitting(tmp_path, before_a_word, in_the_middle, GOOD) as game:
        for _ in range(2):
            told = game.play("open the door")
            assert "The engine ran out of memory." in told
            assert KEPT in told
            assert actions_saved(tmp_path / "home") == [""]
        assert witness.answer_to("open the door", game.play("open the door")) == [
            witness.Seen("You open the door.", GOOD)
        ]
        game.leave()
        assert "Traceback" not in game.text
    assert actions_saved(tmp_path / "home") == ["", "You open the door."]


def test_the_action_is_still_there_after_an_error_and_a_kill(tmp_path: Path) -> None:
    with sitting(tmp_path, {"error": "The engine ran out of memory."}) as game:
        game.play("open the door")
        game.kill()
    with Sitting(tmp_path / "home", "scripted:", "--continue") as game:
        assert "You had begun: You open the door." in game.ready()


def test_a_reply_that_hangs_is_stopped_and_what_was_told_stays(tmp_path: Path) -> None:
    words = "It swings open. Beyond it something moves between the"
    with sitting(tmp_path, {"text": words, "then": "hang"}, GOOD) as game:
        game.enter("open the door")
        game.wait_for("It swings open.")
        game.press("ctrl+c")
        answer = game.ready().replace("\r", "").replace("^C", "")  # the terminal's own echo
        [stopped] = witness.answer_to("open the door", answer)
        assert stopped.deed == "You open the door."
        assert stopped.text.startswith("It swings open.")
        assert witness.answer_to("go in", game.play("go in"))[0].text == GOOD
        assert game.leave() == 0
    [adventure] = listed(tmp_path / "home")
    document = shown(tmp_path / "home", adventure["id"])
    assert witness.lost([stopped], document) == []
    assert document["turns"][1]["provenance"]["ended"] == "stopped"


def test_a_hang_before_a_word_is_stopped_and_makes_no_turn(tmp_path: Path) -> None:
    asked = threading.Event()

    def silent(exchange: Exchange) -> None:
        exchange.begin_stream()
        asked.set()
        exchange.wait_for_the_end()

    with (
        ModelServer(silent) as server,
        Sitting(
            tmp_path / "home", server.address, "--scenario", opening(tmp_path / "gate.txt")
        ) as game,
    ):
        game.ready()
        game.enter("open the door")
        game.wait_until(asked.is_set, "request")
        server.behave(tells(GOOD))
        game.press("ctrl+c")
        assert "Nothing was written." in game.ready()
        assert actions_saved(tmp_path / "home") == [""]
        assert GOOD in " ".join(game.play("open the door").split())


def test_a_cut_stream_leaves_no_half_sentence(tmp_path: Path) -> None:
    cut = {"text": "The door opens. Beyond it there is a", "then": "cut"}
    with sitting(tmp_path, cut) as game:
        seen = witness.answer_to("open the door", game.play("open the door"))
        game.leave()
    [adventure] = listed(tmp_path / "home")
    document = shown(tmp_path / "home", adventure["id"])
    assert document["turns"][-1]["text"] == "The door opens."
    assert witness.lost(seen, document) == [], "the screen shows more than is saved"


def test_a_model_that_says_nothing_makes_no_turn(tmp_path: Path) -> None:
    with sitting(tmp_path, "", "", "", "", GOOD) as game:
        assert "Nothing was written." in game.play("open the door")
        assert actions_saved(tmp_path / "home") == [""]
        assert GOOD in " ".join(game.play("open the door").split())
        assert game.leave() == 0


def test_the_last_reply_on_the_screen_is_the_one_saved_after_four_loops(tmp_path: Path) -> None:
    """Of four flawed replies the best one is taken, and that need not be the last one written."""
    once = "The tallow lantern burns low over the wet gravel of the yard. "
    replies = [once * times for times in (3, 2, 4, 5)]
    with sitting(tmp_path, once.strip(), *replies) as game:
        game.play("look")
        seen = witness.answer_to("wait", game.play("wait"))
        game.leave()
    [adventure] = listed(tmp_path / "home")
    document = shown(tmp_path / "home", adventure["id"])
    assert document["turns"][-1]["provenance"]["attempts"] == 4
    assert witness.lost(seen, document) == []


def test_in_a_pipe_an_error_ends_the_game_with_its_sentence(tmp_path: Path) -> None:
    model = script(tmp_path / "script.json", [{"error": "The engine ran out of memory."}])
    begin = opening(tmp_path / "gate.txt")
    command = ("play", "--plain", "--model", model, "--scenario", begin)
    done = grue(*command, home=tmp_path / "home", typed="open the door\n/quit\n")
    assert done.returncode == 1
    assert "The engine ran out of memory." in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert actions_saved(tmp_path / "home") == [""]
