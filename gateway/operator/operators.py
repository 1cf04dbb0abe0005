"""Acts on operators: the accounts that may use the pages of operators."""

from typing import TypedDict

from gateway.identity.accounts import account_search, operators
from gateway.identity.keys.sessions import check_fresh_sign_in
from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.operation import Caller
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at


class OperatorRow(TypedDict):
    """The account of an operator."""

    accountId: str
    label: str
    emails: list[str]
    operatorSince: str


async def list_operators(where: GatewayLocation) -> list[OperatorRow]:
    """List the accounts of operators, the oldest first."""
    async with open_database_at(where) as database, database.read() as snapshot:
        rows = await operators.list_operators(snapshot)
        emails = await account_search.list_addresses(snapshot, [row.id for row in rows])
    return [
        {
            "accountId": row.id,
            "label": row.label,
            "emails": emails[row.id],
            "operatorSince": to_iso(row.operator_at or 0),
        }
        for row in rows
    ]


async def is_operator(where: GatewayLocation, account_id: str) -> bool:
    """Return True if an account is an operator's, however old its sign-in."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return await operators.is_operator(snapshot, account_id)


async def is_admitted_operator(where: GatewayLocation, caller: Caller) -> bool:
    """Return True if a browser session may use the pages of operators.

    Raises:
        FreshSignInRequired: it may, but its sign-in is older than ten minutes.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        if not await operators.is_operator(snapshot, caller.person_id):
            return False
        await check_fresh_sign_in(snapshot, caller)
    return True


async def grant_operator_access(order: OperatorOrder, name: str) -> OutcomeFields:
    """Let an account, by its id or verified address, use the pages of operators.

    Raises:
        NotFound: there is none.
    """

    async def work(session: Session) -> ActOutcome:
        account_id = await account_search.get_account_id(session, name)
        changed = await operators.grant_operator_access(session, account_id)
        return ActOutcome(target=account_id, changed=changed, after={"operator": True})

    return await perform_act(order, "operator.grant", work)


async def revoke_operator_access(order: OperatorOrder, name: str) -> OutcomeFields:
    """Take the pages of operators from an account; an open page stops answering.

    Raises:
        NotFound: there is no such account.
    """

    async def work(session: Session) -> ActOutcome:
        account_id = await account_search.get_account_id(session, name)
        changed = await operators.revoke_operator_access(session, account_id)
        return ActOutcome(target=account_id, changed=changed, after={"operator": False})

    return await perform_act(order, "operator.revoke", work)
