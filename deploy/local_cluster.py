"""Ray on this machine for the time of a test or a measurement, with the application on it."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psutil
import ray
from ray import serve
from ray.serve.config import HTTPOptions

from deploy.app import build
from deploy.settings import DeploySettings
from dungeon.serving.listening import listen

TOKEN = "the-token-of-a-local-cluster"  # noqa: S105 - on loopback, while it runs

_PATIENCE = {"RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S": "120"}
"""On a machine whose cores are busy Ray otherwise kills its own proxy while it starts."""


@contextmanager
def local_cluster(cpus: int = 8, environment: dict[str, str] | None = None) -> Iterator[str]:
    """Run Ray with Serve's HTTP proxy on a free port, and give its address.

    Replicas are scheduled by `cpus`, however many the machine has.
    """
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    variables = {"GRUE_SERVE_TOKEN": TOKEN, **_PATIENCE, **(environment or {})}
    ray.init(
        num_cpus=cpus,
        include_dashboard=False,
        log_to_driver=False,
        object_store_memory=100 << 20,
        runtime_env={"env_vars": variables},
    )
    try:
        serve.start(http_options=HTTPOptions(host="127.0.0.1", port=port))
        yield f"http://127.0.0.1:{port}"
    finally:
        serve.shutdown()
        ray.shutdown()


def run(settings: DeploySettings) -> None:
    """Deploy the application, in place of one that runs, and wait until it serves."""
    serve.run(build(settings))


def engine_processes() -> list[int]:
    """Return the process ids of the replicas that have an engine."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):  # it may have ended just now
            if any("ServeReplica:default:Engine" in each for each in process.cmdline()):
                found.append(process.pid)
    return found


def relay_counts() -> dict[str, int]:
    """Return what the ingress counted of requests whose replica was lost."""
    ingress: Any = serve.get_deployment_handle("Ingress", "default")
    counts: dict[str, int] = ingress.counts.remote().result()
    return counts


def running_replicas() -> int:
    """Return how many replicas with an engine take requests."""
    status: Any = serve.status().applications["default"].deployments["Engine"]
    return int(status.replica_states.get("RUNNING", 0))


def kill_replica(process_id: int) -> None:
    """Kill a replica as the end of a spot machine does, its engine with it."""
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)
