import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from training.data.packing import IGNORED, Rows, collate, one_a_row, pack
from training.data.tokens import Encoded

END = 9_999


def encoded(*documents: list[bool]) -> Encoded:
    """Return documents whose ids are all different, given which of them are learned."""
    learned = [mark for document in documents for mark in document]
    starts = np.cumsum([0, *(len(document) for document in documents)])
    return Encoded(np.arange(len(learned), dtype=np.uint16), np.asarray(learned), starts, END)


def learned_in(rows: Rows) -> list[int]:
    return sorted(int(label) for row in rows for label in row["labels"] if label != IGNORED)


documents = st.lists(st.lists(st.booleans(), min_size=1, max_size=60), min_size=1, max_size=12)


@given(documents, st.integers(min_value=8, max_value=32))
def test_everything_that_is_learned_is_learned_once(made: list[list[bool]], width: int) -> None:
    """But the first token of a document, which nothing comes before."""
    source = encoded(*made)
    wanted = [int(at) for at in np.flatnonzero(source.learned) if at not in source.starts.tolist()]
    for packed in (pack, one_a_row):
        rows = packed(source, width)
        assert learned_in(rows) == wanted
        assert rows.learned == len(wanted)


@given(documents, st.integers(min_value=8, max_value=32))
def test_what_is_learned_stands_behind_what_came_before_it(
    made: list[list[bool]], width: int
) -> None:
    for row in pack(encoded(*made), width):
        for at in np.flatnonzero(row["labels"] != IGNORED):
            assert at not in row["starts"]
            assert row["input_ids"][at - 1] == row["input_ids"][at] - 1


def test_rows_are_full() -> None:
    width = 64
    chance = np.random.default_rng(1)
    made = [[True] * int(n) for n in chance.integers(33, 60, 300)]  # never two whole ones in a row
    rows = pack(encoded(*made), width)
    assert rows.filled > 7 / 8
    assert len(one_a_row(encoded(*made), width)) == 300


def test_what_is_only_read_leaves_room_to_learn() -> None:
    rows = pack(encoded([False] * 100 + [True] * 16), 32)
    assert len(rows) == 1
    assert (rows[0]["labels"] != IGNORED).sum() == 16


def test_a_batch_says_where_documents_begin() -> None:
    rows = pack(encoded([True] * 5, [True] * 3, [True] * 7), 8)
    batch = collate([rows[place] for place in range(len(rows))])
    assert batch["position_ids"].tolist() == [[0, 1, 2, 3, 4, 5, 6, 0], [0, 1, 2, 3, 4, 0, 1, 2]]
    assert batch["cu_seq_lens_q"].tolist() == [0, 7, 8, 13, 16]
    assert batch["cu_seq_lens_q"].dtype == torch.int32
    assert batch["input_ids"][0, 7] == END
    assert batch["labels"][0, 7] == IGNORED


def test_a_batch_has_one_of_few_shapes() -> None:
    """Else a compiled block would be compiled for every batch."""
    sizes = set()
    for count in range(1, 30):
        rows = pack(encoded(*[[True] * 3] * count), 128)
        sizes.add(len(collate([rows[0]])["cu_seq_lens_q"]))
    assert sizes <= {2, 3, 5, 9, 17, 33}


def test_the_last_batch_is_as_large_as_any_other() -> None:
    rows = pack(encoded(*[[True] * 30] * 5), 32).evened(4)
    assert len(rows) == 8
    assert rows.learned == 5 * 29
    assert (rows[7]["labels"] == IGNORED).all()
    assert rows[7]["starts"] == [0]
    assert len(rows.evened(4)) == 8


def test_some_of_the_rows_are_spread_over_all() -> None:
    rows = one_a_row(encoded(*[[True] * 10] * 9), 10)
    some = rows.spread(3)
    assert [row["input_ids"][0] for row in some] == [0, 30, 60]
    assert len(rows.spread(20)) == len(rows.spread(9)) == 9
