"""Test the words that the scored tokens of a reply make."""

import pytest

from dungeon.generator.scored_words import ScoredReply, scored_words
from dungeon.generator.token_scores import Alternative, ScoredToken
from tests.rows import every_row


def tokens(*texts: str) -> list[ScoredToken]:
    return [ScoredToken(text, 0.5) for text in texts]


@every_row(
    ("texts", "words"),
    [
        (["A", " to", "wer", " fell", "."], ["A", " tower", " fell", "."]),
        ([" the", " k", "ing", "'s", " cup"], [" the", " king's", " cup"]),
        ([" don", "’t", "!", "\n", "\n", "Run"], [" don’t", "!", "\n", "\n", "Run"]),
        ([" 1", "9", "84", ",", "5"], [" 1984", ",", "5"]),
        ([" ", "é", "t", "é", " —", "x"], [" ", "été", " —", "x"]),
        (["深", "い", "森"], ["深", "い", "森"]),
        ([], []),
    ],
)
def test_tokens_make_words(texts: list[str], words: list[str]) -> None:
    found = scored_words(tokens(*texts))
    assert [word.text for word in found] == words
    reply = ScoredReply("t", found)
    assert reply.beginning(len(found) + 1) == "".join(texts)


def test_the_alternatives_of_a_later_token_are_words_and_so_are_their_probabilities() -> None:
    first = ScoredToken(" to", 0.5, (Alternative(" road", 0.3), Alternative(" toad", 0.1)))
    second = ScoredToken("wer", 0.4, (Alternative("ad", 0.2), Alternative(",", 0.1)))
    (word,) = scored_words([first, second])
    assert word.text == " tower"
    assert word.probability == pytest.approx(0.2)
    assert [(each.text, round(each.probability, 3)) for each in word.alternatives] == [
        (" road", 0.3),
        (" toad", 0.2),
        (" to,", 0.05),
    ]


def test_the_word_itself_is_no_alternative_however_its_tokens_are_cut() -> None:
    first = ScoredToken(" to", 0.5, (Alternative(" tower", 0.2),))
    (word,) = scored_words([first, ScoredToken("wer", 0.4)])
    assert word.alternatives == ()
