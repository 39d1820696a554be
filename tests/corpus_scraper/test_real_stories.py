"""A corpus of real stories, where they lie beside the checkout."""

from pathlib import Path

import pytest

from corpus_scraper import formats
from corpus_scraper.corpus.build import build
from corpus_scraper.corpus.folder import read_lines
from corpus_scraper.corpus.settings import BuildSettings
from corpus_scraper.graph import write_stories
from dungeon.perspective import pronoun_shares

STORIES = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
NOVEL = STORIES / "novels" / "h-g-wells_the-time-machine"
BRANCHING = STORIES / "ink" / "the-intercept"

pytestmark = pytest.mark.skipif(not STORIES.is_dir(), reason="no folder shared/corpus beside this")


def test_a_novel_becomes_an_adventure(tmp_path: Path) -> None:
    graphs = [*formats.read(NOVEL, root=STORIES)]
    for file in sorted(BRANCHING.rglob("*.ink")):
        graphs += formats.read(file, root=STORIES)
    write_stories(tmp_path / "stories.jsonl", graphs)
    settings = BuildSettings(perspective="second-only", holdout_fraction=0)
    manifest = build([tmp_path / "stories.jsonl"], tmp_path / "corpus", settings)
    assert manifest["perspectives"]["converted"]["trained_characters"] > 200_000
    learned = [
        "".join(span["text"] for span in record["spans"] if span["train"])
        for record in read_lines(tmp_path / "corpus" / "train.jsonl")
    ]
    share = pronoun_shares("\n\n".join(learned))
    assert share.second > 0.03 > 0.001 > share.first
    assert sum(text.count("\n> You ") for text in learned) > 250  # unanswered ones are left out
    assert manifest["splits"]["train"]["measures"]["coverage"] == 1
