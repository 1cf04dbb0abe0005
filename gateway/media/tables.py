"""The rows of media jobs, their attempts, nodes, files, quotes and webhooks."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import (
    COLD_TABLE,
    HOT_TABLE,
    Base,
    Blob,
    Id,
    Int,
    Text,
    build_partial_index,
)
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.media.states import (
    OPEN_ATTEMPT_STATES,
    AttemptState,
    DeliveryState,
    JobState,
)

HAS_TEXT = "finished_at IS NOT NULL AND text_blanked_at IS NULL"
HAS_PARENT = "parent_job_id IS NOT NULL"
# The last condition is always true. Without it other statements about queued jobs could use the
# index too, and one that was planned while the table was empty would read all of it ever after.
WAITS_FOR_TIMEOUT = "state = 'queued' AND queue_timeout_at > 0"
WAITS_AGAIN = "state = 'queued' AND started_at IS NOT NULL"
IS_SHOWN = "hidden_at IS NULL"
AWAITS_DELETE = "hidden_at IS NOT NULL AND deleted_at IS NULL"
LACKS_SEARCH_TEXT = "search_text IS NULL"
IS_OPEN_ATTEMPT = build_state_check("state", OPEN_ATTEMPT_STATES)


class Job(Base):
    """One media task with one frozen input and one fixed price; the queue is this table.

    Columns that end in `_json` hold canonical JSON. `fence` rises with every claim, cancel and
    expiry; a worker settles the job only under the fence of its own claim. `family` is the model
    family that the job was planned for. `relation` says what it does with the output of another job
    that it came from; `preset_ids` are separated by commas. With `keep` its outputs become assets,
    without a project in the inbox. After `unlisted_at` its owner has deleted it as a clip.
    """

    __tablename__ = "job"
    __table_args__ = (
        UniqueConstraint("hold_id"),
        CheckConstraint("price_microusd > 0", name="price"),
        CheckConstraint(
            "captured_microusd IS NULL OR captured_microusd <= price_microusd", name="captured"
        ),
        CheckConstraint(build_state_check("state", JobState), name="state"),
        Index("ix_job_account", "account_id", "id"),
        build_partial_index("ix_job_queued", "account_id", "queue", "id", where="state = 'queued'"),
        build_partial_index("ix_job_queue_timeout", "queue_timeout_at", where=WAITS_FOR_TIMEOUT),
        build_partial_index("ix_job_requeued", "started_at", where=WAITS_AGAIN),
        build_partial_index("ix_job_inputs", "finished_at", where="inputs_json <> '{}'"),
        build_partial_index(
            "ix_job_started", "account_id", "started_at", where="started_at IS NOT NULL"
        ),
        build_partial_index(
            "ix_job_finished", "account_id", "finished_at", where="finished_at IS NOT NULL"
        ),
        build_partial_index("ix_job_text", "finished_at", where=HAS_TEXT),
        build_partial_index(
            "ix_job_running", "account_id", "lease_expires_at", where="state = 'running'"
        ),
        build_partial_index("ix_job_parent", "parent_job_id", where=HAS_PARENT),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str | None] = mapped_column(Id)
    request_id: Mapped[str] = mapped_column(Text)
    task: Mapped[str] = mapped_column(Text)
    queue: Mapped[str] = mapped_column(Text)
    state: Mapped[JobState] = mapped_column(StateColumn(JobState))
    hold_id: Mapped[str] = mapped_column(Id)
    price_microusd: Mapped[int] = mapped_column(Int)
    price_version: Mapped[str] = mapped_column(Text)
    captured_microusd: Mapped[int | None] = mapped_column(Int)
    fence: Mapped[int] = mapped_column(Int)
    version: Mapped[int] = mapped_column(Int)
    worker: Mapped[str | None] = mapped_column(Text)
    lease_expires_at: Mapped[int | None] = mapped_column(Int)
    dispatch_after: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    started_at: Mapped[int | None] = mapped_column(Int)
    finished_at: Mapped[int | None] = mapped_column(Int)
    queue_timeout_at: Mapped[int] = mapped_column(Int)
    deadline_seconds: Mapped[int | None] = mapped_column(Int)
    run_limit_seconds: Mapped[int] = mapped_column(Int)
    overlap_frames: Mapped[int | None] = mapped_column(Int)
    project_id: Mapped[str | None] = mapped_column(Id)
    quote_id: Mapped[str | None] = mapped_column(Id)
    max_price_microusd: Mapped[int | None] = mapped_column(Int)
    traceparent: Mapped[str | None] = mapped_column(Text)
    webhook_json: Mapped[str | None] = mapped_column(Text)
    end_reason: Mapped[str | None] = mapped_column(Text)
    error_code: Mapped[str | None] = mapped_column(Text)
    effective_input_json: Mapped[str] = mapped_column(Text)
    adjustments_json: Mapped[str] = mapped_column(Text)
    warnings_json: Mapped[str] = mapped_column(Text)
    breakdown_json: Mapped[str] = mapped_column(Text)
    inputs_json: Mapped[str] = mapped_column(Text)
    metadata_json: Mapped[str | None] = mapped_column(Text)
    progress_json: Mapped[str | None] = mapped_column(Text)
    upstream_json: Mapped[str | None] = mapped_column(Text)
    text_blanked_at: Mapped[int | None] = mapped_column(Int)
    family: Mapped[str | None] = mapped_column(Text)
    parent_job_id: Mapped[str | None] = mapped_column(Id)
    parent_index: Mapped[int | None] = mapped_column(Int)
    relation: Mapped[str | None] = mapped_column(Text)
    preset_ids: Mapped[str | None] = mapped_column(Text)
    keep: Mapped[int | None] = mapped_column(Int, default=None)
    unlisted_at: Mapped[int | None] = mapped_column(Int, default=None)


class Attempt(Base):
    """One try of a job on one node, written before anything is sent to the node.

    `id` is also the prompt id on the node. `began_at` is when the node began to work on it: before
    that it waited there behind other work. `adoptions` counts the workers that took it over.
    `handle` is the node's own id of it, where that takes none of ours. `cost_microusd` is what the
    node's owner may charge us for it, as sure as `cost_state` says: none, expected, reported by
    the node, or possible (its answer was lost). `upstream_json` is the engine's report.
    `workflow_json` is the graph that was sent: it holds the prompt, is deleted with it, and is
    loaded only to be shown (`deferred`).
    """

    __tablename__ = "media_attempt"
    __table_args__ = (
        build_partial_index("uq_media_attempt_open", "job_id", where=IS_OPEN_ATTEMPT, unique=True),
        Index("ix_media_attempt_job", "job_id"),
        Index("ix_media_attempt_node", "node", "finished_at"),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, ForeignKey("job.id"))
    segment: Mapped[int] = mapped_column(Int)
    fence: Mapped[int] = mapped_column(Int)
    node: Mapped[str] = mapped_column(Text)
    state: Mapped[AttemptState] = mapped_column(StateColumn(AttemptState))
    failure_kind: Mapped[str | None] = mapped_column(Text)
    submitted_at: Mapped[int | None] = mapped_column(Int)
    finished_at: Mapped[int | None] = mapped_column(Int)
    cancel_requested_at: Mapped[int | None] = mapped_column(Int)
    node_epoch: Mapped[int | None] = mapped_column(Int)
    family: Mapped[str | None] = mapped_column(Text)
    adoptions: Mapped[int | None] = mapped_column(Int)
    began_at: Mapped[int | None] = mapped_column(Int, default=None)
    upstream_json: Mapped[str | None] = mapped_column(Text, default=None)
    workflow_json: Mapped[str | None] = mapped_column(Text, default=None, deferred=True)
    handle: Mapped[str | None] = mapped_column(Text, default=None)
    cost_microusd: Mapped[int | None] = mapped_column(Int, default=None)
    cost_state: Mapped[str | None] = mapped_column(Text, default=None)


class Node(Base):
    """One node of the pool; its name is what the outside may see of it.

    `engine` is the engine on it, None for ComfyUI. While `off_reason` is set it gets no work: it
    refused our key (`unauthorized`), or has no credit of ours left (`unpaid`).

    `able_json` holds, by task, the family, the limit in pixels times frames, and what is missing.
    `sentinel_id` is a prompt in the node's history: when the node no longer knows it, it has
    restarted, and `epoch` rises. `probe_id` is the prompt that is to become the next sentinel.
    While `silent_since` is set the node is unusable, and until `breaker_until` it gets no work.
    `trouble` is the fault of a node that answers all the same. `labels` are the operator's own
    words; `cleanup_dir` is where a worker sees the folder of the node's `input` and `output`;
    `degraded` is 1 if its version is older than the one we require.
    """

    __tablename__ = "media_node"
    __table_args__ = (
        CheckConstraint("max_inflight BETWEEN 1 AND 256", name="max_inflight"),
        HOT_TABLE,
    )

    name: Mapped[str] = mapped_column(Id, primary_key=True)
    url: Mapped[str] = mapped_column(Text)
    max_inflight: Mapped[int] = mapped_column(Int)
    max_pixel_frames: Mapped[int | None] = mapped_column(Int)
    enabled: Mapped[int] = mapped_column(Int, default=1)
    draining: Mapped[int] = mapped_column(Int, default=0)
    epoch: Mapped[int] = mapped_column(Int, default=0)
    sentinel_id: Mapped[str | None] = mapped_column(Text, default=None)
    probe_id: Mapped[str | None] = mapped_column(Text, default=None)
    trouble: Mapped[str | None] = mapped_column(Text, default=None)
    breaker_until: Mapped[int] = mapped_column(Int, default=0)
    failures: Mapped[int] = mapped_column(Int, default=0)
    silent_since: Mapped[int | None] = mapped_column(Int, default=None)
    beat_at: Mapped[int] = mapped_column(Int, default=0)
    facts_at: Mapped[int] = mapped_column(Int, default=0)
    last_seen_at: Mapped[int | None] = mapped_column(Int, default=None)
    idle_since: Mapped[int] = mapped_column(Int, default=0)
    last_family: Mapped[str | None] = mapped_column(Text, default=None)
    version: Mapped[str | None] = mapped_column(Text, default=None)
    vram_bytes: Mapped[int | None] = mapped_column(Int, default=None)
    depth: Mapped[int] = mapped_column(Int, default=0)
    facts_hash: Mapped[str | None] = mapped_column(Text, default=None)
    able_json: Mapped[str] = mapped_column(Text, default="{}")
    labels: Mapped[str | None] = mapped_column(Text, default=None)
    cleanup_dir: Mapped[str | None] = mapped_column(Text, default=None)
    degraded: Mapped[int | None] = mapped_column(Int, default=None)
    engine: Mapped[str | None] = mapped_column(Text, default=None)
    off_reason: Mapped[str | None] = mapped_column(Text, default=None)


class Output(Base):
    """One file that a succeeded job made; the row outlives the bytes.

    `fps` and `duration` (seconds) are exact fractions as text. Sound has no size in pixels. Rows of
    older releases have no `duration`: that of a clip follows from its frames. `previews` are the
    longest sides of the preview pictures that exist, as "256,512"; their keys derive from `key`.

    `account_id`, `task` and `project_id` repeat those of the job, so that lists of results need no
    row of `job` to choose from. They are None, like `search_text`, where a worker of an older
    release wrote the row; a sweep fills them. After `hidden_at` its owner has deleted it.
    """

    __tablename__ = "job_output"
    __table_args__ = (
        build_partial_index("ix_job_output_expiry", "expires_at", where="deleted_at IS NULL"),
        build_partial_index("ix_job_output_account", "account_id", "job_id", where=IS_SHOWN),
        build_partial_index("ix_job_output_hidden", "hidden_at", where=AWAITS_DELETE),
        build_partial_index("ix_job_output_unfolded", "job_id", where=LACKS_SEARCH_TEXT),
        COLD_TABLE,
    )

    job_id: Mapped[str] = mapped_column(Id, ForeignKey("job.id"), primary_key=True)
    index: Mapped[int] = mapped_column(Int, primary_key=True)
    key: Mapped[str] = mapped_column(Text)
    poster_key: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    mime_type: Mapped[str] = mapped_column(Text)
    width: Mapped[int | None] = mapped_column(Int)
    height: Mapped[int | None] = mapped_column(Int)
    frames: Mapped[int | None] = mapped_column(Int)
    fps: Mapped[str | None] = mapped_column(Text)
    duration: Mapped[str | None] = mapped_column(Text)
    has_audio: Mapped[int] = mapped_column(Int)
    size_bytes: Mapped[int] = mapped_column(Int)
    sha256: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int] = mapped_column(Int)
    deleted_at: Mapped[int | None] = mapped_column(Int)
    previews: Mapped[str | None] = mapped_column(Text, default=None)
    preview_clip_key: Mapped[str | None] = mapped_column(Text, default=None)
    placeholder: Mapped[str | None] = mapped_column(Text, default=None)
    account_id: Mapped[int | None] = mapped_column(Int, default=None)
    task: Mapped[str | None] = mapped_column(Text, default=None)
    project_id: Mapped[str | None] = mapped_column(Id, default=None)
    name: Mapped[str | None] = mapped_column(Text, default=None)
    starred_at: Mapped[int | None] = mapped_column(Int, default=None)
    hidden_at: Mapped[int | None] = mapped_column(Int, default=None)
    search_text: Mapped[str | None] = mapped_column(Text, default=None)


class InputFile(Base):
    """The bytes of an input, stored once per account for as long as an owner uses them."""

    __tablename__ = "input_file"
    __table_args__ = (
        UniqueConstraint("account_id", "sha256"),
        CheckConstraint("bytes > 0", name="bytes"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    sha256: Mapped[str] = mapped_column(Text)
    bytes: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)


class InputUse(Base):
    """A use of an input's bytes by their owner: a job, a quote or a plan."""

    __tablename__ = "input_use"
    __table_args__ = (Index(None, "file_id"), Index(None, "created_at"), COLD_TABLE)

    owner_id: Mapped[str] = mapped_column(Id, primary_key=True)
    file_id: Mapped[str] = mapped_column(Id, ForeignKey("input_file.id"), primary_key=True)
    created_at: Mapped[int] = mapped_column(Int)


