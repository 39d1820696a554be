import builtins
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.formats.transcripts import zmachine
from dungeon.errors import GrueError
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, menu, play

ZORK = CORPUS / "zork" / "zork1" / "COMPILED" / "zork1.z3"


def test_commands_stand_one_a_line() -> None:
    text = "> open mailbox\n\n# a remark\nread leaflet\n>north\n"
    assert zmachine.parse_commands(text) == ["open mailbox", "read leaflet", "north"]


def test_a_game_is_known_by_its_header() -> None:
    header = bytes([3]) + bytes(17) + b"880429" + bytes(40)
    assert zmachine.is_game(Path("a.z3"), header)
    assert not zmachine.is_game(Path("a.txt"), header)
    assert not zmachine.is_game(Path("a.z3"), b"\x09" + header[1:])
    assert not zmachine.is_game(Path("a.z3"), header[:20])


def test_without_fernz_the_error_names_what_to_install(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "a.z3").write_bytes(bytes(64))
    real = builtins.__import__

    def without(name: str, *rest):
        if name == "fernz":
            raise ModuleNotFoundError("No module named 'fernz'", name="fernz")
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(GrueError, match=r"grue\[zmachine\]"):
        zmachine.play(tmp_path / "a.z3", tmp_path, ["look"])


@settings(max_examples=40)
@given(st.binary(max_size=200))
def test_a_broken_game_is_refused(tmp_path_factory, data: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "broken.z3"
    path.write_bytes(b"\x03" + data)
    with pytest.raises(Unreadable, match=r"broken\.z3"):
        zmachine.play(path, path.parent, ["look"])


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_zork_is_played_into_a_transcript() -> None:
    commands = ["open mailbox", "score", "undo", "read leaflet", "north"]
    story = zmachine.play(ZORK, CORPUS, commands)
    assert story.title == "ZORK I: The Great Underground Empire"
    assert story.source.place == "zork/zork1/COMPILED/zork1.z3"
    assert "You are standing in an open field west of a white house" in play(story)
    assert menu(story)[0] == "open mailbox"
    told = " ".join(passage.text for passage in story.passages)
    assert "North of House" in told
    assert "Copyright" not in told
    assert zmachine.play(ZORK, CORPUS, commands) == story


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_a_damaged_game_is_played_as_far_as_it_goes_or_refused(tmp_path: Path) -> None:
    whole = ZORK.read_bytes()
    for cut in (64, 5_000, len(whole) // 2):
        path = tmp_path / "cut.z3"
        path.write_bytes(whole[:cut])
        with pytest.raises(Unreadable, match=r"cut\.z3: the game cannot be played on"):
            zmachine.play(path, tmp_path, ["look"])
    for place in range(0x4F05, 0x4F05 + 4000, 400):  # the code the game begins with
        path = tmp_path / "bent.z3"
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        try:
            zmachine.play(path, tmp_path, ["look", "open mailbox"])
        except Unreadable as refusal:
            assert "bent.z3" in str(refusal)
