"""Tests of the command `grue serve` as a process of its own, on the real default model."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

pytest.importorskip("uvicorn", reason="the extra `serve` is not installed")
pytest.importorskip("prometheus_client", reason="the extra `serve` is not installed")

from tests.patience import HUNG
from tests.proof.program import grue, listed, shown

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(os.name != "posix", reason="ends the server with a POSIX signal"),
]

TOKEN = "a-secret-token"
KEY = {"Authorization": f"Bearer {TOKEN}"}
STORY = "You are a ferryman on a wide grey river. A stranger waves from the far bank.\n"
COMPLETION = {"prompt": STORY, "max_tokens": 12, "ignore_eos": True}
CHAT = {
    "messages": [{"role": "user", "content": "Who are you?"}],
    "max_tokens": 12,
    "ignore_eos": True,
}


@asynccontextmanager
async def grue_serve(home: Path) -> AsyncIterator[tuple[Process, str]]:
    """Run the command; give its process and the address that it has announced."""
    command = [sys.executable, "-m", "dungeon.cli", "serve", "--port", "0", "--slots", "2"]
    environment = {**os.environ, "GRUE_SERVE_TOKEN": TOKEN, "GRUE_HOME": str(home)}
    process = await asyncio.create_subprocess_exec(
        *command, "--context", "512", env=environment, stdout=PIPE
    )
    try:
        assert process.stdout is not None
        line = (await asyncio.wait_for(process.stdout.readline(), HUNG)).decode()
        yield process, line.partition(" at ")[2].partition(" with ")[0]
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def streamed(client: httpx.AsyncClient, path: str, body: dict[str, Any]) -> str:
    """Return the text of a streamed reply that has come to its end."""
    text, is_whole = "", False
    async with client.stream("POST", path, headers=KEY, json={**body, "stream": True}) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            is_whole = is_whole or line == "data: [DONE]"
            if line.startswith("data: {"):
                for choice in json.loads(line[6:])["choices"]:
                    text += choice.get("text") or choice.get("delta", {}).get("content") or ""
    assert is_whole
    return text


async def test_two_clients_at_once_and_a_graceful_end(home_with_model: Path) -> None:
    async with grue_serve(home_with_model) as (process, address):
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=HUNG) as client:
            assert (await client.get("/v1/models")).status_code == 401
            story, again, chat = await asyncio.gather(
                streamed(client, "/v1/completions", COMPLETION),
                streamed(client, "/v1/completions", COMPLETION),
                streamed(client, "/v1/chat/completions", CHAT),
            )
            assert story.strip()
            assert chat.strip()
            assert again.strip()
            metrics = (await client.get("/metrics", headers=KEY)).text.splitlines()
            for name in ("ferryman", "miller", "baker", "ferryman"):  # three adventures, two slots
                story = f"You are a {name}. " + STORY * 8
                await streamed(client, "/v1/completions", {"prompt": story, "max_tokens": 2})
            restored = (await client.get("/metrics", headers=KEY)).text.splitlines()
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), HUNG) == 0
    assert 'grue_responses_total{status="200"} 3.0' in metrics
    assert "grue_time_to_first_token_seconds_count 3.0" in metrics
    assert "grue_generation_tokens_total 36.0" in metrics
    assert "grue_slot_restore_queries_total 4.0" in restored
    assert "grue_slot_restore_hits_total 1.0" in restored
    saved = [*(home_with_model / "slots" / "served").glob("*/*.kv")]
    assert len(saved) == 3  # the slots in use were saved at the end
    assert all(path.stat().st_mode & 0o077 == 0 for path in saved)


async def test_the_game_plays_on_it(
    home_with_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRUE_API_KEY", TOKEN)
    player = tmp_path / "player"  # has no model
    async with grue_serve(home_with_model) as (_, address):
        arguments = ("play", "--plain", "--model", address, "--scenario", "lamp")
        done = await asyncio.to_thread(grue, *arguments, home=player, typed="look around\n/quit\n")
    assert done.returncode == 0, done.stderr.decode()
    [adventure] = listed(player)
    turn = shown(player, adventure["id"])["turns"][-1]
    assert (turn["action"], bool(turn["text"])) == ("You look around.", True)
    assert turn["provenance"]["model"].startswith("grue-135m")
    assert not (player / "models").exists()
