"""Acts on accounts: create, search, read, freeze, correct a balance, give credit."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypedDict

from gateway.identity.accounts import account_search
from gateway.identity.keys import keys
from gateway.identity.keys.secrets import Peppers
from gateway.kit import idempotency
from gateway.kit.clock import DAY, to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd, render_usd, to_amount_fields
from gateway.ledger import transfers
from gateway.ledger.accounts import freezes, owners
from gateway.ledger.reports.balances import Balance, fetch_balances
from gateway.ledger.reports.transfer_search import is_transfer_recorded
from gateway.operator import account_sales, top_ups
from gateway.operator.account_sales import (
    BillingRow,
    BudgetRow,
    MemberRow,
    RedeemedCodeRow,
    TeamRow,
)
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, load_peppers, open_database_at
from gateway.operator.top_ups import TopUpRuleRow


class AccountRow(TypedDict):
    """An account in a list."""

    accountId: str
    label: str
    emails: list[str]
    operator: bool
    createdAt: str


class FreezeRow(TypedDict):
    """A freeze in force: `dispute` or `operator`, and the case that names it."""

    reason: str
    reference: str


class CreditRow(TypedDict):
    """The rest of an account's credit with one category and expiry."""

    category: str
    remainingUsd: str
    remainingMicrousd: int
    expiresAt: str | None


class BookBalance(TypedDict):
    """The balance of an account in one book."""

    state: str
    freezes: list[FreezeRow]
    availableUsd: str
    availableMicrousd: int
    heldUsd: str
    heldMicrousd: int
    debtUsd: str
    debtMicrousd: int
    credit: list[CreditRow]


class AccountDetails(TypedDict):
    """An account with its addresses, its balance in each book, its team and what it buys by."""

    accountId: str
    label: str
    emails: list[str]
    operatorSince: str | None
    createdAt: str
    closedAt: str | None
    live: BookBalance
    test: BookBalance
    members: list[MemberRow]
    teams: list[TeamRow]
    billing: BillingRow | None
    topUps: list[TopUpRuleRow]
    codes: list[RedeemedCodeRow]
    budgets: list[BudgetRow]


async def create_account(
    data_dir: Path | None, credit_usd: str, mode: str, label: str
) -> OutcomeFields:
    """Create an account with exactly this credit in one book, and a key with the sign-in scopes.

    Raises:
        ValueError: the credit is not a plain decimal.
    """
    order = OperatorOrder(reason=label, where=data_dir)
    return await create_account_once(order, credit_usd=credit_usd, mode=mode, label=label)


async def create_account_once(
    order: OperatorOrder, *, credit_usd: str, mode: str, label: str, reference: str | None = None
) -> OutcomeFields:
    """Create an account; a reference that was used before returns the account it created.

    Raises:
        ValueError: the credit is not a plain decimal.
    """
    amount, ids, peppers = parse_usd(credit_usd), Ids(), load_peppers(order.where)

    async def work(session: Session) -> ActOutcome:
        scope = idempotency.KeyScope("operator", mode, "CLI", "account create", reference or "")
        stored = (
            (await idempotency.find_answers(session, [scope])).get(scope) if reference else None
        )
        if stored is not None:
            account_id = stored.resource_id
            return ActOutcome(target=account_id, changed=False, after={"accountId": account_id})
        account = await create_account_with_key(
            session, ids, peppers, mode=mode, amount=amount, label=label
        )
        if reference:
            answer = idempotency.StoredAnswer(b"", 0, "", account["accountId"])
            await session.write(idempotency.build_answer_write([(scope, answer)]))
        after = {"accountId": account["accountId"], "label": label, "mode": mode}
        return ActOutcome(
            target=account["accountId"],
            after=after | to_amount_fields("credit", amount),
            secret={"apiKey": account["apiKey"]},
        )

    return await perform_act(order, "account.create", work)


