from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.corpus.mixture import Limits, cut, cut_points, limits
from corpus_scraper.documents.paths import Span

POINTS = st.lists(st.integers(1, 400), min_size=1, max_size=12).map(
    lambda steps: [sum(steps[: at + 1]) for at in range(len(steps))]
)


def test_a_work_that_is_too_much_is_cut_to_its_share() -> None:
    small = [[100]] * 19
    kept = limits([*small, list(range(10, 5000, 10))], 0.05).kept
    assert kept == (*[100] * 19, 100)


def test_nothing_is_cut_where_nothing_is_too_much() -> None:
    assert limits([[100]] * 20, 0.05) == Limits((100,) * 20)


def test_too_few_works_are_kept_whole() -> None:
    assert limits([[100], [900]], 0.05) == Limits((100, 900), impossible=True)
    assert limits([], 0.05) == Limits(())


def test_works_whose_first_paragraph_is_too_long_do_not_take_all_with_them() -> None:
    assert limits([[1000], [1000], [10]], 0.4) == Limits((1000, 1000, 10), impossible=True)


@given(st.lists(POINTS, max_size=30), st.sampled_from([0.05, 0.1, 0.34, 0.5, 1.0]))
def test_no_work_is_more_than_its_share(of: list[list[int]], share: float) -> None:
    found = limits(of, share)
    total = sum(found.kept)
    for kept, own in zip(found.kept, of, strict=True):
        assert kept == own[-1] or kept == 0 or kept in own
        if not found.impossible:
            assert kept <= share * total
    if found.impossible:
        assert list(found.kept) == [own[-1] for own in of]


@given(st.lists(st.integers(1, 1000), min_size=21, max_size=40))
def test_as_much_is_kept_as_can_be(sizes: list[int]) -> None:
    """Where works can be cut anywhere, one character more of any cut one would be too much."""
    kept = limits([range(1, size + 1) for size in sizes], 0.05).kept
    total = sum(kept)
    shortened = [k for k, size in zip(kept, sizes, strict=True) if k < size]
    for most in shortened:
        assert most + 1 > 0.05 * (total + len(shortened))


DOCUMENT = (
    Span("You were here before.", train=False),
    Span("\n\n> You go on.\n\nA hall.\n\nA stair.", train=True),
    Span("\n\nKnown.", train=False),
    Span("\n\nThe top.", train=True),
)


def test_a_document_may_end_after_a_paragraph_but_not_after_the_players_line() -> None:
    learned = "".join(span.text for span in DOCUMENT if span.train)
    assert [learned[:at].split("\n\n")[-1] for at in cut_points(DOCUMENT)] == [
        "A hall.", "The top.",
    ]  # fmt: skip


def test_a_document_is_cut_where_it_may_end() -> None:
    first = next(cut_points(DOCUMENT))
    assert cut(DOCUMENT, first) == (DOCUMENT[0], Span("\n\n> You go on.\n\nA hall.", train=True))
    *_, last = cut_points(DOCUMENT)
    assert cut(DOCUMENT, last) == DOCUMENT
