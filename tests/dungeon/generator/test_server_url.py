"""Tests of server URLs and of the keys that servers get."""

from dungeon.generator.server_url import api_key_for, is_loopback, server_root
from tests.rows import every_row

BOTH = {"GRUE_API_KEY": "own", "OPENAI_API_KEY": "theirs"}
THEIRS = {"OPENAI_API_KEY": "theirs"}


@every_row(
    ("address", "environment", "key"),
    [
        ("http://192.0.2.1:8000", BOTH, "own"),
        ("https://example.com/v1", BOTH, "own"),
        ("http://192.0.2.1:8000", THEIRS, None),
        ("https://example.com/v1", THEIRS, "theirs"),
        ("http://localhost:11434", THEIRS, "theirs"),
        ("http://localhost:11434", {}, None),
        ("https://example.com", {"GRUE_API_KEY": ""}, None),
    ],
)
def test_which_server_gets_which_key(address, environment, key):
    assert api_key_for(address, environment) == key


def test_the_root_of_a_url():
    assert server_root("https://example.com/api/v1/") == "https://example.com/api"
    assert server_root("http://[::1]:80") == "http://[::1]:80"
    assert is_loopback("http://[::1]:80")
    assert not is_loopback("http://127.0.0.1.example.com")
