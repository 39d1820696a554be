"""Build the application: `serve run deploy.app:build model=grue-135m`, or by a YAML file."""

from typing import Any

from ray import serve
from ray.serve.config import RequestRouterConfig

from deploy.ingress import Ingress
from deploy.replica import EngineReplica
from deploy.settings import DeploySettings, Routing

_ROUTERS: dict[Routing, str] = {
    "session": "ray.serve.experimental.consistent_hash_router.ConsistentHashRouter",
    # The public name, ray.serve.llm.request_router, cannot be imported without vLLM.
    "prefix": "ray.llm._internal.serve.routing_policies.prefix_aware.prefix_aware_router"
    ".PrefixCacheAffinityRouter",
}
"""Ray's own routers. Both are marked as experimental or alpha: the version of Ray is pinned."""

_HEAD = "node:__internal_head__"
"""Ray's own resource of the head: the machine that stays, while those of replicas may vanish."""

_QUEUE = 2
"""Requests that a replica accepts for each of its slots: the engine begins the next one at once."""


def build(settings: DeploySettings) -> Any:
    """Return the application, for `serve run` and `serve deploy`."""
    return _ingress(settings).bind(settings, _replicas(settings).bind(settings))


def _replicas(settings: DeploySettings) -> Any:
    options: dict[str, Any] = {}
    if settings.routing in _ROUTERS:
        options["request_router_config"] = RequestRouterConfig(
            request_router_class=_ROUTERS[settings.routing]
        )
    return serve.deployment(
        EngineReplica,
        name="Engine",
        ray_actor_options={"num_cpus": settings.threads, "num_gpus": settings.gpus},
        max_ongoing_requests=_QUEUE * settings.slots,
        autoscaling_config={
            "min_replicas": settings.min_replicas,
            "max_replicas": settings.max_replicas,
            "target_ongoing_requests": settings.ongoing_requests,
            "upscale_delay_s": settings.upscale_delay,
            "downscale_delay_s": settings.downscale_delay,
            "metrics_interval_s": 1,
            "look_back_period_s": 5,
        },
        health_check_period_s=2,
        health_check_timeout_s=900,  # a large model may load for that long
        graceful_shutdown_timeout_s=30,  # replies finish, as on the notice of a spot machine
        **options,
    )


def _ingress(settings: DeploySettings) -> Any:
    return serve.deployment(
        Ingress,
        name="Ingress",
        num_replicas=settings.ingress_replicas,
        ray_actor_options={"num_cpus": 0, "resources": {_HEAD: 0.001}},
        max_ongoing_requests=1000,  # it waits for the replicas, and works little
    )
