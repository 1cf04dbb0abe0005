"""Ledger accounts: a row per owner and book for customers and affiliates, constants for the house.

The house never blocks a transfer: it has entries, but no row, no lock and no balance check.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Literal

from gateway.kit.database.sql import Tx, sql

BOOKS = ("live", "test")
AccountKind = Literal["customer", "affiliate"]


class House(IntEnum):
    """The house accounts of the live book; those of the test book lie 100 lower."""

    CLEARING_STRIPE = -1
    CLEARING_ONCHAIN = -2
    CLEARING_COINBASE = -3
    CLEARING_X402 = -4
    CLEARING_MANUAL = -5
    CLEARING_PAYOUTS = -6
    REVENUE = -7
    BONUS = -8
    PROMO = -9
    EXPIRED = -10
    AFFILIATE_COST = -11
    ADJUST = -12


def house_account_number(kind: House, book: str) -> int:
    """Return the account number of a house account in a book."""
    return int(kind) if book == "live" else kind - 100


INSERT_ACCOUNTS = sql(
    """
    INSERT INTO ledger_account (kind, owner_id, book, posted_microusd, pending_microusd,
                                incoming_microusd, debt_microusd, untaken_microusd, version, state)
    SELECT given.kind, given.owner_id, given.book, 0, 0, 0, 0, 0, 0, 'active'
    FROM {rows} WHERE true
    ON CONFLICT (owner_id, kind, book) DO NOTHING
    """,
    kind="text",
    owner_id="text",
    book="text",
)
SELECT_ACCOUNT_NUMBERS = sql(
    """
    SELECT given.owner_id, given.book, a.id FROM {rows} JOIN ledger_account AS a
      ON a.owner_id = given.owner_id AND a.kind = given.kind AND a.book = given.book
    """,
    owner_id="text",
    kind="text",
    book="text",
)
SELECT_ACCOUNT_VERSION = sql(
    "SELECT a.version FROM {rows} JOIN ledger_account AS a ON a.id = given.id", id="int"
)

SELECT_OWNERS = sql(
    "SELECT a.id, a.owner_id FROM {rows} JOIN ledger_account AS a ON a.id = given.id", id="int"
)
SELECT_BOOK = sql("SELECT a.book FROM {rows} JOIN ledger_account AS a ON a.id = given.id", id="int")


async def open_accounts(tx: Tx, owner_id: str, kind: AccountKind = "customer") -> None:
    """Create an owner's accounts in both books; existing ones stay as they are."""
    await tx.change(INSERT_ACCOUNTS, [(kind, owner_id, book) for book in BOOKS])


async def get_account_number(
    tx: Tx, owner_id: str, book: str, kind: AccountKind = "customer"
) -> int:
    """Return the number of an owner's account in a book.

    Raises:
        LookupError: the account was never opened.
    """
    rows = await tx.read(SELECT_ACCOUNT_NUMBERS, [(owner_id, kind, book)])
    if not rows:
        raise LookupError(f"no {book} account of {owner_id}")
    number: int = rows[0][2]
    return number


async def get_customer_numbers(
    tx: Tx, customers: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """Return the account number of each customer and book that has one."""
    wanted = [(owner_id, "customer", book) for owner_id, book in customers]
    rows = await tx.read(SELECT_ACCOUNT_NUMBERS, wanted)
    return {(owner_id, book): number for owner_id, book, number in rows}


async def get_account_version(tx: Tx, account: int) -> int:
    """Return the account's version, which rises with each entry; 0 if there is no account."""
    rows = await tx.read(SELECT_ACCOUNT_VERSION, [(account,)])
    return rows[0][0] if rows else 0


async def get_account_book(tx: Tx, number: int) -> str:
    """Return the book of an account.

    Raises:
        LookupError: there is no such account.
    """
    rows = await tx.read(SELECT_BOOK, [(number,)])
    if not rows:
        raise LookupError(f"no account {number}")
    book: str = rows[0][0]
    return book


async def get_account_owners(tx: Tx, numbers: Iterable[int]) -> dict[int, str]:
    """Return the owner id of each account that exists, by account number."""
    rows = await tx.read(SELECT_OWNERS, [(number,) for number in sorted(set(numbers))])
    return dict(rows)
