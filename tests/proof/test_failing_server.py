"""Proves that a model server that fails is told of in a sentence, and played on when it is back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.proof.model_server import (
    Behaviour,
    ModelServer,
    babbles,
    drops,
    hangs,
    refuses,
    tells,
)
from tests.proof.program import grue, listed, opening, shown
from tests.proof.sitting import Sitting

GOOD = "The hinges give at last. Cold air comes up out of the dark below."

REPLIES = (
    GOOD,
    "A second gate stands behind the first. Moss grows on its lock.",
    "The third one is only painted on the wall, and rather well.",
    "Rain runs under the fourth, into a hole as wide as your hand.",
    "Behind the fifth a dog barks twice, then goes back to sleep.",
)


@pytest.fixture
def server() -> Iterator[ModelServer]:
    """Return a server that still works."""
    with ModelServer(tells(GOOD)) as server:
        yield server


def sitting(folder: Path, model: str) -> Sitting:
    game = Sitting(folder / "home", model, "--scenario", opening(folder / "gate.txt"))
    game.ready()
    return game


def turns_saved(home: Path) -> list[str]:
    [adventure] = listed(home)
    return [turn["text"] for turn in shown(home, adventure["id"])["turns"]][1:]


def test_each_failure_is_a_sentence_and_the_next_try_works(
    tmp_path: Path, server: ModelServer
) -> None:
    failures: list[tuple[Behaviour, str]] = [
        (refuses(500), "failed with status 500"),
        (refuses(429), "is busy"),
        (babbles, "something that is no JSON"),
        (drops, "broke off in the middle of its reply"),
        (tells(""), "Nothing was written."),
    ]
    saved: list[str] = []
    with sitting(tmp_path, server.address) as game:
        for number, (failure, sentence) in enumerate(failures):
            server.behave(failure)
            assert sentence in " ".join(game.play(f"open door {number}").split())
            assert turns_saved(tmp_path / "home") == saved
            server.behave(tells(REPLIES[number]))
            assert REPLIES[number] in " ".join(game.play(f"open door {number}").split())
            saved.append(REPLIES[number])
        game.leave()
        assert "Traceback" not in game.text
    assert turns_saved(tmp_path / "home") == saved


def test_a_server_that_hangs_is_stopped_by_the_player(tmp_path: Path, server: ModelServer) -> None:
    server.behave(hangs)
    with sitting(tmp_path, server.address) as game:
        game.enter("open the door")
        game.wait_for("gutters")
        game.press("ctrl+c")
        game.ready()
        server.behave(tells(GOOD))
        assert GOOD in " ".join(game.play("go in").split())
        assert game.leave() == 0
        assert "Traceback" not in game.text
    told, good = turns_saved(tmp_path / "home")
    assert told.startswith("The lamp gutters")
    assert good == GOOD


def test_no_server_at_the_address(tmp_path: Path) -> None:
    with ModelServer(tells(GOOD)) as server:
        address = server.address
    begin = opening(tmp_path / "gate.txt")
    command = ("play", "--plain", "--model", address, "--scenario", begin)
    done = grue(*command, home=tmp_path / "home", typed="open the door\n")
    assert done.returncode == 1
    assert f"{address} cannot be reached" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert turns_saved(tmp_path / "home") == []
