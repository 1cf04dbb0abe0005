"""Acts of operators: each is one transaction and one row of the audit log, or a dry run."""

import getpass
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.kit import audit_log, idempotency
from gateway.kit.audit_log import Actor
from gateway.kit.database.dry_run import DryRun
from gateway.kit.database.sessions import Session
from gateway.operator.gateway_location import GatewayLocation, open_database_at

OutcomeFields: TypeAlias = Mapping[str, object]
"""Fields of an act's target: open JSON values, for each act names its own. They are audited and
printed, never read by name."""


def get_local_operator() -> Actor:
    """Return the user of this machine as the actor of an act on the command line."""
    return Actor(kind="operator", id=getpass.getuser())


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorOrder:
    """An operator's order to act: its reason, actor and workplace, and if it is only a dry run.

    `once_key` names it: an order of the same name is not carried out again.
    """

    reason: str
    dry_run: bool = False
    once_key: str = ""
    where: GatewayLocation = None
    actor: Actor = field(default_factory=get_local_operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActOutcome:
    """The outcome of an act: its target and fields; not `changed` if it had been done before.

    `because` says why nothing changed, where that is not the reason.
    """

    target: str
    changed: bool = True
    because: str | None = None
    before: OutcomeFields = field(default_factory=dict)
    after: OutcomeFields = field(default_factory=dict)
    secret: OutcomeFields = field(default_factory=dict)  # printed once, never in the audit log


async def perform_act(
    order: OperatorOrder, action: str, work: Callable[[Session], Awaitable[ActOutcome]]
) -> OutcomeFields:
    """Carry out an act in one transaction and return its fields; `action` is `noun.verb`.

    Raises:
        Problem, LookupError, ValueError: of `work`; nothing was written then.
    """
    async with open_database_at(order.where) as database, database.write() as session:
        recorder = DryRun(session)
        if order.once_key and not await _claim_once(session, order, action):
            return {"changed": False}
        outcome = await work(session)
        if outcome.changed:
            await session.flush()
            after = {**outcome.after, "reason": order.reason}
            await audit_log.record(
                session,
                order.actor,
                action,
                outcome.target,
                before=outcome.before or None,
                after=after,
            )
        fields = {"target": outcome.target, "changed": outcome.changed, **outcome.after}
        if not outcome.changed and outcome.because is not None:
            fields["because"] = outcome.because
        if not order.dry_run:
            return {**fields, **outcome.secret}
        # A dry run is the real act, rolled back here: what it shows is what the act would write.
        return fields | {"dryRun": True, "rows": await recorder.undo()}


async def _claim_once(session: Session, order: OperatorOrder, action: str) -> bool:
    """Claim the name of an order; return False if an order of that name was carried out before."""
    return await idempotency.claim_key(
        session, idempotency.KeyScope(order.actor.id, "live", "PAGE", action, order.once_key)
    )
