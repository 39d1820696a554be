"""Tests that a `llama-server` on PATH is used where it finds a GPU, on a fake one."""

import json
import os
import signal
import subprocess
import sys
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from dungeon.errors import EngineStopped
from dungeon.files.home import Home
from dungeon.generator import Request, TextChunk
from dungeon.generator.factory import create_generator
from dungeon.generator.gpu_server import EnginePlan, GpuServer, choose_engine, list_gpu
from dungeon.generator.llama_cpp import LlamaCppGenerator
from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings
from dungeon.session.model_loader import ModelLoader
from dungeon.settings.sampling import Sampling
from tests.dungeon.generator.fake_llama_server import (
    DEVICES,
    NO_DEVICES,
    OLD_HELP,
    write_server,
)
from tests.dungeon.models.tiny import write_model
from tests.patience import HUNG, wait_until

pytestmark = pytest.mark.skipif(os.name != "posix", reason="not started on Windows")

REQUEST = Request("You row.", 8, Sampling(guidance=1.5), 5, unconditional_prompt="You.")


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "tale.gguf"
    write_model(path)
    return path


@pytest.fixture
def generator_of(model):
    """Return a way to make a generator whose built-in engine may not be started."""

    async def start(settings):
        if settings.program is None:
            raise EngineStopped("The built-in engine was asked for.")
        return await LlamaProcess.start(settings)

    def make(program, **named):
        server = GpuServer(program, "Ember 9")
        settings = LlamaSettings(model, "tale", 300, 3)
        return LlamaCppGenerator(settings, server=server, **({"start": start} | named))

    return make


async def text_of(generator, asked=REQUEST):
    async with aclosing(generator.stream(asked)) as events:
        return "".join([event.text async for event in events if isinstance(event, TextChunk)])


def started(program):
    """Return the arguments and the process id of the server."""
    return json.loads(program.with_name("started").read_text())


