"""The base of every model family: files, limits, and a graph for each of its tasks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, ClassVar, Protocol

from pydantic import BaseModel, ConfigDict, Field

from gateway.media.nodes.node_pool import MOST_PATIENCE
from gateway.media.tasks.base import Family as Planning
from workers.engines.base import RenderPlan
from workers.engines.comfyui.facts import ComfyFacts
from workers.engines.comfyui.graphs.families.examples import build_examples
from workers.engines.comfyui.graphs.graph import Graph

ModelFile = Annotated[str, Field(min_length=1, max_length=300)]
Patience = Annotated[int, Field(ge=1, le=MOST_PATIENCE)]


class Family(Protocol):
    """A family of models, built in or an operator's template.

    `max_pixel_frames` limits width x height x frames, None is no limit; `patience` is how many
    times the usual time a job may take.
    """

    @property
    def tasks(self) -> frozenset[str]:
        """Return the tasks that the family does."""
        ...

    @property
    def planning(self) -> Planning:
        """Return the traits of the family that decide how a job is planned."""
        ...

    def planning_on(self, facts: ComfyFacts) -> Planning:
        """Return those traits on one node, whose facts also have the classes of extensions."""
        ...

    @property
    def max_pixel_frames(self) -> int | None:
        """Return the limit of width x height x frames."""
        ...

    @property
    def patience(self) -> int:
        """Return how many times the usual time a job may take."""
        ...

    def examples(self, task: str) -> Mapping[str, RenderPlan]:
        """Return example plans of a task by name: every variant that the family can do."""
        ...

    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:
        """Draw the graph of a legal plan."""
        ...


class BuiltFamily(BaseModel, ABC):
    """A family whose graphs we draw; its fields are those of its entry in the engines file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    tasks: ClassVar[frozenset[str]]

    max_pixel_frames: Annotated[int | None, Field(gt=0)] = None
    patience: Patience = 1

    @property
    @abstractmethod
    def planning(self) -> Planning:
        """Return the traits of the family that decide how a job is planned."""

    def planning_on(self, facts: ComfyFacts) -> Planning:  # noqa: ARG002 - its graphs are our own
        """Return those traits, which are the same on every node."""
        return self.planning

    def examples(self, task: str) -> Mapping[str, RenderPlan]:
        """Return every variant of the task."""
        return build_examples(task, self.planning)

    @abstractmethod
    def draw(self, plan: RenderPlan, facts: ComfyFacts, prefix: str) -> Graph:
        """Draw the graph of a legal plan."""
