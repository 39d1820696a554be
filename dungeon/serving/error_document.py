"""The answer to a request that is refused: a document in the form of OpenAI's API, and headers.

`type` and `code` are words, or null: OpenAI's libraries for some languages fail on a number there,
and the status is in the response anyway.
"""

from typing import Any

from dungeon.serving.access import Refusal

_KINDS = {
    401: ("invalid_request_error", "invalid_api_key"),
    405: ("invalid_request_error", "method_not_supported"),
    429: ("rate_limit_error", "rate_limit_exceeded"),
}
"""Type and code by status, as OpenAI gives them."""


def error_document(status: int, message: str) -> dict[str, Any]:
    """Return the body of an error, JSON-ready; also that of an event that ends a stream."""
    usual = "server_error" if status >= 500 else "invalid_request_error"
    kind, code = _KINDS.get(status, (usual, None))
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def refusal_headers(refusal: Refusal) -> dict[str, str]:
    """Return the headers that a refusal needs beside its body, in lower case."""
    headers = {}
    if refusal.retry_after:
        headers["retry-after"] = str(refusal.retry_after)
    if refusal.status == 401:
        headers["www-authenticate"] = "Bearer"
    return headers
