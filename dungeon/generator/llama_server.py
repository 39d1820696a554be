"""The child process that runs llama.cpp: `python -P llama_server.py`, started by the launcher.

Reads its settings as one line of JSON on standard input (keys: `model`, `name`, `token`,
`context_length`, `slots`, `threads`, `batch_size`, `log`, `chat`, and optionally `slot_folder` and
`lora`), answers with one line of JSON on standard output (`{"address": ...}` or `{"error": ...}`),
and serves HTTP on a random loopback port until standard input ends. Imports nothing of the game, to
start sooner.

What else the parent wants comes as further lines. A prompt that is to be read before anybody asks
for it (`{"prompt": "..."}`) is not answered. Guided requests do not come by HTTP, where each of
their tokens would cost two requests: they are lines (`{"guided": {...}}`, and `{"cancel": true}`),
answered by lines on standard output, the last of them `{"end": true}`.
"""

import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

_PR_SET_PDEATHSIG = 1
"""The number of prctl's option on Linux."""

_PROMPT_CACHE_MIB = 256
"""Memory for the prompts of other adventures, which then need not be read again."""


def main() -> NoReturn:
    """Load the model, serve it, and exit when the parent closes standard input or ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C in the terminal is for the parent
    die_with_parent()
    os.umask(0o077)  # a saved slot contains the text of a story
    settings = json.loads(sys.stdin.buffer.readline() or "{}")
    if not settings:
        os._exit(0)
    sys.path.append(str(Path(__file__).resolve().parents[2]))  # last: it replaces no other module
    answers = _redirect_output(settings.get("log"))
    lines: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
    cancelled = threading.Event()
    threading.Thread(target=_read_input, args=(lines, cancelled), daemon=True).start()
    answer, server = _start(settings)

    def emit(document: dict[str, Any]) -> None:
        os.write(answers, json.dumps(document).encode() + b"\n")

    emit(answer)
    if "error" in answer:
        os._exit(1)
    while True:
        match lines.get():
            case {"guided": request}:
                _answer_guided(server, request, emit, cancelled)
            case {"prompt": prompt}:
                _read_ahead(server, prompt)


def die_with_parent() -> None:
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


def _read_input(lines: "queue.SimpleQueue[dict[str, Any]]", cancelled: threading.Event) -> NoReturn:
    """Queue what the parent sends, and exit without clean-up when it has ended: destroying the
    server can hang for ever.
    """
    while line := sys.stdin.buffer.readline():
        document = json.loads(line)
        if "cancel" in document:
            cancelled.set()
            continue
        if "guided" in document:
            cancelled.clear()
        lines.put(document)
    os._exit(0)


def _read_ahead(server: Any, prompt: str) -> None:
    """Read `prompt` into the slot; where that fails, whoever asks for it is told."""
    document = {"prompt": prompt, "max_tokens": 0, "cache_prompt": True}
    server.handle_completions(document, lambda _: False)


def _answer_guided(
    server: Any,
    request: dict[str, Any],
    emit: Callable[[dict[str, Any]], None],
    cancelled: threading.Event,
) -> None:
    from dungeon.generator.guided_decoding import (
        GuidedDecoder,
        GuidedDecodingError,
        GuidedRequest,
    )

    decoder = GuidedDecoder(server.handle_completions, emit, cancelled.is_set)
    try:
        decoder.run(GuidedRequest.from_dict(request))
    except GuidedDecodingError as error:
        emit({"error": str(error)})
    emit({"end": True})


def _start(settings: dict[str, Any]) -> tuple[dict[str, str], object]:
    """Return the answer for the parent, and the server, which must not be garbage-collected."""
    from xllamacpp import Server

    try:
        server = Server(_parameters(settings))
    except (RuntimeError, ValueError) as error:
        return {"error": str(error)}, None
    return {"address": server.listening_address}, server


def _parameters(settings: dict[str, Any]) -> Any:
    from xllamacpp import CommonAdapterLoraInfo, CommonParams, llama_flash_attn_type

    params = CommonParams()
    params.model.path = settings["model"]
    params.model_alias = {settings["name"]}
    params.n_ctx = settings["context_length"] * settings["slots"]
    params.n_parallel = settings["slots"]
    params.kv_unified = False  # each slot keeps its own prompt
    params.n_batch = params.n_ubatch = settings["batch_size"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    params.cache_ram_mib = _PROMPT_CACHE_MIB
    params.cache_idle_slots = (
        False  # copying the other slot at each request costs more than its step
    )
    # As many layers on a GPU as fit; without one it takes 120 ms to find out what is set here.
    params.fit_params = has_gpu = _has_gpu()
    if not has_gpu:
        # slower by a seventh for a whole prompt, faster by up to two fifths for everything after
        params.flash_attn_type = llama_flash_attn_type.LLAMA_FLASH_ATTN_TYPE_DISABLED
    params.verbosity = 1 if settings.get("log") else 0
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["token"]]
    params.cors_origins = "null"  # no page in a browser may use the engine
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    if folder := settings.get("slot_folder"):
        params.slot_save_path = os.path.join(folder, "")  # noqa: PTH118 — with its separator
    params.enable_chat_template = params.use_jinja = settings["chat"]
    params.lora_adapters = [
        CommonAdapterLoraInfo(path, scale) for path, scale in settings.get("lora", [])
    ]
    return params


def _has_gpu() -> bool:
    """Whether the engine was built with a GPU that is here."""
    from xllamacpp import get_device_info
    from xllamacpp import ggml_backend_dev_type as kinds

    gpus = (kinds.GGML_BACKEND_DEVICE_TYPE_GPU, kinds.GGML_BACKEND_DEVICE_TYPE_IGPU)
    return any(device["type"] in gpus for device in get_device_info())


if __name__ == "__main__":
    main()
