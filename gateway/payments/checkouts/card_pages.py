"""Pages of a provider that save a card: each is known before its address is given to anybody."""

from sqlalchemy import select, update

from gateway.kit.clock import SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.payments.shop import Shop
from gateway.payments.tables import CardSetup, Checkout

FIRST_LOOK = 15 * SECOND  # until then the person may come back by themselves
INSERT_PAGE = sql(
    f"""
    INSERT INTO card_setup (session_id, account_id, book, person_id, opened_at, next_look_at)
    SELECT given.session_id, given.account_id, given.book, given.person_id, kt_now(),
        kt_now() + {FIRST_LOOK}
    FROM {{rows}} WHERE true
    ON CONFLICT (session_id) DO NOTHING
    """,  # noqa: S608 - a constant
    session_id="text",
    account_id="text",
    book="text",
    person_id="text",
)


async def record_card_page(
    session: Session, *, session_id: str, account_id: str, book: str, person_id: str
) -> None:
    """Record a page on which a person may save a card; a repetition changes nothing.

    A card that is saved there is taken or forgotten, even if the browser never comes back.
    """
    await session.change(INSERT_PAGE, [(session_id, account_id, book, person_id)])


async def record_checkout_page(shop: Shop, checkout: Checkout, session_id: str) -> None:
    """Record the payment page of a checkout as one that saves a card, if it does."""
    if checkout.card_person_id is None:
        return
    async with shop.database.write() as session:
        await record_card_page(
            session, session_id=session_id, account_id=checkout.account_id, book=checkout.book,
            person_id=checkout.card_person_id,
        )  # fmt: skip


async def withdraw_card_pages(session: Session, account_id: str, book: str) -> bool:
    """Let no open page of an account save a card any more; return True if there was one.

    The caller holds the lock of the account, under which a page takes effect.
    """
    withdrawn = await session.execute(
        update(CardSetup)
        .where(
            CardSetup.account_id == account_id,
            CardSetup.book == book,
            CardSetup.used_at.is_(None),
            CardSetup.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=await get_database_time(session))
        .returning(CardSetup.session_id)
    )
    return bool(withdrawn.all())


async def is_withdrawn(session: Session, session_id: str) -> bool:
    """Return True if the card of a page must be forgotten."""
    found = select(CardSetup.withdrawn_at).where(CardSetup.session_id == session_id)
    return await session.scalar(found) is not None
