"""Cases of the alert rules: a healthy deployment, what fires each alert, and what does not.

Values are in promtool's notation, one a minute: `0+60x90` grows by 60 each minute, 90 times.
"""

from dataclasses import dataclass

HOUR, DAY = 60, 24 * 60
FOREVER = 4 * DAY  # longer than any case
GATEWAY, WORKER = 'job="gateway", instance="g1:8787"', 'job="worker", instance="w1:9191"'
OTHER_GATEWAY, OTHER_WORKER = (
    'job="gateway", instance="g2:8787"',
    'job="worker", instance="w2:9191"',
)


def name_series(metric: str, process: str = GATEWAY, **labels: str) -> str:
    """Return the name of a series of ours as it is scraped from a process."""
    words = [process, *(f'{name}="{value}"' for name, value in labels.items())]
    return f"killatamata_{metric}{{{', '.join(words)}}}"


def hold_value(value: float, minutes: int = FOREVER) -> str:
    """Return a series that keeps a value."""
    return f"{value:g}x{minutes}"


def grow(a_minute: float, minutes: int = FOREVER) -> str:
    """Return a counter that grows evenly."""
    return f"0+{a_minute:g}x{minutes}"


@dataclass(frozen=True)
class AlertCase:
    """A deployment that is healthy but for some series, and the alerts that fire in it."""

    title: str
    alerts: tuple[str, ...]
    series: dict[str, str]
    at_minute: int = 30


UP = {process: f"up{{{process}}}" for process in (GATEWAY, OTHER_GATEWAY, WORKER, OTHER_WORKER)}
SUBMITS = name_series("submits_total", outcome="accepted")
FAILED_SUBMITS = name_series("submits_total", outcome="failed")
STARTED = name_series("job_queue_seconds_count", WORKER, task="image.generate")
STARTED_SOON = name_series("job_queue_seconds_bucket", WORKER, task="image.generate", le="60.0")
EXPIRED = name_series("jobs_total", task="image.generate", outcome="expired")
SENT = name_series("webhook_delay_seconds_count")
SENT_SOON = name_series("webhook_delay_seconds_bucket", le="30.0")
VIOLATIONS = name_series("ledger_invariant_violations", check="I06")
READY, OTHER_READY = name_series("ready"), name_series("ready", OTHER_GATEWAY)
FIT = name_series("worker_fit", WORKER)
LOST = name_series("lease_expired_total", reason="requeued")
DATABASE, ENGINES, DISK = (
    name_series("part_up", part=part) for part in ("database", "engines", "disk")
)
NODE, OTHER_NODE = (name_series("engine_node_up", node=node) for node in ("gpu-1", "gpu-2"))
ROOM = name_series("disk_free_bytes")
OLDEST_JOB = name_series("queue_oldest_seconds", queue="image")
SUCCEEDED, FAILED = (
    name_series("jobs_total", WORKER, task="image.generate", outcome=outcome)
    for outcome in ("succeeded", "failed")
)
ANSWERED, BROKEN = (
    name_series("http_requests_total", route="/v1/models", method="GET", status=status)
    for status in ("200", "503")
)
SWEEP = name_series("sweep_failures_total", sweep="due grants")
OLDEST_MAIL, OLDEST_WEBHOOK = (
    name_series("outbox_oldest_seconds", kind=kind) for kind in ("mail", "webhook")
)
KEY_REFUSED = name_series("agent_model_failures_total", WORKER, reason="key_refused")
DIFFERENCES = name_series("reconcile_differences", provider="stripe", book="live")
TOP_UPS_REFUSED = name_series("top_ups_total", outcome="refused")
BEHIND = name_series("chain_blocks_behind", book="live")
UNREAD = name_series("chain_failures_total", book="live")

HEALTHY = (
    dict.fromkeys(UP.values(), hold_value(1))
    | dict.fromkeys(
        (READY, OTHER_READY, FIT, DATABASE, ENGINES, DISK, NODE, OTHER_NODE), hold_value(1)
    )
    | dict.fromkeys(
        (
            *(FAILED_SUBMITS, VIOLATIONS, LOST, OLDEST_JOB, FAILED, BROKEN, SWEEP, OLDEST_MAIL),
            *(OLDEST_WEBHOOK, KEY_REFUSED, DIFFERENCES, BEHIND, UNREAD, EXPIRED),
        ),
        hold_value(0),
    )
    | dict.fromkeys(
        (SUBMITS, STARTED, STARTED_SOON, SENT, SENT_SOON, SUCCEEDED, ANSWERED), grow(60)
    )
    | {ROOM: hold_value(50 * 1024**3), name_series("worker_fit"): hold_value(1)}
)


