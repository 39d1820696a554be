"""The child process that runs llama.cpp: `python -P llama_server.py`, started by the launcher.

Reads its settings as one line of JSON on standard input (keys: `model`, `name`, `token`,
`context_length`, `threads`, `log`, and optionally `lora`), answers with one line of JSON on
standard output (`{"address": ...}` or `{"error": ...}`), and serves HTTP on a random loopback port
until standard input ends. Imports nothing of the game, to start sooner.
"""

import json
import os
import signal
import sys
import threading
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
"""The number of prctl's option on Linux."""

BATCH_TOKENS = 256
"""Prompt tokens of one batch. Prefill can be cancelled only between two of them."""

_PROMPT_CACHE_MIB = 256
"""Memory for the prompts of other adventures, which then need not be read again."""


def main() -> NoReturn:
    """Load the model, serve it, and exit when the parent closes standard input or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the parent
    _die_with_parent()
    settings = json.loads(sys.stdin.buffer.readline() or "{}")
    if not settings:
        os._exit(0)
    answers = _redirect_output(settings.get("log"))
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    answer, _server = _start(settings)
    os.write(answers, json.dumps(answer).encode() + b"\n")
    if "error" in answer:
        os._exit(1)
    threading.Event().wait()
    os._exit(0)


def _die_with_parent() -> None:
    """Ask Linux to kill this process when its parent dies, even by SIGKILL."""
    if sys.platform != "linux":
        return
    import ctypes

    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _redirect_output(log: str | None) -> int:
    """Return standard output for the answer, and send whatever the engine prints to `log`."""
    answers = os.dup(1)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    sink = os.open(log or os.devnull, flags, 0o600)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    return answers


def _exit_at_end_of_input() -> NoReturn:
    """Exit without clean-up when the parent has ended: destroying the server can hang for ever."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)


def _start(settings: dict[str, Any]) -> tuple[dict[str, str], object]:
    """Return the answer for the parent, and the server, which must not be garbage-collected."""
    from xllamacpp import Server

    try:
        server = Server(_parameters(settings))
    except (RuntimeError, ValueError) as error:
        return {"error": str(error)}, None
    return {"address": server.listening_address}, server


def _parameters(settings: dict[str, Any]) -> Any:
    from xllamacpp import CommonAdapterLoraInfo, CommonParams

    params = CommonParams()
    params.model.path = settings["model"]
    params.model_alias = {settings["name"]}
    params.n_ctx = settings["context_length"]
    params.n_parallel = 1
    params.n_batch = params.n_ubatch = BATCH_TOKENS
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.fit_params = False  # takes 120 ms to find out what is set here
    params.verbosity = 1 if settings.get("log") else 0
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["token"]]
    params.cors_origins = "null"  # no page in a browser may use the engine
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    params.enable_chat_template = params.use_jinja = False
    params.lora_adapters = [
        CommonAdapterLoraInfo(path, scale) for path, scale in settings.get("lora", [])
    ]
    return params


if __name__ == "__main__":
    main()
