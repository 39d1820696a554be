"""Test the form of a refusal, which `grue serve` and the application on Ray share."""

import pytest

from dungeon.serving.access import Refusal
from dungeon.serving.error_document import error_document, refusal_headers
from tests.rows import every_row


@every_row(
    ("status", "kind", "code"),
    [
        (400, "invalid_request_error", None),
        (401, "invalid_request_error", "invalid_api_key"),
        (404, "invalid_request_error", None),
        (405, "invalid_request_error", "method_not_supported"),
        (413, "invalid_request_error", None),
        (421, "invalid_request_error", None),
        (429, "rate_limit_error", "rate_limit_exceeded"),
        (500, "server_error", None),
        (502, "server_error", None),
        (503, "server_error", None),
    ],
)
def test_an_error_has_the_type_and_the_code_of_openai(
    status: int, kind: str, code: str | None
) -> None:
    wanted = {"message": "No.", "type": kind, "param": None, "code": code}
    assert error_document(status, "No.") == {"error": wanted}


@pytest.mark.parametrize(
    ("refusal", "headers"),
    [
        (Refusal(404, "No."), {}),
        (Refusal(401, "No."), {"www-authenticate": "Bearer"}),
        (Refusal(429, "No.", retry_after=7), {"retry-after": "7"}),
    ],
)
def test_a_refusal_says_what_to_do_in_headers(refusal: Refusal, headers: dict[str, str]) -> None:
    assert refusal_headers(refusal) == headers
