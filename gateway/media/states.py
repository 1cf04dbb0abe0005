"""The states of jobs, their attempts, outputs, charges and webhook deliveries."""

from gateway.kit.database.states import State


class JobState(State):
    """The state of a job; the last four are final."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    EXPIRED = "expired"


class AttemptState(State):
    """The state of one try of a job on one engine; the last five are final."""

    CREATED = "created"
    UNKNOWN = "unknown"
    SUBMITTED = "submitted"
    RUNNING = "running"
    CANCELING = "canceling"
    REJECTED = "rejected"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"
    LOST = "lost"


class BillingState(State):
    """The state of a hold: reserved while open, captured or released; `none` for a dry run."""

    RESERVED = "reserved"
    CAPTURED = "captured"
    RELEASED = "released"
    NONE = "none"


class OutputState(State):
    """The state of an output: it expires after 48 hours, and is deleted later."""

    AVAILABLE = "available"
    EXPIRED = "expired"
    DELETED = "deleted"


class Relation(State):
    """The relation of a job to the result that it was made from."""

    SEED = "seed"
    VARY = "vary"
    EDIT = "edit"
    UPSCALE = "upscale"
    ANIMATE = "animate"
    EXTEND = "extend"
    REMIX = "remix"


class Availability(State):
    """A task's availability: a job starts at once, after others, or not at all."""

    AVAILABLE = "available"
    BUSY = "busy"
    NONE = "none"


class DeliveryState(State):
    """The state of a webhook delivery; while it is `sending`, answers call it `pending`."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    STOPPED = "stopped"
    FAILED = "failed"


class NodeState(State):
    """The state of a node of the pool, as operators see it."""

    DRAINING = "draining"
    FAILING = "failing"
    NEW = "new"
    SILENT = "silent"
    UP = "up"
    BUSY = "busy"
    OFF = "off"
    UNPAID = "unpaid"


OPEN_JOB_STATES = (JobState.QUEUED, JobState.RUNNING)
OPEN_ATTEMPT_STATES = (
    AttemptState.CREATED,
    AttemptState.UNKNOWN,
    AttemptState.SUBMITTED,
    AttemptState.RUNNING,
    AttemptState.CANCELING,
)
