"""The settings that hold for every adventure, as both front ends show and change them.

The model, its sampling and the length of replies have commands and screens of their own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from dungeon.errors import InputRefused
from dungeon.files.home import Home
from dungeon.files.toml_file import describe, suggest
from dungeon.settings import Settings
from dungeon.settings.engine_choice import ENGINE_CHOICES
from dungeon.settings.themes import find_theme, theme_names
from dungeon.speech.voices import choose_voice


def _speech_problem(settings: Settings) -> str:
    """Return why nothing can be spoken; empty where it can."""
    try:
        if settings.speech:
            choose_voice(settings)
    except InputRefused as error:
        return str(error)
    return ""


_SWITCH = {"on": True, "off": False}
_DEFAULT = "default"
_EMPTY = "-"


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting: a switch, a number or a text, by the type of its default."""

    name: str
    """The field of Settings."""
    summary: str
    find: Callable[[str, Home], str] | None = None
    """Returns the one of its choices that was typed, where it has choices. Raises InputRefused."""
    choices: Callable[[Home], tuple[str, ...]] = lambda _home: ()

    note: Callable[[Settings], str] = lambda _settings: ""
    """What there is to say of its value in settings that were just changed, if anything."""

    @property
    def default(self) -> bool | int | str:
        """The value that it has unless the player changes it."""
        value: bool | int | str = getattr(Settings(), self.name)
        return value

    def value_in(self, settings: Settings) -> str:
        """Return its value as it is typed: "on", "72", "grue"."""
        return _typed(getattr(settings, self.name))

    def parse(self, text: str, home: Home) -> bool | int | str:
        """Return the value that `text` says. Raises InputRefused."""
        wanted = text.strip()
        if wanted.lower() == _DEFAULT:
            return self.default
        if isinstance(self.default, bool):
            if wanted.lower() not in _SWITCH:
                raise InputRefused(f"{self.name} is on or off, not {describe(wanted)}.")
            return _SWITCH[wanted.lower()]
        if isinstance(self.default, int):
            if not (wanted.isdecimal() and len(wanted) < 10):  # Python reads no number of thousands
                raise InputRefused(f"{self.name} is a whole number, not {describe(wanted)}.")
            return int(wanted)
        if self.find:
            return self.find(wanted, home)
        return "" if wanted == _EMPTY else wanted

    def next_value(self, settings: Settings, home: Home, step: int) -> str:
        """Return the value `step` places on, as it is typed; the same where there is no order."""
        value = getattr(settings, self.name)
        if isinstance(value, bool):
            return _typed(not value)
        if isinstance(value, int):
            return str(max(value + step, 0))
        names = self.choices(home)
        if not names:
            return str(value)
        at = names.index(value) if value in names else 0
        return names[(at + step) % len(names)]


FIELDS = (
    SettingField(
        "theme",
        "The colours of the screen.",
        lambda name, home: find_theme(name, home.themes),
        lambda home: theme_names(home.themes),
    ),
    SettingField("reduced_motion", "Nothing moves or blinks by itself."),
    SettingField(
        "bell", "Ring at the end of a reply that took a while, or when you look elsewhere."
    ),
    SettingField("speech", "Speak replies while they are written.", note=_speech_problem),
    SettingField("speech_voice", "The voice of a speech server; `speech_url` in settings.toml."),
    SettingField("width", "The most columns that a line of the story has, 40 to 120."),
    SettingField(
        "retrieval", "Quote earlier turns that match your action; from the next adventure on."
    ),
    SettingField("recap", "After a pause, say what happened before."),
    SettingField(
        "write_ahead", "Write the next continuation while you read; from the next adventure on."
    ),
    SettingField(
        "context_length",
        "Tokens of prompt and reply; 0 suits the model. From the next start of the game on.",
    ),
    SettingField(
        "threads", "Threads of the engine; 0 is one less than cores. From the next start on."
    ),
    SettingField(
        "engine",
        "What plays .gguf files: auto is a llama-server where there is a GPU. From the next start.",
        lambda name, _home: _find_engine(name),
        lambda _home: ENGINE_CHOICES,
    ),
)
"""The settings, in the order in which they are shown."""


def find_field(name: str) -> SettingField:
    """Return the setting called `name`. Raises InputRefused where there is none."""
    wanted = name.lower().replace("-", "_")
    for field in FIELDS:
        if field.name == wanted:
            return field
    names = [field.name for field in FIELDS]
    raise InputRefused(
        f"There is no setting {describe(name)}.{suggest(wanted, names)} "
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
        return {}, describe_setting(field, settings)
    value = field.parse(text, home)
    changed = replace(settings, **{field.name: value})  # type: ignore[arg-type]
    message = f"{field.name} is now {_typed(value) or 'empty'}. {field.note(changed)}"
    return {field.name: value}, message.rstrip()


def describe_setting(field: SettingField, settings: Settings) -> str:
    """Return its value, its default, and what it does."""
    value = field.value_in(settings) or "empty"
    return f"{field.name} is {value} (default {_typed(field.default) or 'empty'}). {field.summary}"


def settings_text(settings: Settings) -> str:
    """Return all settings as lines, each with its value and what it does."""
    lines = []
    for field in FIELDS:
        usual = _typed(field.default) or "empty"
        value = field.value_in(settings) or "empty"
        lines += [f"{field.name:<16}{value:<20}(default {usual})", f"    {field.summary}"]
    hint = "Change one with /settings NAME VALUE. Scripts have settings of their own: /scripts."
    return "\n".join([*lines, "", hint])


def themes_text(settings: Settings, home: Home) -> str:
    """Return the names of the themes as lines."""
    lines = [
        f"{'*' if name == settings.theme else ' '} {name}" for name in theme_names(home.themes)
    ]
    return "\n".join(
        [*lines, "", "Choose one for the screen with /theme NAME; line mode has no colours."]
    )


def _find_engine(name: str) -> str:
    """Return the engine called `name`. Raises InputRefused."""
    if name.lower() not in ENGINE_CHOICES:
        raise InputRefused(f"engine is {', '.join(ENGINE_CHOICES)}, not {describe(name)}.")
    return name.lower()


def _typed(value: bool | int | str) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)
