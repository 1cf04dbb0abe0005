"""How quick Lighthouse finds `/dashboard` and a full `/create` on a mid-range phone.

    python -m bench.pages               five rounds of each
    python -m bench.pages --rounds 3

Lighthouse counts what a page would cost a slow phone on a slow network. Other work on the same
cores costs points, so measure on a quiet machine. Needs Node 20 with npm, and Chromium. The goal
is 95.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.gateway import serve_gateway
from tests.node_tools import LIGHTHOUSE, ToolBench, fill_grid, judge_page

PATHS, ROUNDS, LEAST_SCORE = ("/dashboard", "/create"), 5, 95
CATEGORIES = ("performance",)
TIMES = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time")


def main() -> int:
    """Print the score and the times of each page; return 1 if a median is below the goal."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, serve_gateway(Path(folder, "data")) as gateway:
        bench = ToolBench(Path(folder))
        bench.install_tools(LIGHTHOUSE)
        with gateway.account("5") as account:
            fill_grid(account)
            medians = [
                print_scores(
                    path,
                    [judge_page(bench, gateway, account, path, CATEGORIES) for _ in range(rounds)],
                )
                for path in PATHS
            ]
    return 0 if min(medians) >= LEAST_SCORE else 1


def print_scores(path: str, reports: Sequence[dict[str, Any]]) -> float:
    """Print what several reports say of a page; return the median of their scores."""
    scores = [100 * each["categories"]["performance"]["score"] for each in reports]
    told = [f"{path:12} {statistics.median(scores):.0f}  ({min(scores):.0f}-{max(scores):.0f})"]
    for name in TIMES:
        spent = statistics.median(each["audits"][name]["numericValue"] for each in reports)
        told.append(f"{name} {spent:.0f} ms")
    print(*told, sep="  ")
    return float(statistics.median(scores))


if __name__ == "__main__":
    sys.exit(main())
