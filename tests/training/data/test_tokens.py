from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dungeon.errors import InputRefused
from tests.training.small_corpus import record, write_corpus, write_records
from training.data import tokens
from training.data.corpus import read_corpus
from training.data.documents import Document, Span
from training.data.tokens import encode, encode_documents, fast_tokenizer, token_bytes
from training.models import shapes


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    texts = ["".join(span["text"] for span in record(n)["spans"]) for n in range(50)]
    return shapes.train_tokenizer(texts, 400)


def test_documents_end_with_the_end_of_text_id_and_not_its_spelling(
    tmp_path: Path, tokenizer: Any
) -> None:
    corpus = read_corpus(write_corpus(tmp_path / "corpus"))
    encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
    end = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    assert encoded.end_of_text == end
    assert list(np.flatnonzero(encoded.ids == end)) == [int(at) - 1 for at in encoded.starts[1:]]
    plain = fast_tokenizer(tokenizer)
    spelled = Document("1", "w", "MIT", (Span("a <|endoftext|> b", train=True),))
    [(ids, _)] = encode_documents([spelled], plain)
    assert end not in ids
    assert plain.decode(ids) == spelled.text


def test_the_loss_mask_leaves_out_context(tmp_path: Path, tokenizer: Any) -> None:
    corpus = read_corpus(write_corpus(tmp_path / "corpus"))
    encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
    for number, document in enumerate(corpus.documents("train")):
        part = slice(encoded.starts[number], encoded.starts[number + 1] - 1)
        loss_mask = encoded.ids[part][encoded.loss_mask[part]]
        assert tokenizer.decode(loss_mask) == document.spans[1].text
        assert encoded.loss_mask[encoded.starts[number + 1] - 1]  # its end is trained on, too


def test_the_end_after_a_players_line_is_not_trained_on(tmp_path: Path, tokenizer: Any) -> None:
    folder = write_corpus(tmp_path / "corpus")
    context = {"text": "A dark hall.\n\n> You look.", "train": False}
    unfinished = {"id": "1", "spans": [context, {"text": "\n\n> You go.", "train": True}]}
    finished = {"id": "2", "spans": [context, {"text": "\n\n> You go.\n\nIt ends.", "train": True}]}
    write_records(folder / "train.jsonl", [unfinished, finished])
    encoded = encode(read_corpus(folder), "train", tokenizer, tmp_path / "cache")
    lasts = [int(at) - 1 for at in encoded.starts[1:]]
    assert [bool(encoded.loss_mask[at]) for at in lasts] == [False, True]
    assert [int(encoded.ids[at]) for at in lasts] == [encoded.end_of_text] * 2


@given(st.lists(st.tuples(st.text(max_size=12), st.booleans()), min_size=1, max_size=6))
def test_spans_are_mapped_to_tokens_in_any_text(
    tokenizer: Any, spans: list[tuple[str, bool]]
) -> None:
    document = Document("1", "w", "MIT", tuple(Span(text, train) for text, train in spans))
    plain = fast_tokenizer(tokenizer)
    [(ids, loss_mask)] = encode_documents([document], plain)
    assert len(ids) == len(loss_mask)
    assert ids == plain.encode(document.text, add_special_tokens=False).ids
    if len({train for text, train in spans if text}) == 1:
        assert set(loss_mask) <= {train for text, train in spans if text}


def test_the_cache_is_used_again_and_never_stale(tmp_path: Path, tokenizer: Any) -> None:
    folder, cache = write_corpus(tmp_path / "corpus"), tmp_path / "cache"
    first = encode(read_corpus(folder), "train", tokenizer, cache)
    (made,) = cache.iterdir()
    before = (made / "ids.bin").stat().st_mtime_ns
    again = encode(read_corpus(folder), "train", tokenizer, cache)
    assert (made / "ids.bin").stat().st_mtime_ns == before
    assert np.array_equal(first.ids, again.ids)
    write_records(folder / "train.jsonl", [record(n) for n in range(61)])
    assert len(encode(read_corpus(folder), "train", tokenizer, cache).starts) == 62
    other = shapes.train_tokenizer(["another vocabulary"], 300)
    encode(read_corpus(folder), "train", other, cache)
    assert len(list(cache.iterdir())) == 3


def test_a_broken_corpus_leaves_nothing_in_the_cache(tmp_path: Path, tokenizer: Any) -> None:
    folder = write_corpus(tmp_path / "corpus")
    with (folder / "train.jsonl").open("a", encoding="utf-8") as file:
        file.write("{")
    with pytest.raises(InputRefused):
        encode(read_corpus(folder), "train", tokenizer, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_token_bytes_add_up_to_the_bytes_of_the_text(tmp_path: Path, tokenizer: Any) -> None:
    folder = write_corpus(tmp_path / "corpus")
    records = [{"id": "1", "spans": [{"text": "Ünïcödé 🏰 “door”", "train": True}]}, record(3)]
    write_records(folder / "train.jsonl", records)
    corpus = read_corpus(folder)
    encoded = encode(corpus, "train", tokenizer, tmp_path / "cache")
    sizes = token_bytes(tokenizer)
    size = sum(len(document.text.encode()) for document in corpus.documents("train"))
    assert sizes[encoded.ids].sum() == size
    assert sizes[encoded.end_of_text] == 0


def test_a_long_text_is_encoded_in_chunks_as_if_it_were_whole(
    tokenizer: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "You take the old key, and go on under the dark stair. " * 40
    monkeypatch.setattr(tokens, "_CHUNK_CHARACTERS", 100)
    document = Document("1", "w", "MIT", (Span(text, train=True),))
    plain = fast_tokenizer(tokenizer)
    [(ids, _)] = encode_documents([document], plain)
    assert ids == plain.encode(text, add_special_tokens=False).ids
