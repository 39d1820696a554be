"""Situations are encoded as a reward model is asked in play."""

import pytest
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace, WhitespaceSplit

from dungeon.errors import InputRefused
from dungeon.generator.reward_prompt import SCORES, reward_prompt
from tests.rows import every_row
from tests.training import small_models
from training.rewards.encoding import encode_situations, score_ids
from training.rewards.scored_replies import ScoredReply, Situation


def test_a_reply_is_encoded_behind_its_prompt_and_before_the_question() -> None:
    words = small_models.tokenizer()
    prompt = "Rain runs down.\n\n> You wait."
    situation = Situation(prompt, (ScoredReply("It stops.", 4), ScoredReply("A door", 1)))
    [encoded] = encode_situations([situation], words, max_seq_length=128)
    assert [words.decode(encoded.prompt_ids + ids) for ids in encoded.reply_ids] == [
        reward_prompt(prompt, "It stops."),
        reward_prompt(prompt, "A door"),
    ]
    assert encoded.scores == [4, 1]
    assert not encoded.is_cut
    assert encoded.tokens == len(encoded.prompt_ids) + sum(map(len, encoded.reply_ids))


def test_a_long_prompt_loses_its_beginning_and_a_long_reply_its_end() -> None:
    words = small_models.tokenizer()
    situation = Situation("A door. " * 50 + "A key.", (ScoredReply("It opens. " * 20, 2),))
    [encoded] = encode_situations([situation], words, max_seq_length=64)
    assert encoded.is_cut
    assert (len(encoded.prompt_ids), len(encoded.reply_ids[0])) == (32, 32)
    assert words.decode(encoded.prompt_ids).endswith("A key.")
    reply = words.decode(encoded.reply_ids[0])
    assert reply.startswith("\n\nIt opens.")
    assert reply.endswith("\n\nScore:")


def test_rows_without_room_for_the_question_are_refused() -> None:
    situation = Situation("A door.", (ScoredReply("Yes.", 2),))
    with pytest.raises(InputRefused, match=r"Give at least .* with --max-seq-length"):
        encode_situations([situation], small_models.tokenizer(), max_seq_length=8)


@every_row("pre", ["gpt-2", "smollm"])
def test_each_score_is_a_token(pre: str) -> None:
    words = small_models.tokenizer(pre)
    assert [words.decode([each]) for each in score_ids(words)] == list(SCORES)


def test_a_tokenizer_that_joins_a_score_with_what_is_before_it_is_refused() -> None:
    vocabulary = {word: number for number, word in enumerate(("?", "Score", "0"))}
    words = Tokenizer(WordLevel(vocabulary, unk_token="?"))
    words.pre_tokenizer = WhitespaceSplit()
    with pytest.raises(InputRefused, match="each score from 0 to 4 behind “Score:” as one"):
        score_ids(words)


def test_a_tokenizer_that_tells_no_scores_apart_is_refused() -> None:
    words = Tokenizer(WordLevel({"?": 0, ":": 1, "Score": 2, "0": 3}, unk_token="?"))
    words.pre_tokenizer = Whitespace()
    with pytest.raises(InputRefused, match="Choose another base"):
        score_ids(words)
