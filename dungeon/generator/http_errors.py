"""Provides the sentence, and the error, for each way in which a model server can say no.

Knows nothing of connections: a status, headers and a body come in, an error goes out. What the
server says of itself is cleaned, shortened and never holds the key, which is blotted out.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from dungeon.errors import EngineStopped, GeneratorError, PromptTooLong
from dungeon.text import clean_line

_LONGEST_REMARK = 200
"""Characters of a server's own words that are worth showing."""

_MAXIMUM = re.compile(
    r"maximum context length (?:is|of) (\d+)|context (?:size|window)\D{0,20}(\d+)", re.I
)
_ASKED = re.compile(
    r"(\d+) (?:tokens )?(?:in the messages|in the prompt|input tokens)|requested (\d+)", re.I
)
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|too many tokens|prompt is too long", re.I
)


def refusal(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    server: str,
    model: str,
    key: str | None,
) -> GeneratorError:
    """Return the error for an answer other than 200. `server` is the address without any key."""
    error = _error_in(body)
    remark = _remark(error, key)
    too_long = _too_long(error, remark)
    if too_long is not None:
        return too_long
    match status:
        case 301 | 302 | 303 | 307 | 308:
            return GeneratorError(
                f"{server} sends Grue on to another address. Give --model that address itself."
            )
        case 401 | 403:
            return GeneratorError(
                f"{server} did not accept the key{remark} Set GRUE_API_KEY to the right one."
            )
        case 404:
            return GeneratorError(
                f"{server} does not serve {model!r} at /v1/completions{remark} "
                "Check the address and the model's name."
            )
        case 429:
            return GeneratorError(f"{server} is busy{remark} {_patience(headers)}")
        case status if status >= 500:
            return EngineStopped(f"{server} failed with status {status}{remark} Try again.")
        case _:
            return GeneratorError(f"{server} refused the request with status {status}{remark}")


def failure(event: Mapping[str, Any], *, server: str, key: str | None) -> GeneratorError | None:
    """Return the error told by an event in the middle of a stream, or None where it tells none."""
    if event.get("object") != "error" and "error" not in event and "code" not in event:
        return None
    error = event.get("error", event)
    remark = _remark(error, key)
    return _too_long(error, remark) or GeneratorError(
        f"{server} failed in the middle of its answer{remark} Try again."
    )


def _error_in(body: bytes) -> Any:
    """Return the `error` of a JSON body, or its text where it is none."""
    text = body.decode("utf-8", errors="replace")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "" if text.lstrip().startswith("<") else text  # a proxy's HTML page says nothing
    if isinstance(document, dict):
        return document.get("error", document)
    return text


def _remark(error: Any, key: str | None) -> str:
    """Return the server's own words as the end of a sentence: `: …` or `.`."""
    said = error.get("message") or error.get("detail") if isinstance(error, dict) else error
    words = clean_line(said) if isinstance(said, str) else ""
    if key:
        words = words.replace(key, "…")
    if not words:
        return "."
    short = words if len(words) <= _LONGEST_REMARK else words[:_LONGEST_REMARK].rstrip() + "…"
    return f": {short}" if short[-1] in ".!?…" else f": {short}."


def _too_long(error: Any, remark: str) -> PromptTooLong | None:
    """Return the error for a prompt that does not fit, with the numbers where told, else None."""
    known = error if isinstance(error, dict) else {}
    kinds = (known.get("type"), known.get("code"))
    if "exceed_context_size_error" in kinds or "context_length_exceeded" in kinds:
        pass
    elif not _TOO_LONG.search(remark):
        return None
    asked = known.get("n_prompt_tokens") or _number(_ASKED, remark)
    holds = known.get("n_ctx") or _number(_MAXIMUM, remark)
    figures = f": {asked} tokens, and the model holds {holds}" if asked and holds else ""
    return PromptTooLong(
        f"The prompt is too long for the model{figures}. Shorten the memory or the author's note.",
        prompt_tokens=asked if isinstance(asked, int) else 0,
        context_length=holds if isinstance(holds, int) else 0,
    )


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return next((int(group) for group in found.groups() if group), 0) if found else 0


def _patience(headers: Mapping[str, str]) -> str:
    after = headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return f"Try again in {int(after)} seconds."
    return "Try again in a while."
