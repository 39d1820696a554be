"""Proves the whole game on the real default model: in a pipe, on the screen, for a long sitting."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from dungeon import scenarios
from dungeon.files.home import Home
from dungeon.generator import TextChunk
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaSettings
from dungeon.models.catalog import catalog
from dungeon.models.overview import summarise
from dungeon.session.speed_test import run_speed_test
from dungeon.settings.sampling import Sampling
from dungeon.story import Adventure, Kind, Turn
from dungeon.turns.state_extraction import MAX_CHANGES, extraction_query, extraction_request
from tests.dungeon.prose.shaping import shape_reply
from tests.proof.program import GRUE, at_home, grue, listed, shown
from tests.proof.terminal import Terminal

pytestmark = pytest.mark.model

SLOW = 120.0
"""Seconds a turn may take on a busy machine before it counts as hung."""

ENDS = re.compile(r"[.!?…][\"”’')*\]]*$")


def play(home: Path, typed: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    turns = typed.count("\n")
    done = grue("play", "--plain", *arguments, home=home, typed=typed, timeout=SLOW * turns)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    return done


def screen(home: Path, *arguments: str) -> Terminal:
    """Open the game on a terminal wide enough for every figure."""
    return Terminal([*GRUE, "play", *arguments], environment=at_home(home), columns=120, rows=40)


def only_adventure(home: Path) -> dict[str, Any]:
    [adventure] = listed(home)
    return shown(home, adventure["id"])


def wait_for_turns(game: Terminal, home: Path, number: int) -> None:
    """Wait until so many turns are saved, the opening included."""

    def are_saved() -> bool:
        return len(only_adventure(home)["turns"]) == number

    game.wait_until(are_saved, f"{number} turns", timeout=SLOW)


def test_a_game_in_a_pipe(home_with_model: Path) -> None:
    done = play(home_with_model, "look around\n/quit\n", "--scenario", "lamp", "--seed", "7")
    story = done.stdout.decode()
    assert [line for line in story.splitlines() if line.startswith(">")] == ["> You look around."]
    _, deed, reply = story.partition("> You look around.\n")
    assert deed
    assert len(reply.split()) > 10
    document = only_adventure(home_with_model)
    opening, turn = document["turns"]
    assert " ".join(reply.split()) == " ".join(turn["text"].split())
    assert (turn["parent"], turn["kind"], turn["action"]) == (
        opening["id"],
        "do",
        "You look around.",
    )
    told = turn["provenance"]
    assert told["model"].startswith("grue-135m")
    assert told["seed"] is not None
    assert told["sampling"]["temperature"] > 0
    assert told["prompt_tokens"] >= told["prompt_tokens_evaluated"] / told["attempts"] > 0
    assert told["tokens"] > 10
    assert told["milliseconds"] >= told["first_milliseconds"] > 0


@pytest.mark.parametrize("prompt_format", ["completion", "chat"])
def test_the_base_of_the_default_plays_in_both_formats(
    home_with_model: Path, prompt_format: str
) -> None:
    typed = f"/format {prompt_format}\nlook around\n/why\n/quit\n"
    done = play(home_with_model, typed, "--model", "smollm2", "--scenario", "lamp", "--seed", "7")
    assert f"Prompt: {prompt_format} of at most" in (done.stdout + done.stderr).decode()
    turn = only_adventure(home_with_model)["turns"][-1]
    assert (turn["action"], turn["provenance"]["model"][:12]) == (
        "You look around.",
        "smollm2-135m",
    )
    assert len(turn["text"].split()) > 3


async def test_the_speed_of_the_real_model_is_listed_as_measured(
    own_home: Path, real_models_dir: Path
) -> None:
    home, entry = Home(own_home), catalog().entries["grue-135m"]
    home.models.mkdir(parents=True)  # with the real files in it, but no speed
    for path in real_models_dir.iterdir():
        if path.name != "speeds.json":
            (home.models / path.name).symlink_to(path)
    said = await run_speed_test(entry, home, seconds=0.2)
    listed = next(each.speed for each in summarise(home.models) if each.entry is entry)
    assert listed is not None
    assert listed.is_measured
    assert said == f"Grue 135M writes {listed.tokens_per_second:.0f} tokens/s on this machine."


async def test_the_engine_obeys_a_json_schema(default_model: Path) -> None:
    turn = Turn("1", None, Kind.DO, "You take the lamp.", "It is hot. You stand in the mill.")
    request = extraction_request(extraction_query(Adventure("a", "T").with_turn(turn), turn))
    generator = LlamaCppGenerator(LlamaSettings(default_model, "grue-135m"))
    try:
        for seed in range(3):
            hot = Sampling(temperature=1.5)
            drawn = replace(request, seed=seed, sampling=hot, max_tokens=800)
            async with aclosing(generator.stream(drawn)) as events:
                answer = "".join([e.text async for e in events if isinstance(e, TextChunk)])
            changes = json.loads(answer)["changes"]
            assert len(changes) <= MAX_CHANGES
            assert all(change.keys() == {"kind", "name", "is"} for change in changes)
    finally:
        await generator.close()


def test_a_game_on_the_screen(home_with_model: Path) -> None:
    with screen(home_with_model, "--seed", "7") as game:
        game.wait_to_see("Say what you do (1 of 3)")  # the tour
        game.press("escape")
        game.wait_to_see("Quick start")
        game.press("enter")
        game.wait_to_see("saved", timeout=SLOW)
        game.enter("look around")
        game.wait_to_see("You look around.", timeout=SLOW)
        wait_for_turns(game, home_with_model, 2)
        [adventure] = listed(home_with_model)
        last = shown(home_with_model, adventure["id"])["turns"][-1]
        assert last["action"] == "You look around."
        last_words = " ".join(last["text"].split()[-3:])
        game.wait_until(lambda: last_words in " ".join(game.screen.split()), "end of the turn")
        game.press("ctrl+q")
        assert game.end() == 0
    with screen(home_with_model, "--continue") as game:
        game.wait_to_see("You look around.")
        game.press("ctrl+q")
        assert game.end() == 0
    assert only_adventure(home_with_model)["turns"][-1] == last


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_engine_ends_with_a_game_that_is_killed(home_with_model: Path) -> None:
    with screen(home_with_model, "--quick") as game:
        deadline = time.monotonic() + SLOW
        while not (engines := children(game.pid)) and time.monotonic() < deadline:
            game.rest(0.05)
        assert engines
        game.kill()
    deadline = time.monotonic() + SLOW
    while (left := [e for e in engines if Path(f"/proc/{e}").exists()]) and (
        time.monotonic() < deadline
    ):
        time.sleep(0.02)
    assert left == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_game_whose_engine_is_killed_in_the_middle_goes_on(home_with_model: Path) -> None:
    with screen(home_with_model, "--quick") as game:
        game.wait_to_see("saved", timeout=SLOW)
        game.enter("open the door")
        game.wait_to_see("You open the door.", timeout=SLOW)
        for engine in children(game.pid):
            os.kill(engine, signal.SIGKILL)
        wait_for_turns(game, home_with_model, 2)
        game.press("ctrl+q")
        assert game.end() == 0
    turns = only_adventure(home_with_model)["turns"]
    assert [turn["action"] for turn in turns] == ["", "You open the door."]


def children(pid: int) -> list[int]:
    """Return the processes that `pid` has started and that still run."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[1] == str(pid) and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