def runs(process_id):
    """Whether the process is there and no zombie."""
    try:
        return " Z " not in Path(f"/proc/{process_id}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_the_engine_is_chosen_by_what_is_on_path_and_the_gpu_that_it_finds(tmp_path):
    there, gone = lambda _: str(tmp_path / "llama-server"), lambda _: None
    server = GpuServer(tmp_path / "llama-server", "Ember 9")
    gpu, none = lambda _: "Ember 9", lambda _: ""
    assert choose_engine("auto", there, gpu) == EnginePlan(server)
    assert server.description == "llama-server on Ember 9"
    assert choose_engine("built-in", there, gpu) == EnginePlan(None)
    assert choose_engine("auto", there, none).reason.endswith("llama-server finds no GPU.")
    assert choose_engine("llama-server", there, none).server == GpuServer(server.program)
    for choice in ("auto", "llama-server"):
        missing = EnginePlan(None, "There is no llama-server on PATH.")
        assert choose_engine(choice, gone, gpu) == missing


@pytest.mark.parametrize(
    ("devices", "gpu"), [(DEVICES, "Ember 9"), (NO_DEVICES, "")], ids=["one", "none"]
)
def test_the_server_itself_says_which_gpu_it_uses(tmp_path, devices, gpu):
    assert list_gpu(write_server(tmp_path, devices=devices)) == gpu


def test_a_program_that_cannot_be_run_finds_no_gpu(tmp_path):
    program = tmp_path / "llama-server"
    assert list_gpu(program) == ""
    program.write_text("#!/bin/sh\necho '  CUDA0: Ember 9 (8000 MiB, 7000 MiB free)'; exit 1\n")
    program.chmod(0o755)
    assert list_gpu(program) == ""


async def test_it_plays_with_all_layers_that_fit_and_the_key_is_no_argument(tmp_path, generator_of):
    program = write_server(tmp_path)
    generator = generator_of(program, supports_chat=True)
    assert not generator.supports_guidance
    assert await text_of(generator) == "A mill."
    assert await generator.count_tokens("You row.") == 3
    assert (generator.engine, generator.notice) == ("llama-server on Ember 9", "")
    arguments, server = started(program)
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    assert options.pop("--port").isdecimal()
    assert options == {
        "--model": str(tmp_path / "tale.gguf"),
        "--alias": "tale",
        "--ctx-size": "300",
        "--parallel": "1",
        "--threads": "3",
        "--batch-size": "512",
        "--host": "127.0.0.1",
        "--fit": "on",
        "--cache-ram": "256",
        "--jinja": "--no-webui",
    }
    assert generator._child.token not in arguments
    assert "guidance" not in json.loads(program.with_name("asked").read_text())
    await generator.close()
    wait_until(lambda: not runs(server))


async def test_an_older_one_is_told_to_offload_every_layer(tmp_path, generator_of):
    program = write_server(tmp_path, options=OLD_HELP)
    generator = generator_of(program)
    await generator.open()
    await generator.close()
    arguments, _ = started(program)
    assert arguments[-2:] == ["--n-gpu-layers", "999"]
    assert not {"--fit", "--jinja", "--no-webui", "--cache-ram"} & {*arguments}


async def test_the_built_in_engine_plays_where_it_cannot_start(tmp_path, generator_of):
    program = write_server(tmp_path, failure="CUDA error:\x1b out of memory")
    (tmp_path / "other").mkdir()
    other = write_server(tmp_path / "other")  # in place of the built-in engine

    async def start(settings):
        return await LlamaProcess.start(
            settings if settings.program else replace(settings, program=other)
        )

    generator, told = generator_of(program, start=start), []
    loader = ModelLoader("tale", lambda _: generator, lambda state: told.append(state.notice))
    await loader.open()
    assert told[-1] == (
        "llama-server cannot load tale.gguf: it ended with status 3, and its last lines are: "
        "loading the model / CUDA error: out of memory. The built-in engine is used."
    )
    assert loader.state.notice == ""
    assert (loader.engine, loader.supports_guidance) == ("the built-in engine", True)
    assert await text_of(loader, replace(REQUEST, unconditional_prompt="")) == "A mill."
    await loader.close()


async def test_one_that_keeps_stopping_is_not_used_again(tmp_path, generator_of):
    program = write_server(tmp_path, dies=True)
    generator = generator_of(program)
    with pytest.raises(EngineStopped, match=r"llama-server stopped\. The built-in engine is used"):
        await text_of(generator)
    with pytest.raises(EngineStopped, match="The built-in engine was asked for"):
        await text_of(generator)
    assert generator.engine == "the built-in engine"
    await generator.close()


def test_a_file_is_played_with_what_is_on_path(tmp_path, model, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    home = Home(tmp_path / "home")
    program = write_server(tmp_path)
    assert create_generator(str(model), home).engine == "llama-server on Ember 9"
    built_in = create_generator(str(model), home, engine="built-in")
    assert (built_in.engine, built_in.notice) == ("the built-in engine", "")
    program.unlink()
    generator = create_generator(str(model), home, engine="llama-server")
    assert generator.notice == "There is no llama-server on PATH. The built-in engine is used."
    assert create_generator(str(model), home).notice == ""


GAME = """
import asyncio, pathlib, sys
from dungeon.generator.llama_launcher import LlamaProcess, LlamaSettings

async def main():
    program = pathlib.Path(sys.argv[1])
    model = program.with_name("tale.gguf")
    await LlamaProcess.start(LlamaSettings(model, "tale", 300, 1, program=program))
    print("ready", flush=True)
    await asyncio.sleep(600)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("deadly", [signal.SIGKILL, signal.SIGTERM])
def test_the_server_ends_with_the_game(tmp_path, model, deadly):
    program = write_server(tmp_path)
    command = [sys.executable, "-c", GAME, str(program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as game:
        assert game.stdout.readline() == b"ready\n"
        _, server = started(program)
        assert runs(server)
        game.send_signal(deadly)
        game.wait(HUNG)
    wait_until(lambda: not runs(server))
