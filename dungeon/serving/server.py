"""Run the proxy on a port until a signal ends it, and let the replies finish."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn

from dungeon.generator.slot_files import SlotFiles
from dungeon.serving.engine import LlamaEngine
from dungeon.serving.metrics import Metrics
from dungeon.serving.proxy import Proxy, ProxySettings
from dungeon.serving.slots import SlotScheduler


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """What is allowed, how to end, and what to keep."""

    proxy: ProxySettings
    grace_seconds: int = 30
    """How long replies may take after the signal."""
    slot_files: SlotFiles | None = None
    """Where the slots of adventures are saved; None saves none."""


async def run(
    listener: socket.socket,
    engine: LlamaEngine,
    settings: ServerSettings,
    ready: Callable[[], None],
) -> None:
    """Serve until SIGTERM or Ctrl-C, then let the replies finish; a second Ctrl-C does not wait.

    `ready` is called once the model is loaded. Raises GeneratorError where it cannot be.
    """
    slots = settings.proxy.slots
    metrics = Metrics(slots)
    scheduler = None
    if settings.slot_files is not None:
        scheduler = SlotScheduler(settings.slot_files, slots, metrics.count_slot)
    proxy = Proxy(settings.proxy, engine, metrics, scheduler)
    server = uvicorn.Server(
        uvicorn.Config(
            proxy,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=settings.grace_seconds,
        )
    )
    try:
        await engine.locate()
        with _signals_end_quietly():
            ready()
            await server.serve(sockets=[listener])
    finally:
        await proxy.close()
        await engine.close()


@contextmanager
def _signals_end_quietly() -> Iterator[None]:
    """Ignore what uvicorn raises again after it has handled it, which would skip the clean-up."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.signal(number, lambda *_: None) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
