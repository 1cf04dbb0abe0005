"""Steps that cost nothing and are done when the plan is executed; documents fill them."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.kit.database import Session
from gateway.kit.operation import Caller
from gateway.media.tasks.base import InputJson
from gateway.studio.plans.tables import ApprovalPlan


class FreeStep(Protocol):
    """One kind of document step, such as `studio.text.save`; `scope` is what its caller needs."""

    @property
    def scope(self) -> str: ...  # noqa: D102 - see above

    async def frozen(
        self, caller: Caller, project_id: str | None, given: Mapping[str, Any]
    ) -> InputJson:
        """Return the input as it will be applied; `project_id` is the plan's.

        Raises:
            Problem: it cannot be applied; `field` begins with `input.`.
        """
        ...

    async def check(self, session: Session, account: int, frozen: Mapping[str, Any]) -> None:
        """Look whether it can still be applied.

        Raises:
            PlanStale: the document is newer than the version that it was made from, or gone.
        """
        ...

    async def apply(
        self, session: Session, caller: Caller, plan: ApprovalPlan, frozen: Mapping[str, Any]
    ) -> None:
        """Carry it out in the transaction that executes the plan.

        Raises:
            PlanStale: the document is newer than the version that it was made from, or gone.
        """
        ...


FreeSteps = dict[str, FreeStep]
