"""`/why`: where the last reply came from."""

from collections.abc import Iterator
from textwrap import shorten

from dungeon.commands.effects import Effect, Message
from dungeon.errors import InputRefused
from dungeon.generator.word_bias import BIASED_WORDS
from dungeon.prompt.settings_record import SettingsRecord
from dungeon.prompt.settings_record import parse as parse_settings
from dungeon.scripts.record import parse
from dungeon.settings.sampling import Sampling
from dungeon.state import TheDead
from dungeon.story import Adventure, Provenance
from dungeon.text.counts import count
from dungeon.turns.game import Game

_SHOWN = 120
"""Characters of a text that are shown."""

_ENDINGS = {
    "sentence": "It ended at a sentence.",
    "length": "It was cut at the longest length that a reply may have.",
    "stopped": "You stopped it.",
    "interrupted": "The game ended before it was finished.",
    "refused": "What the model wrote broke the content rule and was not kept.",
}


async def why(game: Game, argument: str) -> Effect:
    """Say which model wrote the last reply, with which settings, and how long it took."""
    turn = game.adventure.current_turn()
    if turn is None:
        raise InputRefused("There is no reply to explain yet.")
    adventure_id, _, turn_id = game.adventure.origin.partition("/")
    forked = f" The adventure was forked from {adventure_id}, at turn {turn_id}."
    rolled = f"Rolled: {turn.roll.explanation}. " if turn.roll else ""
    said = describe(turn.provenance, game.adventure)
    return Message(rolled + said + (forked if adventure_id else ""))


def describe(provenance: Provenance, adventure: Adventure | None = None) -> str:
    """Return the provenance of a reply in a few sentences; `adventure` knows the numbers of the
    turns that its prompt quoted.
    """
    if not provenance.model:
        return " ".join(["A person wrote this, not a model.", *_describe_scripts(provenance)])
    record = parse_settings(provenance.settings)
    name, _, weights = provenance.model.partition("@")
    sentences = [
        f"{name}{f' ({weights[:12]})' if weights else ''} wrote this"
        + (f" with seed {provenance.seed}." if provenance.seed is not None else "."),
        _describe_sampling(provenance),
        _describe_settings(record, adventure),
        f"The prompt had {provenance.prompt_tokens} tokens, of which "
        f"{provenance.prompt_tokens_evaluated} had to be read.",
        f"{provenance.tokens} tokens in {provenance.milliseconds / 1000:.1f} s, "
        f"the first after {provenance.first_milliseconds / 1000:.1f} s.",
    ]
    sentences += _describe_attempts(provenance, record)
    sentences += [_ENDINGS.get(provenance.ended, ""), *_describe_scripts(provenance)]
    return " ".join(filter(None, sentences))


def _describe_attempts(provenance: Provenance, record: SettingsRecord | None) -> Iterator[str]:
    """Yield of how many replies this one was chosen, or how many attempts were rejected."""
    if record and record.compared:
        yield (
            f"It is the likeliest of {count(record.compared, 'reply', 'replies')}: "
            f"{record.likelihood:.0%} a token on average."
        )
    elif provenance.attempts > 1:
        others = "the other was" if provenance.attempts == 2 else "the others were"
        yield f"It took {provenance.attempts} attempts; {others} rejected."


def _describe_scripts(provenance: Provenance) -> Iterator[str]:
    """Yield which script changed what, and what stood there before."""
    record = parse(provenance.scripts)
    for change in record.changes:
        digits = f" ({change.sha256})" if change.sha256 else ""
        yield f"The script {change.script}{digits} changed the {change.what}."
    for name, writer in (("action", "You sent"), ("reply", "The model had written")):
        if name in record.before:
            yield f"{writer}: “{shorten(record.before[name], _SHOWN, placeholder=' …')}”"
    for name, text in record.told.items():
        yield f"The model was told as {name}: “{shorten(text, _SHOWN, placeholder=' …')}”"
    if record.states:
        yield f"Kept with this turn by: {', '.join(record.states)}."


def _describe_settings(record: SettingsRecord | None, adventure: Adventure | None) -> str:
    """Name what the prompt was built with, and what the reply was not to say besides clichés."""
    if record is None:
        return ""
    summary = "included" if record.summary else "none yet" if record.summarised else "off"
    named = [
        f"{record.format} of at most {record.budget:,} tokens",
        f"retrieval {_quoted(record, adventure) if record.retrieval else 'off'}",
        f"summary {summary}",
        f"state line {record.state_line}",
    ]
    if record.note_depth:
        named.append(f"author's note {count(record.note_depth, 'turn')} before the end")
    if record.banned:
        phrases = shorten("; ".join(record.banned), _SHOWN, placeholder=" …")
        named.append(f"banned besides clichés: {phrases}")
    if people := TheDead(record.dead).people:
        named.append(f"dead: {', '.join(people)}")
    if record.is_free:
        what = "nothing else" if record.banned else "nothing"
        named.append(f"{what} banned, as this was the last attempt")
    return f"Prompt: {', '.join(named)}."


def _quoted(record: SettingsRecord, adventure: Adventure | None) -> str:
    """Return the numbers of the quoted turns, as `/turns` has them."""
    turns = adventure.turns if adventure else {}
    numbers = [
        f"{len(adventure.path_to(match.turn_id)):,}"
        for match in record.matches
        if adventure and match.turn_id in turns
    ]
    if not numbers:
        return "on"
    return f"on (turn{'s' if len(numbers) > 1 else ''} {' and '.join(numbers)} quoted)"


def _describe_sampling(provenance: Provenance) -> str:
    """Name the temperature, and what else differs from the defaults."""
    usual = Sampling().to_dict()
    named = [
        f"{name.replace('_', ' ')} {value:g}"
        for name, value in provenance.sampling.items()
        if isinstance(value, int | float) and (name == "temperature" or value != usual.get(name))
    ]
    if biased := provenance.sampling.get(BIASED_WORDS):
        named.append(f"biased words {', '.join(map(str, biased))}")
    if provenance.reply_tokens:
        named.append(f"about {provenance.reply_tokens} tokens asked for")
    return f"Sampling: {', '.join(named)}." if named else ""
