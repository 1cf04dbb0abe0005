"""Steps that cost nothing and are done when the plan is executed; documents fill them."""

from collections.abc import Mapping
from typing import Any, Protocol

from gateway.kit.database import Session
from gateway.kit.operation import Caller


class FreeStep(Protocol):
    """One kind of document step, such as `studio.text.save`."""

    async def frozen(self, caller: Caller, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the input as it will be applied.

        Raises:
            Problem: it cannot be applied; `field` begins with `input.`.
        """
        ...

    async def apply(self, session: Session, caller: Caller, frozen: Mapping[str, Any]) -> None:
        """Carry it out in the transaction that executes the plan.

        Raises:
            PlanStale: the document is newer than the version that it was made from.
        """
        ...


FreeSteps = dict[str, FreeStep]