async def create_account_with_key(
    session: Session, ids: Ids, peppers: Peppers, *, mode: str, amount: int, label: str
) -> dict[str, str]:
    """Create account, credit and key in the caller's transaction; return the id and the key."""
    account_id = await keys.create_account(session, ids, label)
    if amount:
        await transfers.credit_account(
            session,
            ids,
            account=await owners.get_account_number(session, account_id, mode),
            book=mode,
            code="promo",
            reference=f"operator:{account_id}",
            amount_microusd=amount,
            source=owners.House.PROMO,
            category="promo",
            description="credit given by the operator",
        )
    new_key = keys.NewKey(account_id, mode, label, keys.SIGN_IN_SCOPES, "operator")
    _, key = await keys.create(session, ids, peppers, new_key)
    return {"accountId": account_id, "apiKey": key}


async def list_accounts(
    where: GatewayLocation, find: str = "", before: str = ""
) -> list[AccountRow]:
    """List the 50 newest accounts below an id that match a text, or all.

    `find` is an id, a part of an address or label, or the id or beginning of an API key.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        rows = await account_search.search_accounts(snapshot, find.strip(), before)
        emails = await account_search.list_addresses(snapshot, [row.id for row in rows])
    return [
        {
            "accountId": row.id,
            "label": row.label,
            "emails": emails[row.id],
            "operator": row.operator_at is not None,
            "createdAt": to_iso(row.created_at),
        }
        for row in rows
    ]


async def get_account_details(where: GatewayLocation, name: str) -> AccountDetails:
    """Return an account by its id or verified address, with its addresses and balances.

    Raises:
        NotFound: there is none.
    """
    async with open_database_at(where) as database:
        async with database.read() as snapshot:
            account_id = await account_search.get_account_id(snapshot, name)
            row = await keys.get_account(snapshot, account_id)
            emails = (await account_search.list_addresses(snapshot, [account_id]))[account_id]
            numbers = {
                book: await owners.get_account_number(snapshot, account_id, book)
                for book in owners.BOOKS
            }
            freezes_in_force = {
                book: await freezes.list_freezes(snapshot, number)
                for book, number in numbers.items()
            }
            members = await account_sales.list_team_members(snapshot, account_id)
            teams = await account_sales.list_own_teams(snapshot, account_id)
            billing = await account_sales.load_billing(snapshot, account_id)
            rules = await top_ups.list_account_rules(snapshot, account_id)
            codes = await account_sales.list_redeemed_codes(snapshot, account_id)
        budgets = await account_sales.list_account_budgets(database, account_id, numbers)
        by_number = await fetch_balances(database, list(numbers.values()))
    return {
        "accountId": row.id,
        "label": row.label,
        "emails": emails,
        "operatorSince": to_iso_or_none(row.operator_at),
        "createdAt": to_iso(row.created_at),
        "closedAt": to_iso_or_none(row.closed_at),
        "live": render_book(by_number[numbers["live"]], freezes_in_force["live"]),
        "test": render_book(by_number[numbers["test"]], freezes_in_force["test"]),
        "members": members,
        "teams": teams,
        "billing": billing,
        "topUps": rules,
        "codes": codes,
        "budgets": budgets,
    }


def render_book(balance: Balance, in_force: Sequence[tuple[str, str]]) -> BookBalance:
    """Render a balance and the freezes in force, each a reason and a reference."""
    return {
        "state": balance.state,
        "freezes": [{"reason": reason, "reference": case} for reason, case in in_force],
        "availableUsd": render_usd(balance.available_microusd),
        "availableMicrousd": balance.available_microusd,
        "heldUsd": render_usd(balance.held_microusd),
        "heldMicrousd": balance.held_microusd,
        "debtUsd": render_usd(balance.debt_microusd),
        "debtMicrousd": balance.debt_microusd,
        "credit": [
            {
                "category": bucket.category,
                "remainingUsd": render_usd(bucket.remaining_microusd),
                "remainingMicrousd": bucket.remaining_microusd,
                "expiresAt": to_iso_or_none(bucket.expires_at),
            }
            for bucket in balance.buckets
        ],
    }


async def freeze(order: OperatorOrder, name: str, reference: str) -> OutcomeFields:
    """Freeze an account's spending in both books, until the same reference is unfrozen."""

    async def work(session: Session) -> ActOutcome:
        account_id = await account_search.get_account_id(session, name)
        numbers = [await owners.get_account_number(session, account_id, b) for b in owners.BOOKS]
        changed = [
            await freezes.freeze_account(
                session, account=number, reason="operator", reference=reference
            )
            for number in sorted(numbers)  # the order in which everyone locks ledger accounts
        ]
        return ActOutcome(target=account_id, changed=any(changed), after={"reference": reference})

    return await perform_act(order, "account.freeze", work)


