"""Test how the alternatives of a word are listed."""

from dungeon.generator.scored_words import ScoredWord
from dungeon.generator.token_scores import Alternative
from dungeon.session.alternative_views import alternative_text, listed_alternatives
from tests.rows import every_row


@every_row(
    ("text", "shown"),
    [
        (" Th", "Th…"), (" N", "N…"), (" str", "str…"), (" Tow", "Tow"), (" I", "I"), (" by", "by"),
        (" Mrs", "Mrs"), (" hmm", "hmm"), (" Shhh", "Shhh"), (",", ","), ("\n\n", "¶"), (" ö", "ö"),
    ],
)  # fmt: skip
def test_the_beginning_of_a_word_is_marked(text: str, shown: str) -> None:
    assert alternative_text(text) == shown


def test_improbable_alternatives_are_left_out_after_the_tenth() -> None:
    few = tuple(Alternative(f" w{n}", 0.001) for n in range(12))
    assert listed_alternatives(ScoredWord("x", 0.5, few)) == list(few[:10])
    many = tuple(Alternative(f" w{n}", 0.02) for n in range(12))
    assert listed_alternatives(ScoredWord("x", 0.5, many)) == list(many)
