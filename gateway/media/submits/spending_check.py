"""The spending check: refusals that a submit would get now, for dry runs and quotes.

It is only a forecast; admission decides under the account's lock.
"""

from dataclasses import dataclass

from gateway.kit.database.sessions import Database
from gateway.kit.errors import (
    AccountFrozen,
    ConcurrencyLimited,
    InsufficientCredits,
    KeyLimitExceeded,
)
from gateway.kit.operation import Caller
from gateway.ledger.decisions import find_policies
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.policies import load_spenders
from gateway.ledger.reports.balances import fetch_balances
from gateway.ledger.states import AccountState
from gateway.media.submits.admission import COUNT_QUEUED_JOBS


@dataclass(frozen=True, slots=True)
class SpendingCheck:
    """An account's available credit, and the error codes that a submit would get."""

    available_microusd: int
    affordable: bool
    blocked_by: list[str]


async def check_spending(
    database: Database, caller: Caller, *, total_microusd: int, jobs: int, queued_limit: int
) -> SpendingCheck:
    """Check balance, caps of the key and member, and queued jobs for so many jobs of that total."""
    number = caller.ledger_account
    balance = (await fetch_balances(database, [number]))[number]
    async with database.read() as snapshot:
        known = await load_spenders(snapshot, [caller.spender_id])
        queued = (await snapshot.read(COUNT_QUEUED_JOBS, [(number,)]))[0][1]
    policies = find_policies(known.spenders.get(caller.spender_id or ""), {}, known)
    capped = policies.find_refusal(total_microusd, known.now)
    affordable = balance.available_microusd >= total_microusd and not balance.debt_microusd
    refusals = {
        AccountFrozen.code: balance.state != AccountState.ACTIVE,
        InsufficientCredits.code: not affordable,
        KeyLimitExceeded.code: isinstance(capped, KeyLimitExceeded),
        MemberLimitExceeded.code: isinstance(capped, MemberLimitExceeded),
        ConcurrencyLimited.code: queued + jobs > queued_limit,
    }
    blocked_by = [code for code, refused in refusals.items() if refused]
    return SpendingCheck(balance.available_microusd, affordable, blocked_by)
