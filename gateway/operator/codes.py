"""Acts on credit codes: make, list, show with their redemptions, disable."""

from datetime import date
from typing import Literal, TypedDict

from gateway.kit.clock import to_iso, to_iso_or_none
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd, render_usd, to_amount_fields
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.payments.codes import credit_codes
from gateway.payments.codes.credit_codes import CodeRedemption, CreditCode, NewCode

MOST_CODES, MOST_REDEMPTIONS = 200, 500
CodeState = Literal["open", "used-up", "expired", "disabled"]


class CodeRow(TypedDict):
    """A credit code in a list; of a generated one only the beginning is known."""

    codeId: str
    code: str
    mode: str
    state: CodeState
    creditUsd: str
    creditMicrousd: int
    used: int
    uses: int
    firstPurchase: bool
    leastPurchaseUsd: str
    leastPurchaseMicrousd: int
    creditDays: int
    note: str
    createdAt: str
    expiresAt: str | None
    disabledAt: str | None


class RedemptionRow(TypedDict):
    """A redemption of a code, the credit that it gave, and what a refund took back of that."""

    accountId: str
    state: str
    creditUsd: str
    creditMicrousd: int
    takenBackUsd: str
    takenBackMicrousd: int
    purchaseId: str | None
    redeemedAt: str
    creditedAt: str | None
    expiresAt: str | None


class CodeDetails(CodeRow):
    """A credit code with its newest redemptions."""

    redemptions: list[RedemptionRow]


async def create_code(
    order: OperatorOrder,
    *,
    credit_usd: str,
    mode: str,
    uses: int,
    word: str,
    last_day: str,
    first_purchase: bool,
    least_purchase_usd: str,
    days: int,
    note: str,
) -> OutcomeFields:
    """Create a credit code; its text is in the outcome and, if generated, nowhere else.

    Without a `word` it is generated; `last_day` is empty or a date such as 2026-12-31. An empty
    `least_purchase_usd` is the credit of the code, if it is for the first purchase.

    Raises:
        ValueError: a value is out of its bounds, or the word was used before.
    """
    credit_microusd = parse_usd(credit_usd)
    default_microusd = credit_microusd if first_purchase else 0
    new = NewCode(
        book=mode,
        credit_microusd=credit_microusd,
        uses=uses,
        word=word,
        last_day=parse_last_day(last_day),
        first_purchase=first_purchase,
        credit_days=days,
        note=note.strip(),
        least_purchase_microusd=parse_usd(least_purchase_usd or render_usd(default_microusd)),
    )
    ids = Ids()

    async def work(session: Session) -> ActOutcome:
        row, text = await credit_codes.create_code(session, ids, new)
        after = {
            "codeId": row.id,
            "label": row.label,
            "mode": row.book,
            **to_amount_fields("credit", row.credit_microusd),
            "uses": row.uses,
            "firstPurchase": bool(row.first_purchase),
            **to_amount_fields("leastPurchase", row.least_purchase_microusd),
            "creditDays": row.credit_days,
            "expiresAt": to_iso_or_none(row.expires_at),
            "note": row.note,
        }
        return ActOutcome(target=row.id, after=after, secret={"code": text})

    return await perform_act(order, "code.create", work)


async def disable_code(order: OperatorOrder, code_id: str) -> OutcomeFields:
    """Disable a code for good; what it credited stays, and what waits is never credited.

    Raises:
        LookupError: there is no such code.
    """

    async def work(session: Session) -> ActOutcome:
        changed = await credit_codes.disable_code(session, code_id)
        return ActOutcome(target=code_id, changed=changed)

    return await perform_act(order, "code.disable", work)


async def list_codes(where: GatewayLocation) -> list[CodeRow]:
    """List the newest codes."""
    async with open_database_at(where) as database, database.read() as snapshot:
        now = await get_database_time(snapshot)
        return [
            render_code(row, now) for row in await credit_codes.list_codes(snapshot, MOST_CODES)
        ]


async def get_code_details(where: GatewayLocation, code_id: str) -> CodeDetails:
    """Return a code with its newest redemptions.

    Raises:
        LookupError: there is no such code.
    """
    async with open_database_at(where) as database, database.read() as snapshot:
        row = await credit_codes.get_code(snapshot, code_id)
        redemptions = await credit_codes.list_code_redemptions(snapshot, code_id, MOST_REDEMPTIONS)
        return {
            **render_code(row, await get_database_time(snapshot)),
            "redemptions": [render_redemption(each) for each in redemptions],
        }


def render_code(row: CreditCode, now: int) -> CodeRow:
    """Render a code with its state at a time."""
    return {
        "codeId": row.id,
        "code": row.label,
        "mode": row.book,
        "state": find_code_state(row, now),
        "creditUsd": render_usd(row.credit_microusd),
        "creditMicrousd": row.credit_microusd,
        "used": row.used,
        "uses": row.uses,
        "firstPurchase": bool(row.first_purchase),
        "leastPurchaseUsd": render_usd(row.least_purchase_microusd),
        "leastPurchaseMicrousd": row.least_purchase_microusd,
        "creditDays": row.credit_days,
        "note": row.note,
        "createdAt": to_iso(row.created_at),
        "expiresAt": to_iso_or_none(row.expires_at),
        "disabledAt": to_iso_or_none(row.disabled_at),
    }


def find_code_state(row: CreditCode, now: int) -> CodeState:
    """Return the state of a code at a time."""
    if row.disabled_at is not None:
        return "disabled"
    if row.expires_at is not None and row.expires_at <= now:
        return "expired"
    return "used-up" if row.used >= row.uses else "open"


def render_redemption(row: CodeRedemption) -> RedemptionRow:
    """Render a redemption."""
    return {
        "accountId": row.account_id,
        "state": row.state,
        "creditUsd": render_usd(row.credit_microusd),
        "creditMicrousd": row.credit_microusd,
        "takenBackUsd": render_usd(row.taken_back_microusd),
        "takenBackMicrousd": row.taken_back_microusd,
        "purchaseId": row.purchase_id,
        "redeemedAt": to_iso(row.redeemed_at),
        "creditedAt": to_iso_or_none(row.credited_at),
        "expiresAt": to_iso_or_none(row.expires_at),
    }


def parse_last_day(text: str) -> date | None:
    """Read a day such as 2026-12-31; an empty text is None.

    Raises:
        ValueError: it is no day.
    """
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("the last day must be a date such as 2026-12-31") from None
