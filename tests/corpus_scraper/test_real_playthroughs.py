"""What is learned of every real branching story, and at what cost."""

import pytest

from corpus_scraper import formats
from corpus_scraper.documents.documents import render_documents
from corpus_scraper.documents.paths import cover, normalise_graph
from corpus_scraper.graph import ChoiceKind, StoryGraph
from dungeon import transcript
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED

FOLDERS = ("aidungeon-upwork", "choicescript", "ink", "twine")

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)


@pytest.fixture(scope="module")
def stories() -> list[StoryGraph]:
    found: list[StoryGraph] = []
    for path in (path for folder in FOLDERS for path in sorted((CORPUS / folder).rglob("*"))):
        if path.is_file() and formats.recognise(path):
            try:
                found += map(normalise_graph, formats.read(path, root=CORPUS))
            except formats.Unreadable as error:
                assert "no text" in str(error)  # a page of buttons or music
    return found


@pytest.mark.parametrize("context", [1_000, 4_000])
def test_every_story_is_learned_whole_and_once_at_little_cost(
    stories: list[StoryGraph], context: int
) -> None:
    assert len(stories) > 100
    for story in stories:
        made, measures = render_documents(story, context=context)
        assert measures.coverage == measures.exposure == 1.0, story.id
        labels = (way.text for way in story.choices if way.kind is ChoiceKind.CONTEXT)
        read_once = sum(len(label) + len(transcript.SEPARATOR) for label in labels)
        assert measures.emitted <= 1.7 * measures.unique + read_once, story.id
        assert measures.passages_covered == len(story.passages), story.id
        for document in made:
            whole = "".join(span.text for span in document.spans)
            assert transcript.write(transcript.read(whole)) == whole, story.id


def test_the_same_file_gives_the_same_walks() -> None:
    path = CORPUS / "ink" / "drifter" / "main.ink"
    first, second = (normalise_graph(next(iter(formats.read(path)))) for _ in range(2))
    assert list(cover(first, 1_000)) == list(cover(second, 1_000))
