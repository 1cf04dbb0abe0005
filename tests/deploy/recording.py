"""A recording of /metrics of a running system, and its judgement by the alert rules.

    python -m tests.deploy.recording record FILE --seconds 60 \
        gateway=http://127.0.0.1:8787 worker=http://127.0.0.1:9191
    python -m tests.deploy.recording judge FILE

A recording is OpenMetrics with timestamps: one sample a line, `up` included, which
`promtool tsdb create-blocks-from openmetrics` reads too. Judging prints for how long each alert
fired, as promtool evaluates the rules. A process that does not answer ends its series, as in
Prometheus.
"""

import argparse
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from tests.deploy.promtool import RULES, RUN_SECONDS, load_rules

SCRAPE_SECONDS, ANSWER_SECONDS, STOP_SECONDS = 5, 2, 60
END = "# EOF\n"
METRIC_NAME = re.compile(r"[a-z_]+")
FIRED = re.compile(r'\{alertname="(\w+)"\} ([\d.E+]+)')
Samples = Mapping[str, Mapping[int, str]]


class MetricsRecorder:
    """A recorder of some processes; each call of `scrape` adds one round to its file."""

    def __init__(self, targets: Mapping[str, str], file: TextIO, token: str = "") -> None:
        self.targets = targets
        self._file = file
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def scrape(self, now: float | None = None) -> int:
        """Write the samples of all targets, dated now; return how many targets answered."""
        now, answered = round(time.time() if now is None else now, 3), 0
        for url, job in self.targets.items():
            labels = f'job="{job}",instance="{url.partition("://")[2]}"'
            text = self._fetch(url)
            answered += text is not None
            self._file.write(f"up{{{labels}}} {int(text is not None)} {now}\n")
            for line in (text or "").splitlines():
                if not line.startswith("#"):
                    self._file.write(f"{_add_labels(line, labels)} {now}\n")
        self._file.flush()
        return answered

    def close(self) -> None:
        """End the file."""
        self._file.write(END)
        self._file.flush()

    def _fetch(self, url: str) -> str | None:
        request = urllib.request.Request(f"{url}/metrics", headers=self._headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
                return str(answer.read().decode())
        except OSError:
            return None


@contextmanager
def record_metrics(targets: Mapping[str, str], path: Path, token: str) -> Iterator[None]:
    """Record the targets, job by URL, into a file for the block."""
    ended = threading.Event()

    def scrape_until_ended() -> None:
        with path.open("w") as file:
            recorder = MetricsRecorder(targets, file, token)
            while not ended.is_set():
                recorder.scrape()
                ended.wait(SCRAPE_SECONDS)
            recorder.close()

    recording = threading.Thread(target=scrape_until_ended, daemon=True)
    recording.start()
    try:
        yield
    finally:
        ended.set()
        recording.join(STOP_SECONDS)


def judge_recording(path: Path, scrape_seconds: int = SCRAPE_SECONDS) -> dict[str, int]:
    """Return for how many seconds each alert fired in a recording, by its name."""
    samples = read_samples(path, scrape_seconds)
    rounds = 1 + max(number for series in samples.values() for number in series)
    series = [
        {"series": name, "values": _render_values(values, rounds)}
        for name, values in samples.items()
    ]
    end = rounds * scrape_seconds
    query = (
        'sum by (alertname) (count_over_time(ALERTS{alertstate="firing", alertname!="Watchdog"}'
        f"[{end + scrape_seconds}s]))"
    )
    test = {
        "interval": f"{scrape_seconds}s",
        "input_series": series,
        "promql_expr_test": [{"expr": query, "eval_time": f"{end}s", "exp_samples": []}],
    }
    document = {
        "rule_files": [str(file) for file in RULES],
        "evaluation_interval": f"{scrape_seconds}s",
        "tests": [test],
    }
    fired = {name: count * scrape_seconds for name, count in _run_judge(document).items()}
    if not any('job="worker"' in name for name in samples):
        fired.pop("NoWorker", None)  # no worker was asked, so nothing is known of them
    return fired


def read_samples(path: Path, scrape_seconds: int) -> Samples:
    """Read the samples that the rules use: by series, the value of each round."""
    used = {name for rule in load_rules() for name in METRIC_NAME.findall(rule["expr"])}
    samples: dict[str, dict[int, str]] = {}
    first = None
    for line in path.read_text().splitlines():
        if line.startswith("#"):
            continue
        name, value, moment = line.rsplit(" ", 2)
        first = float(moment) if first is None else first
        if name.partition("{")[0] in used and not math.isnan(float(value)):
            number = round((float(moment) - first) / scrape_seconds)
            samples.setdefault(name, {})[number] = value
    assert samples, f"no samples of ours in {path}"
    return samples


def _add_labels(line: str, labels: str) -> str:
    name, value = line.rsplit(" ", 1)
    name = f"{name[:-1]},{labels}}}" if name.endswith("}") else f"{name}{{{labels}}}"
    return f"{name} {value}"


def _render_values(values: Mapping[int, str], rounds: int) -> str:
    """Render a series in promtool's notation; one that is missing for a round has ended there."""
    words, was_there = [], False
    for number in range(rounds):
        value = values.get(number)
        words.append(value if value is not None else "stale" if was_there else "_")
        was_there = value is not None
    return " ".join(words)


def _run_judge(document: Mapping[str, object]) -> dict[str, int]:
    """Let promtool expect that nothing fires, and read from its report what did."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "recording.yml")
        file.write_text(json.dumps(document))  # JSON is YAML, and quicker to write
        ran = subprocess.run(
            ["promtool", "test", "rules", str(file)],
            capture_output=True,
            text=True,
            timeout=RUN_SECONDS,
            check=False,
        )
    fired = {name: round(float(count)) for name, count in FIRED.findall(ran.stdout + ran.stderr)}
    assert fired or ran.returncode == 0, f"{ran.stdout[-4000:]}{ran.stderr[-4000:]}"
    return fired


def main(words: Sequence[str]) -> int:
    """Record or judge; return 1 if a judged recording has an alert that fired."""
    parser = argparse.ArgumentParser(prog="python -m tests.deploy.recording")
    commands = parser.add_subparsers(dest="command", required=True)
    record = commands.add_parser("record", help="scrape /metrics every 5 seconds into a file")
    record.add_argument("file", type=Path)
    record.add_argument("targets", nargs="+", help="gateway=URL or worker=URL")
    record.add_argument("--seconds", type=float, default=threading.TIMEOUT_MAX)
    judge = commands.add_parser("judge", help="print for how long each alert fired")
    judge.add_argument("file", type=Path)
    asked = parser.parse_args(words)
    if asked.command == "record":
        pairs = (target.partition("=") for target in asked.targets)
        targets = {url: job for job, _, url in pairs}
        token = os.environ.get("KT_METRICS_TOKEN", "")
        with suppress(KeyboardInterrupt), record_metrics(targets, asked.file, token):
            time.sleep(asked.seconds)
        return 0
    fired = judge_recording(asked.file)
    for name, seconds in sorted(fired.items()):
        sys.stdout.write(f"{name}: {seconds} s\n")
    return 1 if fired else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
