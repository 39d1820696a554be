"""Tests of what `/why` says."""

from dungeon.commands.provenance import describe
from dungeon.settings.sampling import Sampling
from dungeon.story import Provenance


def test_a_reply_is_explained_with_what_differs_from_the_defaults() -> None:
    said = describe(
        Provenance(
            model="grue-135m@0123456789abcdef",
            seed=7,
            sampling=Sampling(temperature=0.9, min_p=0.2).to_dict(),
            reply_tokens=35,
            prompt_tokens=400,
            prompt_tokens_evaluated=12,
            tokens=38,
            milliseconds=900,
            first_milliseconds=300,
            attempts=2,
            ended="sentence",
        )
    )
    assert said == (
        "grue-135m (0123456789ab) wrote this with seed 7. Sampling: temperature 0.9, min p 0.2, "
        "about 35 tokens asked for. The prompt had 400 tokens, of which 12 had to be read. "
        "38 tokens in 0.9 s, the first after 0.3 s. It took 2 attempts; the other was rejected. "
        "It ended at a sentence."
    )


def test_text_by_a_person_is_said_to_be_so() -> None:
    assert describe(Provenance(ended="edited")) == "A person wrote this, not a model."
