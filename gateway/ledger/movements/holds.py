"""Holds: money reserved for many spenders at once, decided together and written together.

The problem is one hot account with many submits a second. All holds of a moment share one lock,
one read of spenders and one write. `decide_holds` is pure and gives the values after all holds.
Here they become rows, one entry and one version of the account for each hold, in order of arrival.
"""

from collections.abc import Sequence

from gateway.kit.database.sql import Tx, Write
from gateway.kit.errors import Problem
from gateway.ledger.accounts.journal import Journal, NewTransfer
from gateway.ledger.accounts.locks import LockedAccounts
from gateway.ledger.accounts.owners import House, house_account_number
from gateway.ledger.decisions import AdmittedHold, Decision, Hold, SpenderView, decide_holds
from gateway.ledger.policies import load_spenders
from gateway.ledger.states import Phase


async def hold_many(
    tx: Tx, locked: LockedAccounts, holds: Sequence[Hold], view: SpenderView | None = None
) -> tuple[list[AdmittedHold | Problem], list[Write]]:
    """Admit or refuse each hold, in order of arrival.

    `view` are the spenders of the holds, if the caller has read them under these locks already.

    Returns: the outcomes in order, and the writes of the admitted holds. The caller passes them to
    `tx.write` in the same transaction, together with its own writes.
    """
    if not holds:
        return [], []
    if view is None:
        view = await load_spenders(tx, [hold.key_id for hold in holds])
    decision = decide_holds(holds, locked.accounts, view)
    writes = build_hold_journal(locked, decision, view.now).build_writes()
    locked.accounts.update(decision.accounts)
    return decision.outcomes, writes


def build_hold_journal(locked: LockedAccounts, decision: Decision, now: int) -> Journal:
    """Return a journal with the rows of the admitted holds; `locked` has the values before them."""
    journal = Journal(now)
    versions = {number: locked.accounts[number].version for number in decision.accounts}
    # `decision` has the final version of an account. Its entries count up from the locked version,
    # which is also what the database must still have when the account is written.
    for number, account in decision.accounts.items():
        journal.add_account(account, stored_version=versions[number])
    for held in decision.outcomes:
        if isinstance(held, Problem):
            continue
        hold, revenue = held.hold, house_account_number(House.REVENUE, held.hold.book)
        journal.add_transfer(
            NewTransfer(
                id=hold.id,
                book=hold.book,
                code=hold.code,
                phase=Phase.PENDING,
                reference=hold.reference,
                debit=hold.account,
                credit=revenue,
                amount_microusd=hold.amount_microusd,
                key_id=hold.key_id,
                policy_id=held.policies.own_id,
                member_policy_id=held.policies.member_id,
            )
        )
        versions[hold.account] += 1
        at = (hold.account, versions[hold.account])
        journal.add_account_entry(
            hold.id, "pending", at, -hold.amount_microusd, held.available_microusd
        )
        journal.add_house_leg(hold.id, "pending", revenue, hold.amount_microusd)
    for policy in decision.policies.values():
        journal.add_policy(policy)
    return journal
