"""Turn the error responses of model servers into errors with a sentence for the player.

A server's own message is quoted clean, short, and with the API key blotted out.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from dungeon.errors import EngineBusy, EngineStopped, GeneratorError, PromptTooLong
from dungeon.text import clean_line
from dungeon.text.error_words import in_quotes

_MAX_MESSAGE = 200
"""Characters of a server's message that are quoted."""

_CONTEXT_LENGTH = re.compile(
    r"maximum context length (?:is|of) (\d+)|context (?:size|window)\D{0,20}(\d+)", re.I
)
_PROMPT_TOKENS = re.compile(
    r"(\d+) (?:tokens )?(?:in the messages|in the prompt|input tokens)|requested (\d+)", re.I
)
_TOO_LONG = re.compile(
    r"context[ _](?:length|size|window)|too many tokens|prompt is too long", re.I
)


def error_from_response(
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    *,
    server: str,
    model: str,
    key: str | None,
) -> GeneratorError:
    """Return the error for a status other than 200. `server` is the address without any key."""
    error = _error_in(body)
    quoted = _quote_message(error, key)
    too_long = _too_long(error, quoted)
    if too_long is not None:
        return too_long
    match status:
        case 301 | 302 | 303 | 307 | 308:
            return GeneratorError(
                f"{server} sends Grue on to another address. Give --model that address itself."
            )
        case 401 | 403:
            return GeneratorError(
                f"{server} did not accept the key{quoted} Set GRUE_API_KEY to the right one."
            )
        case 404:
            return GeneratorError(
                f"{server} does not serve {in_quotes(model, 200)} at /v1/completions{quoted} "
                "Check the address and the model's name."
            )
        case 429:
            return EngineBusy(f"{server} is busy{quoted} {_retry_advice(headers)}")
        case status if status >= 500:
            return EngineStopped(f"{server} failed with status {status}{quoted} Try again.")
        case _:
            return GeneratorError(f"{server} refused the request with status {status}{quoted}")


def error_from_event(
    event: Mapping[str, Any], *, server: str, key: str | None
) -> GeneratorError | None:
    """Return the error in an event of a stream, or None where the event is none."""
    if event.get("object") != "error" and "error" not in event and "code" not in event:
        return None
    error = event.get("error", event)
    quoted = _quote_message(error, key)
    return _too_long(error, quoted) or GeneratorError(
        f"{server} failed in the middle of its answer{quoted} Try again."
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


def _quote_message(error: Any, key: str | None) -> str:
    """Return the server's message as the end of a sentence: `: …` or `.`."""
    message = error.get("message") or error.get("detail") if isinstance(error, dict) else error
    words = clean_line(message) if isinstance(message, str) else ""
    if key:
        words = words.replace(key, "…")
    if not words:
        return "."
    short = words if len(words) <= _MAX_MESSAGE else words[:_MAX_MESSAGE].rstrip() + "…"
    return f": {short}" if short[-1] in ".!?…" else f": {short}."


def _too_long(error: Any, quoted: str) -> PromptTooLong | None:
    """Return the error for a prompt that does not fit, with the numbers where known, else None."""
    known = error if isinstance(error, dict) else {}
    kinds = (known.get("type"), known.get("code"))
    if "exceed_context_size_error" in kinds or "context_length_exceeded" in kinds:
        pass
    elif not _TOO_LONG.search(quoted):
        return None
    prompt_tokens = known.get("n_prompt_tokens") or _number(_PROMPT_TOKENS, quoted)
    context_length = known.get("n_ctx") or _number(_CONTEXT_LENGTH, quoted)
    figures = (
        f": {prompt_tokens} tokens, and the model holds {context_length}"
        if prompt_tokens and context_length
        else ""
    )
    return PromptTooLong(
        f"The prompt is too long for the model{figures}. Shorten the memory or the author's note.",
        prompt_tokens=prompt_tokens if isinstance(prompt_tokens, int) else 0,
        context_length=context_length if isinstance(context_length, int) else 0,
    )


def _number(pattern: re.Pattern[str], text: str) -> int:
    found = pattern.search(text)
    return next((int(group) for group in found.groups() if group), 0) if found else 0


def _retry_advice(headers: Mapping[str, str]) -> str:
    after = headers.get("retry-after", "")
    if after.isascii() and after.isdigit():
        return f"Try again in {int(after)} seconds."
    return "Try again in a while."
