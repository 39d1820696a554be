"""Find the model servers that run on this machine, on their usual ports, and the models they serve.

Asked only when the player opens the list of models. No API key is sent: nobody knows yet what
listens there.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dungeon.errors import GeneratorError
from dungeon.text import clean_line

TIMEOUT = 0.7
"""Seconds that a server has for each step of its answer: it is on this machine."""

MAX_MODELS = 50
"""Models of one server that are listed."""


@dataclass(frozen=True, slots=True)
class LocalServer:
    """A program that serves models on this machine, and the port on which it usually listens."""

    program: str
    port: int

    @property
    def address(self) -> str:
        """The root of the server."""
        return f"http://127.0.0.1:{self.port}"


USUAL_SERVERS = (
    LocalServer("Ollama", 11434),
    LocalServer("LM Studio", 1234),
    LocalServer("KoboldCpp", 5001),
    LocalServer("llama-server", 8080),
)


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that a server on this machine serves."""

    name: str
    server: LocalServer

    @property
    def reference(self) -> str:
        """The model as `--model` and `/model` take it."""
        return f"{self.server.address}#{self.name}"


async def find_served_models(
    servers: Sequence[LocalServer] = USUAL_SERVERS, seconds: float = TIMEOUT
) -> list[FoundModel]:
    """Return the models of the `servers` that run, in this order; all are asked at the same time.

    A port on which nothing listens, or something that serves no models, contributes none.
    """
    found = await asyncio.gather(*(_models_of(server, seconds) for server in servers))
    return [model for models in found for model in models]


async def _models_of(server: LocalServer, seconds: float) -> list[FoundModel]:
    from dungeon.generator.http_client import ModelServerClient, Timeouts

    client = ModelServerClient(server.address, None, Timeouts(seconds, seconds, seconds))
    try:
        answer = await client.request_json("/v1/models")
    except GeneratorError:  # nothing there, or no model server
        return []
    finally:
        await client.close()
    names = dict.fromkeys(_names(answer))
    return [FoundModel(name, server) for name in names][:MAX_MODELS]


def _names(answer: Any) -> list[str]:
    """Return the model names in the response of `/v1/models`; one that cannot be shown as it is
    written, and so not be chosen either, is left out.
    """
    listed = answer.get("data") if isinstance(answer, dict) else None
    entries = listed if isinstance(listed, list) else []
    names = [entry.get("id") for entry in entries if isinstance(entry, dict)]
    return [name for name in names if isinstance(name, str) and name and clean_line(name) == name]
