"""Budgets: one alert for each part of a month, whoever looks, and never a refusal."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from gateway.kit.caller import SpenderId
from gateway.kit.clock import DAY, start_of_utc_month, to_utc_month
from gateway.kit.database.sessions import Database
from gateway.kit.http.browser import Site
from gateway.kit.ids import Ids
from gateway.ledger.invariants import check_invariants
from gateway.mail.base import MailSender
from gateway.mail.outbox import Mailer, count_waiting
from gateway.spending.budget_alerts import BudgetAlerts
from gateway.spending.budget_rules import (
    BudgetCount,
    BudgetScope,
    count_charges,
    list_crossed_thresholds,
)
from gateway.spending.budgets import list_alerts, list_budget_progress, set_budget
from gateway.spending.charges import Charge
from gateway.spending.states import BudgetSubject
from gateway.spending.tables import Budget
from tests.databases import MovedClock
from tests.ledger.bank import Bank, admit_holds, open_bank
from tests.rows import insert_row
from tests.spending.movements import PROJECT_IDS, Step, Walk
from tests.spending.senders import RecordingSender, SilentSender

pytestmark = pytest.mark.anyio
ACCOUNT = BudgetScope(BudgetSubject.ACCOUNT, "")


def build_alerts(database: Database, ids: Ids, sender: MailSender | None = None) -> BudgetAlerts:
    """Build the alerts of one process; whoever does it closes the mailer before the database."""
    mailer = Mailer(database, ids, sender or SilentSender(), {"one": b"k" * 32})
    return BudgetAlerts(database, mailer, Site("http://example.com"))


@pytest.fixture
async def alerts(database: Database, ids: Ids) -> AsyncIterator[BudgetAlerts]:
    """The alerts of a process whose mail server is away.

    A mailer sends in the background: with a closed database its connection would stay open.
    """
    built = build_alerts(database, ids)
    yield built
    await built.mailer.close()


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
    database: Database, ids: Ids, clock: MovedClock, alerts: BudgetAlerts
) -> None:
    walk = await open_house(database, ids, clock)
    await walk.take([Step("job", 300)])
    budget = await make_budget(walk.bank, 1_000)
    month, seen = to_utc_month(database.clock.now()), []
    for amount in (150, 100, 200, 100, 500):
        await walk.take([Step("job", amount, choice=0)])
        for _ in range(2):
            await alerts.alert_accounts()
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
    await alerts.alert_accounts()
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
        await asyncio.gather(*[each.alert_accounts() for each in sweepers])
    assert len(await read_alerts(database, budget)) == 3
    assert await count_mails(database) == 1
    for sweeper in sweepers:
        await sweeper.mailer.close()
    for each in siblings:
        await each.close()


async def test_what_ended_with_its_month_is_alerted_all_the_same(
    database: Database, ids: Ids, clock: MovedClock, alerts: BudgetAlerts
) -> None:
    walk = await open_house(database, ids, clock)
    budget = await make_budget(walk.bank, 1_000)
    month = to_utc_month(database.clock.now())
    await walk.take([Step("job", 600), Step("job", 10, days=31)])
    await alerts.alert_accounts()
    assert await read_alerts(database, budget) == [(month, 50)]
    (progress,) = await list_budget_progress(database, "acct_1", walk.bank.account)
    assert progress.spent_microusd == 10
    assert await check_invariants(database, only="I37") == []


async def test_a_raised_budget_alerts_again_at_the_parts_of_its_new_amount(
    database: Database, ids: Ids, clock: MovedClock, alerts: BudgetAlerts
) -> None:
    walk = await open_house(database, ids, clock)
    budget = await make_budget(walk.bank, 1_000)
    month = to_utc_month(database.clock.now())
    await walk.take([Step("job", 1_000, choice=0)])
    await alerts.alert_accounts()
    await make_budget(walk.bank, 1_900)
    assert await read_alerts(database, budget) == [(month, 50)]
    await walk.take([Step("job", 600, choice=0)])
    await alerts.alert_accounts()
    assert await read_alerts(database, budget) == [(month, 50), (month, 80)]
    assert await count_mails(database) == 2
    assert await check_invariants(database, only="I37") == []


async def test_a_budget_of_a_project_counts_its_jobs_and_messages_to_the_agent(
    database: Database, ids: Ids, clock: MovedClock
) -> None:
    walk = await open_house(database, ids, clock)
    await make_budget(walk.bank, 1_000, BudgetSubject.PROJECT, PROJECT_IDS[0])
    await walk.take([Step("job", 101, choice=1), Step("job", 202, choice=2), Step("agent", 50)])
    (progress,) = await list_budget_progress(database, "acct_1", walk.bank.account)
    assert progress.spent_microusd == 150
    assert await check_invariants(database, only="I37") == []


@pytest.mark.parametrize(
    ("subject", "subject_id", "name", "advice"),
    [
        ("account", "", "the whole account", "limit on each API key"),
        ("key", "key_1", "the API key “laptop”", "http://example.com/keys?mode=live"),
        ("member", "mbr_1", "the member c@d.co", "http://example.com/settings/team?mode=live"),
        ("project", PROJECT_IDS[1], "the project “Fox”", "no limit of its own"),
    ],
)
async def test_a_mail_names_its_budget_every_crossing_and_what_to_do(
    database: Database, ids: Ids, clock: MovedClock,
    subject: BudgetSubject, subject_id: str, name: str, advice: str,
) -> None:  # fmt: skip
    walk = await open_house(database, ids, clock)
    await name_subjects(walk.bank)
    sender = RecordingSender()
    alerts = build_alerts(database, ids, sender)
    await make_budget(walk.bank, 1_000, BudgetSubject(subject), subject_id)
    await charge_all_subjects(walk.bank, 900)
    await alerts.alert_accounts()
    await alerts.mailer.close()
    (mail,) = sender.mails
    assert mail.to == "billing@b.co"
    assert mail.subject == f"80 % of the budget for {name} is spent"
    assert f"the spending of {name} passed 50 % and 80 % of its budget of $0.001" in mail.text
    assert advice in mail.text
    assert "play money" not in mail.text
    assert "/usage?mode=live#budgets" in mail.text
    assert await check_invariants(database, only="I37") == []


async def name_subjects(bank: Bank) -> None:
    """Give the account a billing address, and a member who has the first key."""
    await bank.new_member("mbr_1")
    async with bank.database.write() as session:
        await insert_row(session, "billing_details", account_id="acct_1", email="billing@b.co")
        await insert_row(
            session, "api_key", id="key_1", account_id="acct_1", label="laptop", policy_id="pol_1",
            book="live",
        )  # fmt: skip
        await insert_row(session, "account", id="acct_2")
        await insert_row(
            session, "identity", id="idn_2", account_id="acct_2", kind="email", subject="c@d.co",
            email="c@d.co",
        )  # fmt: skip
        await insert_row(
            session, "member", id="mbr_1", account_id="acct_1", person_id="acct_2",
            role="developer", removed_at=None,
        )  # fmt: skip
        await session.execute(
            text("UPDATE spender SET member_policy_id = 'mbr_1' WHERE key_id = 'key_1'")
        )


async def charge_all_subjects(bank: Bank, amount: int) -> None:
    """Charge a job of the key of the member, in the project."""
    hold = replace(bank.build_hold(amount, key=SpenderId("key_1")), reference="job_named")
    async with bank.database.write() as tx:
        await admit_holds(tx, [hold])
        await insert_row(
            tx, "job", id="job_named", account_id=bank.account, book="live", hold_id=hold.id,
            state="succeeded", price_microusd=amount, key_id="key_1", task="image.generate",
            project_id=PROJECT_IDS[1],
        )  # fmt: skip
    await bank.post(hold.id, amount)


async def test_one_account_that_fails_keeps_no_other_waiting(
    database: Database, ids: Ids, clock: MovedClock, alerts: BudgetAlerts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    walk = await open_house(database, ids, clock)
    budget = await make_budget(walk.bank, 1_000)
    async with database.write() as session:
        await insert_row(
            session, "ledger_account", id=0, kind="customer", owner_id="acct_0", book="live",
            state="active", version=9,
        )  # fmt: skip
        await insert_row(
            session, "budget", id="bud_0", account_id=0, subject="account", amount_microusd=1
        )
    counted: list[int] = []
    alert_account = BudgetAlerts.alert_account

    async def fail_on_first(self: BudgetAlerts, account: int) -> None:
        counted.append(account)
        if account == 0:
            raise RuntimeError
        await alert_account(self, account)

    monkeypatch.setattr(BudgetAlerts, "alert_account", fail_on_first)
    await walk.take([Step("job", 600, choice=0)])
    with pytest.raises(ExceptionGroup):
        await alerts.alert_accounts()
    assert [percent for _, percent in await read_alerts(database, budget)] == [50]
    with pytest.raises(ExceptionGroup):
        await alerts.alert_accounts()
    assert counted == [0, walk.bank.account, 0]  # what was counted is not counted again


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
    parts = list_crossed_thresholds(whole, amount)
    assert all(part.spent_microusd * 100 >= part.percent * amount for part in [*ended, *parts])
