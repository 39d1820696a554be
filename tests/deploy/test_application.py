"""Tests of the application on a local Ray with the CPU engine, some minutes: `make deploy-test`."""

import asyncio
import json
import random
import time
from contextlib import aclosing

import httpx
import pytest

pytest.importorskip("ray.serve", reason="the extra `deploy` is not installed")

from benchmarks.killed_replicas import Outcome, play
from deploy.local_cluster import (
    TOKEN,
    engine_processes,
    kill_replica,
    local_cluster,
    relay_counts,
    run,
    running_replicas,
)
from deploy.settings import DeploySettings
from dungeon.chat import ChatMessage
from dungeon.generator import Finished, Request, TextChunk
from dungeon.generator.remote import RemoteGenerator
from dungeon.settings.sampling import Sampling
from tests.patience import HUNG

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.model,
    pytest.mark.filterwarnings("ignore"),  # Ray has many of its own
]

KEY = {"Authorization": f"Bearer {TOKEN}"}
STORY = "You are a ferryman on a wide grey river. A stranger waves from the far bank.\n" * 10
TWO = DeploySettings(context=1024, slots=2, min_replicas=2)


@pytest.fixture(scope="module")
def address(tmp_path_factory, real_models_dir):
    home = tmp_path_factory.mktemp("home")
    (home / "models").symlink_to(real_models_dir, target_is_directory=True)
    with local_cluster(environment={"GRUE_HOME": str(home)}) as place:
        yield place


async def until(is_so) -> None:
    async with asyncio.timeout(2 * HUNG):
        while not await asyncio.to_thread(is_so):
            await asyncio.sleep(0.2)


async def cached(client, session, prompt=STORY) -> int:
    """Return how many tokens of the prompt were in the cache of the replica that answered."""
    body = {"prompt": prompt, "max_tokens": 1, "cache_prompt": True}
    headers = KEY | {"X-Session-Id": session}
    answer = await client.post("/v1/completions", headers=headers, json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()["timings"]["cache_n"]


async def reply_of_killed_replicas(address, request) -> tuple[str, Finished]:
    """Return a reply; every replica is killed at its second chunk, so that it is in the middle."""
    remote = RemoteGenerator(address, api_key=TOKEN)
    text, chunks = "", 0
    try:
        await remote.open()
        async with aclosing(remote.stream(request)) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return text, event
                if isinstance(event, TextChunk):
                    text += event.text
                    chunks += 1
                    if chunks == 2:
                        for process in await asyncio.to_thread(engine_processes):
                            kill_replica(process)
    finally:
        await remote.close()
    raise AssertionError("the stream ended without an end")


async def test_an_adventure_returns_to_its_replica(address) -> None:
    await asyncio.to_thread(run, TWO)
    await until(lambda: running_replicas() == 2)
    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=HUNG) as client:
        assert (await client.get("/v1/models")).status_code == 401
        assert (await client.get("/health")).json() == {"status": "ok"}
        stories = {f"session-{number}": f"Adventure {number}. {STORY}" for number in range(6)}
        for _ in range(2):  # the router may learn only now of the second replica
            for session, story in stories.items():
                await cached(client, session, story)
        found = [await cached(client, session, story) for session, story in stories.items()]
        assert min(found) > 150  # by chance one in six times
        chat = {"messages": [{"role": "user", "content": "Who?"}], "max_tokens": 3, "stream": True}
        answer = await client.post("/v1/chat/completions", headers=KEY, json=chat)
        assert answer.text.rstrip().endswith("data: [DONE]")


@pytest.mark.parametrize("messages", [(), (ChatMessage("user", "Tell me of a ferryman."),)])
async def test_a_reply_goes_on_after_every_replica_was_killed_in_it(address, messages) -> None:
    await asyncio.to_thread(run, TWO)
    await until(lambda: running_replicas() == 2)
    before = await asyncio.to_thread(relay_counts)
    request = Request("" if messages else STORY, 200, Sampling(), 1, messages=messages)
    text, finished = await reply_of_killed_replicas(address, request)
    after = await asyncio.to_thread(relay_counts)
    assert text
    assert finished.usage.tokens > 2
    assert after.get("continued", 0) > before.get("continued", 0)
    assert after.get("broken", 0) == before.get("broken", 0)


async def test_no_turn_is_lost_when_a_replica_is_killed(address, monkeypatch) -> None:
    monkeypatch.setenv("GRUE_API_KEY", TOKEN)
    await asyncio.to_thread(run, TWO)
    await until(lambda: running_replicas() == 2)
    outcome, ends = Outcome(), time.monotonic() + 5 * HUNG
    games = [asyncio.ensure_future(play(address, each, 12, ends, outcome)) for each in range(2)]
    await until(lambda: outcome.turns > 2)
    kill_replica(random.choice(await asyncio.to_thread(engine_processes)))
    await asyncio.gather(*games)
    assert (outcome.turns, outcome.failed, outcome.lost) == (12, 0, 0)


async def test_the_replicas_follow_the_load(address) -> None:
    settings = {"min_replicas": 1, "ongoing_requests": 1, "upscale_delay": 0, "downscale_delay": 1}
    await asyncio.to_thread(run, DeploySettings(context=1024, slots=2, **settings))
    await until(lambda: running_replicas() == 1)
    stop = asyncio.Event()

    async def load(client: httpx.AsyncClient) -> None:
        body = {"prompt": STORY, "max_tokens": 200, "stream": True, "ignore_eos": True}
        while not stop.is_set():
            async with client.stream("POST", "/v1/completions", headers=KEY, json=body) as answer:
                async for line in answer.aiter_lines():
                    if line.startswith("data: {"):
                        assert "error" not in json.loads(line[6:])

    async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=2 * HUNG) as client:
        loads = [asyncio.ensure_future(load(client)) for _ in range(4)]
        await until(lambda: running_replicas() == 2)
        stop.set()
        await asyncio.gather(*loads)
    await until(lambda: running_replicas() == 1)
