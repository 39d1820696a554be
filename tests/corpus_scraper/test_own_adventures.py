"""A player's own adventure, from the game's export to what a model learns of it."""

from dataclasses import replace
from pathlib import Path

from click.testing import CliRunner

from corpus_scraper.cli.corpus import corpus
from corpus_scraper.cli.stories import stories
from corpus_scraper.corpus.folder import read_lines
from dungeon.story import Adventure, Kind, Turn, new_id
from dungeon.transfer import grue_json

OPENING = "You stand at the mouth of the old mine. " * 6
REPLIES = [f"The passage goes on, and something numbered {n} drips in it. " * 4 for n in range(4)]


def played() -> Adventure:
    """Return an adventure of two ways: after the first turn, the player undid and went left."""
    adventure = Adventure(new_id(), "The Mine").with_turn(
        Turn(new_id(), None, Kind.STORY, "", OPENING)
    )
    first = adventure.head
    for action, reply in zip(("You go in.", "You light your lamp."), REPLIES[:2], strict=True):
        adventure = adventure.with_turn(Turn(new_id(), adventure.head, Kind.DO, action, reply))
    adventure = replace(adventure, head=first)
    return adventure.with_turn(Turn(new_id(), first, Kind.DO, "You go left.", REPLIES[2]))


def test_an_adventure_goes_back_in(tmp_path: Path) -> None:
    exported = tmp_path / "mine.json"
    exported.write_text(grue_json.write(played()), encoding="utf-8")
    imported = CliRunner().invoke(
        stories,
        ["import", str(exported), "-o", str(tmp_path / "own.jsonl"), "--licence", "CC0-1.0"],
    )
    assert imported.exit_code == 0
    built = CliRunner().invoke(
        corpus,
        [
            "build",
            str(tmp_path / "own.jsonl"),
            "-o",
            str(tmp_path / "corpus"),
            "--holdout-fraction",
            "0",
        ],
    )
    assert built.exit_code == 0
    learned = "".join(
        span["text"]
        for record in read_lines(tmp_path / "corpus" / "train.jsonl")
        for span in record["spans"]
        if span["train"]
    )
    for line in ("> You go in.", "> You light your lamp.", "> You go left."):
        assert learned.count(f"\n\n{line}\n\n") == 1
    for text in (OPENING, *REPLIES[:3]):
        assert learned.count(text.strip()) == 1
