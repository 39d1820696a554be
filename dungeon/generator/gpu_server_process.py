"""The child process that runs a `llama-server`: `python -P gpu_server_process.py`.

To the launcher it is like `llama_server.py`: it reads the same settings, and `program`, as a line
of JSON on standard input, answers with `{"address": ...}` or `{"error": ...}`, and ends, with the
server, when standard input does. The server's key is in its environment, where other users cannot
read it, unlike its arguments.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

_HOST = "127.0.0.1"

_ALL_LAYERS = "999"
"""More layers than any model has."""

_BATCH_SIZE = "512"
"""What llama.cpp evaluates in one step by default. Prefill can be cancelled between two steps."""

_PROMPT_CACHE_MIB = "256"
"""As in the built-in engine; the default is gigabytes."""

_HELP_SECONDS = 20
_POLL_SECONDS = 0.05
_MAX_LINE = 4096
_SHOWN_LINES = 3
"""Lines of its output that an error quotes: the last ones say why."""


def main() -> NoReturn:
    """Start the server, answer once it is ready, and end with it, or when the parent ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the parent
    sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: it replaces no other module
    from dungeon.generator.llama_server import die_with_parent

    die_with_parent()
    os.umask(0o077)
    settings = json.loads(sys.stdin.buffer.readline() or "{}")
    if not settings:
        os._exit(0)
    port = _free_port()
    output = _Output(settings.get("log"))
    try:
        server = subprocess.Popen(  # noqa: S603 — a program of the player's own PATH
            _command(settings, port),
            env=os.environ | {"LLAMA_API_KEY": settings["token"]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent,  # no other thread runs yet, which would make this unsafe
        )
    except OSError as error:
        _fail(f"it cannot be started: {error.strerror}")
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    reading = threading.Thread(target=output.read, args=(server.stdout,), daemon=True)
    reading.start()
    if not _wait_until_ready(server, port):
        reading.join(timeout=1)
        _fail(f"it ended with status {server.returncode}{output.quoted}")
    _emit({"address": f"http://{_HOST}:{port}"})
    server.wait()
    os._exit(1)


def _emit(document: dict[str, str]) -> None:
    os.write(1, json.dumps(document).encode() + b"\n")


def _fail(reason: str) -> NoReturn:
    _emit({"error": reason})
    os._exit(1)


def _free_port() -> int:
    """Return a port that is free now. Where another program takes it first, the server ends."""
    with socket.create_server((_HOST, 0)) as server:
        port: int = server.getsockname()[1]
    return port


def _command(settings: dict[str, Any], port: int) -> list[str]:
    """Return the command line, with only such options of newer versions as this one has."""
    program = settings["program"]
    options = _options(program)
    arguments = {
        "--model": str(Path(settings["model"]).absolute()),
        "--alias": settings["name"],
        "--ctx-size": str(settings["context_length"] * settings["slots"]),
        "--parallel": str(settings["slots"]),
        "--threads": str(settings["threads"]),
        "--batch-size": _BATCH_SIZE,
        "--host": _HOST,
        "--port": str(port),
    }
    if "--fit" in options:
        arguments["--fit"] = "on"  # as many layers as fit; it would not change a number given here
    else:
        arguments["--n-gpu-layers"] = _ALL_LAYERS
    if "--cache-ram" in options:
        arguments["--cache-ram"] = _PROMPT_CACHE_MIB
    flags = [flag for flag in ("--jinja", "--no-webui") if flag in options]
    return [program, *(part for pair in arguments.items() for part in pair), *flags]


def _options(program: str) -> set[str]:
    """Return the options that the server knows; none where it does not say."""
    try:
        told = subprocess.run(  # noqa: S603
            [program, "--help"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_HELP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return set()
    return set(re.findall(r"--[a-z][a-z0-9-]*", told.stdout.decode("utf-8", "replace")))


def _end_with_parent(server: "subprocess.Popen[bytes]") -> NoReturn:
    """Wait until standard input ends, and kill the server, which has nothing to save."""
    while sys.stdin.buffer.readline():
        pass
    server.kill()
    os._exit(0)


def _wait_until_ready(server: "subprocess.Popen[bytes]", port: int) -> bool:
    """Return whether the server has loaded its model, rather than ended. The launcher decides how
    long that may take.
    """
    while server.poll() is None:
        connection = http.client.HTTPConnection(_HOST, port, timeout=2)
        try:
            connection.request("GET", "/health")
            if connection.getresponse().status == http.client.OK:
                return True
        except (OSError, http.client.HTTPException):
            pass  # it does not listen yet
        finally:
            connection.close()
        try:
            server.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    return False


class _Output:
    """What the server prints: its last lines, and all of it in a file where one is given."""

    def __init__(self, log: str | None) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._log = os.open(log or os.devnull, flags, 0o600)
        self._lines: deque[bytes] = deque(maxlen=_SHOWN_LINES)

    def read(self, stream: BinaryIO) -> None:
        """Read until the server ends."""
        while line := stream.readline(_MAX_LINE):
            os.write(self._log, line)
            if line.strip():
                self._lines.append(line.strip()[:200])

    @property
    def quoted(self) -> str:
        """The last lines, as the end of a sentence."""
        lines = [line.decode("utf-8", "replace") for line in self._lines]
        return f", and its last lines are: {' / '.join(lines)}" if lines else " and said nothing"


if __name__ == "__main__":
    main()
