"""Tests of the engines of a replica: what is refused, and vLLM's process, played by a script."""

import json
import os
import signal
import sys
from pathlib import Path

import httpx
import pytest

from tests.rows import every_row

pytest.importorskip("pydantic", reason="the extra `deploy` is not installed")
pytest.importorskip("uvicorn", reason="the extra `deploy` is not installed")

from deploy.engines import VllmEngine, create_engine
from deploy.settings import DeploySettings
from dungeon.errors import EngineStopped, InputRefused

SERVER = """#!{python}
import http.server, json, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        told = {{"arguments": sys.argv[1:], "key": os.environ["VLLM_API_KEY"], "pid": os.getpid()}}
        self.wfile.write(json.dumps(told).encode())
    def log_message(self, *arguments):
        pass
port = int(sys.argv[sys.argv.index("--port") + 1])
http.server.HTTPServer(("127.0.0.1", port), Handler).serve_forever()
"""

needs_scripts = pytest.mark.skipif(os.name != "posix", reason="needs executable scripts")


def script(folder: Path, text: str) -> str:
    path = folder / "python"
    path.write_text(text.format(python=sys.executable))
    path.chmod(0o700)
    return str(path)


@every_row("model", ["http://127.0.0.1:1", "owner/name", "scripted:"])
def test_what_llama_cpp_cannot_serve(model: str) -> None:
    with pytest.raises(InputRefused, match="name a catalog model"):
        create_engine(DeploySettings(model=model))


def test_vllm_needs_a_model() -> None:
    with pytest.raises(InputRefused, match="vLLM needs a model"):
        create_engine(DeploySettings(engine="vllm"))


@needs_scripts
async def test_vllm_is_started_with_its_key_in_the_environment_and_again_when_it_ends(
    tmp_path: Path,
) -> None:
    settings = DeploySettings(engine="vllm", model="tale", slots=64, context=1024, gpus=2)
    engine = VllmEngine(settings, script(tmp_path, SERVER))
    places, pids = [], []
    async with httpx.AsyncClient(trust_env=False) as client:
        for _ in range(2):
            place = await engine.locate()
            assert await engine.locate() == place
            told = json.loads((await client.get(place.address)).text)
            assert told["key"] == place.key
            assert place.key not in told["arguments"]
            places.append(place.key)
            pids.append(told["pid"])
            os.kill(told["pid"], signal.SIGKILL)
            await engine._process.wait()
    await engine.close()
    assert places[0] != places[1]
    assert pids[0] != pids[1]
    line = " ".join(told["arguments"])
    assert line.startswith("-m vllm.entrypoints.cli.main serve tale --host 127.0.0.1 --port ")
    for option in ("--max-num-seqs 64", "--max-model-len 1024", "--tensor-parallel-size 2"):
        assert option in line


@needs_scripts
async def test_vllm_that_ends_while_it_loads_is_an_error(tmp_path: Path) -> None:
    engine = VllmEngine(
        DeploySettings(engine="vllm", model="tale"), script(tmp_path, "#!/bin/sh\nexit 3\n")
    )
    with pytest.raises(EngineStopped, match="exit code 3"):
        await engine.locate()
