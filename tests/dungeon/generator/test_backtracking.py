"""Tests that a stream is rewound where a banned phrase began."""

from contextlib import aclosing
from dataclasses import replace

import pytest

from dungeon.generator import Finished, Request, TextChunk, Usage
from dungeon.generator.backtracking import MAX_REWINDS, without_banned_phrases
from dungeon.generator.token_scores import Alternative
from dungeon.settings.sampling import Sampling
from dungeon.text.phrases import BannedPhrases, ban

PROMPT = "It is night."
BANNED = BannedPhrases(["heart skips a beat", "the end"])
REQUEST = Request(PROMPT, 20, Sampling(), seed=7, banned_phrases=BANNED)


class Engine:
    """Writes for each text the likeliest next token that is not banned."""

    def __init__(self, *continuations, bans=True):
        self.texts = [tuple(text.split("|")) for text in continuations]
        self.requests = []
        self.closed = 0
        self.bans = bans
        self.alternatives = {}

    async def stream(self, request):
        self.requests.append(request)
        text, tokens = request.prompt, 0
        banned = request.banned_tokens if self.bans else ()
        try:
            while tokens < request.max_tokens:
                token = self.next(text.removeprefix(PROMPT), banned)
                if token is None:
                    yield Finished("stop", Usage(3, 1, tokens))
                    return
                text, tokens = text + token, tokens + 1
                listed = self.alternatives.get(token, ()) if request.lists_alternatives else ()
                yield TextChunk(token, tuple(Alternative(each, 0.5) for each in listed))
        except GeneratorExit:
            self.closed += 1
            raise
        yield Finished("length", Usage(3, 1, tokens))

    def next(self, text, banned):
        for tokens in self.texts:
            for at in range(len(tokens)):
                if "".join(tokens[:at]) == text and tokens[at] not in banned:
                    return tokens[at]
        return None


async def reply(engine, request=REQUEST):
    async with aclosing(without_banned_phrases(engine.stream, request)) as events:
        return [event async for event in events]


def texts(events):
    return [event.text for event in events if isinstance(event, TextChunk)]


async def test_a_phrase_is_replaced_from_its_first_token_on():
    engine = Engine("Your| heart| skips| a| beat|.", "Your| hand| shakes|.")
    events = await reply(engine)
    assert texts(events) == ["Your", " hand", " shakes", "."]
    _, single, rest = engine.requests
    assert (single.prompt, single.banned_tokens) == (PROMPT + "Your", (" heart",))
    assert single.max_tokens == 1
    assert (rest.prompt, rest.banned_tokens) == (PROMPT + "Your hand", ())
    assert rest.max_tokens == 18
    assert len({each.seed for each in engine.requests}) == 3
    assert events[-1] == Finished("stop", Usage(3, 2, 6 + 1 + 2))


async def test_the_last_token_that_could_be_another_one_is_replaced_without_asking_again():
    engine = Engine("Your| heart| skips| a| beat|.", "Your| heart| skips| two| beats|.")
    engine.alternatives = {" heart": [" hand"], " skips": [" stops"], " a": [" two"]}
    events = await reply(engine)
    assert texts(events) == ["Your", " heart", " skips", " two", " beats", "."]
    assert [event.probability for event in events[:5]] == [None, None, None, 0.5, None]
    _, rest = engine.requests
    assert (rest.prompt, rest.banned_tokens) == (PROMPT + "Your heart skips two", ())
    assert events[-1] == Finished("stop", Usage(3, 1, 6 + 2))


async def test_a_passage_is_known_by_its_last_word_and_no_variant_of_it_is_written():
    story = ["you take the lamp from the table", "you take the lamp from the shelf"]
    banned = ban((), story)
    engine = Engine("You| take| the| lamp| from| the| table|.", "You| take| the| lamp| away|.")
    engine.alternatives = {" the": [" THE"], " from": [" away"], " table": [" shelf"]}
    events = await reply(engine, replace(REQUEST, banned_phrases=banned))
    assert "".join(texts(events)) == "You take the lamp away."
    written, _ = engine.requests
    assert events[-1].usage.tokens == 6 + 1  # up to the second "the", and the full stop
    assert written.prompt == PROMPT


