"""Build the prompt of a saved turn again, with the settings that its provenance records."""

from dataclasses import fields, replace

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
from dungeon.text import cliches


async def compose_again(
    adventure: Adventure, turn: Turn, composer: PromptComposer, settings: GenerationSettings
) -> Context:
    """Return the prompt that `turn` of `adventure` answered; `composer`, which has composed the
    prompts since, stays as it is. Where nothing is recorded, `settings` hold.
    """
    base = replace(adventure, head=turn.parent)
    recorded = settings_record.parse(turn.provenance.settings)
    if recorded is None:
        return await composer.compose(base, turn.answered, settings)
    told = scripts.parse(turn.provenance.scripts).as_told(base)
    return await composer.anew().compose(
        recorded.as_told(told),
        turn.answered,
        recorded_settings(turn.provenance, recorded),
        first=turn.provenance.prompt_first_turn or None,
        recorded=recorded,
    )


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
