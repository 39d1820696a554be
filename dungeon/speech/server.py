"""Speak with an OpenAI-compatible speech endpoint: `POST /v1/audio/speech`, played by a program."""

import os

from dungeon.errors import GeneratorError
from dungeon.generator.http_client import ModelServerClient, Timeouts
from dungeon.generator.server_url import api_key_for
from dungeon.speech.command import parse_command, run_program

_PATH = "/v1/audio/speech"


class ServerVoice:
    """Asks the server for the audio of each sentence, and plays it."""

    def __init__(self, address: str, model: str, voice: str, player: str) -> None:
        """`player` is a command that plays a WAV file. Raises InputRefused."""
        self._player = parse_command(player)
        self._client = ModelServerClient(address, api_key_for(address, os.environ), Timeouts())
        self._options = {"model": model, "voice": voice, "response_format": "wav"}

    async def prepare(self, sentence: str) -> bytes:
        """Return the audio of a sentence. Raises GeneratorError."""
        response = await self._client.send(_PATH, self._options | {"input": sentence})
        try:
            if response.status_code != 200:
                raise await self._client.error_of(response)
            kind = response.headers.get("content-type", "audio/wav")
            if not kind.startswith(("audio/", "application/octet-stream")):
                raise GeneratorError(
                    f"{self._client.root}{_PATH} answered with {kind.partition(';')[0]}, which is "
                    "no audio. Is `speech_url` the address of a speech server?"
                )
            return await self._client.read(response)
        finally:
            await response.aclose()
            await self._client.close()

    async def speak(self, prepared: bytes) -> None:
        """Play the audio. Raises GrueError."""
        await run_program(self._player, prepared)
