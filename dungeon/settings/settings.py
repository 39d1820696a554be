"""The player's settings, and the TOML file that holds them."""

import re
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from dungeon.chat import FormatChoice
from dungeon.errors import InputRefused, NotSaved
from dungeon.files.atomic_file import atomic_write
from dungeon.files.toml_file import describe, parse, refuse_unknown
from dungeon.settings.biased_words import parse_table
from dungeon.settings.engine_choice import ENGINE_CHOICES, EngineChoice
from dungeon.settings.generation import LONGEST_REPLY, MAX_BEST_OF, SHORTEST_REPLY
from dungeon.settings.presets import DEFAULT, Presets, parse_presets, to_tables
from dungeon.settings.sampling import GUIDANCE_OFF, MAX_GUIDANCE, Sampling
from dungeon.settings.summary_method import SUMMARY_NOTES, SummaryChoice
from dungeon.story.state_events import FinderChoice, StateLine, StateMode
from dungeon.text import clean, clean_path
from dungeon.text.cliches import parse_phrases
from dungeon.text.encoding import read_text
from dungeon.text.error_words import did_you_mean

DEFAULT_MODEL = "default"
"""What the catalog's default model is called where it needs a name."""

_MAX_KEYS = 200
_MAX_FORMATS = 500
_BINDING_ID = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_KEY_NAMES = re.compile(r"\S{1,80}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a player. Every value is validated: a bad one raises InputRefused."""

    model: str = ""
    """A catalog name, a file, a folder or a URL; empty is the catalog's default model."""
    preset: str = DEFAULT
    """The name of a sampling preset."""
    reply_tokens: int = 0
    """Target length of a reply in tokens; 0 is the length that suits the model."""
    context_length: int = 0
    """Tokens of prompt and reply together; 0 is the model's own context length."""
    guidance: float = 0.0
    """How strongly replies follow the player's action, from 1 (off) to 3; 0 suits the model."""
    best_of: int = 1
    """How many replies are written for each turn, to keep the likeliest."""
    threads: int = 0
    """Threads of the engine; 0 is one less than there are cores."""
    engine: EngineChoice = "auto"
    """What plays .gguf files: a llama-server on PATH where there is a GPU, or one of the two."""
    retrieval: bool = True
    """Whether earlier turns that no longer fit the context are searched, and quoted in prompts."""
    summary: SummaryChoice = "auto"
    """How turns that no longer fit the context are summarised in prompts."""
    recap: bool = True
    """Whether a player who comes back after a pause is told what happened before."""
    write_ahead: bool = True
    """Whether the next continuation is written while the player reads; never on battery."""
    state: StateMode = "ask"
    """What happens with changes of the story's state: "ask" suggests them, "auto" confirms them by
    itself, "off" looks for none."""
    state_line: StateLine = "things"
    """What of the confirmed state is told to the model, in a line before your action: "things" is
    everything but people, "all" or "off"."""
    state_finder: FinderChoice = "auto"
    """Who looks for changes of the state: "rules" alone, the "model" as well, or what suits it."""
    banned_phrases: tuple[str, ...] = ()
    """Phrases that no reply contains, besides the clichés that ship with the game."""
    allowed_phrases: tuple[str, ...] = ()
    """Clichés of that list that replies may contain."""
    biased_words: Mapping[str, float] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    """Words that replies use more often (up to 20) or less (down to -20) than the model would."""
    theme: str = "grue"
    """The name of a colour theme."""
    width: int = 72
    """The maximum width of the story, in terminal columns."""
    reduced_motion: bool = False
    """Whether nothing moves or blinks by itself; also so with TEXTUAL_ANIMATIONS=none."""
    bell: bool = False
    """Whether the terminal's bell rings at the end of a reply that took a while."""
    speech: bool = False
    """Whether replies are spoken."""
    speech_command: str = ""
    """A program that speaks its standard input; empty is one that is installed."""
    speech_url: str = ""
    """The address of an OpenAI-compatible speech server, used instead of a program."""
    speech_model: str = "tts-1"
    """What `model` is in a request to that server."""
    speech_voice: str = "alloy"
    """What `voice` is in a request to that server."""
    speech_player: str = ""
    """A program that plays the server's audio, on its standard input or in the file `{}`."""
    tour: bool = True
    """Whether the tour is shown at the next start without options; then it is off."""
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    """The player's own keys by binding id: `retry = "f5"`; several are separated by commas."""
    presets: Mapping[str, Sampling] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    """The player's own sampling presets by name, each a table of sampling settings."""
    prompt_formats: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    """The format of prompts, `completion` or `chat`, for models by what `model` calls them, where
    it is not the one that suits the model."""

    scripts_off: tuple[str, ...] = ()
    """Scripts that are not called although they may be."""
    script_settings: Mapping[str, Mapping[str, bool | int | float | str]] = field(
        default_factory=lambda: MappingProxyType({}), hash=False
    )
    """Settings that scripts declare, a table for each script."""

    def __post_init__(self) -> None:
        _check_line("model", self.model, may_be_empty=True)
        _check_line("theme", self.theme)
        object.__setattr__(self, "presets", parse_presets(self.presets))
        _check_preset(self.preset, Presets(self.presets).names)
        _check_number(
            "reply_tokens", self.reply_tokens, SHORTEST_REPLY, LONGEST_REPLY, or_zero=True
        )
        _check_guidance(self.guidance)
        _check_number("best_of", self.best_of, 1, MAX_BEST_OF)
        _check_number("context_length", self.context_length, 512, 1_048_576, or_zero=True)
        _check_number("threads", self.threads, 1, 512, or_zero=True)
        _check_choice("engine", self.engine, ENGINE_CHOICES)
        _check_flag("retrieval", self.retrieval)
        _check_choice("summary", self.summary, tuple(SUMMARY_NOTES))
        _check_flag("recap", self.recap)
        _check_flag("write_ahead", self.write_ahead)
        _check_choice("state", self.state, get_args(StateMode))
        _check_choice("state_line", self.state_line, get_args(StateLine))
        _check_choice("state_finder", self.state_finder, get_args(FinderChoice))
        for name in ("reduced_motion", "bell", "speech", "tour"):
            _check_flag(name, getattr(self, name))
        for name in ("speech_command", "speech_url", "speech_player"):
            _check_line(name, getattr(self, name), may_be_empty=True)
        for name in ("speech_model", "speech_voice"):
            _check_line(name, getattr(self, name))
        for name in ("banned_phrases", "allowed_phrases"):
            object.__setattr__(self, name, _check_phrases(name, getattr(self, name)))
        biases = {words.text: words.bias for words in parse_table(self.biased_words)}
        object.__setattr__(self, "biased_words", MappingProxyType(biases))
        _check_number("width", self.width, 40, 120)
        object.__setattr__(self, "scripts_off", _check_names("scripts_off", self.scripts_off))
        _check_script_settings(self.script_settings)
        _check_keys(self.keys)
        _check_formats(self.prompt_formats)

    def format_for(self, model: str) -> FormatChoice:
        """Return the format of prompts that is chosen for the model called `model`."""
        match self.prompt_formats.get(model or DEFAULT_MODEL):
            case "completion":
                return "completion"
            case "chat":
                return "chat"
            case _:
                return "auto"

    def with_format(self, model: str, choice: FormatChoice) -> Mapping[str, str]:
        """Return `prompt_formats` with the choice for one model."""
        name = model or DEFAULT_MODEL
        others = {each: chosen for each, chosen in self.prompt_formats.items() if each != name}
        return others if choice == "auto" else others | {name: choice}

    def to_document(self) -> dict[str, Any]:
        """Return the settings that differ from the defaults, as a TOML document."""
        plain = Settings()
        chosen = {item.name: getattr(self, item.name) for item in fields(self)}
        chosen = {name: value for name, value in chosen.items() if value != getattr(plain, name)}
        chosen = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in chosen.items()
        }
        return {
            name: dict(value) if isinstance(value, Mapping) else value
            for name, value in chosen.items()
        } | ({"presets": to_tables(self.presets)} if "presets" in chosen else {})


