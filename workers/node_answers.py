"""The shape of what `admin node check` tells of a node of any engine."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict


class NodeCheck(TypedDict):
    """The answers of a node at this moment; by task, the family it can use, and what it lacks.

    `rendered` is the picture or film that a server made for the check.
    """

    answers: bool
    trouble: str | None
    seconds: NotRequired[float]
    version: NotRequired[str]
    queueDepth: NotRequired[int]
    can: NotRequired[dict[str, str]]
    lacks: NotRequired[dict[str, list[str]]]
    rendered: NotRequired[Mapping[str, object]]
