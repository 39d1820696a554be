"""Proves that no text from outside reaches a terminal as anything but text, in plain lines."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import tomlkit

from dungeon.saves.library import Library
from dungeon.story import Adventure, Kind, Turn
from tests.proof import hostile
from tests.proof.hostile import MARK, PAYLOADS
from tests.proof.model_server import ModelServer, refuses, tells
from tests.proof.program import GRUE, at_home, listed
from tests.proof.sitting import Sitting
from tests.proof.terminal import Terminal

NAMES = [f"own{number}" for number in range(len(PAYLOADS))]
"""The player's own openings, one for each attack."""

Text = Callable[[int], str]
"""Gives the text for an opening: an attack, or in the control run none."""


def attack(number: int) -> str:
    return f"{MARK} {PAYLOADS[number].text} [/nope]"


def peace(number: int) -> str:
    return f"{MARK} comes {number} times"


def write_openings(home: Path, text: Text) -> None:
    """Put an opening with `text` in each of its fields into the player's own folder."""
    folder = home / "scenarios"
    folder.mkdir(parents=True)
    for number, name in enumerate(NAMES):
        fields = ("title", "summary", "opening", "memory", "note")
        table = {field: text(number) for field in fields}
        table["genre"] = text(number).removeprefix(MARK)[:40]
        question = {"name": "who", "question": f"Who is {text(number)}?", "default": text(number)}
        table["opening"] += " ${who} waits."
        (folder / f"{name}.toml").write_text(tomlkit.dumps(table | {"questions": [question]}))


def play_through(home: Path, text: Text) -> bytes:
    """Play every opening in one sitting, look at every panel, and return what was written."""
    write_openings(home, text)
    with (
        ModelServer(tells(text(0)), name=text(1)) as server,
        Sitting(home, server.address, "--scenario", NAMES[0]) as game,
    ):
        game.wait_for("Who is ")
        game.play("")
        for number, name in enumerate(NAMES[1:], start=1):
            before = len(game.raw)
            game.enter(f"/new {name}")
            game.wait_for("Who is ", after=before)
            game.play("")
            server.behave(tells(f"{text(number)} stands there. {text(number)} goes away again."))
            assert "> You wait." in game.play("wait")
        for panel in ("/memory", "/note", "/context", "/print", "/saves", "/model"):
            game.play(panel)
        before = len(game.raw)
        game.enter("/new")
        game.wait_for("Which opening?", after=before)
        game.play("")
        game.play(f"/search {MARK}")
        server.behave(refuses(500, text(0) + text(4)))
        assert "failed with status 500" in game.play("wait")
        assert game.leave() == 1
        return game.raw


def test_nothing_of_an_attack_reaches_the_terminal_in_play(tmp_path: Path) -> None:
    quiet = play_through(tmp_path / "quiet", peace)
    loud = play_through(tmp_path / "loud", attack)
    assert hostile.got_through(quiet) == [], "the control run is no control"
    assert hostile.got_through(loud) == []
    assert loud.count(MARK.encode()) > 100


def run_on_terminal(home: Path, *arguments: str) -> Terminal:
    """Run a command of grue at a terminal until it ends."""
    with Terminal([*GRUE, *arguments], environment=at_home(home)) as terminal:
        terminal.end()
    assert "Traceback" not in terminal.text, terminal.text
    assert hostile.got_through(terminal.raw) == []
    return terminal


def hostile_adventure(text: str) -> Adventure:
    opening_turn = Turn("0" * 12, None, Kind.OPENING, "", text)
    return Adventure("a" * 12, text, scenario=text, memory=text, note=text).with_turn(opening_turn)


def write_behind_its_back(saves: Path, text: str) -> None:
    """Put `text` into every field of the saves, as someone could who hands the file to others."""
    with closing(sqlite3.connect(saves)) as connection:
        guards = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
        for (name,) in guards.fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        fields = "title = ?1, scenario = ?1, memory = ?1, note = ?1"
        connection.execute(f"UPDATE adventures SET {fields}", [text])
        connection.execute("UPDATE turns SET text = ?1, action = ?1", [text])
        connection.commit()


