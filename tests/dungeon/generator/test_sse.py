"""Tests that a stream parses the same however it is split into chunks."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import GeneratorError
from dungeon.generator.sse import EventReader

DOCUMENTS = st.lists(st.dictionaries(st.text(), st.text(), max_size=3), max_size=5)


@given(DOCUMENTS, st.data())
def test_any_split_into_chunks_gives_the_same_documents(documents, data):
    said = "".join(f"data: {json.dumps(d, ensure_ascii=False)}\n\n" for d in documents)
    raw = said.encode("utf-8", "surrogatepass") + b"data: [DONE]\r\n\r\n"
    places = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=8)))
    reader = EventReader()
    found = []
    for start, end in zip([0, *places], [*places, len(raw)], strict=True):
        found += reader.feed(raw[start:end])
    whole = EventReader()
    assert found == list(whole.feed(raw))
    assert len(found) == len(documents)
    assert reader.done
    assert whole.done


@given(st.binary())
def test_any_bytes_are_parsed_or_refused(raw):
    reader = EventReader()
    with suppress(GeneratorError):
        assert all(isinstance(document, dict) for document in reader.feed(raw))
