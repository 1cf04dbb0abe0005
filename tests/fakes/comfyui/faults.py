"""What can go wrong on a node; a number says how many times from now on.

What is counted hits jobs alone, or the heartbeat's probe would use it up before the job comes.
"""

from dataclasses import dataclass, field


@dataclass
class Faults:
    """Set from a test, read by the node."""

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
    odd_prompt: bool = False  # of somebody else: the list of jobs is a 500
    garbage: int = 0  # /api/jobs answers what is no JSON
    empty_body: int = 0  # /api/jobs answers nothing
    node_errors: int = 0  # 200 with errors: the rest runs all the same
    stall: int = 0  # samples a while, then nothing more until it is canceled
    delay: float = 0  # seconds before each answer
    silent_socket: bool = False
    no_socket: bool = False
    cut_socket: int = 0  # closed after it said which class runs
    ignore_cancel: bool = False  # says yes, runs on and succeeds
    down: bool = False  # every route but none answers: 500
    old: bool = False  # a version without /api/jobs
    lacks: set[str] = field(default_factory=set)  # model files

    def take(self, name: str) -> bool:
        """Use up one of a fault."""
        left: int = getattr(self, name)
        if left:
            setattr(self, name, left - 1)
        return bool(left)
