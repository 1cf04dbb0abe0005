"""The kinds and states of shares, and the reasons to report one."""

from gateway.kit.database.states import State


class ShareKind(State):
    """The kind of result that is shared."""

    OUTPUT = "output"
    TAKE = "take"
    FILM = "film"


class ShareState(State):
    """The state of a share; only an active one is served.

    It has `ended` when its result was deleted or its account closed.
    """

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"
    TAKEN_DOWN = "taken-down"
    ENDED = "ended"


class ReportReason(State):
    """The reason why a visitor reports a share."""

    ILLEGAL = "illegal"
    SEXUAL = "sexual"
    VIOLENT = "violent"
    LIKENESS = "likeness"
    COPYRIGHT = "copyright"
    OTHER = "other"
