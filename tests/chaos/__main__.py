"""The command of a chaos run: `python -m tests.chaos --minutes 120 --seed 1 --report FILE`.

It exits with 1 if a promise was broken. Its log files stay in `--folder` if that is given.
"""

import argparse
import logging
import secrets
import sys
import tempfile
from pathlib import Path

from tests.chaos.deployment import run_deployment
from tests.chaos.report import render_report
from tests.chaos.run import ChaosRun, FaultResult


def main() -> int:
    """Run for so many minutes, and print the report."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--minutes", type=float, required=True, help="How long faults are made.")
    parser.add_argument("--seed", type=int, help="Which faults, in which order; a random one.")
    parser.add_argument("--report", type=Path, help="Write the report here too.")
    parser.add_argument("--metrics", type=Path, help="Record the metrics of all processes here.")
    parser.add_argument("--folder", type=Path, help="Keep logs and data here.")
    options = parser.parse_args()
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory(prefix="kt-chaos-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with run_deployment(folder) as deployment:
            run = ChaosRun(deployment, seed, metrics=options.metrics, report_fault=print_fault)
            result = run.run_for(options.minutes * 60)
    report = render_report(result)
    if options.report is not None:
        options.report.write_text(report)
    sys.stdout.write(report)
    return 1 if result.verdict.broken else 0


def print_fault(fault: FaultResult) -> None:
    """Print a fault to stderr as it ends, for who watches."""
    sys.stderr.write(
        f"{fault.kind} ({fault.target}) held {fault.held_seconds:.1f} s:"
        f" accepts after {fault.answer_seconds:.1f} s, job after {fault.job_seconds:.1f} s\n"
    )


if __name__ == "__main__":
    sys.exit(main())
