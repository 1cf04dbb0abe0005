"""Every metric of this process: its name, its labels, its one line of meaning.

To count something, import it from here: `WEBHOOK_DELIVERIES.labels(result="delivered").inc()`.
Labels are templates and enumerations, never ids: each combination is kept until the process ends.

A counter with labels has no series until it first counts, and Prometheus sees no growth in a series
that begins at 1. So what alerts count one by one stands here at 0 from the start.
"""

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

REGISTRY = CollectorRegistry()
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
WEBHOOK_SECONDS = (0.5, 1, 2.5, 5, 10, 30, 60, 300, 1_800, 7_200)
JOB_SECONDS = (1, 2.5, 5, 10, 20, 40, 60, 120, 300, 600, 1_200, 1_800, 3_600)

# Without it each counter has a second series with its creation time, and the text doubles.
disable_created_metrics()  # type: ignore[no-untyped-call]


def _counter(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, namespace="killatamata", registry=REGISTRY)


def _gauge(name: str, meaning: str, *labels: str) -> Gauge:
    return Gauge(name, meaning, labels, namespace="killatamata", registry=REGISTRY)


def _histogram(name: str, meaning: str, *labels: str, buckets: tuple[float, ...]) -> Histogram:
    return Histogram(
        name, meaning, labels, namespace="killatamata", registry=REGISTRY, buckets=buckets
    )


HTTP_REQUESTS = _counter("http_requests", "Answered requests.", "route", "method", "status")
HTTP_SECONDS = _histogram(
    "http_request_duration_seconds",
    "Time from the request's head to the end of its answer.",
    "route",
    "method",
    "status",
    buckets=REQUEST_SECONDS,
)
SUBMITS = _counter("submits", "Answers to submits.", "outcome")
for _outcome in ("accepted", "refused", "failed"):
    SUBMITS.labels(_outcome)
IDEMPOTENT_REPLAYS = _counter("idempotent_replays", "Answers given again to a key.", "route")
RATE_LIMITED = _counter("ratelimited", "Refusals with 429.", "route")
INSUFFICIENT_CREDITS = _counter("insufficient_credits", "Refusals for lack of credit.", "route")

JOBS = _counter("jobs", "Jobs that ended.", "task", "outcome")
JOBS_IN_STATE = _gauge("jobs_in_state", "Open jobs.", "state")
JOB_QUEUE_SECONDS = _histogram(
    "job_queue_seconds", "From submit to first start.", "task", buckets=JOB_SECONDS
)
JOB_RUN_SECONDS = _histogram(
    "job_run_seconds", "Of one attempt.", "task", "node", buckets=JOB_SECONDS
)
JOB_ATTEMPTS = _counter("job_attempts", "Attempts that ended, by how.", "reason")
WORKER_FIT = _gauge("worker_fit", "0: a fault of its machine keeps the worker from taking jobs.")
WORKER_FIT.set(1)  # a process without a worker reports 1 too, so that no alert fires
WORKER_FAULTS = _counter("worker_faults", "Jobs given back for a fault of the worker's machine.")
LEASE_EXPIRED = _counter("lease_expired", "Leases of lost workers, by what became.", "reason")
for _reason in ("failed", "requeued"):
    LEASE_EXPIRED.labels(_reason)
FENCE_REFUSED = _counter("fence_refused", "Late words about a job, refused.", "reason")

QUEUE_DEPTH = _gauge("queue_depth", "Jobs that wait.", "queue")
QUEUE_OLDEST_SECONDS = _gauge("queue_oldest_seconds", "Age of the oldest waiting job.", "queue")
OUTBOX_OLDEST_SECONDS = _gauge("outbox_oldest_seconds", "Age of the oldest unsent row.", "kind")

LEDGER_TRANSFERS = _counter("ledger_transfers", "Transfers written, by what for.", "kind")
LEDGER_HELD = _gauge("ledger_held_microusd", "Credit held by open jobs.", "book")
LEDGER_VIOLATIONS = _gauge(
    "ledger_invariant_violations", "Rows that break an invariant, every 5 minutes.", "check"
)

SWEEP_FAILURES = _counter("sweep_failures", "Runs of a sweep that failed.", "sweep")
ORPHANS_DELETED = _counter(
    "orphan_files_deleted", "Stored files deleted because no row named them.", "kind"
)

PROVIDER_EVENTS = _counter(
    "provider_events", "Events of payment providers.", "provider", "type", "result"
)
TOP_UPS = _counter("top_ups", "Top-ups that ended, by what came of them.", "outcome")
TOP_UP_RULES_STOPPED = _counter(
    "top_up_rules_stopped", "Auto top-ups that were turned off, by reason.", "reason"
)
RECONCILE_DIFFERENCES = _gauge(
    "reconcile_differences", "What the last nightly comparison found.", "provider", "book"
)
CHAIN_BEHIND = _gauge(
    "chain_blocks_behind", "Newest block of the chain less the last that was read.", "book"
)
CHAIN_FAILURES = _counter("chain_failures", "Rounds that could not read the chain.", "book")
WEBHOOK_DELIVERIES = _counter("webhook_deliveries", "Tries to deliver a webhook.", "result")
WEBHOOK_DELAY_SECONDS = _histogram(
    "webhook_delay_seconds",
    "From an event to the first try to deliver it.",
    buckets=WEBHOOK_SECONDS,
)

ENGINE_NODE_UP = _gauge("engine_node_up", "1: the node answers.", "node")
ENGINE_NODE_QUEUE = _gauge("engine_node_queue", "Prompts that wait at the node.", "node")
ENGINE_VRAM_FREE = _gauge("engine_vram_free_bytes", "Free memory of the node's GPU.", "node")

MODEL_FAILURES = _counter(
    "agent_model_failures", "Calls to the agent's model that failed, by why.", "reason"
)
for _reason in ("failed", "key_refused"):
    MODEL_FAILURES.labels(_reason)

FETCH_BLOCKED = _counter("fetch_blocked", "URLs that were refused.", "reason")
MEDIA_REJECTED = _counter("media_rejected", "Media that was refused.", "reason")
AUTH_FAILURES = _counter("auth_failures", "Callers that were refused.", "reason")

DB_POOL_IN_USE = _gauge("db_pool_in_use", "Database connections in use.")
DISK_FREE = _gauge("disk_free_bytes", "Free space of the data folder.")
STORAGE_BYTES = _gauge("storage_bytes", "Bytes of outputs that are kept.")
PART_UP = _gauge("part_up", "0: a part of the deployment is away.", "part")
READY = _gauge("ready", "1: this process can serve.")
