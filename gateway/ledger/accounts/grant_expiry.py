"""Settlement and expiry of grants, both under the account's lock.

The problem: to take each charge from the right grant at once would rewrite grants on every job.
So spending only adds to the account's `untaken_microusd`. Grants are settled before one is added,
changed or expired, so settling late gives the same remainders as settling at once.

Expiry is exact nevertheless: a grant loses what neither past spending nor an open hold needs, as a
transfer `grant_expired`. A hold that is released later frees another part of the same grant, which
expires then: parts after the first are numbered in the reference (`crg_…:2`).
"""

from collections.abc import Sequence
from dataclasses import replace

from gateway.kit.database.sql import Tx, sql
from gateway.ledger.accounts.grants import (
    Grant,
    calculate_free_parts,
    find_earliest_expiry,
    sort_grants,
    take_from_grants,
)
from gateway.ledger.accounts.journal import Journal, NewTransfer, derive_transfer_id
from gateway.ledger.accounts.owners import House, house_account_number
from gateway.ledger.decisions import Account
from gateway.ledger.states import Phase

SELECT_OPEN_GRANTS = sql(
    """
    SELECT g.id, g.category, g.purchase_id, g.remaining_microusd, g.expires_at, g.created_at
    FROM {rows} LEFT JOIN credit_grant AS g  -- the left side is what PostgreSQL starts from
      ON g.account_id = given.account_id AND g.remaining_microusd > 0
    """,
    account_id="int",
)
COUNT_EXPIRED_PARTS = sql(
    """
    SELECT given.grant_id, count(t.id) FROM {rows} LEFT JOIN transfer AS t
      ON t.book = given.book AND t.code = 'grant_expired' AND t.phase = 'single'
     AND t.reference >= given.grant_id AND t.reference < given.past
    GROUP BY given.grant_id
    """,
    book="text",
    grant_id="text",
    past="text",
)


async def list_open_grants(tx: Tx, account: Account) -> list[Grant]:
    """Return the grants of an account with something remaining, in spending order."""
    rows = await tx.read(SELECT_OPEN_GRANTS, [(account.id,)])
    return sort_grants([Grant(*row) for row in rows if row[0] is not None])


async def settle_grants(tx: Tx, journal: Journal, account: Account) -> list[Grant]:
    """Take the account's untaken spending from its grants; return them in spending order.

    The caller may change them further, then writes them once with `journal.add_grant_remainders`
    and sets `grants_due_at`. The grants that come back empty must be written too.
    """
    grants, missing = take_from_grants(
        await list_open_grants(tx, account), account.untaken_microusd
    )
    if missing:
        raise RuntimeError(f"account {account.id} spent {missing} µUSD that no grant covers")
    journal.add_account(account)
    account.untaken_microusd = 0
    return grants


async def expire_grants(
    tx: Tx, account: Account, now: int, *, include_unexpired: bool = False
) -> None:
    """Move the free parts of expired grants, or of all (`include_unexpired`), to the house.

    Parts that open holds need stay on the account until the holds end.
    """
    journal = Journal(now)
    grants = await settle_grants(tx, journal, account)
    parts = calculate_free_parts(grants, 0, account.pending_microusd)
    ended = [grant for grant in grants if include_unexpired or grant.is_expired(now)]
    expired = [grant for grant in ended if parts[grant.id]]
    counts = await count_expired_parts(tx, account.book, expired)
    for grant in expired:
        reference = f"{grant.id}:{counts[grant.id] + 1}" if counts[grant.id] else grant.id
        transfer = NewTransfer(
            id=derive_transfer_id(now, f"expired:{reference}"),
            book=account.book,
            code="grant_expired",
            phase=Phase.SINGLE,
            reference=reference,
            debit=account.id,
            credit=house_account_number(House.EXPIRED, account.book),
            amount_microusd=parts[grant.id],
        )
        journal.add_single_transfer(transfer, account)
    moved = {grant.id: parts[grant.id] for grant in expired}
    remaining_grants = [
        replace(grant, remaining_microusd=grant.remaining_microusd - moved.get(grant.id, 0))
        for grant in grants
    ]
    journal.add_grant_remainders(remaining_grants)
    account.grants_due_at = find_earliest_expiry(remaining_grants)
    await tx.write(*journal.build_writes())


async def count_expired_parts(tx: Tx, book: str, grants: Sequence[Grant]) -> dict[str, int]:
    """Return by grant id how many parts of it have expired already."""
    # References are `id`, `id:2`, `id:3` …; ";" comes after ":", so `id;` is past them all.
    rows = [(book, grant.id, f"{grant.id};") for grant in grants]
    return dict(await tx.read(COUNT_EXPIRED_PARTS, rows)) if rows else {}
