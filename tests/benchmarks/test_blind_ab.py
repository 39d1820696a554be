"""Provides proof that a reader gets each pair in an order that only the key tells."""

from benchmarks.blind_ab import Pair, place, sheet
from training.evaluation.prompts import load_prompts


def test_the_key_says_which_letter_is_the_first_model() -> None:
    pairs = [Pair(f"> You do {n}.", f"one {n}", f"other {n}") for n in range(40)]
    text, key = sheet(pairs, seed=3)
    for number in range(40):
        _, _, rest = text.partition(f"\n## {number + 1}\n")
        a, b = rest.split("\n### A\n")[1].split("\n### B\n")
        letters = {"A": a.strip(), "B": b.partition("\n## ")[0].strip()}
        assert letters.pop(key[str(number + 1)]) == f"one {number}"
        assert set(letters.values()) == {f"other {number}"}
    assert set(key.values()) == {"A", "B"}
    assert sheet(pairs, seed=3) == (text, key)


def test_a_place_is_what_was_told_and_the_deed() -> None:
    for prompt in load_prompts().prompts:
        here = place(prompt)
        assert here.action == prompt.action
        assert ">" not in here.told
        assert str(here).endswith(f"\n\n> {prompt.action}")
