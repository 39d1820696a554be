"""Provides text that attacks a terminal, and the search for what of it got through.

Every payload carries a control character that no program has a reason to write itself, or the
sequence's own words in an order that Textual never writes. Knows nothing of Grue.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Payload:
    """One attack."""

    name: str
    text: str
    forbidden: bytes
    """What must not reach the terminal."""


def _payload(name: str, text: str, forbidden: str | None = None) -> Payload:
    return Payload(name, text, (forbidden or text).encode(errors="surrogatepass"))


PAYLOADS = (
    _payload("clipboard (OSC 52)", "\x1b]52;c;aGVsbG8=\x07", "\x1b]52;"),
    _payload("window title (OSC 2)", "\x1b]2;pwned\x07", "\x1b]2;pwned"),
    _payload("clear screen (CSI)", "\x1b[2J\x1b[3J"),
    _payload("odd colour (CSI)", "\x1b[38;5;201;48;5;202m", "\x1b[38;5;201;48;5;202m"),
    _payload("clear screen (C1)", "\x9b2J"),
    _payload("device control (C1)", "\x90q\x9c", "\x90"),
    _payload(
        "link (OSC 8)",
        "\x1b]8;;http://evil.example/\x1b\\here\x1b]8;;\x1b\\",
        "\x1b]8;;http://evil",
    ),
    _payload("device control string", "\x1bP$q\x1b\\", "\x1bP"),
    _payload("reset", "\x1bc"),
    _payload("right-to-left override", "\u202e"),
    _payload("isolate", "\u2066"),
    _payload("zero-width space", "\u200b"),
    _payload("tag character", "\U000e0041"),
    _payload("bell", "ding\x07"),
    _payload("backspaces", "ham\x08\x08\x08\x08", "ham\x08"),
    _payload("carriage return", "safe\rFORGED", "safe\rFORGED"),
    _payload("line separator", "\u2028"),
    _payload("nothing", "a\x00b", "a\x00b"),
    _payload("delete", "\x7f"),
)
"""The attacks on a terminal."""

MARKUP = "[/nope] [@click=app.exit]exit[/] [bold]b[/] [link='http://evil.example/']x[/link] [say]"
"""What a widget that reads markup stumbles over or obeys. It may be shown, as the text it is."""

MARK = "Wolpertinger"
"""A word in every attack, to see that its text has arrived at all."""


def attack(*, lines: bool = True) -> str:
    """Return all of it as one text; without `lines` it has no line break but those that attack."""
    between = "\n" if lines else " "
    return between.join([f"{MARK} {MARKUP}", *(f"at {one.text} the" for one in PAYLOADS), MARK])


def benign(*, lines: bool = True) -> str:
    """Return a text of the same shape without an attack, for the control run."""
    between = "\n" if lines else " "
    return between.join([f"{MARK} stands here", *("at the gate the" for _ in PAYLOADS), MARK])


def got_through(raw: bytes) -> list[str]:
    """Return the names of the attacks whose bytes are in what a terminal received."""
    return [payload.name for payload in PAYLOADS if payload.forbidden in raw]
