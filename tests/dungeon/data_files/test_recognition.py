"""Files are recognised by what is in them, whatever they are called."""

import csv
import gzip
from pathlib import Path

import pytest

from dungeon.data_files.recognition import recognise
from dungeon.errors import InputRefused

PROSE = "The bell rang twice, and nobody came.\n"


@pytest.mark.parametrize(
    ("name", "content", "format_"),
    [
        ("a.txt", PROSE, "text"),
        ("a.csv", "text\nOne.\n", "csv"),
        ("a.csv", '{"text": "One."}\n', "json-lines"),
        ("a.data", "title\ttext\nA\tOne.\n", "csv"),
        ("a.data", "prompt;completion\nA;One.\n", "csv"),
        ("a.txt", "text, text, nothing but text\n", "text"),
        ("a.txt", '{"text": "One."}\n{"text": "Two."}\n', "json-lines"),
        ("a.txt", '{"text": "' + "a" * 100_000, "json-lines"),
        ("a.json", '[\n  {"text": "One."}\n]', "json"),
        ("a.json", '{\n  "text": "One."\n}', "json"),
        ("a.txt", "[Enter the king.]\n", "text"),
        ("a.txt", "{Enter the king.}\n", "text"),
    ],
)
def test_a_text_is_recognised_by_its_content(
    tmp_path: Path, name: str, content: str, format_: str
) -> None:
    (tmp_path / name).write_text(content, "utf-8")
    assert recognise(tmp_path / name) == format_
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(content.encode()))
    assert recognise(tmp_path / f"{name}.gz") == format_
    (tmp_path / name).write_text(content, "utf-16")
    assert recognise(tmp_path / name) == format_


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"%PDF-1.7 rest", "a PDF"),
        (b"The bell\0\0rang", "bytes of zero"),
        (PROSE.encode("utf-16-le"), "bytes of zero"),
        (gzip.compress(PROSE.encode(), mtime=0)[:20], "cannot be unpacked"),
    ],
)
def test_what_is_no_text_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "a.txt").write_bytes(content)
    with pytest.raises(InputRefused, match=message) as refused:
        recognise(tmp_path / "a.txt")
    assert str(tmp_path / "a.txt") in str(refused.value)


def test_a_text_of_one_long_word_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("abc" * 1_000, "utf-8")
    before = csv.field_size_limit(1_000)
    try:
        assert recognise(tmp_path / "a.txt") == "text"
    finally:
        csv.field_size_limit(before)
