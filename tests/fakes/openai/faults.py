"""The faults of a stand-in; a number is how many times the fault is still to happen."""

from dataclasses import dataclass


@dataclass
class Faults:
    """The faults that a test sets and the stand-in reads; counted ones hit only paid calls."""

    round_to: int = 1  # sizes are floored to a multiple of this
    short: int = 0  # a film lacks its last frame
    drop_call: int = 0  # the connection ends and nothing was accepted
    lose_reply: int = 0  # the work is done or begun, its answer never arrives
    late_seconds: float = 0  # the work is done or begun, its answer arrives so much later
    refuse: int = 0  # answers `refuse_status` before it accepts anything
    refuse_status: int = 429
    retry_after: str = "1"
    unpaid: int = 0  # our credit there is used up
    content: int = 0  # refuses what the prompt shows
    bad_request: int = 0  # a 400 that is no matter of content
    fail: int = 0  # accepted, and then it fails
    redirect: int = 0  # sends to `elsewhere`
    paths: int = 0  # answers with a path on the server's own disk
    link: int = 0  # answers with the URL `elsewhere`
    elsewhere: str = "http://127.0.0.1:9/secret.png"
    flood: int = 0  # an answer that never ends
    garbage: int = 0  # a 200 with HTML
    not_media: int = 0  # a 200 of the right shape whose bytes are no picture or film
    empty: int = 0  # a 200 without any picture
    flood_content: int = 0  # the file of a video never ends
    redirect_content: int = 0  # and is said to be `elsewhere`
    cut_content: int = 0  # and ends before its last byte
    ignore_cancel: bool = False  # says yes to a cancel and works on
    poll_after_ms: str = ""  # what it says with the state of a film
    down: bool = False  # every route answers 503
    key: str = ""  # the bearer key that every call needs

    def use_up(self, name: str) -> bool:
        """Return True if a fault is due, and count it as happened."""
        left: int = getattr(self, name)
        if left:
            setattr(self, name, left - 1)
        return bool(left)
