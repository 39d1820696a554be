"""Measure Ray's request routers on two replicas: cached prompt tokens and time to first token.

    python -m benchmarks.routing [--players 6] [--seconds 40] [--think 2,0.3]

Needs the extra `deploy`. The players of `benchmarks.players` play on a local Ray, with each router
in turn and new replicas of the CPU engine, whose caches are empty.
"""

import argparse
import asyncio

from benchmarks.distribution import Distribution
from benchmarks.players import Load, measure, percentile
from deploy.local_cluster import TOKEN, local_cluster, run
from deploy.settings import DeploySettings, Routing

_ROUTERS: tuple[Routing, ...] = ("balanced", "session", "prefix")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--players", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=40)
    parser.add_argument("--think", type=Distribution.parse, default=Distribution(2, 0.3))
    parser.add_argument("--slots", type=int, default=4, help="of each of the two replicas")
    options = parser.parse_args()
    print("| router | turns | cached | first token p50 | p95 | failures |")
    print("|---|---|---|---|---|---|")
    with local_cluster() as address:
        for router in _ROUTERS:
            run(
                DeploySettings(
                    context=1024,
                    slots=options.slots,
                    min_replicas=2,
                    routing=router,
                    requests_per_minute=0,
                )
            )
            load = Load(
                address,
                "",
                options.think,
                Distribution(5, 0.5),
                Distribution(20, 0.3),
                opening=220,
                context=900,
                seconds=options.seconds,
            )
            result, _ = asyncio.run(measure(load, options.players, TOKEN))
            times = " | ".join(f"{percentile(result.first_token, p):.2f} s" for p in (0.5, 0.95))
            turns = len(result.first_token)
            print(
                f"| {router} | {turns} | {result.cached} | {times} | {result.failures} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
