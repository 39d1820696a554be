"""Tests of which tokens the bias of a word goes to."""

from dungeon.generator.tokens import Token
from dungeon.generator.word_bias import spellings, token_biases
from dungeon.settings.biased_words import BiasedWords

LANTERN = BiasedWords("lantern", 2.0)


def test_a_word_is_looked_up_as_typed_and_with_a_capital_within_a_line_and_at_its_beginning():
    assert spellings(LANTERN) == (" lantern", " Lantern", "lantern", "Lantern")
    assert spellings(BiasedWords("Mira", 1)) == (" Mira", "Mira")


def test_the_small_words_of_a_phrase_are_left_alone():
    assert spellings(BiasedWords("keeper of the Lamp", 1))[:3] == (" keeper", " Keeper", " Lamp")
    assert spellings(BiasedWords("the", -1))[0] == " the"


def test_pieces_count_but_those_that_may_begin_any_word():
    tokens = {
        " lantern": [Token(1, b" lan"), Token(2, b"tern")],
        " Lantern": [Token(3, b" "), Token(4, b"Lantern")],
        "lantern": [Token(5, b"l"), Token(6, b"antern")],
        "Lantern": [Token(4, b"Lantern")],
    }
    assert token_biases([LANTERN], tokens) == {1: 2.0, 2: 2.0, 4: 2.0}


def test_the_stronger_of_two_biases_counts():
    tokens = {" lantern": [Token(1, b" lantern")], " lanterns": [Token(1, b" lantern")]}
    for biases in ([LANTERN, BiasedWords("lanterns", -5)], [BiasedWords("lanterns", -5), LANTERN]):
        assert token_biases(biases, tokens) == {1: -5}
