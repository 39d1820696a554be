"""Run trainings in processes of their own, which can be killed, or train together.

The processes are forked from a server that has imported everything once, which takes seconds.
"""

import json
import multiprocessing as mp
import os
import signal
import socket
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from training.trainer.config import StopSignal, TrainConfig

IMPORTED = (
    "training.trainer.finetune",
    "tests.training.in_processes",
    "torch._dynamo",  # by the first step of an optimizer
    "torch.distributed.fsdp",  # by what shards a model
    "transformers.models.gpt2.modeling_gpt2",  # by what loads one
    "matplotlib.backends.backend_agg",  # by the plots of a finished training
    "matplotlib.figure",
)
"""What the server imports: otherwise each training would import it for itself, for seconds."""


def server() -> Any:
    """Return the multiprocessing context that forks from the server."""
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    return context


def start_training(corpus: Path, out: Path, config: TrainConfig, **environment: str) -> BaseProcess:
    """Start a training in a process of its own."""
    process: BaseProcess = server().Process(target=_train, args=(corpus, out, config, environment))
    process.start()
    return process


def wait_for(*processes: BaseProcess, seconds: float = 900) -> None:
    """Wait for processes, which have to succeed."""
    for process in processes:
        process.join(seconds)
        if process.exitcode != 0:
            for each in processes:
                each.kill()
            pytest.fail(f"A training ended with {process.exitcode}.")


def kill_when(process: BaseProcess, due: Callable[[], bool], seconds: float = 900) -> None:
    """Kill a process as a power cut would, as soon as it is `due`."""
    end = time.monotonic() + seconds
    while not due():
        if process.exitcode is not None or time.monotonic() > end:
            pytest.fail(f"The training was not there to be killed: {process.exitcode}.")
        time.sleep(0.002)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()


def terminate_when(process: BaseProcess, due: Callable[[], bool], seconds: float = 900) -> None:
    """Ask a process to end, as a spot machine is told before it goes, as soon as it is `due`."""
    end = time.monotonic() + seconds
    while not due():
        if process.exitcode is not None or time.monotonic() > end:
            pytest.fail(f"The training was not there to be stopped: {process.exitcode}.")
        time.sleep(0.002)
    os.kill(process.pid or 0, signal.SIGTERM)


def start_two_processes(
    corpus: Path, out: Path, config: TrainConfig, **environment: str
) -> list[BaseProcess]:
    """Start a training in two processes, as torchrun would."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    shared = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    ranks = ({"RANK": rank, "LOCAL_RANK": rank, "LOCAL_WORLD_SIZE": "2"} for rank in "01")
    shared |= environment
    return [start_training(corpus, out, config, **shared, **rank) for rank in ranks]


def history_path(out: Path) -> Path:
    """Return the file with the log of the training of `out`."""
    return out.with_suffix(".history.json")


def sharded_path(out: Path) -> Path:
    """Return a file that is there once sharded weights of the training of `out` were saved."""
    return out.with_suffix(".sharded")


def _train(corpus: Path, out: Path, config: TrainConfig, environment: dict[str, str]) -> None:
    import torch

    from training.cli.signals import stop_on_signals
    from training.data.corpus import read_corpus
    from training.models.loading import load_causal_lm
    from training.trainer.finetune import finetune

    os.environ.update({"OMP_NUM_THREADS": "1", **environment})
    torch.set_num_threads(1)
    torch.cpu.get_capabilities = dict  # float32 everywhere: rounding would hide other differences
    if place := os.environ.get("STOPS_AT"):
        _stop_at(Path(place))
    _note_shards(sharded_path(out))
    ends = os.environ.get("STOPS_AFTER")
    stop_signal = _stop_signal_of(Path(ends)) if ends else StopSignal()
    with stop_on_signals(stop_signal):
        result = finetune(
            read_corpus(corpus), out, config, load=load_causal_lm, stop_signal=stop_signal
        )
    if result.is_main_process:
        history_path(out).write_text(json.dumps(result.history), encoding="utf-8")


def _stop_signal_of(place: Path) -> StopSignal:
    """Return a signal to stop as soon as `place` exists, in every process at the same step."""

    class ExistsSignal(StopSignal):
        @property
        def stop(self) -> bool:
            return place.exists()

        @stop.setter
        def stop(self, value: bool) -> None:
            """Nothing else stops it."""

    return ExistsSignal()


def _note_shards(place: Path) -> None:
    """Create `place` when weights are gathered of which there are shards."""
    from torch.distributed.tensor import DTensor

    from training.trainer import sharding

    gather = sharding.gather_weights

    def gather_weights(model: Any, *, keep: bool) -> Any:
        if all(isinstance(each, DTensor) for each in model.parameters()):
            place.touch()
        return gather(model, keep=keep)

    sharding.gather_weights = gather_weights


def _stop_at(place: Path) -> None:
    """Let no flush return once `place` exists, so that a kill hits an unfinished save."""
    whole = os.fsync

    def fsync(handle: int) -> None:
        while place.exists():
            time.sleep(60)
        whole(handle)

    os.fsync = fsync
