"""Budgets: one alert for each part of a month, whoever looks, and never a refusal."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kit.clock import DAY, start_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Database
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.ledger.invariants import check_invariants
from gateway.mail.outbox import Mailer, count_waiting
from gateway.spending.budget_alerts import BudgetAlerts
from gateway.spending.budget_rules import (
    BudgetCount,
    BudgetScope,
    count_charges,
    find_reached_parts,
)
from gateway.spending.budgets import list_alerts, look_at_budgets, set_budget
from gateway.spending.charges import Charge
from gateway.spending.states import BudgetSubject
from gateway.spending.tables import Budget
from tests.databases import MovedClock
from tests.ledger.bank import Bank, open_bank
from tests.rows import insert_row
from tests.spending.movements import PROJECT_IDS, Step, Walk

pytestmark = pytest.mark.anyio
ACCOUNT = BudgetScope(BudgetSubject.ACCOUNT, "")


class SilentSender:
    """A mail server that is away, so that every mail stays in the outbox."""

    async def send(self, _mail: object, _mail_id: str) -> None:
        raise ConnectionRefusedError


def build_alerts(database: Database, ids: Ids) -> BudgetAlerts:
    mailer = Mailer(database, ids, SilentSender(), {"one": b"k" * 32})
    return BudgetAlerts(database, mailer, Site("http://example.com"))


async def open_house(database: Database, ids: Ids, clock: MovedClock) -> Walk:
    """Open an account with an address, in the middle of a month."""
    now = database.clock.now()
    middle = start_of_utc_month(to_utc_month(now) + 1) + 9 * DAY
    await clock.advance(database, middle - now)
    async with database.write() as session:
        await insert_row(session, "account", id="acct_1")
        await insert_row(
            session, "identity", id="idn_1", account_id="acct_1", kind="email", subject="a@b.co",
            email="a@b.co",
        )  # fmt: skip
    walk = Walk(await open_bank(database, ids, credit=10**9), clock)
    await walk.open()
    return walk


async def make_budget(
    bank: Bank, amount: int, subject: BudgetSubject = BudgetSubject.ACCOUNT, subject_id: str = ""
) -> Budget:
    async with bank.database.write() as session:
        budget, _ = await set_budget(
            session, bank.ids, bank.account, subject=subject, subject_id=subject_id,
            amount_microusd=amount,
        )  # fmt: skip
    return budget


async def read_alerts(database: Database, budget: Budget) -> list[tuple[int, int]]:
    async with database.read() as snapshot:
        return [(row.month, row.percent) for row in await list_alerts(snapshot, [budget.id])]


async def count_mails(database: Database) -> int:
    async with database.read() as snapshot:
        return await count_waiting(snapshot)


@pytest.mark.promise("insight: budget-alerts")
async def test_a_budget_alerts_once_for_each_part_of_a_month(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_house(database, ids, clock)
    await walk.take([Step("job", 300)])
    budget, alerts = await make_budget(walk.bank, 1_000), build_alerts(database, ids)
    month, seen = to_utc_month(database.clock.now()), []
    for amount in (150, 100, 200, 100, 500):
        await walk.take([Step("job", amount, choice=0)])
        for _ in range(2):
            await alerts.look_at_all()
        seen.append((await read_alerts(database, budget), await count_mails(database)))
    half, most, all_of_it = (month, 50), (month, 80), (month, 100)
    assert seen == [
        ([], 0),
        ([half], 1),
        ([half], 1),
        ([half, most], 2),
        ([half, most, all_of_it], 3),
    ]
    await walk.take([Step("job", 900, days=31)])
    await alerts.look_at_all()
    assert (await read_alerts(database, budget))[3:] == [(month + 1, 50), (month + 1, 80)]
    assert await count_mails(database) == 4
    assert await check_invariants(database, only="I37") == []


async def test_sweepers_that_look_at_once_give_one_alert(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_house(database, ids, clock)
    budget = await make_budget(walk.bank, 1_000)
    await walk.take([Step("job", 1_200, choice=0)])
    siblings = [database.sibling() for _ in range(3)]
    sweepers = [build_alerts(each, ids) for each in siblings for _ in range(3)]
    async with asyncio.timeout(30):
        await asyncio.gather(*[each.look_at_all() for each in sweepers])
    assert len(await read_alerts(database, budget)) == 3
    assert await count_mails(database) == 1
    for each in siblings:
        await each.close()


async def test_what_ended_with_its_month_is_alerted_all_the_same(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_house(database, ids, clock)
    budget, alerts = await make_budget(walk.bank, 1_000), build_alerts(database, ids)
    month = to_utc_month(database.clock.now())
    await walk.take([Step("job", 600), Step("job", 10, days=31)])
    await alerts.look_at_all()
    assert await read_alerts(database, budget) == [(month, 50)]
    (look,) = await look_at_budgets(database, "acct_1", walk.bank.account)
    assert look.spent_microusd == 10
    assert await check_invariants(database, only="I37") == []


async def test_a_raised_budget_alerts_again_at_the_parts_of_its_new_amount(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_house(database, ids, clock)
    budget, alerts = await make_budget(walk.bank, 1_000), build_alerts(database, ids)
    month = to_utc_month(database.clock.now())
    await walk.take([Step("job", 1_000, choice=0)])
    await alerts.look_at_all()
    await make_budget(walk.bank, 1_900)
    assert await read_alerts(database, budget) == [(month, 50)]
    await walk.take([Step("job", 600, choice=0)])
    await alerts.look_at_all()
    assert await read_alerts(database, budget) == [(month, 50), (month, 80)]
    assert await count_mails(database) == 2
    assert await check_invariants(database, only="I37") == []


async def test_a_budget_of_a_project_counts_only_its_jobs(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_house(database, ids, clock)
    await make_budget(walk.bank, 1_000, BudgetSubject.PROJECT, PROJECT_IDS[0])
    await walk.take([Step("job", 101, choice=1), Step("job", 202, choice=2), Step("agent", 50)])
    (look,) = await look_at_budgets(database, "acct_1", walk.bank.account)
    assert look.spent_microusd == 100
    assert await check_invariants(database, only="I37") == []


charges = st.lists(
    st.builds(
        Charge,
        version=st.integers(1, 40),
        at=st.integers(0, 200 * DAY),
        key_id=st.none(),
        task=st.just("agent"),
        project_id=st.none(),
        amount_microusd=st.integers(1, 10**9),
    ),
    unique_by=lambda charge: charge.version,
).map(lambda many: sorted(many, key=lambda charge: charge.version))


@given(charges, st.integers(1, 10**9), st.integers(0, 40))
def test_counting_in_parts_is_counting_at_once(many: list[Charge], amount: int, cut: int) -> None:
    start = BudgetCount(0, 0, 0, 0)
    whole, ended = count_charges(start, ACCOUNT, many, amount)
    part, first = count_charges(start, ACCOUNT, many[:cut], amount)
    rest, second = count_charges(part, ACCOUNT, many, amount)
    assert rest == whole
    assert first + second == ended
    since = [charge.amount_microusd for charge in many if charge.version > whole.since_version]
    assert whole.spent_microusd == sum(since)
    parts = find_reached_parts(whole, amount)
    assert all(part.spent_microusd * 100 >= part.percent * amount for part in [*ended, *parts])
