"""The sampling presets: those that ship, and the player's own."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe
from dungeon.settings.sampling import GUIDANCE_OFF, Sampling
from dungeon.settings.sampling_fields import FIELDS, find_field
from dungeon.text.error_words import did_you_mean

PRESETS = MappingProxyType(
    {
        "storyteller": Sampling(),
        "steady": Sampling(temperature=0.3, top_p=0.9),
        "wild": Sampling(temperature=1.1, top_p=0.98, min_p=0.05),
        "classic": Sampling(  # what the game of 2019 used, with today's penalties on repetition
            temperature=0.4, top_k=40, top_p=0.9, min_p=0.0
        ),
    }
)
"""The presets that ship; the first is the default."""

DEFAULT = next(iter(PRESETS))

MAX_OWN = 100
"""Presets of their own that a player may keep."""

_NAME = re.compile(r"[^\W_][\w .-]{0,39}")
_FIELDS = tuple(each for each in FIELDS if each.name != "guidance")
"""What a preset holds: guidance suits the model, not the mood."""


@dataclass(frozen=True, slots=True)
class Presets:
    """The presets to choose from, and the one chosen last."""

    own: Mapping[str, Sampling] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """The player's presets by name."""
    chosen: str = DEFAULT
    recommended: Sampling | None = None
    """What the model's makers recommend: the default preset, where they do."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names, those that ship first."""
        return (*PRESETS, *self.own)

    def get(self, name: str) -> Sampling:
        """Return the preset called `name`. Raises InputRefused, which lists all."""
        if name == DEFAULT and self.recommended is not None:
            return self.recommended
        for presets in (PRESETS, self.own):
            if name in presets:
                return presets[name]
        raise InputRefused(
            f"There is no sampling preset {describe(name)}.{did_you_mean(name, self.names)} "
            f"Choose one of: {', '.join(self.names)}."
        )

    def with_own(self, name: str, sampling: Sampling) -> "Presets":
        """Return these with `sampling` saved and chosen as `name`. Raises InputRefused."""
        own = parse_presets({**self.own, name: sampling})
        return replace(self, own=own, chosen=name)

    def without(self, name: str) -> "Presets":
        """Return these without the player's preset called `name`. Raises InputRefused."""
        if name in PRESETS:
            raise InputRefused(f"The preset {name} belongs to the game and stays.")
        self.get(name)
        left = {each: sampling for each, sampling in self.own.items() if each != name}
        chosen = DEFAULT if self.chosen == name else self.chosen
        return replace(self, own=MappingProxyType(left), chosen=chosen)

    def describe(self, sampling: Sampling) -> str:
        """Return the preset chosen, and what of `sampling` differs: `wild, with top_k 40`."""
        preset = self.get(self.chosen)
        changed = [
            f"{each.name} {each.value_in(sampling):g}"
            for each in _FIELDS
            if each.value_in(sampling) != each.value_in(preset)
        ]
        return f"{self.chosen}, with {', '.join(changed)}" if changed else self.chosen


def parse_presets(value: object) -> Mapping[str, Sampling]:
    """Return a player's presets, from Sampling values or tables of the settings file.

    Raises InputRefused, which names the preset and what is allowed.
    """
    if not isinstance(value, Mapping):
        raise InputRefused(
            f"The presets must be tables headed [presets.NAME], not {describe(value)}."
        )
    if len(value) > MAX_OWN:
        raise InputRefused(f"There can be at most {MAX_OWN} presets of your own.")
    return MappingProxyType({_parse_name(name): _parse(name, p) for name, p in value.items()})


def to_tables(presets: Mapping[str, Sampling]) -> dict[str, dict[str, float]]:
    """Return presets as tables of the settings file."""
    return {
        name: {each.name: each.value_in(sampling) for each in _FIELDS}
        for name, sampling in presets.items()
    }


def _parse_name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name != name.strip().lower():
        raise InputRefused(
            f"A preset cannot be called {describe(name)}: use up to 40 small letters, digits, "
            "spaces, dots and dashes."
        )
    if name in PRESETS:
        raise InputRefused(f"The preset {name} belongs to the game. Choose another name.")
    return name


def _parse(name: str, value: Any) -> Sampling:
    if isinstance(value, Sampling):
        return replace(value, guidance=GUIDANCE_OFF)
    if not isinstance(value, Mapping):
        raise InputRefused(f"The preset {name} must be a table of settings, not {describe(value)}.")
    changes: dict[str, Any] = {}
    for key, each in value.items():
        try:
            changes[key] = find_field(key).check(each)
        except InputRefused as error:
            raise InputRefused(f"The preset {name}: {error}") from error
    if "guidance" in changes:
        raise InputRefused(f"The preset {name}: `guidance` is a setting of its own, outside it.")
    return Sampling(**changes)
