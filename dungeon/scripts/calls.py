"""Call a script's code with a time limit. What it raises, hangs in or returns ends no turn.

A call runs in a daemon thread: Python cannot end a thread, so one that hangs goes on by itself and
its result is ignored. Until it has ended the script is not called again.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dungeon.text import clean_line

CALL_SECONDS = 2.0
"""Seconds that a hook may take."""

_MAX_REASON = 120


class ScriptFailed(Exception):
    """A script's code has failed; the message says how and follows the name of the script."""


@dataclass(slots=True)
class _Outcome:
    value: Any = None
    failure: str = ""


class Caller:
    """Calls the functions of one script, one at a time."""

    def __init__(self, seconds: float = CALL_SECONDS) -> None:
        self._seconds = seconds
        self._free = threading.Lock()
        self._hangs = False

    def call(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Return what `function` returns. Blocks, at most about twice the limit.

        Raises ScriptFailed.
        """
        if not self._free.acquire(timeout=0.0 if self._hangs else self._seconds):
            raise ScriptFailed("is still busy with an earlier turn")
        outcome, done = _Outcome(), threading.Event()

        def run() -> None:
            try:
                outcome.value = function(*arguments)
            except ScriptFailed as error:
                outcome.failure = str(error)
            except BaseException as error:  # noqa: BLE001 - SystemExit of a script ends nothing
                outcome.failure = _describe(error)
            finally:
                self._hangs = False
                self._free.release()
                done.set()

        threading.Thread(target=run, daemon=True, name="script").start()
        if not done.wait(self._seconds):
            self._hangs = True
            raise ScriptFailed(f"did not answer within {self._seconds:g} s")
        if outcome.failure:
            raise ScriptFailed(outcome.failure)
        return outcome.value


def _describe(error: BaseException) -> str:
    """Return what was raised, on one line of bounded length."""
    try:
        reason = clean_line(str(error))[:_MAX_REASON]
    except Exception:  # noqa: BLE001 - a script's own __str__
        reason = ""
    return f"raised {type(error).__name__}" + (f" ({reason})" if reason else "")
