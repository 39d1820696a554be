import re
from contextlib import closing
from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus_scraper.corpus.duplicates import (
    Duplicates,
    Fingerprinter,
    FingerprintStore,
    find_duplicates,
)
from corpus_scraper.corpus.duplicates.fingerprints import MIN_WORDS, jaccard
from tests.rows import every_row

MAKER = Fingerprinter(0.8)
TEXTS = [
    " ".join(f"{verb}{n} the {noun}{n % 7}" for n in range(40))
    for verb, noun in (("take", "lamp"), ("leave", "cellar"), ("ask", "miller"))
]


def found(tmp_path: Path, texts: list[str], order: list[int] | None = None) -> Duplicates:
    with closing(FingerprintStore(tmp_path / "store", MAKER.bands)) as store:
        for text in texts:
            store.add(MAKER.make(text))
        order = list(range(len(texts))) if order is None else order
        return find_duplicates(store, np.array(order, np.int64), 0.8)


def edited(text: str, every: int) -> str:
    return " ".join(
        "never" if at % every == every - 1 else word for at, word in enumerate(text.split())
    )


def test_the_same_words_are_found_whatever_stands_between_them(tmp_path: Path) -> None:
    texts = [TEXTS[0], TEXTS[1], TEXTS[0].upper().replace(" ", ",\n")]
    duplicates = found(tmp_path, texts)
    assert duplicates.duplicate_of.tolist() == [-1, -1, 0]
    assert duplicates.exact.tolist() == [False, False, True]


def test_nearly_the_same_words_are_found(tmp_path: Path) -> None:
    near = edited(TEXTS[0], 60)
    assert jaccard(TEXTS[0], near) >= 0.8
    duplicates = found(tmp_path, [near, TEXTS[1], TEXTS[0]])
    assert duplicates.duplicate_of.tolist() == [-1, -1, 0]
    assert not duplicates.exact.any()


def test_a_candidate_that_is_not_alike_is_no_duplicate(tmp_path: Path) -> None:
    half = edited(TEXTS[0], 9)
    assert jaccard(TEXTS[0], half) < 0.8
    assert found(tmp_path, [TEXTS[0], half]).duplicate_of.tolist() == [-1, -1]


def test_what_comes_first_in_the_order_is_kept(tmp_path: Path) -> None:
    assert found(tmp_path, [TEXTS[0], edited(TEXTS[0], 60)], [1, 0]).duplicate_of.tolist() == [
        1,
        -1,
    ]


def test_a_chain_of_likes_does_not_vanish_as_a_whole(tmp_path: Path) -> None:
    """The third is like the second and not like the first: the second goes, the third stays."""
    words = TEXTS[0].split()
    second = " ".join([*(f"x{n}" for n in range(12)), *words[12:]])
    third = " ".join([*(f"x{n}" for n in range(12)), *words[12:-12], *(f"y{n}" for n in range(12))])
    assert jaccard(TEXTS[0], second) >= 0.8
    assert jaccard(second, third) >= 0.8 > jaccard(TEXTS[0], third)
    assert found(tmp_path, [TEXTS[0], second, third]).duplicate_of.tolist() == [-1, 0, -1]


def test_an_exact_duplicate_of_what_vanished_is_one_of_what_is_kept(tmp_path: Path) -> None:
    near = edited(TEXTS[0], 60)
    assert found(tmp_path, [TEXTS[0], near, near]).duplicate_of.tolist() == [-1, 0, 0]


def test_a_short_text_is_nobodys(tmp_path: Path) -> None:
    short = " ".join(TEXTS[0].split()[: MIN_WORDS - 1])
    assert found(tmp_path, [short, short, ""]).duplicate_of.tolist() == [-1, -1, -1]


def test_a_thousand_alike_are_not_compared_a_million_times(tmp_path: Path) -> None:
    texts = [f"{TEXTS[0]} room {n}" for n in range(1000)]
    duplicates = found(tmp_path, texts)
    assert duplicates.duplicate_of.tolist() == [-1, *[0] * 999]
    assert duplicates.compared < 20_000


@every_row("similar", [0.3, 0.5, 0.95, 0.99, 1.0])
def test_every_threshold_that_may_be_asked_for_has_bands(similar: float) -> None:
    fingerprint = Fingerprinter(similar).make(TEXTS[0])
    assert len(fingerprint.bands) == 8 * Fingerprinter(similar).bands >= 16


def test_nothing_is_searched_in_nothing(tmp_path: Path) -> None:
    assert found(tmp_path, []).duplicate_of.tolist() == []


WORD = st.sampled_from(["you", "take", "the", "lamp", "and", "go", "down", "stairs"])


@settings(max_examples=60)
@given(st.lists(st.lists(WORD, min_size=12, max_size=16), min_size=2, max_size=8))
def test_whatever_is_called_a_duplicate_is_one(tmp_path_factory, texts: list[list[str]]) -> None:
    told = [" ".join(text) for text in texts]
    duplicates = found(tmp_path_factory.mktemp("texts"), told)
    for text, of, exact in zip(told, duplicates.duplicate_of, duplicates.exact, strict=True):
        if of >= 0:
            assert duplicates.duplicate_of[of] == -1  # what it repeats is kept
            if not exact:
                assert jaccard(told[of], text) >= 0.8
    kept = [text for text, of in zip(told, duplicates.duplicate_of, strict=True) if of < 0]
    assert len(set(kept)) == len(kept)


def test_nearly_all_that_are_alike_enough_are_found(tmp_path: Path) -> None:
    """Recall of the bands at 0.85 and above, over a hundred texts of their own."""
    texts = []
    for n in range(100):
        text = re.sub(r"(\d+)", rf"\1of{n}", TEXTS[n % 3])
        near = edited(text, 60)
        assert jaccard(text, near) >= 0.8
        texts += [text, near]
    duplicates = found(tmp_path, texts)
    assert (duplicates.duplicate_of[1::2] == np.arange(0, 200, 2)).mean() >= 0.95
    assert (duplicates.duplicate_of[::2] == -1).all()