def load(path: Path) -> Settings:
    """Return the settings in the TOML file at `path`, or the defaults if there is no file.

    Raises InputRefused, which names the file, the key and what is allowed.
    """
    with suppress(OSError):  # read_text reports it
        if not path.exists():
            return Settings()
    source = clean_path(path)
    table = parse(read_text(path), source)
    refuse_unknown(table, (item.name for item in fields(Settings)), source)
    try:
        return Settings(**table)
    except InputRefused as error:
        raise InputRefused(f"{source}: {error}") from error


def save(path: Path, settings: Settings) -> None:
    """Write the settings that differ from the defaults to `path`, atomically.

    Comments, order and layout of the file stay as the player wrote them. Raises NotSaved if the
    file cannot be written; the old one is then unchanged.
    """
    data = _render(path, settings.to_document())
    try:
        target = path.resolve()  # a link into a folder of dotfiles stays a link
        target.parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(target) as file:
            file.write(data)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise NotSaved(
            f"The settings could not be saved to {clean_path(path)}: {reason}. Nothing was changed."
        ) from error


def _render(path: Path, values: Mapping[str, Any]) -> bytes:
    """Return `values` as TOML, with the comments and the layout of the file at `path`."""
    import tomlkit  # here, since every start reads settings, which needs only tomllib
    from tomlkit.exceptions import ParseError

    try:
        document = tomlkit.parse(read_text(path))
    except (InputRefused, ParseError):
        document = tomlkit.document()
    _update(document, values)
    return tomlkit.dumps(document).lstrip("\n").encode()


