"""The figures in the shell of a page: the balance, and how many plans wait for approval."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.identity.teams.memberships import list_memberships
from gateway.identity.teams.schemas import TeamShown
from gateway.identity.teams.views import load_team_accounts
from gateway.kit.database.sessions import Database
from gateway.kit.operation import Caller, Ports
from gateway.ledger.operations import BalanceReader
from gateway.operator.operators import is_operator
from gateway.studio.plans.reader import PlanReader

MOST_COUNTED_PLANS = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class ShellFigures:
    """Figures of the account in the navigation, in the book of the page."""

    available_microusd: int
    has_open_jobs: bool
    waiting_plans: int
    is_operator: bool
    accounts: Sequence[TeamShown] = ()

    @property
    def waiting_count(self) -> str:
        """Return the number of waiting plans as it is shown; empty if none waits."""
        if self.waiting_plans > MOST_COUNTED_PLANS:
            return f"{MOST_COUNTED_PLANS}+"
        return str(self.waiting_plans or "")


async def load_figures(ports: Ports, caller: Caller) -> ShellFigures:
    """Load the figures of a caller; the reads run side by side."""
    balances: BalanceReader = ports.get(BalanceReader)
    plans: PlanReader = ports.get(PlanReader)
    balance, waiting, operates, accounts = await asyncio.gather(
        balances.get_balance(caller.ledger_account),
        plans.count_pending_plans(caller, MOST_COUNTED_PLANS + 1),
        is_operator(ports, caller.person_id),
        list_other_accounts(ports, caller),
    )
    return ShellFigures(
        available_microusd=balance.available_microusd,
        has_open_jobs=balance.held_microusd > 0,
        waiting_plans=waiting,
        is_operator=operates,
        accounts=accounts,
    )


async def list_other_accounts(ports: Ports, caller: Caller) -> Sequence[TeamShown]:
    """List the accounts that the person may work in; none if it is only their own."""
    database: Database = ports.get(Database)
    async with database.read() as snapshot:
        if not await list_memberships(snapshot, caller.person_id):
            return ()
        return (await load_team_accounts(snapshot, caller)).data
