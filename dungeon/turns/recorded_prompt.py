"""Build the prompt of a saved turn again, with the settings that its provenance records, and with
memory, author's note, lore, summary and state as they were then.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from itertools import islice

from dungeon.generator.word_bias import BIASED_WORDS
from dungeon.prompt import settings_record
from dungeon.prompt.composer import PromptComposer
from dungeon.prompt.context import Context
from dungeon.prompt.settings_record import SettingsRecord
from dungeon.scripts import record as scripts
from dungeon.settings.biased_words import parse_recorded
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.sampling import Sampling
from dungeon.story import Adventure, Provenance, Turn
from dungeon.story.edited_line import originals
from dungeon.story.history import Revision, versions_before
from dungeon.text import cliches

Candidate = tuple[GenerationSettings, SettingsRecord | None]
"""What a prompt may have been built with."""


@dataclass(frozen=True, slots=True)
class RecordedPrompt:
    """A prompt, and what it was composed from."""

    context: Context
    base: Adventure
    settings: GenerationSettings


async def find_prompt(
    turn: Turn,
    versions: Iterable[Adventure],
    candidates: Sequence[Candidate],
    new_composer: Callable[[], PromptComposer],
) -> RecordedPrompt:
    """Return the prompt that `turn` answered, by its digest: what an older Grue built it with is
    not saved. Where there is none, it is the likeliest one.
    """
    provenance = turn.provenance
    told = scripts.parse(provenance.scripts)
    likeliest: RecordedPrompt | None = None
    for version in versions if provenance.prompt_sha256 else islice(versions, 1):
        base, composer = told.as_told(version), new_composer()
        for settings, saved in candidates:
            told_base = saved.as_told(base) if saved else base
            first = provenance.prompt_first_turn or None
            context = await composer.compose(
                told_base, turn.answered, settings, first=first, recorded=saved
            )
            prompt = RecordedPrompt(context, told_base, settings)
            if context.sha256 == provenance.prompt_sha256:
                return prompt
            if saved:
                likeliest = likeliest or prompt
        likeliest = likeliest or prompt
    assert likeliest is not None  # noqa: S101 - there is always a first version
    return likeliest


async def compose_again(
    adventure: Adventure,
    turn: Turn,
    composer: PromptComposer,
    settings: GenerationSettings,
    revisions: Sequence[Revision] = (),
) -> Context:
    """Return the prompt that `turn` of `adventure` answered; `composer`, which has composed the
    prompts since, stays as it is. Where nothing is recorded, `settings` hold.

    `revisions` are the values that fields of the adventure had before. A turn that was carried over
    onto another line answered the prompt of the line where it was played.
    """
    *_, asked = originals(adventure, turn)
    recorded = settings_record.parse(asked.provenance.settings)
    usual = recorded_settings(asked.provenance, recorded) if recorded else settings
    versions = versions_before(adventure, revisions, asked)
    return (await find_prompt(asked, versions, [(usual, recorded)], composer.anew)).context


def recorded_settings(
    provenance: Provenance, recorded: SettingsRecord | None
) -> GenerationSettings:
    """Return the settings of a reply; what a newer or older version records besides is left out."""
    known = {field.name for field in fields(Sampling)}
    sampling = Sampling(**{n: v for n, v in provenance.sampling.items() if n in known})
    usual = GenerationSettings()
    return replace(
        usual,
        sampling=sampling,
        biased_words=parse_recorded(provenance.sampling.get(BIASED_WORDS)),
        banned_phrases=recorded.banned_phrases if recorded else cliches.default_cliches(),
        bans_passages=not (recorded and recorded.is_free),
        reply_tokens=provenance.reply_tokens or usual.reply_tokens,
        seed=provenance.seed,
    )
