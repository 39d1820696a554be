"""Text that is evaluated and trained on is found, by words, and shown."""

import tracemalloc

import pytest

from training.data.documents import Document, Span
from training.evaluation.contamination import check_contamination
from training.evaluation.prompts import Prompt

WORDS = [f"word{number}" for number in range(200)]


def document(name, *spans):
    return Document(name, "w", "CC0-1.0", tuple(Span(text, train) for text, train in spans))


def text(start, stop):
    return " ".join(WORDS[start:stop])


def test_shared_13_grams_are_counted_whatever_their_case_and_punctuation():
    training = [document("t", ("Before. " + text(0, 20).upper().replace(" ", ", "), True))]
    held_out = [document("a", (text(0, 40), True)), document("b", (text(100, 140), True))]
    found = check_contamination(training, held_out, []).held_out
    assert (found.texts, found.ngrams, found.shared) == (2, 2 * 28, 8)
    assert found.share == pytest.approx(8 / 56)
    assert found.contaminated == 0
    [example] = found.examples
    assert (example.name, example.share) == ("a", pytest.approx(8 / 28))
    assert example.text == text(0, 20)


def test_twelve_words_are_no_contamination():
    training = [document("t", (text(0, 12), True))]
    found = check_contamination(training, [document("a", (text(0, 40), True))], []).held_out
    assert (found.shared, found.examples) == (0, ())


def test_context_is_not_evaluated_and_so_not_contaminated():
    training = [document("t", (text(0, 40), True))]
    held_out = [document("a", (text(0, 40) + " ", False), (text(100, 140), True))]
    found = check_contamination(training, held_out, []).held_out
    assert (found.ngrams, found.shared) == (40, 0)


def test_a_word_sequence_may_begin_in_context():
    training = [document("t", (text(0, 40), True))]
    held_out = [document("a", (text(0, 20) + " ", False), (text(20, 40), True))]
    found = check_contamination(training, held_out, []).held_out
    assert (found.ngrams, found.shared, found.contaminated) == (20, 20, 1)


def test_prompts_are_searched_for_as_well():
    prompt = Prompt(f"{text(0, 30)}\n\n> You {text(30, 33)}.", "You act.", ())
    training = [document("t", (text(0, 30), True))]
    found = check_contamination(training, [], [prompt])
    assert found.prompts.contaminated == 1
    assert found.prompts.examples[0].name == "You act."
    assert found.held_out.ngrams == 0


def test_long_examples_are_cut():
    training = [document("t", (text(0, 200), True))]
    found = check_contamination(training, [document("a", (text(0, 200), True))], []).held_out
    assert found.examples[0].text == text(0, 30) + " …"


def test_it_stops_when_the_time_is_over_and_says_so():
    training = (document(str(n), (text(n, n + 13), True)) for n in range(180))
    found = check_contamination(training, [], [], is_time_over=lambda: True)
    assert (found.training_documents, found.is_complete) == (50, False)
    assert found.to_dict()["complete"] is False


def test_memory_does_not_grow_with_the_training_text():
    held_out = [document("a", (text(0, 200), True))]

    def peak(count):
        training = (
            document(str(n), (" ".join(f"{word}{n}" for word in WORDS), True)) for n in range(count)
        )
        tracemalloc.start()
        check_contamination(training, held_out, [])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(200) < 1.5 * peak(20)
