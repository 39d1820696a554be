"""Tests of what `/why` says."""

from dungeon.commands.provenance import describe
from dungeon.memory.retrieval import Match
from dungeon.prompt.settings_record import SettingsRecord
from dungeon.settings.sampling import Sampling
from dungeon.story import Adventure, Kind, Provenance, Turn
from dungeon.text.cliches import default_cliches


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


def test_the_settings_of_the_prompt_are_named() -> None:
    story = Adventure("a", "T").with_turn(Turn("t0", None, Kind.OPENING, "", "You wake."))
    story = story.with_turn(Turn("t1", "t0", Kind.DO, "You go.", "It rains."))
    matches = (Match("t0", ("wake",)), Match("t1", ("rain",)))
    record = SettingsRecord("completion", 1888, True, matches, True, "s1", "things", 2)
    phrases = (*default_cliches(), "wet hat", "dry hat")
    settings = record.with_phrases(phrases, is_free=False).dump()
    said = describe(Provenance(model="grue-135m", settings=settings), story)
    assert (
        "Prompt: completion of at most 1,888 tokens, retrieval on (turns 1 and 2 quoted), summary "
        "included, state line things, author's note 2 turns before the end, banned besides "
        "clichés: wet hat; dry hat."
    ) in said
    silent = record.with_dead(("the guard", "he")).dump()
    said = describe(Provenance(model="grue-135m", settings=silent))
    assert "turns before the end, dead: the guard." in said
    plain = SettingsRecord("chat", 900, summarised=True).with_phrases((), is_free=True).dump()
    said = describe(Provenance(model="grue-135m", settings=plain))
    assert (
        "Prompt: chat of at most 900 tokens, retrieval off, summary none yet, state line off, "
        "nothing banned, as this was the last attempt."
    ) in said
