"""Acts on auto top-ups: list the rules, show one with its charges, stop and release it."""

from typing import TypedDict

from gateway.identity.accounts import account_search
from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.money import render_usd
from gateway.ledger.accounts.owners import BOOKS
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.operator.payments import open_shop
from gateway.payments.currencies import render_amount
from gateway.payments.shop import Shop
from gateway.payments.top_ups import operator_top_ups
from gateway.payments.top_ups.operator_top_ups import RuleSurvey

NEWEST_CHARGES = 20


class TopUpRuleRow(TypedDict):
    """An auto top-up in a list; amounts without a dollar name are in `currency`."""

    accountId: str
    mode: str
    state: str
    offReason: str | None
    thresholdUsd: str
    package: str
    currency: str
    monthlyMaximum: str
    chargedThisMonth: str
    card: str | None
    declines: int
    retryAt: str | None
    changedAt: str


class TopUpRow(TypedDict):
    """A charge of a saved card, and what came of it; `amount` is in `currency`, with tax."""

    checkoutId: str
    mode: str
    state: str
    declineCode: str | None
    package: str
    currency: str
    amount: str
    createdAt: str
    endedAt: str | None


class AccountTopUps(TypedDict):
    """The auto top-ups of an account, and its newest charges."""

    accountId: str
    rules: list[TopUpRuleRow]
    charges: list[TopUpRow]


async def list_top_up_rules(where: GatewayLocation, limit: int) -> list[TopUpRuleRow]:
    """List the auto top-ups of all accounts, changed last first."""
    async with open_database_at(where) as database, database.read() as snapshot:
        found = await operator_top_ups.survey_rules(snapshot, limit=limit)
    return [render_rule(each) for each in found]


async def get_account_top_ups(where: GatewayLocation, account: str) -> AccountTopUps:
    """Return the auto top-ups of an account in both modes, and its newest charges.

    Raises:
        LookupError: there is no such account.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        account_id = await account_search.get_account_id(snapshot, account)
        rules = await list_account_rules(snapshot, account_id)
        charges = await operator_top_ups.list_newest(snapshot, account_id, NEWEST_CHARGES)
    return {
        "accountId": account_id,
        "rules": rules,
        "charges": [
            {
                "checkoutId": row.checkout_id,
                "mode": row.book,
                "state": row.state,
                "declineCode": row.decline_code,
                "package": row.package_code,
                "currency": row.currency,
                "amount": render_amount(row.gross_micros, row.currency),
                "createdAt": to_iso(row.created_at),
                "endedAt": to_iso_or_none(row.ended_at),
            }
            for row in charges
        ],
    }


async def list_account_rules(snapshot: Snapshot, account_id: str) -> list[TopUpRuleRow]:
    """List the auto top-ups of an account, at most one in each book."""
    found = await operator_top_ups.survey_rules(snapshot, limit=len(BOOKS), account_id=account_id)
    return [render_rule(each) for each in found]


async def stop_top_up(order: OperatorOrder, account: str, book: str) -> OutcomeFields:
    """Turn the auto top-up of an account off and remove its card; the person gets an e-mail.

    It cannot be turned on again until it is released.

    Raises:
        LookupError: there is no such account.
    """
    async with open_shop(order.where) as shop:
        account_id = await find_account(shop, account)

        async def work(session: Session) -> ActOutcome:
            before = await operator_top_ups.stop_account_top_up(session, shop, account_id, book)
            return ActOutcome(
                target=account_id, changed=before is not None, before=before or {},
                after={"mode": book},
            )  # fmt: skip

        return await perform_act(order, "topup.stop", work)


async def release_top_up(order: OperatorOrder, account: str, book: str) -> OutcomeFields:
    """Let the owner of an auto top-up that an operator stopped turn it on again.

    Raises:
        LookupError: there is no such account.
    """
    async with open_shop(order.where) as shop:
        account_id = await find_account(shop, account)

        async def work(session: Session) -> ActOutcome:
            changed = await operator_top_ups.release_account_top_up(session, account_id, book)
            because = None if changed else "no operator has stopped it in this mode"
            return ActOutcome(
                target=account_id, changed=changed, because=because, after={"mode": book}
            )

        return await perform_act(order, "topup.release", work)


async def find_account(shop: Shop, account: str) -> str:
    """Return the id of an account by its id or an e-mail address.

    Raises:
        LookupError: there is no such account.
    """
    async with shop.database.read() as snapshot:
        return await account_search.get_account_id(snapshot, account)


def render_rule(survey: RuleSurvey) -> TopUpRuleRow:
    """Render a rule as operators see it."""
    rule, card = survey.rule, survey.card
    return {
        "accountId": rule.account_id,
        "mode": rule.book,
        "state": rule.state,
        "offReason": rule.off_reason,
        "thresholdUsd": render_usd(rule.threshold_microusd),
        "package": rule.package_code,
        "currency": rule.currency,
        "monthlyMaximum": render_amount(rule.monthly_max_micros, rule.currency),
        "chargedThisMonth": render_amount(survey.counted_micros, rule.currency),
        "card": None if card is None else f"{card.brand} {card.last4}",
        "declines": rule.declines,
        "retryAt": to_iso_or_none(rule.retry_at),
        "changedAt": to_iso(rule.changed_at),
    }
