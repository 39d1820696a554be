"""Every setting of `settings.toml`, as both front ends show and change them.

Those that have a command of their own, or that only the file may change, are listed with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import get_args

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.files.toml_file import describe
from dungeon.settings import Settings
from dungeon.settings.engine_choice import ENGINE_CHOICES
from dungeon.settings.generation import LONGEST_REPLY, MAX_BEST_OF, SHORTEST_REPLY
from dungeon.settings.summary_method import SUMMARY_NOTES
from dungeon.settings.themes import find_theme, theme_names
from dungeon.speech.voices import choose_voice
from dungeon.story.state_events import FinderChoice, StateLine, StateMode
from dungeon.text.error_words import did_you_mean


def _speech_problem(settings: Settings) -> str:
    """Return why nothing can be spoken; empty where it can."""
    try:
        if settings.speech:
            choose_voice(settings)
    except InputRefused as error:
        return str(error)
    return ""


def _one_of(name: str, allowed: tuple[str, ...]) -> Callable[[str, Home], str]:
    """Return what reads one of the `allowed` values of a setting, in capitals too."""

    def find(typed: str, _home: Home) -> str:
        if typed.lower() not in allowed:
            raise InputRefused(
                f"`{name}` is {', '.join(allowed)}, not {describe(typed)}."
                f"{did_you_mean(typed, allowed)}"
            )
        return typed.lower()

    return find


_SWITCH = {"on": True, "off": False}
_DEFAULT = "default"
_EMPTY = "-"


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting: a switch, a number, a text or a collection, by the type of its default."""

    name: str
    """The field of Settings."""
    summary: str
    find: Callable[[str, Home], str] | None = None
    """Returns the one of its choices that was typed, where it has choices. Raises InputRefused."""
    choices: Callable[[Home], tuple[str, ...]] = lambda _home: ()

    note: Callable[[Settings], str] = lambda _settings: ""
    """What there is to say of its value in settings that were just changed, if anything."""
    changed_by: str = ""
    """The command that changes it, or settings.toml, where /settings does not."""
    step: float = 1
    """How far Left and Right change a number."""
    minimum: float = 1
    """The least number that is not 0."""

    @property
    def default(self) -> object:
        """The value that it has unless the player changes it."""
        value: object = getattr(Settings(), self.name)
        return value

    def about(self, home: Home) -> str:
        """Return what it does, and which values there are, where it has choices."""
        choices = self.choices(home)
        return f"{self.summary} One of: {', '.join(choices)}." if choices else self.summary

    def value_in(self, settings: Settings) -> str:
        """Return its value as it is typed: "on", "72", "grue"; of a collection, its size."""
        return _typed(getattr(settings, self.name))

    def refuse_unless_changed_here(self) -> None:
        """Raise InputRefused where a command of its own or the file changes it."""
        if self.changed_by:
            raise InputRefused(f"`{self.name}` is changed with {self.changed_by}.")

    def parse(self, text: str, home: Home) -> object:
        """Return the value that `text` says. Raises InputRefused."""
        self.refuse_unless_changed_here()
        wanted = text.strip()
        if wanted.lower() == _DEFAULT:
            return self.default
        if isinstance(self.default, bool):
            if wanted.lower() not in _SWITCH:
                raise InputRefused(f"`{self.name}` is on or off, not {describe(wanted)}.")
            return _SWITCH[wanted.lower()]
        if isinstance(self.default, int):
            if not (wanted.isdecimal() and len(wanted) < 10):  # Python reads no number of thousands
                raise InputRefused(f"`{self.name}` is a whole number, not {describe(wanted)}.")
            return int(wanted)
        if isinstance(self.default, float):
            return self._number(wanted)
        if self.find:
            return self.find(wanted, home)
        return "" if wanted == _EMPTY else wanted

    def _number(self, typed: str) -> float:
        try:
            return float(typed)
        except ValueError:
            raise InputRefused(f"`{self.name}` is a number, not {describe(typed)}.") from None

    def _next_number(self, value: float, step: int) -> float:
        """Return the number `step` places on; nothing lies between 0 and the minimum."""
        after = value + step * self.step
        if 0 < after < self.minimum:
            return self.minimum if step > 0 else 0
        return max(after, 0)

    def next_value(self, settings: Settings, home: Home, step: int) -> str:
        """Return the value `step` places on, as it is typed; the same where there is no order."""
        value = getattr(settings, self.name)
        if isinstance(value, bool):
            return _typed(not value)
        if isinstance(value, int | float):
            return _typed(self._next_number(value, step))
        names = self.choices(home)
        if not names:
            return str(value)
        at = names.index(value) if value in names else 0
        return names[(at + step) % len(names)]


_IN_FILE = "settings.toml"

