"""A client of a fake server, and what tests wait for in it."""

import asyncio
from contextlib import aclosing, asynccontextmanager

from dungeon.generator import Request, TextChunk
from dungeon.generator.remote import RemoteGenerator
from dungeon.settings.sampling import Sampling
from tests.dungeon.generator.servers import (
    DONE,
    LLAMA_PROPS,
    OPENAI_MODELS,
    Streamed,
    piece,
    serving,
)
from tests.patience import HUNG

COMPLETIONS = "/v1/completions"
SAMPLING = Sampling(temperature=0.8, top_k=0, top_p=0.95, min_p=0.05, repeat_penalty=1.05)
REQUEST = Request("You stand in a mill.\n", 20, SAMPLING, seed=7, stop=("\n>",))
WHOLE = Streamed([piece("The wheel"), piece(" turns.", "stop"), DONE])
KEY = "sk-very-secret"


@asynccontextmanager
async def playing(models=OPENAI_MODELS, completions=WHOLE, *, key=None, timeouts=None, **routes):
    """Give a server and a client of it."""
    paths = {"/v1/models": models, "/props": LLAMA_PROPS, COMPLETIONS: completions}
    paths |= {f"/{name}": answer for name, answer in routes.items()}
    async with serving(paths) as server:
        remote = RemoteGenerator(server.address, api_key=key, timeouts=timeouts)
        try:
            yield server, remote
        finally:
            await remote.close()


async def reply(remote, request=REQUEST):
    async with aclosing(remote.stream(request)) as events:
        return [found async for found in events]


async def asked(server, path):
    """Wait until the server has been asked for `path`."""
    async with asyncio.timeout(HUNG):
        while not server.bodies(path):
            await asyncio.sleep(0.001)


async def hang_up(server):
    """Wait until the client has closed a connection in the middle of an answer."""
    await asyncio.wait_for(server.left.wait(), HUNG)


async def passing(seconds, waiting):
    """Return what `waiting` comes to as the clock of the loop moves on by `seconds` at a time."""
    loop = asyncio.get_running_loop()
    clock, ahead = loop.time, 0
    loop.time = lambda: clock() + ahead
    while not waiting.done():
        await asyncio.sleep(0.01)
        ahead += seconds
    return await waiting


def text_of(events):
    return "".join(found.text for found in events if isinstance(found, TextChunk))
