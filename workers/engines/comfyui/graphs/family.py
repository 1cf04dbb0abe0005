"""The base of every model family: files, limits, and a graph for each of its tasks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from gateway.media.nodes import MOST_PATIENCE
from gateway.media.tasks.base import Family as Planning
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import Facts
from workers.engines.comfyui.graphs.examples import examples
from workers.engines.comfyui.graphs.graph import Graph

ModelFile = Annotated[str, Field(min_length=1, max_length=300)]
Patience = Annotated[int, Field(ge=1, le=MOST_PATIENCE)]


class Family(Protocol):
    """A family as builders, dispatch and planning see it.

    `max_pixel_frames` is width x height x frames at most, None for no limit; `patience` is how
    many times the usual time a job may take.
    """

    @property
    def tasks(self) -> frozenset[str]:
        """Return the tasks that it does."""
        ...

    @property
    def planning(self) -> Planning:
        """Return what planning a job needs to know of it."""
        ...

    def planning_on(self, facts: Facts) -> Planning:
        """Return that for a node of these facts, which know the classes of extensions."""
        ...

    @property
    def max_pixel_frames(self) -> int | None:
        """Return its limit."""
        ...

    @property
    def patience(self) -> int:
        """Return how patient we are with it."""
        ...

    def examples(self, task: str) -> Mapping[str, RenderPlan]:
        """Return typical plans of a task by name: every variant that the family can do."""
        ...

    def draw(self, plan: RenderPlan, facts: Facts, prefix: str) -> Graph:
        """Return the graph of a legal plan."""
        ...


class BuiltFamily(BaseModel, ABC):
    """A family whose graphs we draw; its fields are what the engines file says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tasks: ClassVar[frozenset[str]]

    max_pixel_frames: Annotated[int | None, Field(gt=0)] = None
    patience: Patience = 1

    @property
    @abstractmethod
    def planning(self) -> Planning:
        """Return what planning a job needs to know of it."""

    def planning_on(self, facts: Facts) -> Planning:  # noqa: ARG002 - its graphs are our own
        """Return what planning a job needs to know of it, the same on every node."""
        return self.planning

    def examples(self, task: str) -> Mapping[str, RenderPlan]:
        """Return every variant of the task."""
        return examples(task, self.planning)

    @abstractmethod
    def draw(self, plan: RenderPlan, facts: Facts, prefix: str) -> Graph:
        """Return the graph of a legal plan."""
