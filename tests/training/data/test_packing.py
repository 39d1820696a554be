import itertools
from bisect import bisect_right
from dataclasses import replace

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.data.packing import IGNORE_INDEX, PackedRows, collate, pack, pad
from training.data.tokens import EncodedSplit

END = 9_999


def encoded(*documents: list[bool], memory: list[int] | None = None) -> EncodedSplit:
    """Return documents of distinct ids, given their loss masks and lengths of memory."""
    mask = [flag for document in documents for flag in document]
    starts = np.cumsum([0, *(len(document) for document in documents)])
    made = EncodedSplit(np.arange(len(mask), dtype=np.uint16), np.asarray(mask), starts, END)
    return made if memory is None else replace(made, memory=np.asarray(memory))


def trained_ids(rows: PackedRows) -> list[int]:
    return sorted(int(label) for row in rows for label in row["labels"] if label != IGNORE_INDEX)


documents = st.lists(st.lists(st.booleans(), min_size=1, max_size=60), min_size=1, max_size=12)


@given(documents, st.integers(min_value=8, max_value=32))
def test_every_token_with_a_loss_is_trained_once(made: list[list[bool]], length: int) -> None:
    """Except for the first token of a document, which has no context."""
    source = encoded(*made)
    wanted = [
        int(at) for at in np.flatnonzero(source.loss_mask) if at not in source.starts.tolist()
    ]
    for make_rows in (pack, pad):
        rows = make_rows(source, length)
        assert trained_ids(rows) == wanted
        assert rows.trained_tokens == len(wanted)


def test_documents_may_be_repeated_and_left_out() -> None:
    source = encoded([True] * 5, [True] * 20, [True] * 3)
    for make_rows in (pack, pad):
        rows = make_rows(source, 8, np.asarray([2, 0, 1]))
        assert trained_ids(rows) == [1, 1, 2, 2, 3, 3, 4, 4, 26, 27]


@given(documents, st.integers(min_value=8, max_value=32))
def test_a_trained_token_follows_its_context(made: list[list[bool]], length: int) -> None:
    for row in pack(encoded(*made), length):
        for at in np.flatnonzero(row["labels"] != IGNORE_INDEX):
            assert at not in row["starts"]
            assert row["input_ids"][at - 1] == row["input_ids"][at] - 1


def segments(rows: PackedRows) -> list[tuple[list[int], list[int]]]:
    """Return the ids and labels of all segments but padding."""
    found = []
    for row in rows:
        for start, end in itertools.pairwise([*row["starts"], rows.max_seq_length]):
            ids, labels = row["input_ids"][start:end].tolist(), row["labels"][start:end].tolist()
            if ids[0] != END:
                found.append((ids, labels))
    return found


@given(
    st.lists(st.tuples(st.integers(0, 40), st.lists(st.booleans(), min_size=1, max_size=90))),
    st.integers(min_value=8, max_value=32),
)
def test_every_segment_begins_with_the_memory_of_its_document(
    made: list[tuple[int, list[bool]]], length: int
) -> None:
    masks = [[False] * memory + rest for memory, rest in made]
    source = encoded(*masks, memory=[memory for memory, _ in made])
    starts = source.starts.tolist()
    wanted = [int(at) for at in np.flatnonzero(source.loss_mask) if at not in starts]
    for make_rows in (pack, pad):
        rows = make_rows(source, length)
        assert trained_ids(rows) == wanted
        assert rows.trained_tokens == len(wanted)
        for ids, labels in segments(rows):
            number = bisect_right(starts, ids[0]) - 1
            end = starts[number] + made[number][0]
            begin = max(starts[number], end - int(0.4 * length))
            if begin == end or ids[0] < begin:  # no memory, or more of it than is repeated
                continue
            assert ids[: end - begin] == list(range(begin, end))
            behind = ids[end - begin :]
            assert behind == list(range(behind[0], behind[0] + len(behind)))
            assert {-100} >= set(labels[: end - begin])


def test_rows_are_more_than_seven_eighths_full() -> None:
    length = 64
    rng = np.random.default_rng(1)
    made = [[True] * int(n) for n in rng.integers(33, 60, 300)]  # two never fit into a row
    rows = pack(encoded(*made), length)
    assert rows.fill_ratio > 7 / 8
    assert len(pad(encoded(*made), length)) == 300


def test_context_is_limited_to_leave_room_for_trained_tokens() -> None:
    rows = pack(encoded([False] * 100 + [True] * 16), 32)
    assert len(rows) == 1
    assert (rows[0]["labels"] != IGNORE_INDEX).sum() == 16


def test_a_batch_has_positions_and_starts_of_documents() -> None:
    rows = pack(encoded([True] * 5, [True] * 3, [True] * 7), 8)
    batch = collate([rows[place] for place in range(len(rows))])
    assert batch["position_ids"].tolist() == [[0, 1, 2, 3, 4, 5, 6, 0], [0, 1, 2, 3, 4, 0, 1, 2]]
    assert batch["cu_seq_lens_q"].tolist() == [0, 7, 8, 13, 16]
    assert batch["cu_seq_lens_q"].dtype == torch.int32
    assert batch["input_ids"][0, 7] == END
    assert batch["labels"][0, 7] == IGNORE_INDEX


def test_batches_have_few_shapes() -> None:
    """A compiled layer would be compiled again for each of them."""
    sizes = set()
    for count in range(1, 30):
        rows = pack(encoded(*[[True] * 3] * count), 128)
        sizes.add(len(collate([rows[0]])["cu_seq_lens_q"]))
    assert sizes <= {2, 3, 5, 9, 17, 33}


def test_rows_are_padded_to_full_batches() -> None:
    rows = pack(encoded(*[[True] * 30] * 5), 32).pad_to_multiple(4)
    assert len(rows) == 8
    assert rows.trained_tokens == 5 * 29
    assert (rows[7]["labels"] == IGNORE_INDEX).all()
    assert rows[7]["starts"] == [0]
    assert len(rows.pad_to_multiple(4)) == 8


def test_some_rows_are_taken_evenly() -> None:
    rows = pad(encoded(*[[True] * 10] * 9), 10)
    some = rows.take_evenly(3)
    assert [row["input_ids"][0] for row in some] == [0, 30, 60]
    assert len(rows.take_evenly(20)) == len(rows.take_evenly(9)) == 9
