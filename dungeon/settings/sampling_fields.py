"""What a player may change of the sampling settings: a sentence for each, its bounds, its step."""

from dataclasses import dataclass

from dungeon.errors import InputRefused
from dungeon.files.toml_file import describe
from dungeon.settings.sampling import DRY_LAST_N, GUIDANCE_OFF, MAX_GUIDANCE, Sampling
from dungeon.text.error_words import did_you_mean


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
            f"{self.minimum:g} to {self.maximum:g}, not {_describe(value)}."
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


def _describe(value: object) -> str:
    """Return a value as it may have been typed: a number that is whole without its zero."""
    is_whole = isinstance(value, float) and value.is_integer()
    return describe(int(value) if is_whole else value)  # type: ignore[call-overload]


_LONGEST_NUMBER = 16
"""Characters; a longer one is no setting."""

_OFF = {
    "top_k": 0, "top_p": 1, "min_p": 0, "typical_p": 1, "top_n_sigma": 0, "xtc_probability": 0,
    "dynatemp_range": 0, "mirostat": 0, "adaptive_target": 0, "repeat_penalty": 1,
    "frequency_penalty": 0, "presence_penalty": 0, "dry_multiplier": 0, "guidance": GUIDANCE_OFF,
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
        "typical_p",
        "Choose among the tokens that surprise about as much as is usual there; 1 is off.",
        0.01, 1, 0.05,
    ),
    SamplingField(
        "top_n_sigma",
        "Leave out tokens this many standard deviations below the likeliest; 0 is off.",
        0, 10, 0.25,
    ),
    SamplingField(
        "xtc_probability",
        "How often the likeliest tokens are passed over for the last likely one (XTC); 0 is off.",
        0, 1, 0.1,
    ),
    SamplingField(
        "xtc_threshold",
        "How probable a token must be to count as likely for XTC; above 0.5 it does nothing.",
        0, 1, 0.05,
    ),
    SamplingField(
        "dynatemp_range",
        "Move the temperature down where the model is sure, and up where not, by this; 0 is off.",
        0, 2, 0.1,
    ),
    SamplingField(
        "dynatemp_exponent",
        "Above 1 that temperature stays low for longer, below 1 it rises soon.",
        0.1, 3, 0.1,
    ),
    SamplingField(
        "mirostat",
        "Keep the surprise even (1 or 2): only the temperature then counts besides; 0 is off.",
        0, 2, 1, is_whole=True,
    ),
    SamplingField("mirostat_tau", "How much surprise Mirostat aims at, in bits.", 0, 20, 0.5),
    SamplingField("mirostat_eta", "How fast Mirostat adapts.", 0, 1, 0.05),
    SamplingField(
        "adaptive_target",
        "Prefer tokens about this probable on the average (adaptive-p); 0 is off.",
        0, 1, 0.05,
    ),
    SamplingField(
        "adaptive_decay", "How long adaptive-p remembers: 0.9 is about ten tokens.", 0, 0.99, 0.05
    ),
    SamplingField(
        "repeat_penalty", "Make every recent token less likely, names included; 1 is off.",
        1, 2, 0.05,
    ),
    SamplingField(
        "repeat_last_n", "How many tokens back that penalty and the next two look.",
        0, 4096, 64, is_whole=True,
    ),
    SamplingField(
        "frequency_penalty",
        "Make a recent token less likely each time it occurs, below 0 likelier; 0 is off.",
        -2, 2, 0.1,
    ),
    SamplingField(
        "presence_penalty",
        "Make a recent token less likely once it occurs at all, below 0 likelier; 0 is off.",
        -2, 2, 0.1,
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
        "dry_base", "By how much each further token of that sequence makes the penalty harder.",
        1, 4, 0.25,
    ),
    SamplingField(
        "dry_penalty_last_n", "How many tokens back such a sequence is looked for.",
        0, DRY_LAST_N, 1024, is_whole=True,
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
            f"There is no sampling setting {describe(name)}.{did_you_mean(wanted, names)} "
            f"They are: {', '.join(names)}."
        )
    return FIELDS[names.index(wanted)]