async def test_a_passage_may_begin_in_what_the_reply_was_begun_with():
    begun = "You climb the wall, but"
    banned = ban((), [f"{begun} it is too steep."], allowed=[begun])
    engine = Engine(f"{begun}| it| is| too| steep|.", f"{begun}| a| stone| falls|.")
    engine.alternatives = {" it": [" a"]}
    request = replace(REQUEST, prompt=PROMPT + begun, beginning=begun, banned_phrases=banned)
    assert "".join(texts(await reply(engine, request))) == " a stone falls."


async def test_a_phrase_in_what_the_reply_was_begun_with_stays():
    begun = "It is the end,"
    engine = Engine(f"{begun}| you| say|.")
    request = replace(REQUEST, prompt=PROMPT + begun, beginning=begun)
    assert "".join(texts(await reply(engine, request))) == " you say."
    assert len(engine.requests) == 1


async def test_a_reply_whose_last_token_is_replaced_is_no_longer_than_asked_for():
    engine = Engine("Your| heart| skips| a| beat|.")
    engine.alternatives = {" a": [" two"], " skips": [" stops"]}
    banned = BannedPhrases(["heart skips a"])
    events = await reply(engine, replace(REQUEST, max_tokens=4, banned_phrases=banned))
    assert texts(events) == ["Your", " heart", " skips", " two"]
    assert events[-1] == Finished("length", Usage(3, 1, 4))
    assert len(engine.requests) == 1


async def test_what_a_rewind_writes_ends_no_phrase_that_begins_in_what_was_yielded():
    banned = BannedPhrases(["the old mill falls", "burns down"])
    engine = Engine(
        "Then| the| old| mill| burns| down|.",
        "Then| the| old| mill| falls|.",
        "Then| the| old| barn| stands|.",
    )
    engine.alternatives = {" burns": [" falls"]}
    events = await reply(engine, replace(REQUEST, banned_phrases=banned))
    assert "".join(texts(events)) == "Then the old barn stands."


async def test_a_token_without_another_one_is_banned():
    engine = Engine("It| is| the| end|.", "It| is| over|.")
    engine.alternatives = {" is": [" was"]}
    assert "".join(texts(await reply(engine))) == "It is over."
    assert [each.banned_tokens for each in engine.requests] == [(), (" the",), ()]


async def test_what_may_become_a_phrase_is_held_back():
    engine = Engine("Your| heart| skips| a| stone|.| It| is| the| end")
    async with aclosing(without_banned_phrases(engine.stream, REQUEST)) as events:
        assert texts([await anext(events) for _ in range(3)]) == ["Your", " heart", " skips"]
        assert await anext(events) == TextChunk(" a")
    assert engine.closed == 1  # closing the stream reaches the engine


async def test_a_phrase_at_the_very_end_is_replaced():
    engine = Engine("It| is| the| end", "It| is| over")
    assert "".join(texts(await reply(engine))) == "It is over"


async def test_a_text_without_a_phrase_takes_one_request():
    engine = Engine("The| mill| is| shut|.")
    events = await reply(engine)
    assert "".join(texts(events)) == "The mill is shut."
    assert [each.prompt for each in engine.requests] == [PROMPT]


async def test_an_engine_that_is_stuck_goes_back_one_more_token():
    stuck = [f"So| the| way|{word}| end" for word in (" the", " THE", " The", " tHE")]
    engine = Engine(*stuck, "So| the| path| bends")
    assert "".join(texts(await reply(engine))) == "So the path bends"
    assert any(each.banned_tokens == (" way",) for each in engine.requests)


async def test_it_gives_up_on_an_engine_that_cannot_do_without():
    engine = Engine("It| is| the| end|.", bans=False)
    events = await reply(engine)
    assert "".join(texts(events)) == "It is the end."
    assert sum(bool(each.banned_tokens) for each in engine.requests) == MAX_REWINDS


@pytest.mark.parametrize("request_", [replace(REQUEST, banned_phrases=BannedPhrases()),
                                      replace(REQUEST, max_tokens=0)])  # fmt: skip
async def test_a_request_without_bans_or_for_prefill_is_passed_on(request_):
    engine = Engine("It| is| the| end")
    await reply(engine, request_)
    assert engine.requests == [request_]


async def test_half_a_character_at_a_banned_place_is_written_freely():
    class Halves(Engine):
        async def stream(self, request):
            if request.banned_tokens:
                self.requests.append(request)
                yield Finished("length", Usage(3, 1, 1))
                return
            async for event in super().stream(request):
                yield event

    engine = Halves("It| is| the| end|.")
    assert "".join(texts(await reply(engine))) == "It is the end."