FIELDS = (
    SettingField(
        "theme",
        "The colours of the screen.",
        lambda name, home: find_theme(name, home.themes),
        lambda home: theme_names(home.themes),
    ),
    SettingField("width", "The most columns that a line of the story has, 40 to 120."),
    SettingField("reduced_motion", "Nothing moves or blinks by itself."),
    SettingField(
        "bell", "Ring at the end of a reply that took a while, or when you look elsewhere."
    ),
    SettingField("speech", "Speak replies while they are written.", note=_speech_problem),
    SettingField("speech_voice", "The voice of a speech server."),
    SettingField("recap", "After a pause, say what happened before."),
    SettingField("retrieval", "Quote earlier turns that match your action."),
    SettingField(
        "summary",
        "Who summarises what no longer fits the prompt; auto is what suits the model.",
        _one_of("summary", tuple(SUMMARY_NOTES)),
        lambda _home: tuple(SUMMARY_NOTES),
    ),
    SettingField(
        "state",
        "What is found in the story waits for you (ask), counts at once (auto), or is ignored.",
        _one_of("state", get_args(StateMode)),
        lambda _home: get_args(StateMode),
    ),
    SettingField(
        "state_line",
        "What the model is told of the confirmed state: all but people (things), all, or nothing.",
        _one_of("state_line", get_args(StateLine)),
        lambda _home: get_args(StateLine),
    ),
    SettingField(
        "state_finder",
        "Who looks for what has changed: rules, the model as well, or what suits it (auto).",
        _one_of("state_finder", get_args(FinderChoice)),
        lambda _home: get_args(FinderChoice),
    ),
    SettingField("write_ahead", "Write the next continuation while you read; never on battery."),
    SettingField(
        "reply_tokens",
        f"Tokens after which a reply ends, {SHORTEST_REPLY} to {LONGEST_REPLY}; 0 suits the model.",
        step=10,
        minimum=SHORTEST_REPLY,
    ),
    SettingField(
        "guidance", "How strongly replies follow you, from 1 (off) to 3; 0 suits the model.",
        step=0.25,
    ),
    SettingField(
        "best_of", f"Replies written for a turn, 1 to {MAX_BEST_OF}; the likeliest is kept.",
    ),
    SettingField(
        "context_length",
        "Tokens of prompt and reply; 0 suits the model. From the next start of the game on.",
        step=512,
        minimum=512,
    ),
    SettingField(
        "threads", "Threads of the engine; 0 is one less than cores. From the next start on."
    ),
    SettingField(
        "engine",
        "What plays .gguf files: auto is a llama-server where there is a GPU. From the next start.",
        _one_of("engine", ENGINE_CHOICES),
        lambda _home: ENGINE_CHOICES,
    ),
    SettingField("tour", "Show the tour at the next start without options."),
    SettingField("model", "The model that tells the story; empty is the default.",
                 changed_by="/model"),
    SettingField("prompt_formats", "Models that are prompted otherwise than suits them.",
                 changed_by="/format"),
    SettingField("preset", "How boldly words are chosen.", changed_by="/preset"),
    SettingField("presets", "Sampling presets of your own.", changed_by="/preset save"),
    SettingField("banned_phrases", "What no reply says, besides the clichés that ship.",
                 changed_by="/ban"),
    SettingField("allowed_phrases", "Clichés that ship, and are allowed.", changed_by="/unban"),
    SettingField("biased_words", "Words that replies use more or less often.", changed_by="/bias"),
    SettingField("scripts_off", "Scripts that are switched off.", changed_by="/scripts"),
    SettingField("script_settings", "Settings of scripts.", changed_by="/scripts"),
    SettingField("keys", "Keys of your own.", changed_by=_IN_FILE),
    SettingField("speech_command", "A program that speaks; empty is one that is installed.",
                 changed_by=_IN_FILE),
    SettingField("speech_url", "The address of a speech server.", changed_by=_IN_FILE),
    SettingField("speech_model", "The model of the speech server.", changed_by=_IN_FILE),
    SettingField("speech_player", "A program that plays the audio of the speech server.",
                 changed_by=_IN_FILE),
)  # fmt: skip
"""Every setting, in the order in which they are shown: first those that /settings changes."""


def find_field(name: str) -> SettingField:
    """Return the setting called `name`. Raises InputRefused where there is none."""
    wanted = name.lower().replace("-", "_")
    for field in FIELDS:
        if field.name == wanted:
            return field
    names = [field.name for field in FIELDS]
    raise InputRefused(
        f"There is no setting {describe(name)}.{did_you_mean(wanted, names)} "
        f"The settings are: {', '.join(names)}."
    )


def read_change(
    name: str, text: str, settings: Settings, home: Home
) -> tuple[Mapping[str, object], str]:
    """Return the changes of Settings that `/settings NAME TEXT` asks for, and what to say then.

    Nothing is changed without a text. Raises InputRefused.
    """
    field = find_field(name)
    if not text:
        return {}, describe_setting(field, settings, home)
    value = field.parse(text, home)
    changed = replace(settings, **{field.name: value})  # type: ignore[arg-type]
    message = f"{field.name} is now {_typed(value) or 'empty'}. {field.note(changed)}"
    return {field.name: value}, message.rstrip()


def describe_setting(field: SettingField, settings: Settings, home: Home) -> str:
    """Return its value, its default, and what it does."""
    value = field.value_in(settings) or "empty"
    usual = _typed(field.default) or "empty"
    how = f" {field.changed_by} changes it." if field.changed_by else ""
    return f"{field.name} is {value} (default {usual}). {field.about(home)}{how}"


def settings_text(settings: Settings) -> str:
    """Return all settings as lines, each with its value and what it does."""
    lines = []
    for field in FIELDS:
        usual = _typed(field.default) or "empty"
        value = field.value_in(settings) or "empty"
        how = f"; {field.changed_by}" if field.changed_by else ""
        lines += [f"{field.name:<16} {value:<20} (default {usual}{how})", f"    {field.summary}"]
    hint = "Change one with /settings NAME VALUE, or with what is named behind its default."
    return "\n".join([*lines, "", hint])


def themes_text(settings: Settings, home: Home) -> str:
    """Return the names of the themes as lines."""
    lines = [
        f"{'*' if name == settings.theme else ' '} {name}" for name in theme_names(home.themes)
    ]
    return "\n".join(
        [*lines, "", "Choose one for the screen with /theme NAME; line mode has no colours."]
    )


def _typed(value: object) -> str:
    match value:
        case bool():
            return "on" if value else "off"
        case float():
            return f"{value:g}"
        case Mapping() | tuple():
            return f"{len(value)} set" if value else ""
    return str(value)
