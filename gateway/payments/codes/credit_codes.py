"""Credit codes of operators: made, listed, shown with their redemptions, and disabled."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import and_, func, or_, select

from gateway.kit.clock import to_microseconds
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import get_database_time
from gateway.kit.ids import Ids
from gateway.kit.money import MICROUSD_PER_USD, render_usd
from gateway.payments.codes.code_words import CodeWords, choose_words, generate_words
from gateway.payments.codes.tables import CodeRedemption as CodeRedemption
from gateway.payments.codes.tables import CreditCode as CreditCode

MOST_CREDIT_MICROUSD = 10_000 * MICROUSD_PER_USD
MOST_USES = 1_000_000
MOST_DAYS = 9_999
MOST_NOTE_CHARACTERS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code to be made: its credit, how often and until when it can be redeemed, and for whom.

    `word` is empty for a generated code. `last_day` is the last UTC day on which it can be
    redeemed; `credit_days` are the days until its credit expires, 0 for never. A code for the first
    purchase is credited with one whose price, without a tax on top, is at least
    `least_purchase_microusd`.
    """

    book: str
    credit_microusd: int
    uses: int
    word: str = ""
    last_day: date | None = None
    first_purchase: bool = False
    credit_days: int = 90
    note: str = ""
    least_purchase_microusd: int = 0

    def check(self) -> None:
        """Check the bounds of a code.

        Raises:
            ValueError: one is not kept; the message says which.
        """
        if not 0 < self.credit_microusd <= MOST_CREDIT_MICROUSD:
            raise ValueError(
                f"the credit must be above zero, at most ${render_usd(MOST_CREDIT_MICROUSD)}"
            )
        if not 1 <= self.uses <= MOST_USES:
            raise ValueError(f"the uses must be 1 to {MOST_USES}")
        if not 0 <= self.credit_days <= MOST_DAYS:
            raise ValueError(f"the days must be 0 to {MOST_DAYS}")
        if self.least_purchase_microusd < 0 or (
            self.least_purchase_microusd and not self.first_purchase
        ):
            raise ValueError("only a code for the first purchase can ask for a least price")
        if len(self.note) > MOST_NOTE_CHARACTERS:
            raise ValueError(f"the note has at most {MOST_NOTE_CHARACTERS} characters")


async def create_code(session: Session, ids: Ids, new: NewCode) -> tuple[CreditCode, str]:
    """Create a code; return its row and its text, which is stored only for a chosen word.

    Raises:
        ValueError: a bound is not kept, the last day is over, or the word was used before.
    """
    new.check()
    words: CodeWords = choose_words(new.word) if new.word else generate_words(ids)
    now = await get_database_time(session)
    expires_at = None if new.last_day is None else end_of_day(new.last_day)
    if expires_at is not None and expires_at <= now:
        raise ValueError("the last day is over")
    taken = select(CreditCode.id).where(CreditCode.code_hash == words.code_hash)
    if await session.scalar(taken) is not None:
        raise ValueError(f"{words.text} is a code already, and codes are never used again")
    row = CreditCode(
        id=ids.new("cod"),
        book=new.book,
        code_hash=words.code_hash,
        label=words.label,
        credit_microusd=new.credit_microusd,
        credit_days=new.credit_days,
        uses=new.uses,
        used=0,
        first_purchase=int(new.first_purchase),
        note=new.note,
        created_at=now,
        expires_at=expires_at,
        disabled_at=None,
        least_purchase_microusd=new.least_purchase_microusd,
    )
    session.add(row)
    await session.flush()
    return row, words.text


def end_of_day(last_day: date) -> int:
    """Return the first microsecond after a UTC day."""
    midnight = datetime.combine(last_day + timedelta(days=1), time(), UTC)
    return to_microseconds(midnight) or 0


async def disable_code(session: Session, code_id: str) -> bool:
    """Disable a code for good, also for accounts in which it waits; return False if it was.

    Raises:
        LookupError: there is no such code.
    """
    row = await session.scalar(select(CreditCode).where(CreditCode.id == code_id).with_for_update())
    if row is None:
        raise LookupError(f"there is no code {code_id}")
    if row.disabled_at is not None:
        return False
    row.disabled_at = await get_database_time(session)
    return True


async def list_codes(snapshot: Snapshot, limit: int) -> Sequence[CreditCode]:
    """List the newest codes."""
    query = select(CreditCode).order_by(CreditCode.id.desc()).limit(limit)
    return (await snapshot.scalars(query)).all()


async def get_code(snapshot: Snapshot, code_id: str) -> CreditCode:
    """Return a code.

    Raises:
        LookupError: there is none with this id.
    """
    row = await snapshot.get(CreditCode, code_id)
    if row is None:
        raise LookupError(f"there is no code {code_id}")
    return row


async def list_code_redemptions(
    snapshot: Snapshot, code_id: str, limit: int
) -> Sequence[CodeRedemption]:
    """List the newest redemptions of a code."""
    query = select(CodeRedemption).where(CodeRedemption.code_id == code_id)
    query = query.order_by(CodeRedemption.redeemed_at.desc(), CodeRedemption.account_id)
    return (await snapshot.scalars(query.limit(limit))).all()


async def survey_open_codes(snapshot: Snapshot) -> dict[str, tuple[int, int, int]]:
    """Return of each book its open codes, the credit they may still give, and what waits, µUSD."""
    now = await get_database_time(snapshot)
    is_open = and_(
        CreditCode.disabled_at.is_(None),
        or_(CreditCode.expires_at.is_(None), CreditCode.expires_at > now),
    )
    left = CreditCode.credit_microusd * (CreditCode.uses - CreditCode.used)
    codes = select(CreditCode.book, func.count(), func.coalesce(func.sum(left), 0))
    rows = await snapshot.execute(
        codes.where(is_open, CreditCode.used < CreditCode.uses).group_by(CreditCode.book)
    )
    unredeemed = {book: (number, int(credit)) for book, number, credit in rows}
    waiting_sums = (
        select(CodeRedemption.book, func.coalesce(func.sum(CodeRedemption.credit_microusd), 0))
        .join(CreditCode, CreditCode.id == CodeRedemption.code_id)
        .where(CodeRedemption.credited_at.is_(None), is_open)
    )
    waits = await snapshot.execute(waiting_sums.group_by(CodeRedemption.book))
    waiting = {book: int(credit) for book, credit in waits}
    return {
        book: (*unredeemed.get(book, (0, 0)), waiting.get(book, 0)) for book in ("live", "test")
    }
