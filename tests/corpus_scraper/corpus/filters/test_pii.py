"""Planted canaries: none is left. Innocent numbers: all are."""

import re
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.corpus.filters import BlockLog
from corpus_scraper.corpus.filters.pii import PiiFilter, redact
from tests.corpus_scraper.graphs import graph
from tests.rows import every_row

CANARIES = [
    # E-mail
    "ada.lovelace@example.org", "x+y_z@mail.example.co.uk", "UPPER@EXAMPLE.COM",
    "ada [at] example [dot] org", "ada(at)example(dot)org", "o'neil99@example.ie",
    # Telephone
    "+44 20 7946 0958", "+1 (202) 555-0143", "(202) 555-0143", "202-555-0143", "202.555.0143",
    "555-0143", "020 7946 0958", "2025550143", "1-202-555-0143", "+49 (0)30 901820",
    # Network
    "192.0.2.44", "2001:db8::8a2e:370:7334", "2001:0db8:0000:0000:0000:8a2e:0370:7334", "fe80::1",
    "https://example.org/u/ada?tab=1", "www.example.org/ada", "http://203.0.113.9:8080/x",
    # Handles
    "@ada_lovelace", "@Ada99", "Ada#1815", "the.countess#0042",
]  # fmt: skip

AROUND = [
    "{}",
    "Write to {}.",
    "“Write to {},” she said.",
    "({})",
    "contact: {}\nor not",
    "Is it {}?",
    "{} is mine; {} too.",
]

INNOCENT = [
    "He was born in 1815 and died in 1852, aged 36.",
    "It cost $1,250.50, or £3,000, or 1,000,000 in all.",
    "At 10:30 on the 24th, 12-14 of us set out; at 6 am, four came back.",
    "Room 101, level 2.5, section 3.1.4, version 1.2.3.",
    "The ratio was 3:1, the score 21:19, and the verse John 3:16.",
    "C# and F# are notes, and #1 is the best.",
    "The year 1999-2000 was long. Serial no. 48213.",
    "Turn 4096 left. 10 20 30 40 and 50 more.",
    "Ratio 1:2:3, and the time 10:20:30.",
    "a@b is no address, nor is @ alone.",
    "Sector 555, row 0143.",
    "He wrote 'at' and (at last) left.",
    "Dates like 2024-11-24 and 24.11.2024 stay.",
]


@every_row("around", AROUND)
@every_row("canary", CANARIES)
def test_no_canary_is_left(canary: str, around: str) -> None:
    found: Counter[str] = Counter()
    left = redact(around.replace("{}", canary), found)
    assert found.total() == around.count("{}")
    pieces = [piece for piece in re.split(r"\W+", canary) if len(piece) > 2]
    assert not [piece for piece in pieces if piece in left]
    frame = around.split("{}")
    assert left.startswith(frame[0])
    assert left.endswith(frame[-1])


@every_row("text", INNOCENT)
def test_innocent_numbers_stay(text: str) -> None:
    found: Counter[str] = Counter()
    assert redact(text, found) == text
    assert not found


@given(st.lists(st.sampled_from([*CANARIES, *INNOCENT, "You go on.", "\n\n"]), max_size=8))
def test_scrubbing_twice_is_scrubbing_once(texts: list[str]) -> None:
    once = redact(" ".join(texts), Counter())
    assert redact(once, Counter()) == once


@every_row("piece", ["@", "1", "1.", "a@", "a.", ":", "(at)", "0:", "+1 ", "a#"])
def test_a_long_text_of_one_piece_is_no_trap(piece: str) -> None:
    redact(piece * (20_000 // len(piece)), Counter())


def test_choices_are_scrubbed_too_and_everything_is_counted() -> None:
    log = BlockLog()
    story = graph({"a": "Call 202-555-0143.", "b": "Yes."}, ("a", "b", "Ask @ada_l for help."))
    assert PiiFilter()(story, log) == graph(
        {"a": "Call [number].", "b": "Yes."}, ("a", "b", "Ask [name] for help.")
    )
    assert log.count("pii").counts == {"telephone numbers": 1, "handles": 1}
