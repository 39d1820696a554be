"""Decoding: byte order marks, declarations, UTF-8, and nothing guessed."""

import codecs

import pytest

from dungeon.text.encoding import (
    UndecodableText,
    character_set,
    decode,
    decode_lossy,
    unify_line_ends,
)
from tests.rows import every_row

WORDS = "Où est la clé ? “Là.”"


@every_row(
    ("mark", "codec"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_a_byte_order_mark_decides(mark: bytes, codec: str) -> None:
    assert decode(mark + WORDS.encode(codec), "koi8-r") == WORDS


def test_a_declared_encoding_is_used() -> None:
    assert decode(WORDS.encode("cp1252"), "windows-1252") == WORDS


def test_of_several_declarations_the_first_that_fits_is_used() -> None:
    assert decode(WORDS.encode("cp1252"), "", "no-such-thing", "utf-8", "windows-1252") == WORDS


def test_without_a_declaration_it_is_utf_8() -> None:
    assert decode(WORDS.encode()) == WORDS


def test_what_does_not_fit_is_refused_with_its_line() -> None:
    with pytest.raises(UndecodableText, match="line 3 is not UTF-8 text") as refused:
        decode(b"one\ntwo\nthr\xe9e\n")
    assert refused.value.line == 3


@every_row("name", ["rot13", "unicode_escape", "zlib", "base64", "", "\0"])
def test_a_codec_that_is_no_character_set_is_never_used(name: str) -> None:
    assert not character_set(name)
    assert decode(b"\\u0041", name) == "\\u0041"


def test_lossy_decoding_uses_the_byte_order_mark_and_replaces_broken_bytes() -> None:
    assert decode_lossy(codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be")) == WORDS
    assert decode_lossy(codecs.BOM_UTF8 + WORDS.encode()) == WORDS
    assert decode_lossy(b"cl\xc3") == "cl\ufffd"


def test_every_kind_of_line_end_becomes_a_newline() -> None:
    assert unify_line_ends("a\r\nb\rc\nd") == "a\nb\nc\nd"


@every_row(
    ("head", "codec"),
    [
        ('<?xml version="1.0" encoding="windows-1252"?>', "cp1252"),
        ("<html><meta charset=windows-1252>", "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">', "cp1252"),
        ("Title: The Key\r\n\r\nCharacter set encoding: ISO-8859-1\r\n", "cp1252"),
        ("Title: The Key\rCharacter set encoding: ISO Latin-1 (of 1987)\r", "cp1252"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-16-le"),
        ("<html>", "utf-16-be"),
    ],
)
def test_a_text_may_declare_its_own_encoding(head: str, codec: str) -> None:
    assert decode((head + WORDS).encode(codec)) == head + WORDS


def test_a_text_converted_to_utf_8_may_keep_its_old_declaration() -> None:
    text = "Character set encoding: ISO-8859-1\n" + WORDS
    assert decode(text.encode()) == text


def test_a_declaration_that_does_not_fit_is_refused() -> None:
    with pytest.raises(UndecodableText):
        decode(b"Character set encoding: ASCII\n\xe9")
