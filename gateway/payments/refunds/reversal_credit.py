"""The credit of reversals: what each owes, takes and gives back.

The problem: several refunds and disputes may overlap, come in any order, fail later, and together
claim more than was paid. So nothing is added up from events. Each step computes from all reversals
of the locked purchase what is owed (`calculate_owed_credit` and `calculate_due_credit` are pure),
and debits only the difference to what was taken before.

Invariants: a reversal in state `taken` says how much credit and bonus it took, at most the part
that its own amount owes. What all of them owe beyond that (each part is rounded down) is taken by
rests: rows without an amount. Undoing a reversal gives back what it and all rests took, and draws
the rests anew. So what is taken is always what the reversals left owe together, and all of the
price takes all of the credit and bonus, however it was split.
"""

from collections.abc import Sequence

from gateway.kit.database.sessions import Session
from gateway.ledger import transfers
from gateway.ledger.accounts.grants import Category
from gateway.ledger.accounts.owners import House
from gateway.payments.purchases.purchase_bills import (
    find_purchase_bill,
    get_total_micros,
)
from gateway.payments.refunds.reversal_rows import (
    BONUS_SUFFIX,
    CHAIN_REVERSAL_KIND,
    UNDO_CODES,
    add_reversal,
    date_return,
    list_reversals,
)
from gateway.payments.shop import Shop
from gateway.payments.states import ReversalState
from gateway.payments.tables import Purchase, Reversal


def calculate_owed_credit(
    *, total_micros: int, credit_microusd: int, bonus_microusd: int, returned_micros: int
) -> tuple[int, int]:
    """Return the credit and the bonus that belong to the returned part of a bill's total.

    Together they are floor((credit + bonus) * returned / total): the whole total takes all. Total
    and returned part are in the currency of the bill. Of a total of 0 nothing can go back.
    """
    if not total_micros:
        return 0, 0
    returned = min(returned_micros, total_micros)
    credit = credit_microusd * returned // total_micros
    both = (credit_microusd + bonus_microusd) * returned // total_micros
    return credit, both - credit


async def take_reversal(
    session: Session, shop: Shop, purchase: Purchase, row: Reversal, rows: Sequence[Reversal]
) -> None:
    """Mark a reversal as taken, and debit what is owed for all taken ones and not yet debited."""
    row.state = ReversalState.TAKEN
    await date_return(session, row, rows, was_settled=False)
    total_micros = await load_total_micros(session, purchase)
    own = calculate_owed_credit(
        total_micros=total_micros,
        credit_microusd=purchase.credit_microusd,
        bonus_microusd=purchase.bonus_microusd,
        returned_micros=row.returned_micros,
    )
    due = calculate_due_credit(purchase, rows, total_micros)
    row.credit_taken_microusd, row.bonus_taken_microusd = map(min, due, own)
    await debit_reversal(session, shop, purchase, row)
    await debit_rest(session, shop, purchase)


async def undo_reversal(
    session: Session, shop: Shop, purchase: Purchase, row: Reversal, rows: Sequence[Reversal]
) -> None:
    """Give back what a reversal and all rests took, then debit what the others owe together."""
    was_settled = row.settled_micros > 0
    await give_back_credit(session, shop, purchase, row)
    row.state = ReversalState.UNDONE
    await date_return(session, row, rows, was_settled=was_settled)
    await redraw_rests(session, shop, purchase, rows)


async def redraw_rests(
    session: Session, shop: Shop, purchase: Purchase, rows: Sequence[Reversal]
) -> None:
    """Give back what all rests took, then debit what the taken reversals owe together."""
    for each in list_rests(rows):
        await give_back_credit(session, shop, purchase, each)
        each.state = ReversalState.UNDONE
    await debit_rest(session, shop, purchase)


