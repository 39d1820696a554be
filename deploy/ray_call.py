"""Call a replica through Ray's handle, and tell which of Ray's errors mean that it was lost."""

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import Any

from ray.exceptions import RayError, RayTaskError, TaskCancelledError
from ray.serve.exceptions import BackPressureError, RayServeException

from deploy.engine_request import EngineRequest
from deploy.relay import RETRY_SECONDS, ReplicaLost
from dungeon.errors import GeneratorError
from dungeon.serving.access import Refusal


async def call_replica(handle: Any, request: EngineRequest) -> AsyncGenerator[bytes, None]:
    """Yield what the replica yields that Ray's router chooses, for which it waits without end.

    Closing it, or cancelling what waits for it, ends the call. Raises ReplicaLost where another
    replica can be asked, Refusal where too many requests wait, and what failed in the replica.
    """
    response = handle.stream.remote(request)
    is_over = False
    try:
        async for chunk in response:
            yield chunk
        is_over = True
    except (RayError, RayServeException) as error:
        is_over = True
        meaning = _meaning(error)
        if meaning is None:
            raise
        raise meaning from error
    finally:
        if not is_over:
            with suppress(RayError, RayServeException):  # it may have failed meanwhile
                response.cancel()


def _meaning(error: Exception) -> BaseException | None:
    """Return what to raise for an error of Ray; None where that is the error itself."""
    match error:
        case TaskCancelledError():
            return asyncio.CancelledError()
        case BackPressureError():
            after = math.ceil(error.retry_after_s or RETRY_SECONDS)
            return Refusal(
                error.status_code, "Too many requests wait. Try again.", retry_after=after
            )
        case RayTaskError() if not isinstance(error.cause, GeneratorError | RayError):
            return None  # a mistake in the replica's code: another one makes it, too
        case _:
            return ReplicaLost(str(error))
