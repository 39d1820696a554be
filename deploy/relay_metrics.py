"""The metrics of what became of requests whose replica was lost, for Ray's Prometheus endpoint."""

from collections import Counter
from typing import Any

from ray.serve import metrics

from deploy.relay import Lost

_DESCRIPTIONS: dict[Lost, str] = {
    "retried": "Requests asked again of another replica, before any text was sent.",
    "continued": "Replies of which another replica was asked for the rest.",
    "broken": "Requests that no replica answered to the end.",
}


class RelayMetrics:
    """The counts of one ingress."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """The same counts, and the `most_attempts` of one request."""
        self._counters: dict[Lost, Any] = {
            kind: metrics.Counter(f"grue_replies_{kind}", description=text)
            for kind, text in _DESCRIPTIONS.items()
        }

    def note(self, kind: Lost, attempts: int) -> None:
        """Count what became of a request for which so many replicas have been asked."""
        self._counters[kind].inc()
        self.counts[kind] += 1
        self.counts["most_attempts"] = max(self.counts["most_attempts"], attempts)
