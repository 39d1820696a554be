"""Test speech with a voice that notes down, with a program, and with a scripted server."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from dungeon.errors import GrueError, InputRefused
from dungeon.settings import Settings
from dungeon.speech.command import CommandVoice, run_program
from dungeon.speech.server import ServerVoice
from dungeon.speech.speaker import Speaker
from dungeon.speech.voices import choose_voice
from tests.dungeon.generator.servers import Said, serving
from tests.patience import HUNG, loop_until
from tests.rows import every_row

REPLY = "The door opens. A lamp burns, and it is cold."


class NotingVoice:
    """Notes what it speaks; fails at a sentence that it is told."""

    def __init__(self, fails_at: str = "") -> None:
        self.spoken: list[str] = []
        self.fails_at = fails_at

    async def prepare(self, sentence: str) -> bytes:
        if sentence == self.fails_at:
            raise GrueError("The voice is hoarse.")
        return sentence.encode()

    async def speak(self, prepared: bytes) -> None:
        await asyncio.sleep(0)
        self.spoken.append(prepared.decode())


async def test_sentences_are_spoken_once_they_are_whole_and_each_once():
    voice = NotingVoice()
    speaker = Speaker(voice, pytest.fail)
    speaker.feed("The door opens. A lamp ")
    await loop_until(lambda: voice.spoken)
    assert voice.spoken == ["The door opens."]
    speaker.finish(REPLY)
    await speaker.wait()
    assert voice.spoken == ["The door opens.", "A lamp burns, and it is cold."]


async def test_what_was_saved_otherwise_is_spoken_from_the_difference_on():
    voice = NotingVoice()
    speaker = Speaker(voice, pytest.fail)
    speaker.feed("The door opens. A lamp burns. It")
    speaker.finish("The door opens. It is dark.")
    await speaker.wait()
    assert voice.spoken == ["The door opens.", "A lamp burns.", "It is dark."]


async def test_a_voice_that_fails_is_said_once_and_ends_the_speech():
    errors = []
    voice = NotingVoice(fails_at="A lamp burns, and it is cold.")
    speaker = Speaker(voice, errors.append)
    speaker.finish(REPLY)
    await speaker.wait()
    assert errors == ["The voice is hoarse."]
    assert voice.spoken == ["The door opens."]


def program(tmp_path: Path, code: str) -> str:
    """Return a command that runs `code` in this Python."""
    script = tmp_path / "voice.py"
    script.write_text(code)
    return f'"{sys.executable}" -S "{script}"'


async def test_a_program_gets_each_sentence_on_its_standard_input(tmp_path):
    heard = tmp_path / "heard.txt"
    code = f"import sys\nopen({str(heard)!r}, 'a').write(sys.stdin.read())"
    speaker = Speaker(CommandVoice(program(tmp_path, code)), pytest.fail)
    speaker.finish(REPLY)
    await speaker.wait()
    assert heard.read_text() == "The door opens.\nA lamp burns, and it is cold.\n"


async def test_a_program_that_is_cancelled_is_killed(tmp_path):
    started = tmp_path / "started"
    code = (
        "import os, time\n"
        f"print(os.getpid(), file=open({str(started)!r}, 'w'), flush=True)\n"
        "time.sleep(600)\n"
    )
    speaker = Speaker(CommandVoice(program(tmp_path, code)), pytest.fail)
    speaker.finish(REPLY)
    await loop_until(lambda: started.exists() and started.read_text())
    async with asyncio.timeout(HUNG):
        await speaker.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int(started.read_text()), 0)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("no-such-program-anywhere", "no-such-program-anywhere could not be started"),
        (f'"{sys.executable}" -c "import sys; sys.exit(\'out of breath\')"', "out of breath"),
    ],
)
async def test_a_program_that_fails_is_named(command, sentence):
    with pytest.raises(GrueError, match=sentence):
        await CommandVoice(command).speak(b"")


@every_row("command", ["", 'say "half'])
def test_a_command_that_cannot_be_read_is_refused(command):
    with pytest.raises(InputRefused, match=r"settings\.toml"):
        CommandVoice(command)


async def test_a_server_sends_the_audio_that_a_player_plays(tmp_path):
    heard = tmp_path / "heard"
    code = f"import sys\nopen({str(heard)!r}, 'ab').write(open(sys.argv[1], 'rb').read())"
    player = f"{program(tmp_path, code)} {{}}"
    audio = Said(b"RIFF1", headers={"Content-Type": "audio/wav"})
    async with serving({"/v1/audio/speech": audio}) as server:
        speaker = Speaker(ServerVoice(f"{server.address}/v1", "m", "v", player), pytest.fail)
        speaker.finish(REPLY)
        await speaker.wait()
        bodies = server.bodies("/v1/audio/speech")
    assert [body["input"] for body in bodies] == [
        "The door opens.",
        "A lamp burns, and it is cold.",
    ]
    assert bodies[0] | {"input": ""} == {
        "model": "m", "voice": "v", "response_format": "wav", "input": "",
    }  # fmt: skip
    assert heard.read_bytes() == b"RIFF1RIFF1"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Said({"error": {"message": "no such voice"}}, 400), "no such voice"),
        (Said({"object": "list"}, headers={"Content-Type": "application/json"}), "is no audio"),
        (Said(b"<html>", headers={"Content-Type": "text/html"}), "is no audio"),
    ],
)
async def test_a_server_without_audio_is_explained(answer, sentence):
    async with serving({"/v1/audio/speech": answer}) as server:
        with pytest.raises(GrueError, match=sentence):
            await ServerVoice(server.address, "m", "v", "player").prepare("Hello.")


async def test_data_is_given_to_a_file_or_to_standard_input(tmp_path):
    copy = tmp_path / "copy"
    code = f"import sys; open({str(copy)!r}, 'wb').write(sys.stdin.buffer.read())"
    await run_program([sys.executable, "-S", "-c", code], b"audio")
    assert copy.read_bytes() == b"audio"


def test_the_voice_is_the_servers_the_command_or_what_is_installed():
    def find(name):
        return name if name in ("espeak", "aplay") else None

    def nothing(name):
        return None

    assert isinstance(choose_voice(Settings(speech_command="piper"), nothing), CommandVoice)
    assert isinstance(choose_voice(Settings(), find), CommandVoice)
    url = Settings(speech_url="http://127.0.0.1:8880", speech_command="piper")
    assert isinstance(choose_voice(url, find), ServerVoice)
    with pytest.raises(InputRefused, match="No program that speaks"):
        choose_voice(Settings(), nothing)
    with pytest.raises(InputRefused, match="speech_player"):
        choose_voice(url, nothing)
