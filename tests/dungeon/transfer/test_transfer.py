import tracemalloc
from pathlib import Path

import pytest

from dungeon import transfer
from dungeon.errors import InputRefused
from dungeon.story import Adventure
from dungeon.transfer import grue_json
from tests.dungeon.saves import tales


def read(path: Path, *, max_bytes: int = transfer.MAX_BYTES) -> Adventure:
    (adventure,) = transfer.read_file(path, max_bytes=max_bytes).adventures
    return adventure


def test_the_format_is_detected_from_the_content(tmp_path: Path) -> None:
    adventure = tales.branched()
    file = tmp_path / "tale.txt"
    file.write_bytes(b"\xef\xbb\xbf \n" + grue_json.write(adventure).encode())
    assert read(file) == adventure
    file.write_text("> look\nA hall.", encoding="utf-8")
    assert read(file).title == "tale"


def test_a_file_too_large_is_refused_before_it_is_parsed(tmp_path: Path) -> None:
    file = tmp_path / "huge.json"
    with file.open("wb") as sparse:
        sparse.truncate(2**34)
    tracemalloc.start()
    size = r"at most 8,192 KiB are read, and it has 16,777,216 KiB\."
    with pytest.raises(InputRefused, match=rf"huge\.json is too large: {size}"):
        read(file)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1024 * 1024  # not even its beginning is read


def test_the_largest_file_allowed_is_read(tmp_path: Path) -> None:
    file = tmp_path / "long.txt"
    text = "> look\n" + ("x" * 63 + "\n") * (transfer.MAX_BYTES // 64)
    file.write_text(text[: transfer.MAX_BYTES], encoding="utf-8")
    assert file.stat().st_size == transfer.MAX_BYTES
    assert len(read(file).path()) == 2


def test_a_binary_file_is_refused_with_the_place(tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(b"abc\xff\xfe")
    with pytest.raises(InputRefused, match=r"picture\.png: line 1 is not UTF-8 text"):
        read(file)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(InputRefused, match=r"cannot be read|There is no file"):
            read(path)


def test_a_file_name_is_cleaned(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as raised:
        read(tmp_path / "x\x1b[2J.json")
    assert "\x1b" not in str(raised.value)


def test_a_chat_is_an_adventure_whose_system_prompt_is_its_memory(tmp_path: Path) -> None:
    file = tmp_path / "raft.txt"
    file.write_text(
        "<|im_start|>system\nThe goat is called Anna.<|im_end|>\n"
        "<|im_start|>assistant\nA raft.<|im_end|>\n<|im_start|>user\nLook.<|im_end|>\n"
        "<|im_start|>assistant\nA goat.<|im_end|>\n",
        "utf-8",
    )
    adventure = read(file)
    told = [(turn.action, turn.text) for turn in adventure.turns.values()]
    assert told == [("", "A raft."), ("Look.", "A goat.")]
    assert adventure.memory == "The goat is called Anna."


def test_several_documents_are_no_single_adventure(tmp_path: Path) -> None:
    file = tmp_path / "rafts.txt"
    file.write_text("<|startoftext|>\nA raft.\n<|endoftext|>\n" * 2, "utf-8")
    with pytest.raises(InputRefused, match=r"rafts\.txt holds several stories"):
        read(file)


def test_the_size_limit_can_be_set_and_its_refusal_says_how(tmp_path: Path) -> None:
    file = tmp_path / "cave.txt"
    file.write_text("A cave.\n\n> look\n", "utf-8")
    with pytest.raises(InputRefused, match=r"at most 10 bytes are read.* --max-bytes"):
        read(file, max_bytes=10)
    assert read(file, max_bytes=20)
