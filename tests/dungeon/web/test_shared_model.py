"""The model that all games share, and how a game in the browser is told of it."""

import subprocess
import sys

import pytest

pytest.importorskip("aiohttp", reason="the extra `web` is not installed")
pytest.importorskip("textual_serve", reason="the extra `web` is not installed")

from dungeon.errors import InputRefused
from dungeon.serving.location import Location
from dungeon.web import KEY_VARIABLE
from dungeon.web.player_process import SharedModel
from dungeon.web.shared_model import EngineOptions, ModelHere, load_game_model

OPTIONS = EngineOptions(slots=1, context=0, threads=1)


class RestartedEngine:
    """An engine that answers at another address each time."""

    def __init__(self) -> None:
        self._starts = 0

    async def locate(self) -> Location:
        self._starts += 1
        return Location(f"http://127.0.0.1:{self._starts}", f"key-{self._starts}")

    async def close(self) -> None:
        """Nothing to end."""


async def test_each_game_is_told_where_the_engine_answers_now():
    model = ModelHere("", RestartedEngine(), sha256="ab" * 32, prefers_chat=True)
    await model.open()
    game = await model.next_game()
    assert "http://127.0.0.1:2" in game.arguments
    assert "--prefers-chat" in game.arguments
    assert game.environment == {KEY_VARIABLE: "key-2"}  # no other user can read it there


def test_turns_record_the_model_by_the_hash_of_its_file():
    shared = SharedModel("http://127.0.0.1:1", "key", sha256="ab" * 32, prefers_chat=True)
    assert shared.model.identity.endswith(f"@{'ab' * 32}")
    assert not shared.prefers_chat  # it is not known yet whether the server renders chats


async def test_a_model_on_a_server_is_left_to_the_games(tmp_path):
    model = load_game_model("http://127.0.0.1:1", tmp_path, OPTIONS, lambda *_: None)
    assert (await model.next_game()).arguments == ("--model", "http://127.0.0.1:1")


def test_what_transformers_runs_cannot_be_shared(tmp_path):
    with pytest.raises(InputRefused, match="cannot be shared by games in a browser"):
        load_game_model("gpt2", tmp_path, OPTIONS, lambda *_: None)


def test_the_extra_web_is_all_that_it_needs():
    """The dependencies of `grue serve` belong to another extra."""
    code = "import sys, dungeon.cli.web; print({'uvicorn', 'prometheus_client'} & {*sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "set()\n"
