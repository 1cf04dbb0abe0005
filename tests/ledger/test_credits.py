"""Credit, expiry, claw-back, consume and corrections, on both databases."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from gateway.kit.caller import SpenderId
from gateway.kit.clock import DAY, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.errors import InsufficientCredits, KeyLimitExceeded
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import House
from gateway.ledger.policies import Limits
from gateway.ledger.tables import Transfer
from gateway.ledger.transfers import adjust_balance, claw_back, consume, expire_due_grants
from tests.databases import MovedClock
from tests.ledger.bank import Bank, assert_sound, open_bank

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(database: Database, ids: Ids) -> Bank:
    return await open_bank(database, ids)


async def claw_back_refund(bank: Bank, amount: int, purchase: str | None = None) -> int:
    async with bank.database.write() as tx:
        return await claw_back(
            tx,
            bank.ids,
            account=bank.account,
            book="live",
            code="refund",
            reference=bank.ids.new("re"),
            amount_microusd=amount,
            target=House.CLEARING_STRIPE,
            purchase_id=purchase,
        )


async def list_remaining(bank: Bank) -> list[tuple[str, int]]:
    return [(b.category, b.remaining_microusd) for b in (await bank.balance()).buckets]


async def test_the_same_purchase_credits_once(bank: Bank, database: Database) -> None:
    await bank.credit(500, reference="pi_1")
    with pytest.raises(IntegrityError):
        await bank.credit(500, reference="pi_1")
    assert (await bank.balance()).available_microusd == 500
    await assert_sound(database)


async def test_spending_takes_promo_then_bonus_then_paid(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    await bank.credit(100, "paid")
    await bank.credit(100, "bonus")
    await bank.credit(100, "promo", expires_at=clock.now() + DAY)
    await bank.post(await bank.admit_hold(150))
    assert await list_remaining(bank) == [("bonus", 50), ("paid", 100)]
    await bank.credit(10, "promo")  # settles the grants; the answer stays the same
    assert await list_remaining(bank) == [("promo", 10), ("bonus", 50), ("paid", 100)]
    await assert_sound(database)


@pytest.mark.promise("ledger: expiry")
async def test_expired_promo_cannot_be_spent_one_second_later(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    await bank.credit(100, "promo", expires_at=clock.now() + DAY)
    await clock.advance(database, DAY + SECOND)
    assert (await bank.balance()).available_microusd == 0  # before anything wrote it
    (refused,) = await bank.try_hold(1)
    assert isinstance(refused, InsufficientCredits)
    await assert_sound(database)


@pytest.mark.promise("ledger: expiry")
async def test_an_open_hold_protects_the_grant_until_it_is_settled(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    await bank.credit(100, "promo", expires_at=clock.now() + DAY)
    posted, voided = await bank.admit_hold(30), await bank.admit_hold(20)
    await clock.advance(database, DAY + SECOND)
    assert await expire_due_grants(database) == 1
    assert (await bank.balance()).posted_microusd == 50
    assert await bank.post(posted) == 0
    assert await bank.void(voided) == 20  # the void's own transaction began with the hold open
    assert await expire_due_grants(database) == 1
    balance = await bank.balance()
    assert (balance.posted_microusd, balance.buckets) == (0, [])
    assert await expire_due_grants(database) == 0
    assert await bank.house_balance(House.EXPIRED) == 70
    await assert_sound(database)


async def test_each_grant_numbers_its_expired_parts_apart_from_others(
    bank: Bank, database: Database, clock: MovedClock
) -> None:
    for amount, held in ((10, 0), (100, 30)):
        await bank.credit(amount, "promo", expires_at=clock.now() + DAY)
        hold = await bank.admit_hold(held) if held else None
        await clock.advance(database, DAY + SECOND)
        await expire_due_grants(database)
    assert hold is not None
    await bank.void(hold)
    await expire_due_grants(database)
    expired = select(Transfer.reference).where(Transfer.code == "grant_expired")
    async with database.read() as session:
        earlier, first, second = (await session.scalars(expired.order_by(Transfer.id))).all()
    assert ":" not in earlier + first
    assert second == f"{first}:2"
    await assert_sound(database)


async def test_new_credit_pays_debt_first(bank: Bank, database: Database) -> None:
    await bank.credit(100, purchase="pur_1")
    await bank.post(await bank.admit_hold(80))
    assert await claw_back_refund(bank, 100, "pur_1") == -80
    assert (await bank.balance()).debt_microusd == 80
    (refused,) = await bank.try_hold(1)
    assert isinstance(refused, InsufficientCredits)
    assert await bank.credit(50) == -30
    assert await bank.credit(50) == 20
    balance = await bank.balance()
    assert (balance.debt_microusd, balance.available_microusd) == (0, 20)
    assert await list_remaining(bank) == [("paid", 20)]
    await assert_sound(database)


async def test_money_that_comes_free_pays_debt_first(bank: Bank, database: Database) -> None:
    await bank.credit(100, purchase="pur_1")
    part, whole = await bank.admit_hold(60), await bank.admit_hold(40)
    assert await claw_back_refund(bank, 100, "pur_1") == -100
    assert await bank.post(part, 10) == -50
    await assert_sound(database)
    assert await bank.void(whole) == -10
    balance = await bank.balance()
    assert (balance.posted_microusd, balance.debt_microusd) == (-10, 10)
    await assert_sound(database)


async def test_a_refund_takes_its_own_purchase_first(bank: Bank, database: Database) -> None:
    await bank.credit(100, purchase="pur_1")
    await bank.credit(100, purchase="pur_2")
    await claw_back_refund(bank, 70, "pur_2")
    assert await list_remaining(bank) == [("paid", 100), ("paid", 30)]
    await claw_back_refund(bank, 50, "pur_2")
    assert await list_remaining(bank) == [("paid", 80)]
    await assert_sound(database)


async def test_only_a_claw_back_may_go_below_zero(bank: Bank, database: Database) -> None:
    await bank.credit(100)
    with pytest.raises(ValueError, match="adjust"):
        async with database.write() as tx:
            await claw_back(
                tx, bank.ids, account=bank.account, book="live", code="adjust", reference="x",
                amount_microusd=1, target=House.ADJUST,
            )  # fmt: skip
    with pytest.raises(InsufficientCredits):
        async with database.write() as tx:
            await adjust_balance(
                tx, bank.ids, account=bank.account, book="live", reference="adj_1",
                amount_microusd=-101, description="too much",
            )  # fmt: skip


async def test_an_adjustment_corrects_either_way(bank: Bank, database: Database) -> None:
    for number, (amount, after) in enumerate([(70, 70), (-50, 20)]):
        async with database.write() as tx:
            left = await adjust_balance(
                tx, bank.ids, account=bank.account, book="live", reference=f"adj_{number}",
                amount_microusd=amount, description="a correction",
            )  # fmt: skip
        assert left == after
    assert await bank.house_balance(House.ADJUST) == -20
    await assert_sound(database)


async def test_consume_spends_at_once_by_the_rules_of_a_hold(
    bank: Bank, database: Database
) -> None:
    await bank.credit(100)
    key = await bank.new_key("key_1", Limits(total_microusd=50))

    async def spend(amount: int, reference: str) -> tuple[str, int]:
        async with database.write() as tx:
            return await consume(
                tx, bank.ids, account=bank.account, book="live", reference=reference,
                amount_microusd=amount, key_id=SpenderId(key),
            )  # fmt: skip

    transfer_id, available = await spend(40, "acct_1:one")
    assert transfer_id.startswith("trf_")
    assert available == 60
    with pytest.raises(KeyLimitExceeded):
        await spend(20, "acct_1:two")
    with pytest.raises(InsufficientCredits):
        await spend(200, "acct_1:three")
    with pytest.raises(IntegrityError):
        await spend(1, "acct_1:one")
    assert (await bank.balance()).available_microusd == 60
    await assert_sound(database)


async def test_a_credit_in_the_other_book_is_a_mistake(bank: Bank, database: Database) -> None:
    with pytest.raises(ValueError, match="book"):
        async with database.write() as tx:
            await adjust_balance(
                tx, bank.ids, account=bank.account, book="test", reference="adj_1",
                amount_microusd=1, description="wrong book",
            )  # fmt: skip
