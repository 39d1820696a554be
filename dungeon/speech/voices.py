"""Choose the voice that the settings ask for, or a program that this machine has."""

import shutil
from collections.abc import Callable

from dungeon.errors import InputRefused
from dungeon.settings import Settings
from dungeon.speech.command import FILE, CommandVoice
from dungeon.speech.speaker import Voice

_SPEAKERS = ("say", "espeak-ng", "espeak", "spd-say --wait --pipe-mode")
"""Programs that speak what is on their standard input, the first that is installed."""

_PLAYERS = (
    "mpv --no-terminal -",
    "ffplay -nodisp -autoexit -loglevel error -",
    "aplay -q -",
    f"afplay {FILE}",
    f"paplay {FILE}",
)
"""Programs that play a WAV file, the first that is installed."""

NO_SPEAKER = (
    "No program that speaks is installed. Install espeak-ng, or set `speech_command` or "
    "`speech_url` in settings.toml; docs/comfort.md says how."
)

Find = Callable[[str], str | None]


def choose_voice(settings: Settings, find: Find = shutil.which) -> Voice:
    """Return the voice; a server before a command. Raises InputRefused where there is none."""
    if settings.speech_url:
        from dungeon.speech.server import ServerVoice

        player = settings.speech_player or _installed(_PLAYERS, find)
        if not player:
            raise InputRefused(
                "No program that plays audio is installed. Install mpv, or set `speech_player` in "
                "settings.toml."
            )
        return ServerVoice(
            settings.speech_url, settings.speech_model, settings.speech_voice, player
        )
    command = settings.speech_command or _installed(_SPEAKERS, find)
    if not command:
        raise InputRefused(NO_SPEAKER)
    return CommandVoice(command)


def _installed(commands: tuple[str, ...], find: Find) -> str:
    """Return the first command whose program is installed, or an empty string."""
    return next((command for command in commands if find(command.split()[0])), "")
