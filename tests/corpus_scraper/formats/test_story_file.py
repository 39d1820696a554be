import tracemalloc
from pathlib import Path

import pytest

from corpus_scraper.formats.graph_builder import check_size
from corpus_scraper.formats.story_file import (
    MAX_BYTES,
    MAX_SENTENCES,
    StoryFile,
    Unreadable,
    build_readable,
    join_files,
    load,
    place_of,
    sha256,
)


def test_a_file_is_its_text_its_place_and_its_hash(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.txt"
    path.write_bytes(b"\xef\xbb\xbfOne.\r\nTwo.\rThree.")
    file = load(path, tmp_path)
    assert (file.place, file.text) == ("in/a.txt", "One.\nTwo.\nThree.")
    assert file.sha256 == sha256(path.read_bytes())
    assert file.line_of(file.text.index("Three")) == 3
    assert place_of(path, tmp_path / "elsewhere") == "a.txt"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"one\ntwo \xff", "line 2: this is not UTF-8 text.*at offset 8 .*Save it as UTF-8."),
        (b"a\0b", "bytes of zero"),
        (b"x" * (MAX_BYTES + 1), "larger than 8 MiB"),
    ],
    ids=["bytes", "zero", "large"],
)
def test_what_is_no_text_is_refused_with_its_place(tmp_path: Path, data: bytes, why: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(data)
    with pytest.raises(Unreadable, match=f"^a\\.txt.*{why}"):
        load(path, tmp_path)


def test_a_file_that_is_too_large_is_refused_without_reading_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as sparse:
        sparse.truncate(30 * 1024**2)
    tracemalloc.start()
    with pytest.raises(Unreadable, match=r"larger than 8 MiB: it has 31,457,280 bytes\. To read"):
        load(path, tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1024**2


def test_of_very_many_parts_that_cannot_be_read_the_first_are_told_and_the_rest_counted() -> None:
    def build(number: int) -> int:
        if number % 2:
            raise Unreadable("a.json", f"{number} is odd.")
        return number

    built = build_readable(range(2 * MAX_SENTENCES + 20), build, "part")
    readable: list[int] = []
    with pytest.raises(Unreadable) as refused:
        readable.extend(built)
    assert len(readable) == MAX_SENTENCES + 10
    *first, last = refused.value.sentences
    assert (len(first), first[0]) == (MAX_SENTENCES, "a.json: part 2: 1 is odd.")
    assert last == "a.json: 10 further parts of it cannot be read."


def test_names_of_files_cannot_steer_a_terminal() -> None:
    assert (
        str(Unreadable("a\x1b[2J\n.txt", "it is \x9b2J broken.")) == "a[2J .txt: it is 2J broken."
    )


def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path) -> None:
    for name in ("a" * 300, "a\0b"):
        with pytest.raises(Unreadable):
            load(tmp_path / name, tmp_path)


def test_several_files_are_one_with_a_hash_of_all() -> None:
    one, other = StoryFile("a", "A", "1"), StoryFile("b", "B", "2")
    both = join_files([one, other])
    assert (both.place, both.text) == ("a", "A\n\nB")
    assert both.sha256 not in ("1", "2")
    assert join_files([one]) is one


def test_a_story_that_is_too_large_is_refused_with_the_limit_and_what_to_do() -> None:
    with pytest.raises(Unreadable, match=r"100,001 passages, .* at most 100,000\. Divide the file"):
        check_size(StoryFile("a", "A", "1"), 100_001, 1)
