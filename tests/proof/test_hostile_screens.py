"""Proves that no text from outside reaches a terminal as anything but text, on every screen."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import tomlkit

from dungeon.saves.library import Library
from dungeon.story import Adventure, Kind, Turn
from tests.proof import hostile
from tests.proof.hostile import MARK, MARKUP, PAYLOADS
from tests.proof.model_server import Exchange, ModelServer, refuses
from tests.proof.program import GRUE, at_home
from tests.proof.terminal import Terminal
from tests.proof.test_hostile_text import attack, write_behind_its_back


def tells_in_crumbs(text: str) -> Callable[[Exchange], None]:
    """Return the behaviour of a server whose pieces cut every sequence in two."""

    def behave(exchange: Exchange) -> None:
        exchange.begin_stream()
        for start in range(0, len(text), 2):
            exchange.piece(text[start : start + 2])
        exchange.piece("", finish="stop")
        exchange.event(b"[DONE]")

    return behave


def fill(home: Path) -> None:
    """Put a stranger's text into every field of `home` that a screen shows."""
    lines = hostile.attack()
    table: dict[str, Any] = {"title": attack(0), "summary": attack(2), "genre": attack(4)[:40]}
    table |= {"opening": f"{lines} ${{who}} waits.", "memory": lines, "note": attack(9)}
    table["questions"] = [{"name": "who", "question": f"Who is {attack(3)}?", "default": attack(6)}]
    (home / "scenarios").mkdir(parents=True)
    (home / "settings.toml").write_text("tour = false\n")
    (home / "scenarios" / "own.toml").write_text(tomlkit.dumps(table))
    with closing(Library.open(home / "adventures.db")) as library:
        library.create(
            Adventure("a" * 12, MARK, scenario="", memory=MARK, note=MARK).with_turn(
                Turn("0" * 12, None, Kind.OPENING, "", MARK)
            )
        )
    write_behind_its_back(home / "adventures.db", lines)


def walk(home: Path) -> bytes:
    """Go through every screen there is, and return what was written."""
    fill(home)
    attacks = " ".join(f"{number} {attack(number)}" for number in range(len(PAYLOADS)))
    told = tells_in_crumbs(f"{attacks} Nobody comes.")
    with (
        ModelServer(told, name=attack(5)) as server,
        Terminal(
            [*GRUE, "play", "--model", server.address],
            environment=at_home(home),
        ) as game,
    ):

        def look(key: str, way_out: str = "Back") -> None:
            """Open a screen, see its way out, and take it."""
            game.type(key) if len(key) == 1 else game.press(key)
            game.wait_to_see(way_out)
            game.press("escape")  # and no other key until it was taken: together they would be Alt
            game.wait_until(lambda: way_out not in game.screen, f"way out by {key}")

        game.wait_to_see("1 turn")  # the title of the last adventure
        for key in ("s", "m", "h"):
            look(key)
        game.type("n")
        game.wait_to_see("A new adventure")
        game.wait_to_see(MARK)  # the player's own openings come first
        game.press("enter")
        game.wait_to_see("Who is")
        game.press("enter")
        game.wait_to_see("What do you do?")
        game.enter("wait")
        game.wait_to_see("Retry")
        for key in ("ctrl+g", "ctrl+n", "ctrl+l", "ctrl+t"):
            look(key, "Cancel")
        for key in ("f2", "ctrl+o", "f1"):
            look(key)
        game.type("/print")
        game.wait_to_see("/print")
        look("enter")
        server.behave(refuses(500, hostile.attack()))
        game.type("wait")
        game.wait_to_see("   wait")
        game.press("enter")
        game.wait_to_see("500")
        look("ctrl+p", "Search for commands")
        game.press("ctrl+q")
        assert game.end() == 0
        return game.raw


def test_nothing_of_an_attack_reaches_the_terminal_from_any_screen(tmp_path: Path) -> None:
    loud = walk(tmp_path / "home")
    assert hostile.got_through(loud) == []
    assert loud.count(MARK.encode()) > 20
    assert MARKUP.split()[0].encode() in loud
