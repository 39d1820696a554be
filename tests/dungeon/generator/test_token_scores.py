"""Test the scores of a reply's tokens, as engines report them."""

import math

import pytest

from dungeon.errors import GeneratorError
from dungeon.generator.token_scores import (
    Alternative,
    Candidates,
    ScoredToken,
    parse_alternatives,
    parse_candidates,
    parse_probability,
    scored_tokens,
)


def place(piece: bytes, *likeliest: tuple[bytes, float]) -> Candidates:
    return Candidates(piece, likeliest)


def test_the_blank_line_before_a_reply_is_left_out() -> None:
    for separator in ([place(b"\n"), place(b"\n")], [place(b"\n\n")]):
        tokens = scored_tokens([*separator, place(b"It", (b"It", 0.75), (b"The", 0.25))])
        assert tokens == (ScoredToken("It", 0.75, (Alternative("The", 0.25),)),)
    assert [token.text for token in scored_tokens([place(b"\n\nIt")])] == ["It"]


def test_the_tokens_of_one_character_become_one() -> None:
    first, second = "é".encode()[:1], "é".encode()[1:]
    tokens = scored_tokens([place(b"\n\n"), place(first, (b"a", 0.5)), place(second, (b"b", 1))])
    assert tokens == (ScoredToken("é", 0.0, (Alternative("a", 0.5),)),)
    assert scored_tokens([place(b"\n\n"), place(first)])[0].text == "\N{REPLACEMENT CHARACTER}"


def test_what_cannot_stand_in_a_reply_is_no_alternative() -> None:
    others = [(b"", 0.1), (b"\n", 0.1), (b" >", 0.5), (b"\xff", 0.1), (b"\x1b", 0.1), (b" a", 0.1)]
    tokens = scored_tokens([place(b"\n\n"), place(b" the", *others)])
    assert tokens[0].alternatives == (Alternative(" a", 0.2),)


def test_llama_cpp_s_response_is_parsed() -> None:
    listed = [{"bytes": [32, 97], "logprob": math.log(0.5)}, {"bytes": [98], "logprob": 0.1}]
    answer = {"completion_probabilities": [{"top_logprobs": listed}]}
    assert parse_candidates(b"x", answer).likeliest == [(b" a", pytest.approx(0.5)), (b"b", 1.0)]
    for wrong in ({}, {"completion_probabilities": []}, [], None):
        with pytest.raises(GeneratorError, match="how likely"):
            parse_candidates(b"x", wrong)


def listed(number: int, text: str, probability: float) -> dict[str, object]:
    return {"id": number, "bytes": list(text.encode()), "prob": probability}


def test_what_could_have_been_sampled_keeps_the_text_that_was_held_back() -> None:
    places = [listed(7, "The", 0.5), listed(8, "You", 0.375), listed(9, "\n", 0.125), {"id": 5}]
    answer = {"content": [{"id": 7, "token": "\n\nThe", "top_probs": places}]}
    assert parse_alternatives("\n\nThe", answer) == (Alternative("\n\nYou", 0.375),)
    assert parse_alternatives("é", answer) == ()  # the end of a character is no text
    assert parse_alternatives("The", None) == ()
    assert parse_alternatives("The", {"content": [*answer["content"], *answer["content"]]}) == ()


def test_a_chunk_is_as_likely_as_all_of_its_tokens() -> None:
    first, second = listed(7, "caf", 0.5), listed(8, "\u00e9", 0.25)
    assert parse_probability({"content": [first]}) == 0.5
    assert parse_probability({"content": [first, second]}) == 0.125
    before_sampling = {"id": 7, "token": "caf", "logprob": -0.7}
    for unknown in (None, {}, {"content": []}, {"content": [first, before_sampling]}, "x"):
        assert parse_probability(unknown) is None