def _update(table: MutableMapping[str, Any], values: Mapping[str, Any]) -> None:
    """Make `table` equal to `values`, changing only what differs."""
    for name in [name for name in table if name not in values]:
        del table[name]
    for name, value in values.items():
        if isinstance(value, Mapping) and isinstance(table.get(name), MutableMapping):
            _update(table[name], value)
        elif name not in table or table[name] != value:
            table[name] = dict(value) if isinstance(value, Mapping) else value


def _check_line(name: str, value: object, *, may_be_empty: bool = False) -> None:
    if not isinstance(value, str):
        raise InputRefused(f"`{name}` must be text in quotation marks, not {describe(value)}.")
    if clean(value) != value or "\n" in value or "\t" in value:
        raise InputRefused(f"`{name}` must be one line without control characters.")
    if not value.strip() and not (may_be_empty and not value):
        raise InputRefused(f"`{name}` must not be blank. Leave it out for the default.")


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise InputRefused(f"`{name}` must be true or false, not {describe(value)}.")


def _check_choice(name: str, value: object, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        choices = ", ".join(f"`{each}`" for each in allowed)
        hint = did_you_mean(value, allowed) if isinstance(value, str) else ""
        raise InputRefused(f"`{name}` must be one of {choices}, not {describe(value)}.{hint}")


def _check_phrases(name: str, value: object) -> tuple[str, ...]:
    """Return the phrases in a list of the file."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise InputRefused(
            f'`{name}` must be a list like ["heart skips a beat"], not {describe(value)}.'
        )
    try:
        return parse_phrases(value)
    except InputRefused as error:
        raise InputRefused(f"`{name}`: {error}") from error


def _check_names(name: str, value: object) -> tuple[str, ...]:
    """Return the names in a list of the file."""
    if not isinstance(value, list | tuple) or not all(isinstance(each, str) for each in value):
        raise InputRefused(f'`{name}` must be a list like ["weather"], not {describe(value)}.')
    return tuple(value)


def _check_script_settings(value: object) -> None:
    """Check the form alone: what a script allows is known where it is loaded."""
    tables = value.values() if isinstance(value, Mapping) else [value]
    for table in tables:
        if not isinstance(table, Mapping):
            raise InputRefused(
                "`script_settings` must hold tables headed [script_settings.NAME], not "
                f"{describe(table)}."
            )
        for setting, chosen in table.items():
            if not isinstance(chosen, bool | int | float | str):
                raise InputRefused(
                    f"`script_settings`: {describe(setting)} must be true, false, a number or text "
                    f"in quotation marks, not {describe(chosen)}."
                )


def _check_preset(value: object, names: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in names:
        hint = did_you_mean(value, names) if isinstance(value, str) else ""
        allowed = ", ".join(f"`{name}`" for name in names)
        raise InputRefused(f"`preset` must be one of {allowed}, not {describe(value)}.{hint}")


def _check_number(
    name: str, value: object, minimum: int, maximum: int, *, or_zero: bool = False
) -> None:
    if type(value) is int and (minimum <= value <= maximum or (or_zero and value == 0)):
        return  # the exact type: a bool is an int, too
    zero = "0 or " if or_zero else ""
    raise InputRefused(
        f"`{name}` must be {zero}a whole number from {minimum:,} to {maximum:,}, "
        f"not {describe(value)}."
    )


def _check_guidance(value: object) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and (value == 0 or GUIDANCE_OFF <= value <= MAX_GUIDANCE):  # type: ignore[operator]
        return
    raise InputRefused(
        f"`guidance` must be 0 or a number from {GUIDANCE_OFF:g} to {MAX_GUIDANCE:g}, "
        f"not {describe(value)}."
    )


def _check_keys(value: object) -> None:
    if not isinstance(value, Mapping):
        raise InputRefused(f"`keys` must be a table headed [keys], not {describe(value)}.")
    if len(value) > _MAX_KEYS:
        raise InputRefused(f"`keys` has more than {_MAX_KEYS} entries.")
    for binding, key in value.items():
        if not isinstance(binding, str) or not _BINDING_ID.fullmatch(binding):
            raise InputRefused(
                f"`keys`: {describe(binding)} is no name of a binding, which is a word like retry."
            )
        if not isinstance(key, str) or not _KEY_NAMES.fullmatch(key) or clean(key) != key:
            raise InputRefused(
                f'`keys.{binding}` must name a key like "f5" or "ctrl+r,f5", not {describe(key)}.'
            )


def _check_formats(value: object) -> None:
    if not isinstance(value, Mapping):
        raise InputRefused(
            f"`prompt_formats` must be a table headed [prompt_formats], not {describe(value)}."
        )
    if len(value) > _MAX_FORMATS:
        raise InputRefused(f"`prompt_formats` has more than {_MAX_FORMATS} entries.")
    for model, choice in value.items():
        _check_line("prompt_formats", model)
        if choice not in ("completion", "chat"):
            raise InputRefused(
                f"`prompt_formats.{model}` must be `completion` or `chat`, not {describe(choice)}."
            )