class Quote(Base):
    """Exact prices for 15 minutes; `stored` is 1 while input bytes are kept for it."""

    __tablename__ = "quote"
    __table_args__ = (
        Index(None, "expires_at"),
        Index(None, "account_id", "expires_at"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    stored: Mapped[int] = mapped_column(Int)


class QuoteItem(Base):
    """One priced request of a quote; once `job_id` is set it is used, and its terms are emptied.

    A used item stays when its quote is purged: it proves the price of its job.
    """

    __tablename__ = "quote_item"
    __table_args__ = (
        UniqueConstraint("job_id"),
        CheckConstraint("price_microusd > 0", name="price"),
        COLD_TABLE,
    )

    quote_id: Mapped[str] = mapped_column(Id, primary_key=True)
    place: Mapped[int] = mapped_column(Int, primary_key=True)
    input_hash: Mapped[bytes] = mapped_column(Blob)
    price_microusd: Mapped[int] = mapped_column(Int)
    job_id: Mapped[str | None] = mapped_column(Id)
    terms_json: Mapped[str] = mapped_column(Text)


class WebhookSecret(Base):
    """One generation of an account's signing secret; the secret itself is derived, never stored.

    `account_id` is a ledger account, so each mode has its own. `key_id` names the key of
    `KT_SIGNING_KEYS` it is derived with. The current one has no end.
    """

    __tablename__ = "webhook_secret"
    __table_args__ = (
        build_partial_index(
            "uq_webhook_secret_current", "account_id", where="ends_at IS NULL", unique=True
        ),
        COLD_TABLE,
    )

    account_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    generation: Mapped[bytes] = mapped_column(Blob, primary_key=True)
    key_id: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    ends_at: Mapped[int | None] = mapped_column(Int)


class WebhookDelivery(Base):
    """One event of a job on its way to a receiver, written with the state change.

    While it is `sending`, `next_try_at` is the end of the sender's lease, and the outcome is
    recorded only under the sender's `fence`. `retries` counts the tries since the delivery was last
    requested; `tries_json` holds the newest tries.
    """

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        UniqueConstraint("job_id", "type"),
        CheckConstraint(build_state_check("state", DeliveryState), name="state"),
        CheckConstraint(
            "(state IN ('pending', 'sending')) = (next_try_at IS NOT NULL)", name="next_try"
        ),
        Index("ix_webhook_delivery_account", "account_id", "id"),
        Index(None, "created_at"),
        build_partial_index(
            "ix_webhook_delivery_due", "next_try_at", where="next_try_at IS NOT NULL"
        ),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    job_id: Mapped[str] = mapped_column(Id, ForeignKey("job.id"))
    account_id: Mapped[int] = mapped_column(Int)
    type: Mapped[str] = mapped_column(Text)
    url: Mapped[str] = mapped_column(Text)
    state: Mapped[DeliveryState] = mapped_column(StateColumn(DeliveryState))
    fence: Mapped[int] = mapped_column(Int)
    retries: Mapped[int] = mapped_column(Int)
    tries_json: Mapped[str] = mapped_column(Text)
    next_try_at: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)


class PriceWithdrawal(Base):
    """A price version that an operator withdrew: nothing is charged at it any more."""

    __tablename__ = "price_withdrawal"
    __table_args__ = COLD_TABLE

    version: Mapped[str] = mapped_column(Text, primary_key=True)
    withdrawn_at: Mapped[int] = mapped_column(Int)
