"""What a server says of the tokens of a text, where it makes no sense."""

from dataclasses import replace

import pytest

from dungeon.errors import GeneratorError
from dungeon.settings.biased_words import BiasedWords
from tests.dungeon.generator.remotes import COMPLETIONS, REQUEST, playing, reply, text_of
from tests.dungeon.generator.servers import LLAMA_MODELS, VLLM_MODELS, Said


@pytest.mark.parametrize("piece", [[300], [-1], ["a"], [1.5], None])
async def test_a_token_whose_text_is_no_text_is_refused_in_a_sentence(piece):
    answer = Said({"tokens": [{"id": 9, "piece": piece}]})
    async with playing(LLAMA_MODELS, tokenize=answer) as (_, remote):
        with pytest.raises(GeneratorError, match="did not say which tokens"):
            await remote.tokenize("fog")


async def test_ids_of_tokens_that_are_no_numbers_bias_none():
    answer = Said({"tokens": ["nine"], "token_strs": ["fog"]})
    async with playing(VLLM_MODELS, tokenize=answer) as (server, remote):
        assert text_of(
            await reply(remote, replace(REQUEST, biased_words=(BiasedWords("fog", -3.0),)))
        )
        assert "logit_bias" not in server.bodies(COMPLETIONS)[0]
