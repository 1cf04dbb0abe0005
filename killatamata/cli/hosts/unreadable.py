"""The error of settings that cannot be read."""


class Unreadable(ValueError):  # noqa: N818 - a state of the text
    """A text is not what its host reads; the message says where."""
