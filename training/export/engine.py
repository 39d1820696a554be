"""Provides the engine that the game plays GGUF files with, to check a file that was just written.

Starts the game's own child process by its path and speaks HTTP to it: llama.cpp is never loaded
into this process, and nothing of the game is imported. Knows nothing of how files are written.
"""

import importlib.util
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from dungeon.errors import EngineStopped
from dungeon.text import clean_line

_CHILD = "dungeon.generator.llama_server"
_ANSWER_SECONDS = 600

_FORCED = 1e6
"""A bias that leaves no other choice."""


class Engine:
    """A running llama.cpp with one model."""

    def __init__(self, address: str, token: str) -> None:
        headers = {"Authorization": f"Bearer {token}", "Connection": "close"}
        self._client = httpx.Client(
            base_url=address, headers=headers, timeout=_ANSWER_SECONDS, trust_env=False
        )
        self._plain = self.tokens("a")[-1]

    def tokens(self, text: str) -> list[int]:
        """Return the tokens of `text` by the file's tokenizer."""
        return list(self._ask("/tokenize", content=text)["tokens"])

    def likeliest(self, prompt: list[int], count: int) -> dict[int, float]:
        """Return the `count` likeliest next tokens after `prompt`, each with its log-probability.

        A plain letter is forced upon it as its answer, because it tells no probabilities along with
        half a character or the end of a text; they are those from before the forcing.
        """
        answer = self._ask(
            "/completion",
            prompt=prompt,
            n_predict=1,
            n_probs=count,
            logit_bias=[[self._plain, _FORCED]],
        )
        (chosen,) = answer["completion_probabilities"]
        return {entry["id"]: float(entry["logprob"]) for entry in chosen["top_logprobs"]}

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _ask(self, path: str, **document: Any) -> Any:
        try:
            response = self._client.post(path, json=document)
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise EngineStopped(f"The engine failed at {path}: {clean_line(str(error))}") from error


@contextmanager
def running(path: Path, context_length: int, adapters: tuple[Path, ...] = ()) -> Iterator[Engine]:
    """Give an engine that has loaded the file at `path`; it ends afterwards.

    Raises EngineStopped where it cannot load the file.
    """
    token = secrets.token_urlsafe(24)
    settings = {
        "model": str(path.resolve()),
        "name": path.stem,
        "token": token,
        "context_length": context_length,
        "threads": 1,
        "lora": [(str(adapter.resolve()), 1.0) for adapter in adapters],
    }
    child = subprocess.Popen(  # noqa: S603 - this Python, and a file of ours
        [sys.executable, "-P", _child_path()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        engine = Engine(_address(child, settings), token)
        try:
            yield engine
        finally:
            engine.close()
    finally:
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()
        child.wait()


def _child_path() -> str:
    found = importlib.util.find_spec(_CHILD)
    if found is None or found.origin is None:
        raise EngineStopped("The engine is not installed, so the file cannot be checked.")
    return found.origin


def _address(child: subprocess.Popen[bytes], settings: dict[str, Any]) -> str:
    """Send the settings and return the address in the answer."""
    try:
        if child.stdin is None or child.stdout is None:
            raise EngineStopped("The engine was started without a way to speak to it.")
        child.stdin.write(json.dumps(settings).encode() + b"\n")
        child.stdin.flush()
        answer = json.loads(child.stdout.readline() or b"{}")
    except (OSError, ValueError) as error:
        raise EngineStopped(f"The engine stopped while loading {settings['model']}.") from error
    match answer:
        case {"address": str(address)}:
            return address
        case _:
            reason = clean_line(str(answer.get("error") or "no reason given")).rstrip(".")
            raise EngineStopped(f"The engine cannot load {settings['model']} ({reason}).")
