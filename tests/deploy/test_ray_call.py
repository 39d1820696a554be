"""Tests of what Ray's errors mean; no Ray is started."""

import asyncio

import pytest

pytest.importorskip("ray.serve", reason="the extra `deploy` is not installed")

from ray.exceptions import (
    ActorDiedError,
    ActorUnavailableError,
    NodeDiedError,
    RayTaskError,
    TaskCancelledError,
)
from ray.serve.exceptions import (
    BackPressureError,
    ReplicaUnavailableError,
    RequestCancelledError,
)

from deploy.engine_request import EngineRequest
from deploy.ray_call import call_replica
from deploy.relay import ReplicaLost
from dungeon.errors import EngineStopped
from dungeon.serving.access import Refusal

REQUEST = EngineRequest("GET", "/props", b"", "/props")


class Response:
    """Ray's handle and its response, which yields one chunk and then raises an error."""

    def __init__(self, error=None):
        self.error = error
        self.is_cancelled = False
        self.stream = self

    def remote(self, request):
        return self

    def cancel(self):
        self.is_cancelled = True
        raise ActorDiedError

    async def __aiter__(self):
        yield b"chunk"
        if self.error is not None:
            raise self.error


def in_the_replica(error):
    return RayTaskError("stream", "Traceback", error).as_instanceof_cause()


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (ActorDiedError(), ReplicaLost),
        (ActorUnavailableError("gone", bytes(16)), ReplicaLost),
        (NodeDiedError("gone"), ReplicaLost),
        (ReplicaUnavailableError("one"), ReplicaLost),
        (in_the_replica(EngineStopped("crashed")), ReplicaLost),
        (in_the_replica(KeyError("mistake")), KeyError),
        (TaskCancelledError(), asyncio.CancelledError),
        (RequestCancelledError("one"), asyncio.CancelledError),
        (BackPressureError(9, 9), Refusal),
    ],
    ids=lambda each: type(each).__name__ if isinstance(each, Exception) else "",
)
async def test_what_an_error_of_ray_means(error, meaning) -> None:
    response = Response(error)
    call = call_replica(response, REQUEST)
    assert await anext(call) == b"chunk"
    with pytest.raises(meaning):
        await anext(call)
    assert not response.is_cancelled


async def test_a_call_that_is_closed_is_cancelled_and_one_that_is_over_is_not() -> None:
    response = Response()
    call = call_replica(response, REQUEST)
    await anext(call)
    await call.aclose()
    assert response.is_cancelled
    response = Response()
    assert [chunk async for chunk in call_replica(response, REQUEST)] == [b"chunk"]
    assert not response.is_cancelled
