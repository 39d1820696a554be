"""Each pair has a random order that only the key tells."""

from benchmarks.blind_ab import Pair, shuffle, split_prompt
from training.evaluation.prompts import load_prompts


def test_the_key_says_which_letter_is_the_first_model() -> None:
    pairs = [Pair(f"> You do {n}.", f"one {n}", f"other {n}") for n in range(40)]
    text, key = shuffle(pairs, seed=3)
    for number in range(40):
        _, _, rest = text.partition(f"\n## {number + 1}\n")
        a, b = rest.split("\n### A\n")[1].split("\n### B\n")
        letters = {"A": a.strip(), "B": b.partition("\n## ")[0].strip()}
        assert letters.pop(key[str(number + 1)]) == f"one {number}"
        assert set(letters.values()) == {f"other {number}"}
    assert set(key.values()) == {"A", "B"}
    assert shuffle(pairs, seed=3) == (text, key)


def test_a_prompt_is_split_into_story_and_action() -> None:
    for prompt in load_prompts().prompts:
        turn = split_prompt(prompt)
        assert turn.action == prompt.action
        assert ">" not in turn.story
        assert str(turn).endswith(f"\n\n> {prompt.action}")
