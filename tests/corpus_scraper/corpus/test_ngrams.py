import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from corpus_scraper.corpus.ngrams import ngram_hashes, tokenize

WORD = st.sampled_from(["the", "grue", "lamp", "don't", "x", "Ωmega"])


def test_words_are_small_and_bare() -> None:
    assert tokenize("“I DON’T know,” she said—_really_ 3 times.") == [
        "i", "don't", "know", "she", "said", "really", "3", "times",
    ]  # fmt: skip


def test_there_is_a_number_for_every_sequence() -> None:
    assert len(ngram_hashes(["a", "b", "c"], 3)) == 1
    assert len(ngram_hashes(["a", "b"], 3)) == 0


@given(st.lists(WORD, max_size=40), st.integers(1, 6))
def test_the_same_words_have_the_same_number_and_others_another(of: list[str], length: int) -> None:
    numbers = ngram_hashes(of, length).tolist()
    there = list(zip(*(of[at:] for at in range(length)), strict=False))
    assert len(numbers) == len(there)
    assert len(dict(zip(there, numbers, strict=True))) == len(set(numbers)) == len(set(there))


def test_another_process_finds_the_same_numbers() -> None:
    code = (
        "from corpus_scraper.corpus.ngrams import ngram_hashes; "
        "print(ngram_hashes(['a', 'b', 'c'], 2).tolist())"
    )
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert found[0] == found[1] == f"{ngram_hashes(['a', 'b', 'c'], 2).tolist()}\n"
