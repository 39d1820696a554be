from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.corpus.splits import Candidate, Split, grouped, splits
from tests.rows import every_row

KEYS = st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=3).map(tuple)
WORKS = st.lists(
    st.builds(Candidate, KEYS, st.sampled_from(["second", "third"]), st.integers(0, 1000)),
    max_size=40,
)


def works(*sizes: int, kind: str = "third") -> list[Candidate]:
    return [Candidate((f"work {at}",), kind, size) for at, size in enumerate(sizes)]


def test_about_as_much_is_held_out_as_asked_for() -> None:
    candidates = works(*[100] * 400)
    held = Counter(splits(candidates, 0.05, seed=1))
    assert 15 <= held[Split.VALIDATION] <= 30
    assert 15 <= held[Split.TEST] <= 30


def test_each_kind_is_held_out() -> None:
    candidates = [*works(*[100] * 100), *works(*[10] * 100, kind="second")]
    assigned = splits(candidates, 0.1, seed=3)
    held = Counter((c.kind, s) for c, s in zip(candidates, assigned, strict=True))
    for kind in ("second", "third"):
        for split in (Split.VALIDATION, Split.TEST):
            assert 7 <= held[kind, split] <= 15


@given(WORKS, st.integers(0, 3))
def test_works_that_share_a_key_are_never_parted(candidates: list[Candidate], seed: int) -> None:
    assigned = splits(candidates, 0.2, seed)
    by_key: dict[str, set[Split]] = {}
    for candidate, split in zip(candidates, assigned, strict=True):
        for key in candidate.keys:
            by_key.setdefault(key, set()).add(split)
    assert all(len(found) == 1 for found in by_key.values())


@given(WORKS, st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_the_works_does_not_matter(candidates, seed, chance) -> None:
    unlike = {candidate.keys: candidate for candidate in candidates}
    shuffled = list(unlike.values())
    chance.shuffle(shuffled)
    in_order = dict(zip(unlike, splits(list(unlike.values()), 0.2, seed), strict=True))
    other = splits(shuffled, 0.2, seed)
    groups = grouped(keys for keys in unlike)
    alike = Counter(
        (min(k for at in group for k in list(unlike)[at])) for group in groups
    )  # two groups never draw the same lot
    assert max(alike.values(), default=1) == 1
    assert dict(zip((c.keys for c in shuffled), other, strict=True)) == in_order


def test_the_seed_decides() -> None:
    candidates = works(*[100] * 100)
    assert splits(candidates, 0.1, 0) == splits(candidates, 0.1, 0)
    assert len({tuple(splits(candidates, 0.1, seed)) for seed in range(5)}) == 5


def test_a_corpus_that_grows_keeps_most_of_its_places() -> None:
    before = splits(works(*[100] * 200), 0.05, 0)
    after = splits(works(*[100] * 210), 0.05, 0)[:200]
    moved = sum(one is not other for one, other in zip(before, after, strict=True))
    assert moved <= 6


@every_row("few", [0, 1, 2])
def test_a_few_works_are_all_learned(few: int) -> None:
    assert set(splits(works(*[500] * few), 0.05, 0)) <= {Split.TRAIN}


def test_of_three_works_the_largest_is_learned() -> None:
    assert splits(works(500, 900, 700), 0.05, 0)[1] is Split.TRAIN
    assert set(splits(works(500, 900, 700), 0.05, 0)) == set(Split)


def test_nothing_is_held_out_where_nothing_is_asked_for() -> None:
    assert set(splits(works(*[5] * 50), 0, 0)) == {Split.TRAIN}


def test_groups_are_joined_through_others() -> None:
    assert grouped([("a",), ("b",), ("a", "c"), ("c", "b"), ("d",)]) == [[0, 1, 2, 3], [4]]