DEEDS = (
    "look around",
    '"Who is there?"',
    "",
    "take what lies there",
    "/retry",
    "run away",
    "/undo",
    "i open the door",
)


@pytest.fixture(params=[opening.name for opening in scenarios.available()])
def sitting(request: pytest.FixtureRequest, home_with_model: Path) -> dict[str, Any]:
    """Play an opening for a while on the real model, and give the adventure as it was saved."""
    typed = "\n".join((*DEEDS, "/quit\n"))
    done = play(home_with_model, typed, "--scenario", request.param, "--seed", "3")
    return {"stdout": done.stdout.decode()} | only_adventure(home_with_model)


@pytest.mark.soak
def test_a_long_sitting_keeps_its_promises(sitting: dict[str, Any]) -> None:
    turns = sitting["turns"][1:]
    assert len(turns) == 7  # an undo makes none
    for turn in turns:
        text = turn["text"]
        assert ENDS.search(text), text
        assert not re.search(r"^\s*>", text, re.MULTILINE), text
        assert shape_reply(text, turn["action"]).text == text, "the rules themselves still object"
        assert turn["provenance"]["ended"] in ("sentence", "length", "refused")
    deeds = {f"> {turn['action']}" for turn in turns if turn["action"]}
    marked = {line for line in sitting["stdout"].splitlines() if line.startswith(">")}
    assert marked == deeds
    assert "> You open the door." in deeds
    json.dumps(sitting)
