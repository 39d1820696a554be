"""The arguments of the application, as `args` of its YAML file has them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Routing = Literal["session", "prefix", "balanced"]


class DeploySettings(BaseModel):
    """What to serve, on how many replicas, and which of them answers."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    engine: Literal["llama.cpp", "vllm"] = "llama.cpp"
    model: str = ""
    """A catalog name or a `.gguf` file for llama.cpp; a folder or a hub id for vLLM."""
    context: int = Field(default=0, ge=0)
    """Tokens of a prompt and its reply; 0 is the model's own."""
    slots: int = Field(default=4, ge=1)
    """Replies of one replica at a time. More wait at the router, which then adds replicas."""
    threads: int = Field(default=1, ge=1)
    """CPU cores of one replica."""
    gpus: float = Field(default=0, ge=0)
    """GPUs of one replica; a whole number for vLLM, which splits the model over them."""
    min_replicas: int = Field(default=1, ge=0)
    max_replicas: int = Field(default=2, ge=1)
    ongoing_requests: float = Field(default=3, gt=0)
    """Requests that one replica should have on average: more replicas are added above it, and some
    removed below it."""
    upscale_delay: float = Field(default=10, ge=0)
    """Seconds."""
    downscale_delay: float = Field(default=300, ge=0)
    """Seconds. A replica that goes takes the cached prompts of its adventures with it."""
    routing: Routing = "session"
    """`session`: an adventure returns to the replica that its `X-Session-Id` belongs to. `prefix`:
    to the one that has read most of its prompt. `balanced`: Ray's default, power of two choices."""
    attempts: int = Field(default=6, ge=1)
    """Replicas that are asked for one reply, as long as each is lost before it is whole."""
    replica_wait: float = Field(default=100, gt=0)
    """Seconds that a request waits for a free replica, each time, and once its stream has begun
    also for another replica to begin with the rest; the game itself gives up after 120 seconds.
    More where the only replicas may have to start first, as with `min_replicas: 0`, or where a
    prompt takes longer to read."""
    hosts: tuple[str, ...] = ()
    """Names of this service in a Host header, besides those of the machine itself."""
    requests_per_minute: int = Field(default=600, ge=0)
    """Completions for each token and each replica of the ingress; 0 is no limit."""
    ingress_replicas: int = Field(default=1, ge=1)
