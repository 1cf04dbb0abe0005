"""Closing an account, on both databases: refused while money moves, exact when it is done."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from gateway.account import closure
from gateway.account.errors import AccountInUse, CreditLeft
from gateway.account.operations import change_account_settings
from gateway.account.schemas import ChangeAccountSettings
from gateway.affiliates import programme
from gateway.identity.accounts import identities
from gateway.identity.accounts.identities import GoogleUser
from gateway.identity.accounts.identities import Person as Signed
from gateway.identity.errors import AccountClosed
from gateway.identity.keys import keys, sessions
from gateway.identity.keys.default_policy import load_default_policy
from gateway.identity.keys.schemas import SpendPolicy
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import Sessions
from gateway.kit.caller import SpenderId
from gateway.kit.database.sessions import Database
from gateway.kit.errors import Problem, Unauthorized
from gateway.kit.ids import Ids
from gateway.kit.operation import Call, Caller
from gateway.ledger.accounts import freezes
from gateway.ledger.accounts.grants import Category
from gateway.ledger.accounts.owners import House, get_account_number, open_accounts
from gateway.ledger.reports.balances import Balance, fetch_balances
from gateway.ledger.transfers import AdmittedHold, Hold, claw_back, credit_account
from gateway.library.quota import Allowance, Quotas
from gateway.mail.base import Mail
from gateway.mail.outbox import Mailer
from gateway.migrations.metadata import METADATA
from gateway.payments.checkouts import checkout_rows
from gateway.payments.checkouts.checkout_rows import CheckoutRequest
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.shares.member_work import EndedWork
from tests.ledger.bank import admit_holds, assert_sound
from tests.payments.conftest import shop as shop
from tests.rows import insert_row

pytestmark = pytest.mark.anyio
ANA = "ana@example.com"
PEPPERS = Peppers({"1": b"pepper"})
LEFT: Sequence[tuple[Category, int]] = (
    ("promo", 3_000_000), ("bonus", 2_000_007), ("earned", 11), ("paid", 5_000_001),
)  # fmt: skip
REAL, FREE = 5_000_012, 5_000_007


@dataclass
class MailBox:
    """A mailer that keeps every mail."""

    mails: list[Mail] = field(default_factory=list)

    async def send(self, mail: Mail, mail_id: str) -> None:
        assert mail_id
        self.mails.append(mail)


@dataclass
class Person:
    """An account with an address, a key, and credit in live mode."""

    database: Database
    ids: Ids
    mailer: Mailer
    id: str
    number: int
    key_id: str

    async def credit(self, category: Category, amount: int) -> None:
        async with self.database.write() as session:
            await credit_account(
                session, self.ids, account=self.number, book="live", code="promo",
                reference=self.ids.new("ref"), amount_microusd=amount, source=House.PROMO,
                category=category,
            )  # fmt: skip

    async def hold(self, amount: int) -> AdmittedHold | Problem:
        transfer = self.ids.new("trf")
        wanted = Hold(
            transfer, self.number, "live", f"test_{transfer}", amount, SpenderId(self.key_id)
        )
        async with self.database.write() as session:
            return (await admit_holds(session, [wanted]))[0]

    async def close(self, forfeit: int) -> int:
        async with self.database.write() as session:
            work = EndedWork(mailer=self.mailer, site="http://shop.test")
            return await closure.close(session, self.mailer, work, self.id, forfeit)

    async def start_payment(
        self, shop: Shop, state: CheckoutState = CheckoutState.PROCESSING
    ) -> None:
        """Add a checkout whose payment is in progress."""
        wanted = CheckoutRequest(
            package=shop.packages[0], return_path="/credits", email=None, idempotency_key=None,
            request_hash=b"",
        )  # fmt: skip
        async with self.database.write() as session:
            await checkout_rows.add_checkout(
                session, shop, self.caller, wanted, provider="x402", state=state
            )

    @property
    def caller(self) -> Caller:
        return Caller(
            account_id=self.id, ledger_account=self.number, book="live", scopes=frozenset()
        )

    async def balance(self) -> Balance:
        return (await fetch_balances(self.database, [self.number]))[self.number]

    async def preview_closing(self) -> closure.ClosingPreview:
        async with self.database.read() as snapshot:
            return await closure.preview_closing(snapshot, self.id)


@pytest.fixture
def box() -> MailBox:
    return MailBox()


@pytest.fixture
async def ana(database: Database, ids: Ids, box: MailBox) -> AsyncIterator[Person]:
    async with database.write() as session:
        account_id = await keys.create_account(session, ids, ANA)
        await identities.add_identity(session, ids, account_id, ("email", "", ANA), ANA)
        wanted = keys.NewKey(account_id, "live", "laptop", ["media"], "test")
        key, _ = await keys.create(session, ids, PEPPERS, wanted)
        number = await get_account_number(session, account_id, "live")
    mailer = Mailer(database, ids, box, {"1": b"pepper"})
    yield Person(database, ids, mailer, account_id, number, key.id)
    await mailer.close()


@pytest.mark.promise("accounts: closed")
async def test_what_is_left_is_given_up_to_the_microdollar_and_nothing_opens_it_again(
    ana: Person, database: Database, ids: Ids, box: MailBox
) -> None:
    for category, amount in LEFT:
        await ana.credit(category, amount)
    async with database.write() as session:
        _, token = await sessions.open_session(session, ids, account_id=ana.id, origin="test")
        link = {"device_hash": b"1", "user_hash": b"2", "account_id": ana.id, "state": "approved"}
        await insert_row(session, "device_link", id="dvl_1", book="live", **link)
    found = await ana.preview_closing()
    assert (found.blocked_by, found.forfeit_microusd, found.expires_microusd) == ([], REAL, FREE)
    for wrong in (0, REAL - 1, REAL + FREE):
        with pytest.raises(CreditLeft) as refused:
            await ana.close(wrong)
        assert refused.value.members["forfeitMicrousd"] == REAL
    assert (await ana.balance()).posted_microusd == REAL + FREE
    await ana.close(REAL)
    balance = await ana.balance()
    assert (balance.posted_microusd, balance.buckets, balance.state) == (0, [], "closed")
    assert await Sessions(database, live_enabled=True).find_caller(token, "live") is None
    assert isinstance(await ana.hold(1), Unauthorized)
    async with database.read() as snapshot:
        row = (await keys.list_all_account_keys(snapshot, ana.id))[0]
        device = await snapshot.scalar(select(METADATA.tables["device_link"].c.state))
        account = await keys.get_account(snapshot, ana.id)
    assert (row.revoked_at is not None, device, account.label) == (True, "denied", "closed")
    async with database.write() as session:
        assert await identities.find_identity(session, "email", "", ANA) is None
        fresh = await identities.find_or_create_by_email(session, ids, ANA)
        assert (fresh.created, fresh.account_id != ana.id) == (True, True)
        wanted = keys.NewKey(ana.id, "live", "late", ["media"], "test")
        with pytest.raises(AccountClosed):
            await keys.create(session, ids, PEPPERS, wanted)
        late = {"account_id": ana.id, "origin": "late"}  # a sign-in that began before the closing
        _, raced = await sessions.open_session(session, ids, **late)
    assert await Sessions(database, live_enabled=True).find_caller(raced, "live") is None
    with pytest.raises(AccountClosed):
        await ana.close(0)
    await ana.mailer.close()
    subject = "Your account has been closed"
    assert [(mail.to, mail.subject) for mail in box.mails] == [(ANA, subject)]
    await assert_sound(database)


async def test_an_account_is_not_closed_while_money_is_held_owed_or_stopped(
    ana: Person, database: Database, ids: Ids
) -> None:
    await ana.credit("paid", 1_000)
    assert isinstance(await ana.hold(400), AdmittedHold)
    async with database.write() as session:
        await claw_back(
            session, ids, account=ana.number, book="live", code="refund", reference="re_1",
            amount_microusd=900, target=House.CLEARING_STRIPE,
        )  # fmt: skip
        await freezes.freeze_account(
            session, account=ana.number, reason="dispute", reference="du_1"
        )
        await open_accounts(session, "aff_1", "affiliate")
        await insert_row(
            session, "affiliate", id="aff_1", account_id=ana.id, state="approved", code="A"
        )
        asked = {"affiliate_id": "aff_1", "method": "bank", "amount_microusd": 1}
        await insert_row(session, "payout", id="pay_1", book="live", state="requested", **asked)
    with pytest.raises(AccountInUse) as refused:
        await ana.close(0)
    reasons = ["money_held", "debt", "account_frozen", "payout_open"]
    assert refused.value.members["blockedBy"] == reasons
    async with database.read() as snapshot:
        assert await identities.find_identity(snapshot, "email", "", ANA) is not None
        assert (await keys.list_all_account_keys(snapshot, ana.id))[0].revoked_at is None


async def test_of_a_closing_and_a_job_at_once_one_is_refused(ana: Person) -> None:
    await ana.credit("promo", 1_000)
    outcome: Sequence[object] = await asyncio.gather(
        ana.close(0), *[ana.hold(100) for _ in range(3)], return_exceptions=True
    )
    closed, *held = outcome
    admitted = [each for each in held if isinstance(each, AdmittedHold)]
    if isinstance(closed, AccountInUse):
        assert admitted
        assert (await ana.balance()).state == "active"
    else:
        assert isinstance(closed, int), closed
        assert not admitted
        assert (await ana.balance()).posted_microusd == 0
    await assert_sound(ana.database)


async def test_money_that_comes_late_is_kept_and_can_be_paid_back_but_not_spent(
    ana: Person, database: Database, ids: Ids
) -> None:
    await ana.close(0)
    await ana.credit("paid", 700)
    balance = await ana.balance()
    assert (balance.posted_microusd, balance.state) == (700, "closed")
    assert isinstance(await ana.hold(1), Problem)
    async with database.write() as session:
        await claw_back(
            session, ids, account=ana.number, book="live", code="refund", reference="re_1",
            amount_microusd=700, target=House.CLEARING_STRIPE,
        )  # fmt: skip
    assert (await ana.balance()).posted_microusd == 0
    await assert_sound(database)


async def test_an_affiliate_who_leaves_earns_nothing_more(ana: Person, database: Database) -> None:
    async with database.write() as session:
        await open_accounts(session, "aff_1", "affiliate")
        await insert_row(
            session, "affiliate", id="aff_1", account_id=ana.id, state="approved", code="A"
        )
    await ana.close(0)
    async with database.read() as snapshot:
        found = await programme.find_affiliate(snapshot, ana.id)
    assert found is not None
    assert found.state == "suspended"


@pytest.mark.parametrize(
    "state", [CheckoutState.SEEN, CheckoutState.PROCESSING, CheckoutState.REVIEW]
)
async def test_an_account_is_not_closed_while_a_payment_is_on_its_way(
    ana: Person, shop: Shop, state: CheckoutState
) -> None:
    await ana.start_payment(shop, state)
    with pytest.raises(AccountInUse) as refused:
        await ana.close(0)
    assert refused.value.members["blockedBy"] == ["payment_open"]


async def test_a_closed_account_begins_no_payment(ana: Person, shop: Shop) -> None:
    await ana.start_payment(shop, CheckoutState.EXPIRED)
    await ana.close(0)
    with pytest.raises(AccountClosed):
        await ana.start_payment(shop)


async def test_a_closed_account_gets_no_new_way_to_sign_in(
    ana: Person, database: Database, ids: Ids
) -> None:
    name = ("email", "", "other@example.com")
    await ana.close(0)
    async with database.write() as session:
        with pytest.raises(AccountClosed):
            await identities.link(session, ids, ana.mailer, ana.id, name, name[2])


async def test_a_sign_in_by_google_during_the_closing_does_not_lock_its_address_out(
    ana: Person, database: Database, ids: Ids
) -> None:
    user = GoogleUser(issuer="https://google.test", subject="1", email=ANA, hosted=True)

    async def signed_in() -> Signed:
        async with database.write() as session:
            return await identities.find_or_create_by_google(session, ids, ana.mailer, user)

    async with database.write() as session:
        work = EndedWork(mailer=ana.mailer, site="http://shop.test")
        await closure.close(session, ana.mailer, work, ana.id, 0)
        during = asyncio.create_task(signed_in())
        assert not (await asyncio.wait({during}, timeout=0.5))[0]
    await asyncio.wait({during})
    assert during.exception() is None or isinstance(during.exception(), AccountClosed)
    assert (await signed_in()).account_id != ana.id


async def test_two_changes_of_the_settings_at_once_are_both_kept(
    ana: Person, database: Database
) -> None:
    async def change(policy: SpendPolicy) -> None:
        call = Call(request_id="req_1", method="PATCH", path="/", caller=ana.caller)
        body = ChangeAccountSettings(spendPolicy=policy)
        async with database.write() as session:
            await change_account_settings(
                call,
                ana.caller,
                body,
                session,
                SessionAllowance(0),
                Quotas({"live": Allowance(1, 1)}),
            )

    await asyncio.gather(
        change(SpendPolicy(autoApproveUsd="1.00")), change(SpendPolicy(dailyLimitUsd="2.00"))
    )
    async with database.read() as snapshot:
        kept = await load_default_policy(snapshot, ana.id, "live")
    assert (kept.auto_approve, kept.daily_limit) == (1_000_000, 2_000_000)