def test_a_hostile_saves_file_is_listed_shown_and_searched_harmlessly(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with Library.open(home / "adventures.db") as library:
        library.create(hostile_adventure(MARK))
    write_behind_its_back(home / "adventures.db", hostile.attack())
    for command in (
        ("saves", "list"),
        ("saves", "show", "aaa"),
        ("saves", "search", MARK),
        ("saves", "check"),
        ("saves", "export", "aaa", "--format", "text"),
    ):
        assert MARK in run_on_terminal(home, *command).text
    with Sitting(home, "scripted:", "--continue") as game:
        game.wait_for("Open what can still be read of it?")
        assert MARK in game.play("y")
        game.play("/print")
        game.leave()
    assert hostile.got_through(game.raw) == []


def test_hostile_files_are_imported_or_refused_harmlessly(tmp_path: Path) -> None:
    home = tmp_path / "home"
    transcript = tmp_path / f"{MARK} {PAYLOADS[0].text} \u202e\x1b[2J.txt"
    transcript.write_text(f"{hostile.attack()}\n\n> You wait.\n\n{hostile.attack()}\n")
    terminal = run_on_terminal(home, "saves", "import", str(transcript))
    assert terminal.exit_code() == 0
    document = tmp_path / f"{MARK}\x9b2J.json"
    document.write_text(json.dumps({"format": "grue adventure", "version": hostile.attack()}))
    assert run_on_terminal(home, "saves", "import", str(document)).exit_code() == 2
    missing = run_on_terminal(home, "saves", "import", str(tmp_path / f"no {PAYLOADS[0].text}"))
    assert missing.exit_code() == 2
    [adventure] = listed(home)
    for command in (("list",), ("show", adventure["id"]), ("search", MARK)):
        assert MARK in run_on_terminal(home, "saves", *command).text


EVERYTHING = "".join(payload.text for payload in PAYLOADS if "\0" not in payload.text)


@pytest.mark.parametrize(
    "command",
    [
        (EVERYTHING,),
        ("play", "--seed", EVERYTHING),
        ("play", f"--{EVERYTHING}"),
        ("play", "--plain", "--model", EVERYTHING),
        ("play", "--plain", "--model", f"scripted:{EVERYTHING}"),
        ("play", "--plain", "--model", "scripted:", "--scenario", EVERYTHING),
        ("play", "--plain", "--model", "scripted:", "--scenario", f"{EVERYTHING}.txt"),
        ("play", "--plain", "--model", "scripted:", "--adventure", EVERYTHING),
        ("saves", "show", EVERYTHING),
        ("saves", "delete", EVERYTHING),
        ("saves", "export", "a", "--format", EVERYTHING),
        ("models", "info", EVERYTHING),
        ("models", "pull", EVERYTHING),
    ],
    ids=lambda command: " ".join(command).replace(EVERYTHING, "…"),
)
def test_a_hostile_command_line_is_refused_harmlessly(
    tmp_path: Path, command: tuple[str, ...]
) -> None:
    assert run_on_terminal(tmp_path / "home", *command).exit_code() in (1, 2)


def test_a_hostile_address_is_refused_harmlessly(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:9/{EVERYTHING}"
    terminal = run_on_terminal(tmp_path / "home", "play", "--plain", "--quick", "--model", address)
    assert terminal.exit_code() == 2


def test_a_hostile_home_is_named_harmlessly(tmp_path: Path) -> None:
    home = tmp_path / f"{MARK}{EVERYTHING}".replace("/", "")
    home.mkdir()
    (home / "adventures.db").write_bytes(b"")
    (home / "settings.toml").write_text("nonsense = ")
    for command in (("saves", "list"), ("saves", "check"), ("play", "--plain", "--continue")):
        terminal = run_on_terminal(home, *command)
        assert terminal.exit_code() in (1, 2)
