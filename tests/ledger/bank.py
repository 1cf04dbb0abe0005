"""A customer's account with the verbs that the tests of the ledger use."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.kit.caller import SpenderId
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import Tx
from gateway.kit.errors import Problem
from gateway.kit.ids import Ids
from gateway.ledger.accounts.grants import Category
from gateway.ledger.accounts.owners import (
    House,
    get_account_number,
    house_account_number,
    open_accounts,
)
from gateway.ledger.invariants import check_invariants
from gateway.ledger.policies import Limits, open_spender, revoke_member, set_member_limits
from gateway.ledger.reports.balances import Balance, fetch_balances
from gateway.ledger.tables import Entry
from gateway.ledger.transfers import (
    AdmittedHold,
    Hold,
    credit_account,
    hold_many,
    lock_accounts,
    post,
    void,
)


async def admit_holds(tx: Tx, holds: Sequence[Hold]) -> list[AdmittedHold | Problem]:
    """Lock the accounts, decide about the holds and write them, as admission does."""
    locked = await lock_accounts(tx, [hold.account for hold in holds])
    outcomes, writes = await hold_many(tx, locked, holds)
    await tx.write(*writes)
    return outcomes


@dataclass
class Bank:
    """A customer's account in the live book."""

    database: Database
    ids: Ids
    account: int
    key: str | None = None

    async def credit(
        self, amount: int, category: Category = "paid", *, expires_at: int | None = None,
        purchase: str | None = None, reference: str | None = None,
    ) -> int:  # fmt: skip
        async with self.database.write() as tx:
            return await credit_account(
                tx,
                self.ids,
                account=self.account,
                book="live",
                code="promo",
                reference=reference or self.ids.new("pur"),
                amount_microusd=amount,
                source=House.CLEARING_STRIPE,
                category=category,
                expires_at=expires_at,
                purchase_id=purchase,
            )

    def build_hold(self, amount: int, *, key: str | None = None) -> Hold:
        transfer, name = self.ids.new("trf"), key or self.key
        spender = None if name is None else SpenderId(name)
        return Hold(transfer, self.account, "live", f"test_{transfer}", amount, spender)

    async def try_hold(self, *amounts: int, key: str | None = None) -> list[AdmittedHold | Problem]:
        """Hold amounts in one batch; return the outcomes in order."""
        holds = [self.build_hold(amount, key=key) for amount in amounts]
        async with self.database.write() as tx:
            return await admit_holds(tx, holds)

    async def admit_hold(self, amount: int, *, key: str | None = None) -> str:
        """Hold an amount that is available; return the hold's id."""
        (outcome,) = await self.try_hold(amount, key=key)
        assert isinstance(outcome, AdmittedHold), outcome
        return outcome.hold.id

    async def post(self, hold_id: str, amount: int | None = None) -> int:
        async with self.database.write() as tx:
            return await post(tx, hold_id, amount)

    async def void(self, hold_id: str) -> int:
        async with self.database.write() as tx:
            return await void(tx, hold_id)

    async def new_key(
        self, name: str, limits: Limits | None = None, *, member: str | None = None, **more: int
    ) -> str:
        async with self.database.write() as tx:
            await open_spender(
                tx,
                key_id=name,
                account=self.account,
                policy_id=f"pol_{name}" if limits else None,
                limits=limits,
                expires_at=more.get("expires_at"),
                member_policy_id=member,
            )
        return name

    async def new_member(self, name: str, limits: Limits | None = None) -> str:
        async with self.database.write() as tx:
            return await set_member_limits(tx, name, self.account, limits or Limits())

    async def revoke_member(self, name: str) -> int:
        async with self.database.write() as tx:
            return await revoke_member(tx, name, self.account)

    async def balance(self) -> Balance:
        return (await fetch_balances(self.database, [self.account]))[self.account]

    async def house_balance(self, kind: House) -> int:
        """Return the sum of the posted entries of a house account."""
        amounts = select(func.sum(Entry.amount_microusd)).where(
            Entry.account_id == house_account_number(kind, "live"), Entry.layer == "posted"
        )
        async with self.database.read() as session:
            return (await session.execute(amounts)).scalar() or 0


async def open_bank(database: Database, ids: Ids, owner: str = "acct_1", credit: int = 0) -> Bank:
    """Open a customer's accounts, with paid credit in the live book."""
    async with database.write() as tx:
        await open_accounts(tx, owner)
        bank = Bank(database, ids, await get_account_number(tx, owner, "live"))
    if credit:
        await bank.credit(credit)
    return bank


async def assert_sound(database: Database) -> None:
    """Assert that every invariant of the ledger holds."""
    assert await check_invariants(database) == []
