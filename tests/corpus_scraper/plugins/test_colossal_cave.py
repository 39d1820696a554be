from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.formats.story_file import Unreadable
from corpus_scraper.plugins import colossal_cave
from tests.corpus_scraper.formats.playing import CORPUS, WHY_SKIPPED, menu, only, play, written

CAVE = """
    # the stream is a stream
    motions: !!omap
    - WEST:
        words: ['west']
    locations: !!omap
    - LOC_START:
        description:
          long: |-
              You are at a stream.
              It is cold.
          short: 'You''re at stream.'
        travel: [
          {verbs: [ROAD, WEST], action: [goto, LOC_HILL]},
          {verbs: [STREA], cond: [not, LAMP, LAMP_DARK],
                           action: [goto, LOC_HILL]},
          {verbs: [XYZZY], action: [speak, NOTHING]},
          {verbs: [PLUGH], action: [special, 1]},
        ]
    - LOC_HILL:
        description:
          long: 'You''re on a "hill".'
        travel: [
        ]
    arbitrary_messages: !!omap
    - NOTHING: &nothing 'Nothing happens.'
    objects: !!omap
    - LAMP:
        locations: LOC_START
        descriptions:
        - 'There is a lamp here.'
"""


def test_places_objects_travel_and_messages(tmp_path: Path) -> None:
    story = only(colossal_cave.FORMAT, written(tmp_path, {"cave.yaml": CAVE}))
    assert play(story) == "You are at a stream. It is cold.\n\nThere is a lamp here."
    assert menu(story) == ["Go west", "Go to the stream ? not lamp lamp dark", "Say xyzzy"]
    assert play(story, "Go west").endswith('You\'re on a "hill".')
    assert "Nothing happens.\n\nYou are at a stream." in play(story, "Say xyzzy")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    place = "- LOC_START:\n    description:\n      long: 'Here.'\n    travel: [\n    ]\n"
    whole = f"locations:\n{place}{text}\nobjects:\n{text}"
    path.write_text(whole, encoding="utf-8", errors="replace")
    try:
        list(colossal_cave.FORMAT.read(path, path.parent))
    except Unreadable as refusal:
        assert "any.yaml" in str(refusal)


@pytest.mark.skipif(not CORPUS.is_dir(), reason=WHY_SKIPPED)
def test_the_real_cave() -> None:
    story = only(colossal_cave.FORMAT, CORPUS / "open-adventure" / "adventure.yaml")
    assert play(story).startswith("You are standing at the end of a road before a small brick")
    assert "Go west" in menu(story)
    assert not [choice for choice in story.choices if choice.target not in story.passages_by_id()]