LEVEL_CASES = (
    AlertCase("half of all submits fail", ("SubmitsFail", "SubmitsFailSlowly"),
              {FAILED_SUBMITS: grow(60)}, 15),
    AlertCase("two of three submits failed", ("SubmitsFailSlowly",),
              {FAILED_SUBMITS: f"0x10 2x{FOREVER}", SUBMITS: f"0x10 1x{FOREVER}"}, 12),
    AlertCase("1 % of submits fail for hours: 10 times the budget",
              ("SubmitsFail", "SubmitsFailSlowly"),
              {FAILED_SUBMITS: grow(0.6)}, 8 * HOUR),
    AlertCase("0.2 % of submits fail for days", ("SubmitsFailSlowly",),
              {FAILED_SUBMITS: grow(0.12)}, 3 * DAY),
    AlertCase("0.05 % of submits fail for days", (), {FAILED_SUBMITS: grow(0.03)}, 3 * DAY),
    AlertCase("an outage of 10 minutes ended 40 minutes ago", ("SubmitsFailSlowly",),
              {FAILED_SUBMITS: f"0+60x10 600x{FOREVER}"}, 50),
    AlertCase("every job starts late", ("JobsWait", "JobsWaitSlowly"),
              {STARTED_SOON: hold_value(0)}, 15),
    AlertCase("jobs expire unstarted", ("JobsWait", "JobsWaitSlowly"),
              {STARTED: hold_value(0), STARTED_SOON: hold_value(0), EXPIRED: grow(1)}, 15),
    AlertCase("jobs expire, since all workers are gone", ("JobsWait", "JobsWaitSlowly", "NoWorker"),
              dict.fromkeys((UP[WORKER], UP[OTHER_WORKER], STARTED, STARTED_SOON), "_")
              | {EXPIRED: grow(1)}, 15),
    AlertCase("no job was ever submitted", (), dict.fromkeys((STARTED, STARTED_SOON), "_"), 15),
    AlertCase("a tenth of jobs start late for days", ("JobsWaitSlowly",),
              {STARTED_SOON: grow(54)}, 3 * DAY),
    AlertCase("4 % of jobs start late", (), {STARTED_SOON: grow(57.6)}, 3 * DAY),
    AlertCase("a third of webhooks are late", ("WebhooksLate", "WebhooksLateSlowly"),
              {SENT_SOON: grow(40)}, 15),
    AlertCase("2 % of webhooks are late for days", ("WebhooksLateSlowly",),
              {SENT_SOON: grow(58.8)}, 3 * DAY),
    AlertCase("one webhook in 200 is late", (), {SENT_SOON: grow(59.7)}, 3 * DAY),
    AlertCase("no webhook is sent at all", ("WebhooksUnsent",),
              {SENT: hold_value(0), SENT_SOON: hold_value(0), OLDEST_WEBHOOK: "0+60x600"}, 15),
    AlertCase("a webhook waits for four minutes", (), {OLDEST_WEBHOOK: hold_value(240)}),
    AlertCase("an invariant is broken", ("LedgerBroken",), {VIOLATIONS: hold_value(1)}, 1),
    AlertCase("nobody checks the ledger", ("LedgerUnchecked",), {VIOLATIONS: "_"}, 20),
    AlertCase("gateways have just started", (), {VIOLATIONS: f"_x10 0x{FOREVER}"}, 12),
)  # fmt: skip

