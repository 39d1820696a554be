"""What a build loses: as little as possible, attributed, and with a warning."""

import json
import random
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from corpus_scraper.corpus.filters.block import characters
from corpus_scraper.corpus.folder import read_lines
from corpus_scraper.graph import Passage
from tests.corpus_scraper.built import corpus, records, taught
from tests.corpus_scraper.graphs import graph
from tests.corpus_scraper.stories import prose, story


def test_a_loss_of_more_than_a_hundredth_is_warned_about_and_a_smaller_one_is_not(
    tmp_path: Path,
) -> None:
    def warned(lost: int) -> bool:
        whole = story(1)
        size = characters(whole)
        whole = replace(whole, passages=(*whole.passages, Passage("lost", "x" * lost)))
        folder = tmp_path / str(lost)
        folder.mkdir()
        manifest = json.loads((corpus(folder, [whole]) / "manifest.json").read_text())
        loss = f"reachability removed {lost / (size + lost):.1%}"
        return any(warning.startswith(loss) for warning in manifest["warnings"])

    size = characters(story(1))
    assert not warned(size // 102)
    assert warned(size // 98)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), broken=st.sets(st.integers(0, 6), min_size=1, max_size=6))
def test_what_follows_an_excluded_passage_is_trained_on(
    tmp_path: Path, seed: int, broken: set[int]
) -> None:
    """Of binary trees that the content rule breaks near the root, nearly all else is trained on."""
    chance = random.Random(seed)
    texts = {
        f"p{at}": "The schoolgirl was horny." if at in broken else prose(chance, 4)
        for at in range(63)
    }
    ways = [
        (f"p{at}", f"p{2 * at + side}", text)
        for at in range(31)
        for side, text in ((1, "Go left."), (2, "Go right."))
    ]
    tree = replace(graph(texts, *ways), licence="unknown")
    remaining = sum(len(text) for at, text in enumerate(texts.values()) if at not in broken)
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    made = corpus(folder, [tree], licence="any", max_work_share=1, holdout_fraction=0)
    manifest = json.loads((made / "manifest.json").read_text())
    assert manifest["splits"]["train"]["trained_characters"] >= 0.97 * remaining
    assert manifest["blocks"]["reachability"]["counts"] == {}
    learned = "\n\n".join(map(taught, records(made)))
    assert all(learned.count(text) == 1 for at, text in enumerate(texts.values())
               if at not in broken)  # fmt: skip
    content = manifest["blocks"]["content"]
    lines = [line for line in read_lines(made / "excluded.jsonl") if line["block"] == "content"]
    gone = content["characters_in"] - content["characters_out"]
    assert sum(line["characters"] for line in lines) == gone > 0
