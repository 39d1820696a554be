from corpus_scraper.corpus import overlap
from corpus_scraper.corpus.overlap import HeldOutNgrams, Overlap


def text(start: int, stop: int) -> list[str]:
    return [" ".join(f"word{n}" for n in range(start, stop))]


def measured(held: list[list[str]], learned: list[list[str]]) -> Overlap:
    return met(held, learned).overlap(held)


def met(held: list[list[str]], learned: list[list[str]]) -> HeldOutNgrams:
    split = HeldOutNgrams(held)
    for each in learned:
        split.mark_trained(each)
    return split


def test_nothing_is_shared_by_texts_of_their_own() -> None:
    assert measured([text(0, 50)], [text(100, 500)]) == Overlap(38, 0)


def test_shared_sequences_are_counted_once() -> None:
    found = measured([text(0, 50), text(0, 50)], [text(40, 90), text(25, 50)])
    assert found == Overlap(38, 13)
    assert found.share == 13 / 38


def test_twelve_words_in_common_are_no_overlap() -> None:
    assert measured([text(0, 30)], [text(18, 60)]).shared == 0


def test_a_document_that_is_mostly_learned_is_known_and_may_go() -> None:
    held = [text(0, 50), text(100, 150), ["too short"]]
    split = met(held, [text(0, 45), text(140, 300)])
    assert [split.is_contaminated(each) for each in held] == [True, False, False]
    assert split.overlap(held) == Overlap(76, 33)
    assert split.overlap(held[1:]) == Overlap(38, 0)


def test_no_sequence_goes_over_from_one_piece_to_the_next() -> None:
    assert measured([text(0, 10) + text(10, 20)], [text(0, 20)]) == Overlap()


def test_an_empty_split_has_no_overlap() -> None:
    assert measured([], [text(0, 50)]) == Overlap()
    assert Overlap().share == 0


def test_a_large_split_is_judged_by_a_sample_that_does_not_depend_on_order(monkeypatch) -> None:
    monkeypatch.setattr(overlap, "MAX_SAMPLE", 500)
    held = [text(start, start + 100) for start in range(0, 10_000, 100)]
    learned = [text(0, 5_000)]
    found = measured(held, learned)
    assert found == measured(held[::-1], learned)
    assert 0.4 < found.share < 0.6
    assert 7_500 < found.sequences < 10_500  # 8,800 there are
