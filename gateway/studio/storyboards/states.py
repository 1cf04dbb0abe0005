"""The states of the shots of a storyboard."""

from gateway.kit.database.states import State


class ReviewState(State):
    """Review of a shot by its authors."""

    DRAFT = "draft"
    APPROVED = "approved"
    REJECTED = "rejected"
