"""Model servers on this machine are found, whatever listens on their ports."""

import asyncio
import socket

import pytest

from dungeon.generator.server_detection import FoundModel, LocalServer, find_served_models
from dungeon.models.resolver import ServedModel, resolve
from tests.dungeon.generator.servers import LLAMA_MODELS, Said, Streamed, serving


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _models(*names: object) -> Said:
    return Said({"object": "list", "data": [{"id": name} for name in names]})


async def test_models_of_all_servers_are_listed_in_order():
    async with (
        serving({"/v1/models": _models("story:8b", "tiny", "tiny")}) as first,
        serving({"/v1/models": LLAMA_MODELS}) as second,
    ):
        ollama = LocalServer("Ollama", _port(first.address))
        llama = LocalServer("llama-server", _port(second.address))
        found = await find_served_models([ollama, llama], seconds=10)
    assert found == [
        FoundModel("story:8b", ollama), FoundModel("tiny", ollama), FoundModel("tale", llama)
    ]  # fmt: skip
    assert resolve(found[0].reference) == ServedModel(ollama.address, "story:8b")
    assert all("authorization" not in headers for _, headers, _ in first.asked)


@pytest.mark.parametrize(
    "answer",
    [
        Said(b"<html>a web shop</html>", headers={"Content-Type": "text/html"}),
        Said({"error": "sign in"}, status=401),
        Said([]),
        Said({"data": "none"}),
        Said(b"[" * 100_000),
        _models(None, 7, "", "\x1b[2Jwiped"),
    ],
    ids=["web", "key", "list", "text", "nested", "names"],
)
async def test_what_is_no_model_server_adds_nothing(answer):
    async with serving({"/v1/models": answer}) as server:
        asked = [LocalServer("A", _port(server.address))]
        assert await find_served_models(asked, seconds=10) == []
        assert server.asked


async def test_a_silent_server_is_not_waited_for():
    async with serving({"/v1/models": Streamed([b"{", ...])}) as server:
        asked = [LocalServer("A", _port(server.address))]
        assert await asyncio.wait_for(find_served_models(asked, seconds=0.05), 20) == []


async def test_closed_ports_add_nothing():
    with socket.socket() as closed:  # bound, and so free; not listening
        closed.bind(("127.0.0.1", 0))
        server = LocalServer("A", closed.getsockname()[1])
        assert await asyncio.wait_for(find_served_models([server]), 20) == []
