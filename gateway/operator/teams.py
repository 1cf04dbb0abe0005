"""Acts on teams: the members of an account, and the removal of one."""

from gateway.identity.accounts import account_search
from gateway.identity.keys import keys
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.teams import memberships
from gateway.identity.teams.removal import end_membership
from gateway.kit.database.sessions import Session
from gateway.kit.operation import Ports
from gateway.operator.account_sales import MemberRow, list_team_members
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.operator.payments import open_shop
from gateway.shares.member_work import EndedWork


async def list_members(where: GatewayLocation, name: str) -> list[MemberRow]:
    """List the members and open invitations of an account by its id or verified address.

    Raises:
        NotFound: there is no such account.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        account_id = await account_search.get_account_id(snapshot, name)
        return await list_team_members(snapshot, account_id)


async def remove_member(order: OperatorOrder, member_id: str) -> OutcomeFields:
    """Remove a member from their team: keys, apps, devices, sessions and waiting plans end.

    The team's auto top-up stops if it charges a card of theirs, and its owner gets an e-mail.

    Raises:
        NotFound: there is no such member now.
    """

    async def work(session: Session) -> ActOutcome:
        account_id = await memberships.get_team_id(session, member_id)
        member = await memberships.lock_member(session, account_id, member_id)
        await keys.lock_account(session, account_id)
        ended = await end_membership(session, ended_work, member)
        if isinstance(order.where, Ports):
            session.run_after_commit(order.where.get(KeyRing).clear_cache)
        after = {"accountId": account_id, "personId": member.person_id}
        return ActOutcome(target=member_id, after=after | {"ended": ended.to_audit_fields()})

    async with open_shop(order.where) as shop:
        ended_work = EndedWork(mailer=shop.mailer, site=shop.site)
        return await perform_act(order, "team.remove", work)
