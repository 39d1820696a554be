from pathlib import Path

import pytest

from dungeon.data_files import streams
from dungeon.data_files.streams import find_encoding, open_text
from dungeon.errors import InputRefused

CAFE = "You sit in the café.\r\n"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_text_is_read_in_its_encoding(tmp_path: Path, codec: str) -> None:
    (tmp_path / "a.txt").write_bytes(CAFE.encode(codec))
    with open_text(tmp_path / "a.txt") as text:
        assert text.read() == CAFE


def test_an_encoding_that_a_file_declares_is_used_where_it_is_not_utf_8(tmp_path: Path) -> None:
    declared = f"Character set encoding: ISO-8859-1\n\n{CAFE}"
    (tmp_path / "a.txt").write_bytes(declared.encode("latin-1"))
    with open_text(tmp_path / "a.txt") as text:
        assert text.read() == declared


@pytest.mark.parametrize("chunk", [1, 7, 1 << 20])
def test_the_first_wrong_byte_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(streams, "_CHUNK", chunk)
    (tmp_path / "a.txt").write_bytes("Good: é. Bad: é.".encode().replace(b"Bad: \xc3", b"Bad: "))
    with pytest.raises(InputRefused, match=r"not text in UTF-8: the byte at offset 15 "):
        find_encoding(tmp_path / "a.txt")


def test_all_encodings_that_were_tried_are_named(tmp_path: Path) -> None:
    declared = "Character set encoding: ASCII\n\nA café.".encode("latin-1")
    (tmp_path / "a.txt").write_bytes(declared)
    with pytest.raises(InputRefused, match=r"not text in UTF-8 or ASCII: the byte at offset 36 "):
        find_encoding(tmp_path / "a.txt")


def test_a_byte_of_zero_far_down_is_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a" * 100_000 + b"\0")
    with pytest.raises(InputRefused, match="offset 100,000 "):
        find_encoding(tmp_path / "a.txt")
