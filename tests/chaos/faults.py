"""The faults of a chaos run: each breaks one thing for some seconds, and mends it again."""

import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from random import Random

from redis import Redis

from tests.chaos.deployment import Deployment, Member, find_faketime
from tests.disks import empty_disk, fill_disk

# In the block the fault holds; the value says what was hit. Before it a process that stays away
# waits for `hold_seconds`, as a supervisor or a person needs to bring it back.
Fault = Callable[[Deployment, Random, float], AbstractContextManager[str]]
RESTART_SECONDS = 1.0  # of a supervisor, such as systemd's RestartSec
CLOCK_SHIFTS = (-3_600, -90, 90, 3_600)  # seconds


@contextmanager
def kill_member(pool: str, site: Deployment, random: Random, _hold: float) -> Iterator[str]:
    """Kill a process with SIGKILL; its supervisor starts it again."""
    member = _choose_member(pool, site, random)
    member.end(signal.SIGKILL)
    yield member.name
    time.sleep(RESTART_SECONDS)
    member.start()


@contextmanager
def restart_member(pool: str, site: Deployment, random: Random, _hold: float) -> Iterator[str]:
    """Stop a process in order, as an upgrade does, and start it."""
    member = _choose_member(pool, site, random)
    member.end(signal.SIGTERM)
    yield member.name
    member.start()


@contextmanager
def pause_member(pool: str, site: Deployment, random: Random, hold: float) -> Iterator[str]:
    """Stop a process where it stands, as a machine that hangs or sleeps."""
    member = _choose_member(pool, site, random)
    member.send_signal(signal.SIGSTOP)
    yield member.name
    time.sleep(hold)
    member.send_signal(signal.SIGCONT)


@contextmanager
def shift_clock(pool: str, site: Deployment, random: Random, hold: float) -> Iterator[str]:
    """Run a process on a machine whose clock is wrong, then on one whose clock is right."""
    member, shift = _choose_member(pool, site, random), random.choice(CLOCK_SHIFTS)
    member.end(signal.SIGTERM)
    member.start(shift)
    if member in site.gateways:
        member.wait_until_ready()
    yield f"{member.name} {shift:+d} s"
    time.sleep(hold)
    member.end(signal.SIGTERM)
    member.start()


@contextmanager
def break_link(
    service: str, fault: str, site: Deployment, random: Random, hold: float
) -> Iterator[str]:
    """Break the link of one process to a service."""
    member = random.choice(site.members)
    member.links[service].set_fault(fault)
    yield f"{member.name}: {fault}"
    time.sleep(hold)
    member.links[service].heal()


@contextmanager
def cut_storage(site: Deployment, random: Random, hold: float) -> Iterator[str]:
    """Cut every process from the storage."""
    fault = random.choice(("reset", "503", "blackhole"))
    for member in site.members:
        member.links["storage"].set_fault(fault)
    yield f"all: {fault}"
    time.sleep(hold)
    for member in site.members:
        member.links["storage"].heal()


@contextmanager
def cut_node(site: Deployment, random: Random, hold: float) -> Iterator[str]:
    """Cut the workers from the GPU node or the OpenAI server."""
    link, name = random.choice(((site.node_link, "ComfyUI"), (site.upstream_link, "OpenAI")))
    fault = random.choice(("reset", "blackhole", "503"))
    link.set_fault(fault)
    yield f"{name}: {fault}"
    time.sleep(hold)
    link.heal()


@contextmanager
def kill_node(site: Deployment, _random: Random, hold: float) -> Iterator[str]:
    """Kill the GPU node; it starts again with an empty queue and history."""
    site.node.kill()
    yield "ComfyUI"
    time.sleep(hold)
    site.node.start()


@contextmanager
def kill_postgres(site: Deployment, _random: Random, _hold: float) -> Iterator[str]:
    """Kill PostgreSQL with SIGKILL and start it again: it recovers from its log."""
    site.postgres.postmaster.kill()
    yield "PostgreSQL"
    time.sleep(RESTART_SECONDS)
    site.postgres.postmaster.start()


@contextmanager
def pause_postgres(site: Deployment, _random: Random, hold: float) -> Iterator[str]:
    """Stop every process of PostgreSQL where it stands."""
    site.postgres.postmaster.pause()
    yield "PostgreSQL"
    time.sleep(hold)
    site.postgres.postmaster.resume()


@contextmanager
def kill_valkey(site: Deployment, _random: Random, _hold: float) -> Iterator[str]:
    """Kill Valkey; it starts again empty."""
    site.valkey.kill()
    yield "Valkey"
    time.sleep(RESTART_SECONDS)
    site.valkey.start()


@contextmanager
def empty_broker(site: Deployment, _random: Random, _hold: float) -> Iterator[str]:
    """Let Valkey forget everything."""
    with Redis.from_url(site.valkey.url) as broker:
        broker.flushall()
    yield "Valkey"


@contextmanager
def fill_worker_disk(site: Deployment, _random: Random, hold: float) -> Iterator[str]:
    """Fill the disk of the first worker to the last byte."""
    assert site.small_disk is not None
    fill_disk(site.small_disk)
    yield site.workers[0].name
    time.sleep(hold)
    empty_disk(site.small_disk)


@contextmanager
def refuse_webhooks(site: Deployment, _random: Random, hold: float) -> Iterator[str]:
    """Let the receiver of webhooks answer 503."""
    site.sink.refuses = True
    yield "receiver"
    time.sleep(hold)
    site.sink.refuses = False


KINDS: Mapping[str, Fault] = {
    "kill -9 of a gateway": partial(kill_member, "gateways"),
    "kill -9 of a worker": partial(kill_member, "workers"),
    "kill -9 of PostgreSQL": kill_postgres,
    "kill -9 of Valkey": kill_valkey,
    "kill -9 of the GPU node": kill_node,
    "pause of a gateway": partial(pause_member, "gateways"),
    "pause of a worker": partial(pause_member, "workers"),
    "pause of PostgreSQL": pause_postgres,
    "cut from the database": partial(break_link, "database", "blackhole"),
    "cut from the broker": partial(break_link, "broker", "reset"),
    "cut from the storage": cut_storage,
    "cut from a node": cut_node,
    "slow database link": partial(break_link, "database", "latency:100"),
    "full disk of a worker": fill_worker_disk,
    "restart of a gateway": partial(restart_member, "gateways"),
    "restart of a worker": partial(restart_member, "workers"),
    "wrong clock of a gateway": partial(shift_clock, "gateways"),
    "wrong clock of a worker": partial(shift_clock, "workers"),
    "empty broker": empty_broker,
    "receiver refuses": refuse_webhooks,
}


def list_possible_kinds(site: Deployment) -> list[str]:
    """Return the kinds of faults that this machine can make."""
    missing = set()
    if site.small_disk is None:
        missing.add("full disk of a worker")
    if find_faketime() is None:
        missing |= {name for name in KINDS if "clock" in name}
    return [name for name in KINDS if name not in missing]


def _choose_member(pool: str, site: Deployment, random: Random) -> Member:
    return random.choice(site.gateways if pool == "gateways" else site.workers)
