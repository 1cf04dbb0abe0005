"""The states of the shots of a storyboard."""

from gateway.kit.database.states import State


class ReviewState(State):
    """The review state of a shot."""

    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"
