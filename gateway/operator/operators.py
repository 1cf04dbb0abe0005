"""Acts on operators: the accounts that may use the pages of operators."""

from typing import TypedDict

from gateway.identity import finding, operators
from gateway.identity.sessions import need_fresh
from gateway.kit.clock import to_iso
from gateway.kit.database import Session
from gateway.kit.operation import Caller
from gateway.operator.acting import Deed, DeedFields, Order, act
from gateway.operator.opening import Where, database_at


class OperatorRow(TypedDict):
    """The account of an operator."""

    accountId: str
    label: str
    emails: list[str]
    operatorSince: str


async def listed(where: Where) -> list[OperatorRow]:
    """List the accounts of operators, the oldest first."""
    async with database_at(where) as database, database.read() as snapshot:
        rows = await operators.everyone(snapshot)
        emails = await finding.addresses(snapshot, [row.id for row in rows])
    return [
        {
            "accountId": row.id,
            "label": row.label,
            "emails": emails[row.id],
            "operatorSince": to_iso(row.operator_at or 0),
        }
        for row in rows
    ]


async def admitted(where: Where, caller: Caller) -> bool:
    """Return True if a browser session may use the pages of operators.

    Raises:
        FreshSignInRequired: it may, but its sign-in is older than ten minutes.
    """
    async with database_at(where) as database, database.read() as snapshot:
        if not await operators.is_operator(snapshot, caller.account_id):
            return False
        await need_fresh(snapshot, caller)
    return True


async def grant(order: Order, name: str) -> DeedFields:
    """Let an account, by its id or verified address, use the pages of operators.

    Raises:
        NotFound: there is none.
    """

    async def work(session: Session) -> Deed:
        account_id = await finding.account_named(session, name)
        changed = await operators.appoint(session, account_id)
        return Deed(target=account_id, changed=changed, after={"operator": True})

    return await act(order, "operator.grant", work)


async def revoke(order: Order, name: str) -> DeedFields:
    """Take the pages of operators from an account; an open page stops answering.

    Raises:
        NotFound: there is no such account.
    """

    async def work(session: Session) -> Deed:
        account_id = await finding.account_named(session, name)
        changed = await operators.dismiss(session, account_id)
        return Deed(target=account_id, changed=changed, after={"operator": False})

    return await act(order, "operator.revoke", work)
