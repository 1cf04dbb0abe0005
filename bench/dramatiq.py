"""Dramatiq as we set it up, beside the bare Redis commands it stands on.

Run it as `python -m bench.dramatiq`; by its path, this file would hide the library of its name.
Floor and subject alternate; a ratio is of one round, and the table shows their median.
"""

import os
import platform
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dramatiq
import redis

from gateway.kit.messaging.broker import build_broker
from tests.services.valkey import ValkeyServer

ROUNDS, SECONDS, MESSAGES, PICK_UPS = 3, 3.0, 5_000, 60
QUEUE, REPORT_LIST, BARE_LIST = "cpu", "bench:seen", "bench:bare"
LEASE_SECONDS = 60
URL_VARIABLE = "BENCH_REDIS_URL"
WORKER_OPTIONS = ("--processes", "1", "--queues", QUEUE, "--worker-shutdown-timeout", "30000")


@dataclass(frozen=True)
class Row:
    """A line of the table; without a goal it only explains its neighbor."""

    name: str
    values: list[float]
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""

    @property
    def meets_goal(self) -> bool:
        """Return True if the median meets the goal."""
        median = statistics.median(self.values)
        too_low = self.at_least is not None and median < self.at_least
        too_high = self.at_most is not None and median > self.at_most
        return not (too_low or too_high)

    def __str__(self) -> str:
        """Return median, range and goal as a line."""
        median, low, high = statistics.median(self.values), min(self.values), max(self.values)
        goal = "" if self.at_least is None else f"≥ {self.at_least:g}{self.unit}"
        goal = goal if self.at_most is None else f"≤ {self.at_most:g}{self.unit}"
        verdict = "" if not goal else "ok" if self.meets_goal else "MISSED"
        shown, spread = f"{median:.2f}{self.unit}", f"{low:.2f} - {high:.2f}"
        return f"{self.name:<42}{shown:>10}{spread:>16}{goal:>10}  {verdict}".rstrip()


def main() -> int:
    """Measure everything once; return 1 if a goal is missed."""
    with ValkeyServer() as server, connect(server.url) as client:
        server_info = client.info("server")
        name = "Valkey" if "valkey_version" in server_info else "Redis"
        print(
            f"dramatiq {version('dramatiq')}, redis-py {version('redis')}, "
            f"{name} {server_info.get('valkey_version', server_info['redis_version'])}, "
            f"Python {platform.python_version()}, {os.cpu_count()} cores, "
            f"load {os.getloadavg()[0]:.1f}; kept in memory only"
        )
        print(f"{'':<42}{'median':>10}{'range':>16}{'must':>10}")
        rows = []
        for measure in (
            measure_enqueue,
            measure_consume,
            measure_default_consume,
            measure_pick_up,
            measure_redelivery,
        ):
            client.flushdb()
            rows.append(measure(server.url, client))
            print(rows[-1], flush=True)
    return 0 if all(row.meets_goal for row in rows) else 1


def measure_enqueue(url: str, client: "redis.Redis") -> Row:
    """Measure how fast one thread sends: our broker against LPUSH of the same bytes."""
    broker = set_up(url)
    body = build_message("count", MESSAGES).encode()
    ratios = []
    for _ in range(ROUNDS):
        floor = count_per_second(lambda: client.lpush(BARE_LIST, body))
        client.flushdb()
        ratios.append(
            count_per_second(lambda: broker.enqueue(build_message("count", MESSAGES))) / floor
        )
        client.flushdb()
    return Row("enqueue / LPUSH", ratios, at_least=0.5)


def measure_consume(url: str, client: "redis.Redis") -> Row:
    """Measure a full queue with our prefetch: no more messages than threads."""
    ratios = measure_consume_ratios(url, client, prefetch=8)
    return Row("consume, 8 threads / BRPOP", ratios, at_least=0.2)


def measure_default_consume(url: str, client: "redis.Redis") -> Row:
    """Measure a full queue with the library's default prefetch.

    Its consumer sleeps whenever it holds that many messages, so more prefetch is not faster.
    """
    ratios = measure_consume_ratios(url, client, prefetch=16)
    return Row("  the same with prefetch 16, the default", ratios)


