"""The figures of docs/scale.md, measured or simulated on this machine.

    python -m bench.scale                    everything
    python -m bench.scale life partitions    some of it

Rates of a busy machine mean little; processor time, bytes, round trips and the simulations hold.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator

from bench.capacity import Figure
from bench.scale import backlog, life, partitions, regions, replica, shards

PARTS: dict[str, Callable[[], Iterator[Figure]]] = {
    "life": life.measure_life,
    "backlog": backlog.measure_backlog,
    "partitions": partitions.measure_partitions,
    "replica": replica.measure_replica,
    "shards": shards.simulate_shards,
    "regions": regions.measure_regions,
}


def main() -> int:
    """Print a table of each chosen part."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale")
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    chosen: list[str] = parser.parse_args().parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(
        f"Python {platform.python_version()}, {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f} at the start"
    )
    for name in chosen:
        print(f"\n| {name} | |\n| --- | --- |")
        for figure in PARTS[name]():
            print(figure, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