CAUSE_CASES = (
    AlertCase("no gateway answers", ("NoGateway",),
              {UP[GATEWAY]: hold_value(0), UP[OTHER_GATEWAY]: hold_value(0)}, 3),
    AlertCase("one gateway of two is down", ("GatewayDown",), {UP[GATEWAY]: hold_value(0)}),
    AlertCase("one gateway restarts", (), {UP[GATEWAY]: f"1x10 0 0 1x{FOREVER}"}, 13),
    AlertCase("a gateway is unready", ("GatewayUnready",), {READY: hold_value(0)}),
    AlertCase("a gateway drains", (), {READY: f"1x10 0 0 1x{FOREVER}"}, 12),
    AlertCase("no worker is left", ("NoWorker",), {UP[WORKER]: "_", UP[OTHER_WORKER]: "_"}),
    AlertCase("one worker of two is down", ("WorkerDown",), {UP[WORKER]: hold_value(0)}),
    AlertCase("one worker was taken away", (), {UP[WORKER]: "_"}),
    AlertCase("a worker rests for long", ("WorkerUnfit",), {FIT: hold_value(0)}),
    AlertCase("a worker rests for a minute", (), {FIT: f"1x10 0 1x{FOREVER}"}, 12),
    AlertCase("workers are lost again and again", ("LeasesExpire",), {LOST: grow(0.1)}, 50),
    AlertCase("one worker was lost", (), {LOST: f"0x10 1x{FOREVER}"}, 20),
    AlertCase("a gateway misses the database", ("PartDown",), {DATABASE: hold_value(0)}),
    AlertCase("the database restarts", (), {DATABASE: f"1x10 0 1x{FOREVER}"}, 12),
    AlertCase("no engine is left", ("EnginesDown",), {ENGINES: hold_value(0)}),
    AlertCase("the engines restart", (), {ENGINES: f"1x10 0 0 0 1x{FOREVER}"}, 14),
    AlertCase("one node is down", ("NodeDown",), {NODE: hold_value(0)}),
    AlertCase("a node restarts", (), {NODE: f"1x10 0x8 1x{FOREVER}"}, 18),
    AlertCase("a disk is full", ("DiskFull", "DiskFillsUp"),
              {DISK: hold_value(0), ROOM: hold_value(1e8)}, 40),
    AlertCase("a disk has little room", ("DiskFillsUp",), {ROOM: hold_value(1e9)}, 40),
    AlertCase("a disk will be full in hours", ("DiskFillsUp",),
              {ROOM: "18000000000-20000000x600"}, 70),
    AlertCase("a large disk fills slowly", (), {ROOM: f"50000000000-1000000x{FOREVER}"}, 70),
    AlertCase("a job waits for long", ("QueueOld",), {OLDEST_JOB: "0+60x600"}),
    AlertCase("a job waits for nine minutes", (), {OLDEST_JOB: hold_value(540)}),
    AlertCase("a third of jobs fail", ("JobsFail",), {FAILED: grow(30)}),
    AlertCase("one job in twenty fails", (), {FAILED: grow(3)}),
    AlertCase("three jobs of three fail", (),
              {FAILED: f"0x20 3x{FOREVER}", SUCCEEDED: hold_value(0)}),
    AlertCase("a route fails", ("RequestsFail",), {BROKEN: grow(10)}),
    AlertCase("a route fails now and then", (), {BROKEN: grow(0.5)}),
    AlertCase("a sweep fails for an hour", ("SweepFails",), {SWEEP: grow(1)}, 60),
    AlertCase("a sweep failed once", (), {SWEEP: f"0x10 1x{FOREVER}"}, 60),
    AlertCase("mail is stuck", ("MailStuck",), {OLDEST_MAIL: "0+60x600"}),
    AlertCase("mail waits for ten minutes", (), {OLDEST_MAIL: hold_value(600)}),
    AlertCase("the agent's key is refused", ("AgentKeyRefused",),
              {KEY_REFUSED: f"0x20 1x{FOREVER}"}),
    AlertCase("the key was refused an hour ago", (), {KEY_REFUSED: f"0x20 1x{FOREVER}"}, 80),
    AlertCase("the books differ", ("ReconcileDifferences",), {DIFFERENCES: hold_value(2)}),
    AlertCase("top-ups get no invoice", ("TopUpsRefused",), {TOP_UPS_REFUSED: f"0x20 5x{FOREVER}"}),
    AlertCase("one top-up got no invoice", (), {TOP_UPS_REFUSED: f"0x20 1x{FOREVER}"}),
    AlertCase("the chain is read late", ("ChainBehind",), {BEHIND: hold_value(31)}),
    AlertCase("the chain is read in time", (), {BEHIND: hold_value(30)}),
    AlertCase("the chain's node is away", ("ChainUnreadable",), {UNREAD: grow(15)}),
    AlertCase("the chain's node missed two rounds", (), {UNREAD: f"0x20 2x{FOREVER}"}),
)  # fmt: skip
