"""Free steps: they cost nothing, become no job, and are done when the plan is executed.

`gateway.studio.plans.preparation.document_steps` has the ones there are; plans know only this
protocol.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.kit.database.sessions import Session
from gateway.kit.operation import Caller
from gateway.media.tasks.input_json import InputJson
from gateway.studio.plans.tables import ApprovalPlan


class FreeStep(Protocol):
    """One kind of free step, such as `studio.text.save`; `scope` is what its caller needs."""

    @property
    def scope(self) -> str: ...  # noqa: D102 - see above

    async def freeze(
        self, caller: Caller, project_id: str | None, requested_input: Mapping[str, Any]
    ) -> InputJson:
        """Return the input as it will be applied; `project_id` is the plan's.

        Raises:
            Problem: the step cannot be applied; `field` begins with `input.`.
        """
        ...

    async def check_unchanged(
        self, session: Session, account: int, frozen_input: Mapping[str, Any]
    ) -> None:
        """Check that the step can still be applied.

        Raises:
            PlanStale: the document was changed since, or it or its project is gone.
        """
        ...

    async def apply(
        self, session: Session, caller: Caller, plan: ApprovalPlan, frozen_input: Mapping[str, Any]
    ) -> None:
        """Apply the step, in the transaction that executes the plan.

        Raises:
            PlanStale: the document was changed since, or it or its project is gone.
        """
        ...


FreeSteps = dict[str, FreeStep]
