"""The faults of a node; a number is how many times the fault is still to happen.

Faults with a number hit jobs alone, or the heartbeat's probe would use them up before the job.
"""

from dataclasses import dataclass, field


@dataclass
class Faults:
    """The faults that a test sets and the node reads."""

    lose_reply: int = 0  # the prompt is queued, its answer never arrives
    forbid: int = 0  # a proxy before it answers 403 to a prompt
    drop_prompt: int = 0  # the connection ends and the prompt is not queued
    fail: int = 0
    out_of_memory: int = 0
    lose_file: int = 0  # deleted after the success
    refuse_view: int = 0  # /view answers 503
    redirect_view: int = 0  # a proxy before /view sends to a login
    short_body: int = 0  # /view ends before its last byte
    wrong_size: int = 0
    flood: int = 0  # /view sends more than any picture has
    most_upload: int = 100 * 2**20  # bytes above which an upload is 413
    odd_prompt: bool = False  # another client's prompt makes the list of jobs answer 500
    garbage: int = 0  # /api/jobs answers HTML
    empty_body: int = 0  # /api/jobs answers an empty body
    node_errors: int = 0  # 200 with errors: the rest runs all the same
    stall: int = 0  # samples a while, then nothing more until it is canceled
    delay: float = 0  # seconds before each answer
    silent_socket: bool = False
    no_socket: bool = False
    cut_socket: int = 0  # closed after the event that names the running class
    ignore_cancel: bool = False  # accepts the cancel, runs on and succeeds
    down: bool = False  # every route but none answers: 500
    old: bool = False  # a version without /api/jobs
    lacks: set[str] = field(default_factory=set)  # model files

    def use_up(self, name: str) -> bool:
        """Return True if a fault is due, and count it as happened."""
        left: int = getattr(self, name)
        if left:
            setattr(self, name, left - 1)
        return bool(left)
