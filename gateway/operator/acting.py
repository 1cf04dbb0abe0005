"""Writing commands: one transaction, in the audit log; rehearsed, they write nothing."""

import getpass
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from gateway.kit import audit_log, idempotency
from gateway.kit.audit_log import Actor
from gateway.kit.database import Session
from gateway.kit.rehearsal import Rehearsal
from gateway.operator.opening import Where, database_at

DeedFields: TypeAlias = Mapping[str, object]
"""What a command says of its target: open JSON values, for each command names its own. They are
audited and printed, never read by name."""


def at_this_machine() -> Actor:
    """Return whoever sits at this machine."""
    return Actor(kind="operator", id=getpass.getuser())


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a command was given: where, by whom, why, and whether only to show what it would do.

    `once` names it: under the same name it is not done again.
    """

    reason: str
    dry_run: bool = False
    once: str = ""
    where: Where = None
    actor: Actor = field(default_factory=at_this_machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a command did to what; `changed` is false when it had been done before."""

    target: str
    changed: bool = True
    before: DeedFields = field(default_factory=dict)
    after: DeedFields = field(default_factory=dict)
    secret: DeedFields = field(default_factory=dict)  # shown once, never in the audit log


async def act(order: Order, action: str, work: Callable[[Session], Awaitable[Deed]]) -> DeedFields:
    """Carry out a command and say what came of it; `action` is `noun.verb`.

    Raises:
        Problem, LookupError, ValueError: the work's own; nothing was written then.
    """
    async with database_at(order.where) as database, database.write() as session:
        rehearsal = Rehearsal(session)
        if order.once and not await _first(session, order, action):
            return {"changed": False}
        deed = await work(session)
        if deed.changed:
            await session.flush()
            after = {**deed.after, "reason": order.reason}
            await audit_log.record(
                session, order.actor, action, deed.target, before=deed.before or None, after=after
            )
        shown = {"target": deed.target, "changed": deed.changed, **deed.after}
        if not order.dry_run:
            return {**shown, **deed.secret}
        return shown | {"dryRun": True, "rows": await rehearsal.undo()}


async def _first(session: Session, order: Order, action: str) -> bool:
    """Return True if this command is carried out for the first time."""
    return await idempotency.claim(
        session, idempotency.Scope(order.actor.id, "live", "PAGE", action, order.once)
    )
