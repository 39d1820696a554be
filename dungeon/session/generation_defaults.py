"""The generation settings of a game: what the player has chosen, and else what suits the model."""

from collections.abc import Collection
from dataclasses import fields, replace

from dungeon.models.catalog import (
    recommended_guidance,
    recommended_reply_tokens,
    recommended_sampling,
    recommended_state_finder,
    recommended_summary,
)
from dungeon.settings import Settings
from dungeon.settings.biased_words import parse_table
from dungeon.settings.generation import GenerationSettings
from dungeon.settings.presets import Presets
from dungeon.settings.sampling import Sampling
from dungeon.text import cliches

HOLD_AT_ONCE = (
    "reply_tokens", "best_of", "retrieval", "summary", "state", "state_line", "state_finder",
    "write_ahead",
)  # fmt: skip
"""Settings of the same name in GenerationSettings that a game takes over while it is played."""


def combine(
    chosen: Settings, model: str, *, seed: int | None = None, is_local: bool = False
) -> GenerationSettings:
    """Return the settings of a new game with the model `model`, a reference.

    `is_local` says that the model runs here, so that writing ahead costs nobody else anything.
    """
    presets = Presets(chosen.presets, chosen.preset, recommended_sampling(model))
    return GenerationSettings(
        replace(presets.get(chosen.preset), guidance=guidance_for(chosen, model)),
        reply_tokens_for(chosen, model),
        reply_tokens_for(chosen, model),
        seed,
        chosen.retrieval,
        banned_phrases=cliches.combine(chosen.banned_phrases, chosen.allowed_phrases),
        biased_words=parse_table(chosen.biased_words),
        summary=chosen.summary,
        recommended_summary=recommended_summary(model),
        write_ahead=chosen.write_ahead and is_local,
        presets=presets,
        prompt_format=chosen.format_for(model),
        state=chosen.state,
        state_line=chosen.state_line,
        state_finder=chosen.state_finder,
        recommended_finder=recommended_state_finder(model),
        best_of=chosen.best_of,
    )


def guidance_for(chosen: Settings, model: str) -> float:
    """Return the guidance scale."""
    return chosen.guidance or recommended_guidance(model)


def reply_tokens_for(chosen: Settings, model: str) -> int:
    """Return the length of a reply, in tokens."""
    return chosen.reply_tokens or recommended_reply_tokens(model)


def carry_over(
    current: GenerationSettings, before: GenerationSettings, after: GenerationSettings
) -> GenerationSettings:
    """Return what a game goes on with after a change of model.

    What was chosen for this game stays, and the rest becomes what suits the new model: `before`
    and `after` are the settings of a new game with the model before and with the new one.
    """
    chosen = {
        field.name: getattr(current, field.name)
        for field in fields(GenerationSettings)
        if getattr(current, field.name) != getattr(before, field.name)
    }
    if "sampling" in chosen:
        chosen["sampling"] = _carry_over_sampling(current.sampling, before.sampling, after.sampling)
    if "presets" in chosen:
        chosen["presets"] = replace(current.presets, recommended=after.presets.recommended)
    return replace(after, **chosen)


def apply_changed(
    names: Collection[str], current: GenerationSettings, fresh: GenerationSettings
) -> GenerationSettings:
    """Return `current` with what `fresh`, the settings of a new game, has for changed settings.

    `names` are fields of Settings; those that only a new game can take are passed over.
    """
    taken = {name: getattr(fresh, name) for name in HOLD_AT_ONCE if name in names}
    if "reply_tokens" in names:
        taken["default_reply_tokens"] = fresh.default_reply_tokens
    if "guidance" in names:
        taken["sampling"] = replace(current.sampling, guidance=fresh.sampling.guidance)
    return replace(current, **taken)


def _carry_over_sampling(current: Sampling, before: Sampling, after: Sampling) -> Sampling:
    """Guidance is chosen by itself, everything else together, as a preset."""
    guidance = after.guidance if current.guidance == before.guidance else current.guidance
    is_preset_kept = replace(current, guidance=before.guidance) != before
    return replace(current if is_preset_kept else after, guidance=guidance)
