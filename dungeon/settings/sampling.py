"""The sampling settings, under llama.cpp's names: what each does, and which values it may have.

Each generator translates those its engine has.
"""

from dataclasses import asdict, dataclass, replace
from typing import Any

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe, suggest

GUIDANCE_OFF = 1.0
"""The guidance scale at which the distribution is the model's own."""

DRY_BREAKERS = ("\n", '"')
"""Text over which no repeated sequence reaches. For each, llama.cpp looks through its vocabulary at
every request, which takes 4 ms; its default has a colon and an asterisk, too, rare in stories."""

DRY_LAST_N = 32_768
"""How many tokens back a repeated sequence is looked for: the whole prompt, where llama.cpp would
look at 64 tokens."""

MAX_GUIDANCE = 3.0
"""The strongest guidance that may be chosen; a model writes nonsense long before."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is sampled. All but `guidance` are request parameters of llama.cpp."""

    temperature: float = 0.5
    """Flattens the distribution where above 1, sharpens it below; 0 is greedy."""
    top_k: int = 0
    """Only the k likeliest tokens; 0 means all."""
    top_p: float = 0.95
    """Only the likeliest tokens, up to this cumulative probability."""
    min_p: float = 0.1
    """Only tokens at least this probable relative to the likeliest (arXiv 2407.01082)."""
    repeat_penalty: float = 1.0
    """Divides the logits of recent tokens; 1 means off. It also pushes replies away from the people
    and things of the story, so that fewer make sense (docs/adapter.md)."""
    repeat_last_n: int = 256
    """How many tokens back count as recent."""
    dry_multiplier: float = 0.8
    """Strength of the penalty on repeating a sequence word for word; 0 means off."""
    dry_allowed_length: int = 3
    """Sequences up to this many tokens may be repeated freely."""
    guidance: float = GUIDANCE_OFF
    """How strongly a reply follows the player's action: the scale of classifier-free guidance
    (arXiv 2306.17806); 1 means off."""

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as a JSON-ready dictionary."""
        return asdict(self)

    def with_stronger_penalties(self, attempt: int) -> "Sampling":
        """Return settings that break a loop: hotter and harder on repetition with each attempt."""
        return replace(
            self,
            temperature=min(self.temperature + 0.15 * attempt, 1.3),
            repeat_penalty=self.repeat_penalty + 0.05 * attempt,
            dry_multiplier=self.dry_multiplier + 0.6 * attempt,
            dry_allowed_length=2,
        )


@dataclass(frozen=True, slots=True)
class SamplingField:
    """One of the settings, as a player may change it."""

    name: str
    summary: str
    """One plain sentence."""
    minimum: float
    maximum: float
    step: float
    """By how much a key changes it."""
    is_whole: bool = False

    @property
    def default(self) -> float:
        """The value of the preset that is the default."""
        return self.value_in(Sampling())

    def value_in(self, sampling: Sampling) -> float:
        """Return its value in `sampling`."""
        value: float = getattr(sampling, self.name)
        return value

    def check(self, value: object) -> float:
        """Return `value`, of which a whole number is one. Raises InputRefused."""
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and self.minimum <= value <= self.maximum:  # type: ignore[operator]
            number = float(value)  # type: ignore[arg-type]
            if not self.is_whole:
                return number
            if number.is_integer():
                return int(number)
        raise InputRefused(
            f"`{self.name}` must be a {'whole ' if self.is_whole else ''}number from "
            f"{self.minimum:g} to {self.maximum:g}, not {describe(value)}."
        )

    def parse(self, text: str) -> float:
        """Return the value that was typed; `default` and `off` are understood.

        Raises InputRefused.
        """
        match text.strip().lower():
            case "default":
                return self.default
            case "off" if self.name in _OFF:
                return _OFF[self.name]
        try:
            return self.check(float(text) if len(text) < _LONGEST_NUMBER else text)
        except ValueError:
            return self.check(text)

    def step_from(self, value: float, direction: int) -> float:
        """Return the next value up (1) or down (-1), within the bounds."""
        moved = round(value + direction * self.step, 4)
        return self.check(min(max(moved, self.minimum), self.maximum))


_LONGEST_NUMBER = 16
"""Characters; a longer one is no setting."""

_OFF = {
    "top_k": 0, "top_p": 1, "min_p": 0, "repeat_penalty": 1, "dry_multiplier": 0,
    "guidance": GUIDANCE_OFF,
}  # fmt: skip
"""The values at which a setting does nothing."""

FIELDS = (
    SamplingField(
        "temperature",
        "How boldly words are chosen: 0 always takes the likeliest, above 1 anything may come.",
        0, 2, 0.1,
    ),
    SamplingField(
        "top_k", "Choose among this many of the likeliest tokens; 0 is all of them.",
        0, 1000, 10, is_whole=True,
    ),
    SamplingField(
        "top_p",
        "Choose among the likeliest tokens that have this probability together; 1 is all of them.",
        0.01, 1, 0.05,
    ),
    SamplingField(
        "min_p", "Leave out tokens less probable than this share of the likeliest; 0 is off.",
        0, 1, 0.05,
    ),
    SamplingField(
        "repeat_penalty", "Make every recent token less likely, names included; 1 is off.",
        1, 2, 0.05,
    ),
    SamplingField(
        "repeat_last_n", "How many tokens back that penalty looks.", 0, 4096, 64, is_whole=True
    ),
    SamplingField(
        "dry_multiplier", "How hard repeating a sequence word for word is penalised; 0 is off.",
        0, 5, 0.2,
    ),
    SamplingField(
        "dry_allowed_length", "Sequences up to this many tokens may be repeated freely.",
        1, 100, 1, is_whole=True,
    ),
    SamplingField(
        "guidance", "How strongly replies follow your action, at half the speed; 1 is off.",
        GUIDANCE_OFF, MAX_GUIDANCE, 0.25,
    ),
)  # fmt: skip
"""Every setting, in the order in which they are shown."""


def find_field(name: str) -> SamplingField:
    """Return the setting called `name`. Raises InputRefused, with the closest name."""
    wanted = name.strip().lower().replace("-", "_")
    names = [field.name for field in FIELDS]
    if wanted not in names:
        raise InputRefused(
            f"There is no sampling setting {describe(name)}.{suggest(wanted, names)} "
            f"They are: {', '.join(names)}."
        )
    return FIELDS[names.index(wanted)]