async def mend_rests(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Redraw rests that took more than the reversals owe; a program from before left such ones.

    If a failed refund made another one take more, and a dispute was won after that, the rest stayed
    with the wrong one.
    """
    rows = await list_reversals(session, purchase)
    taken = [each for each in rows if each.state == ReversalState.TAKEN]
    owed = calculate_owed_credit(
        total_micros=await load_total_micros(session, purchase),
        credit_microusd=purchase.credit_microusd,
        bonus_microusd=purchase.bonus_microusd,
        returned_micros=sum(each.returned_micros for each in taken),
    )
    drawn = sum(each.credit_taken_microusd + each.bonus_taken_microusd for each in taken)
    if drawn > sum(owed):
        await redraw_rests(session, shop, purchase, rows)


def calculate_due_credit(
    purchase: Purchase, rows: Sequence[Reversal], total_micros: int
) -> tuple[int, int]:
    """Return the credit and the bonus still to debit for all reversals in state `taken`: pure.

    If a chain took the bonus by itself, that paid for no refund. Then no bonus is left to take,
    and the credit is owed as if the purchase had brought none.
    """
    taken = [each for each in rows if each.state == ReversalState.TAKEN]
    credit, bonus = calculate_owed_credit(
        total_micros=total_micros,
        credit_microusd=purchase.credit_microusd,
        bonus_microusd=purchase.bonus_microusd,
        returned_micros=sum(each.returned_micros for each in taken),
    )
    credit_before = sum(each.credit_taken_microusd for each in taken)
    if any(is_bonus_reversal(each, rows) for each in taken):
        return max(0, credit - credit_before), 0
    bonus_before = sum(each.bonus_taken_microusd for each in taken)
    due = max(0, credit + bonus - credit_before - bonus_before)
    bonus_due = min(due, max(0, bonus - bonus_before))
    return due - bonus_due, bonus_due


async def debit_reversal(session: Session, shop: Shop, purchase: Purchase, row: Reversal) -> None:
    """Debit the credit and the bonus that a reversal takes."""
    for part, category, target in list_taken_parts(shop, purchase, row):
        await transfers.claw_back(
            session,
            shop.ids,
            account=purchase.ledger_account,
            book=purchase.book,
            code=row.kind,
            reference=build_transfer_reference(row, category),
            amount_microusd=part,
            target=target,
            purchase_id=purchase.id,
            category=category,
            description=f"{row.kind} of {purchase.id}",
        )


async def debit_rest(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Debit what the taken reversals owe together and none of them took, by a row of its own."""
    rows = await list_reversals(session, purchase)
    due = calculate_due_credit(purchase, rows, await load_total_micros(session, purchase))
    if not any(due):
        return
    # The natural key of a transfer is used once, so each rest has the next number.
    taken = [each for each in rows if each.state == ReversalState.TAKEN]
    base = next(each for each in taken if each.returned_micros)
    row = await add_reversal(
        session, shop, purchase, kind=base.kind, amount_micros=0, reason=base.reason,
        provider_reference=f"{base.provider_reference}:{2 + len(list_later_reversals(base, rows))}",
    )  # fmt: skip
    row.state = ReversalState.TAKEN
    row.credit_taken_microusd, row.bonus_taken_microusd = due
    await debit_reversal(session, shop, purchase, row)


async def give_back_credit(session: Session, shop: Shop, purchase: Purchase, row: Reversal) -> None:
    """Credit exactly what a reversal took."""
    for part, category, source in list_taken_parts(shop, purchase, row):
        await transfers.credit_account(
            session,
            shop.ids,
            account=purchase.ledger_account,
            book=purchase.book,
            code=UNDO_CODES[row.kind],
            reference=build_transfer_reference(row, category),
            amount_microusd=part,
            source=source,
            category=category,
            expires_at=purchase.expires_at,
            purchase_id=purchase.id,
            description=f"{row.kind} of {purchase.id} given back",
        )


def list_taken_parts(
    shop: Shop, purchase: Purchase, row: Reversal
) -> list[tuple[int, Category, House]]:
    """List what a reversal took, without empty parts: amount, category, house account."""
    every_part: tuple[tuple[int, Category, House], ...] = (
        (
            row.credit_taken_microusd,
            "paid",
            shop.provider_classes[purchase.provider].clearing_account,
        ),
        (row.bonus_taken_microusd, "bonus", House.BONUS),
    )
    return [part for part in every_part if part[0]]


def build_transfer_reference(row: Reversal, category: Category) -> str:
    """Build the natural key of the transfer by which a reversal takes a category of credit."""
    return f"{row.provider_reference}{BONUS_SUFFIX if category == 'bonus' else ''}"


def is_bonus_reversal(row: Reversal, rows: Sequence[Reversal]) -> bool:
    """Return True if this chain reversal took a bonus by itself, and still does."""
    is_without_amount = is_chain_reversal_taken(row) and not row.returned_micros
    return is_without_amount and row not in list_rests(rows)


def is_chain_reversal_taken(row: Reversal) -> bool:
    """Return True if this is a chain reversal whose credit was not given back."""
    return row.kind == CHAIN_REVERSAL_KIND and row.state == ReversalState.TAKEN


def list_rests(rows: Sequence[Reversal]) -> list[Reversal]:
    """List the taken rows without an amount that took what no other reversal could: `du_1:2`."""
    return [
        each
        for each in rows
        if each.state == ReversalState.TAKEN
        and not each.returned_micros
        and any(each in list_later_reversals(base, rows) for base in rows)
    ]


def list_later_reversals(row: Reversal, rows: Sequence[Reversal]) -> list[Reversal]:
    """List the rests that were added under the reference of this reversal: `du_1:2`, `du_1:3`."""
    start = f"{row.provider_reference}:"
    return [each for each in rows if (each.provider_reference or "").startswith(start)]


async def load_total_micros(session: Session, purchase: Purchase) -> int:
    """Return what was charged for a purchase in all, in the currency of its bill."""
    return get_total_micros(purchase, await find_purchase_bill(session, purchase.id))
