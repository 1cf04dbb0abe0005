"""A recorder of metrics: what Prometheus would have scraped, as a file that promtool reads.

`promtool tsdb create-blocks-from openmetrics FILE` turns the file into data on which rules can be
evaluated. A process that does not answer is `up 0`, as in Prometheus.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.chaos.deployment import METRICS_TOKEN, Deployment
from tests.gateway import EMPTY_TLS_CONTEXT

SCRAPE_SECONDS, TIMEOUT_SECONDS = 5.0, 2
SAMPLE = re.compile(r"^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$", re.IGNORECASE)


@dataclass
class MetricsRecorder:
    """A recorder of every process's metrics, every five seconds."""

    file: Path

    @contextmanager
    def record(self, deployment: Deployment) -> Iterator[None]:
        """Record for the block, and end the file as OpenMetrics wants it."""
        ended = threading.Event()

        def run() -> None:
            with self.file.open("w") as out:
                while not ended.wait(SCRAPE_SECONDS):
                    for member in deployment.gateways:
                        now = f"{time.time():.3f}"
                        labels = f'instance="{member.name}",job="gateway"'
                        text = scrape_metrics(member.base)
                        out.write(f"up{{{labels}}} {int(text is not None)} {now}\n")
                        out.writelines(add_labels(text or "", labels, now))
                out.write("# EOF\n")

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join(60)


def scrape_metrics(base: str) -> str | None:
    """Return the metrics of a gateway as text, None if it does not answer."""
    try:
        answer = httpx2.get(
            f"{base}/metrics",
            headers={"Authorization": f"Bearer {METRICS_TOKEN}"},
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            verify=EMPTY_TLS_CONTEXT,
        )
    except httpx2.TransportError:
        return None
    return answer.text if answer.is_success else None


def add_labels(text: str, labels: str, now: str) -> Iterator[str]:
    """Yield each sample of a scrape with the labels of its target and its time."""
    for line in text.splitlines():
        if found := SAMPLE.match(line):
            name, own, value = found.groups()
            yield f"{name}{{{f'{own},' if own else ''}{labels}}} {value} {now}\n"