async def unfreeze(order: OperatorOrder, name: str, reference: str) -> OutcomeFields:
    """Lift a freeze, also that of a lost dispute; without another the account spends again."""

    async def work(session: Session) -> ActOutcome:
        account_id = await account_search.get_account_id(session, name)
        numbers = [await owners.get_account_number(session, account_id, b) for b in owners.BOOKS]
        changed = [
            await freezes.unfreeze_account(
                session, account=number, reason=reason, reference=reference
            )
            for number in sorted(numbers)  # the order in which everyone locks ledger accounts
            for reason in ("dispute", "operator")
        ]
        return ActOutcome(target=account_id, changed=any(changed), after={"reference": reference})

    return await perform_act(order, "account.unfreeze", work)


async def adjust_balance(
    order: OperatorOrder, name: str, *, amount_usd: str, mode: str, reference: str
) -> OutcomeFields:
    """Correct a balance by a signed amount, down to zero available credit at most.

    Raises:
        InsufficientCredits: the correction would take more than is available.
        ValueError: the amount is zero, or the reference moved another amount.
    """
    sign = -1 if amount_usd.startswith("-") else 1
    amount = sign * parse_usd(amount_usd.removeprefix("-"))
    if not amount:
        raise ValueError("the amount must not be zero")

    async def work(session: Session) -> ActOutcome:
        account_id = await account_search.get_account_id(session, name)
        own_reference = f"{account_id}:{reference}"
        number = await owners.get_account_number(session, account_id, mode)
        after = {"reference": own_reference, "mode": mode, **to_amount_fields("amount", amount)}
        if await is_transfer_recorded(session, mode, "adjust", own_reference, number, amount):
            return ActOutcome(target=account_id, changed=False, after=after)
        available = await transfers.adjust_balance(
            session,
            Ids(),
            account=number,
            book=mode,
            reference=own_reference,
            amount_microusd=amount,
            description="correction by the operator",  # the account's owner reads it
        )
        return ActOutcome(target=account_id, after=after | to_amount_fields("available", available))

    return await perform_act(order, "account.adjust", work)


async def grant_credit(
    order: OperatorOrder, name: str, *, credit_usd: str, mode: str, reference: str, days: int
) -> OutcomeFields:
    """Give promotional credit that expires after `days`; 0 is never.

    Raises:
        ValueError: the amount is zero, or the reference gave another amount.
    """
    amount = parse_usd(credit_usd)
    if not amount:
        raise ValueError("the credit must be above zero")

    async def work(session: Session) -> ActOutcome:
        account_id = await account_search.get_account_id(session, name)
        own_reference = f"operator:{account_id}:{reference}"
        number = await owners.get_account_number(session, account_id, mode)
        after = {"reference": own_reference, "mode": mode, **to_amount_fields("credit", amount)}
        if await is_transfer_recorded(session, mode, "promo", own_reference, number, amount):
            return ActOutcome(target=account_id, changed=False, after=after)
        now = await get_database_time(session)
        available = await transfers.credit_account(
            session,
            Ids(),
            account=number,
            book=mode,
            code="promo",
            reference=own_reference,
            amount_microusd=amount,
            source=owners.House.PROMO,
            category="promo",
            expires_at=now + days * DAY if days else None,
            description="credit given by the operator",
        )
        return ActOutcome(target=account_id, after=after | to_amount_fields("available", available))

    return await perform_act(order, "account.grant", work)