def measure_consume_ratios(url: str, client: "redis.Redis", *, prefetch: int) -> list[float]:
    """Compare 8 threads of one worker with BRPOP on one connection."""
    broker = set_up(url)
    body = build_message("count", MESSAGES).encode()
    ratios = []
    for _ in range(ROUNDS):
        for _ in range(MESSAGES):
            client.lpush(BARE_LIST, body)
            broker.enqueue(build_message("count", MESSAGES))
        begin = time.perf_counter()
        for _ in range(MESSAGES):
            client.brpop([BARE_LIST])
        floor = time.perf_counter() - begin
        with run_worker(url, threads=8, prefetch=prefetch):
            ratios.append(floor / wait_for_report(client))
        client.flushdb()
    return ratios


def measure_pick_up(url: str, client: "redis.Redis") -> Row:
    """Measure the wait for an idle worker, at different moments of its polling."""
    broker = set_up(url)
    waits = []
    with run_worker(url, threads=8):
        broker.enqueue(build_message("report"))
        wait_for_report(client)  # the worker is up
        for turn in range(PICK_UPS):
            time.sleep(0.2 + 0.1 * (turn * 0.618 % 1))
            sent = time.time()
            broker.enqueue(build_message("report"))
            waits.append((wait_for_report(client) - sent) * 1000)
    return Row("idle pick-up, p50", waits, at_most=150, unit=" ms")


def measure_redelivery(url: str, client: "redis.Redis") -> Row:
    """Measure the wait for redelivery: a worker is killed with a message, another one gets it."""
    broker = set_up(url)
    waits = []
    for _ in range(ROUNDS):
        with run_worker(url, threads=1) as holder:
            broker.enqueue(build_message("linger"))
            wait_for_report(client)
            with run_worker(url, threads=1):
                broker.enqueue(build_message("report"))
                wait_for_report(client)  # the second one is up: the first is busy
                os.killpg(holder, signal.SIGKILL)
                killed = time.time()
                waits.append(wait_for_report(client) - killed)
        client.flushdb()
    goal = LEASE_SECONDS + 5
    return Row("wake-up again after kill -9 of its worker", waits, at_most=goal, unit=" s")


def set_up(url: str = "") -> dramatiq.Broker:
    """Return the gateway's own broker with three actors; the worker command calls it by name."""
    url = url or os.environ[URL_VARIABLE]
    broker = build_broker(url)
    dramatiq.set_broker(broker)
    client = connect(url)
    lock, times = threading.Lock(), list[float]()

    def count(total: int) -> None:
        with lock:
            times.append(time.time())
            if len(times) == total:
                client.rpush(REPORT_LIST, times[-1] - times[0])

    def report() -> None:
        client.rpush(REPORT_LIST, time.time())

    def linger() -> None:
        client.rpush(REPORT_LIST, time.time())
        time.sleep(600)

    actors: list[Callable[..., None]] = [count, report, linger]
    for actor in actors:
        dramatiq.actor(queue_name=QUEUE, broker=broker)(actor)
    return broker


def connect(url: str) -> "redis.Redis":
    """Connect with a timeout above the lease: a dead worker is found only after it."""
    return redis.Redis.from_url(url, socket_timeout=LEASE_SECONDS + 60)


def build_message(actor: str, *arguments: Any) -> "dramatiq.Message[None]":  # noqa: ANN401 - JSON values
    """Build a message for one of the actors."""
    return dramatiq.Message(
        queue_name=QUEUE, actor_name=actor, args=arguments, kwargs={}, options={}
    )


@contextmanager
def run_worker(url: str, *, threads: int, prefetch: int | None = None) -> Iterator[int]:
    """Run the real worker command in a process group of its own; yield the group."""
    command = [sys.executable, "-m", "dramatiq", "bench.dramatiq:set_up", *WORKER_OPTIONS]
    environment = os.environ | {
        URL_VARIABLE: url,
        "dramatiq_worker_timeout": "100",
        "dramatiq_queue_prefetch": str(prefetch or threads),
    }
    process = subprocess.Popen(
        [*command, "--threads", str(threads)],
        cwd=Path(__file__).parents[1],
        env=environment,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process.pid
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for_report(client: "redis.Redis") -> float:
    """Wait for the next number that an actor reports.

    Raises:
        TimeoutError: no actor reported within a lease and 30 seconds.
    """
    answer: Any = client.blpop([REPORT_LIST], timeout=LEASE_SECONDS + 30)
    if answer is None:
        raise TimeoutError("no actor reported")
    return float(answer[1])


def count_per_second(act: Callable[[], object]) -> float:
    """Call a function for 3 seconds; return the calls per second."""
    begin, calls = time.perf_counter(), 0
    while time.perf_counter() - begin < SECONDS:
        act()
        calls += 1
    return calls / (time.perf_counter() - begin)


if __name__ == "__main__":
    sys.exit(main())
