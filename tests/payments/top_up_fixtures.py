"""A shop that charges saved cards at the stand-in for Stripe, and a person with one."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import select, update

from gateway.identity.accounts import identities
from gateway.kit.audit_log import Actor
from gateway.kit.operation import Caller
from gateway.ledger.accounts.owners import House, get_account_number
from gateway.ledger.reports.balances import fetch_balances
from gateway.ledger.transfers import credit_account
from gateway.mail.base import Mail
from gateway.mail.outbox import Mailer
from gateway.payments.shop import Shop
from gateway.payments.stripe import card_charges
from gateway.payments.stripe.client import StripeClient
from gateway.payments.stripe.customers import ensure_customer
from gateway.payments.top_ups import rows, sweeps
from gateway.payments.top_ups.decisions import TopUpTerms
from gateway.payments.top_ups.rules import Payer, TopUps, build_terms, save_card, set_rule
from gateway.payments.top_ups.tables import TopUp, TopUpRule
from tests.fakes.stripe.client import STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeStandIn, serve_stripe
from tests.payments.conftest import PEPPERS

DOLLAR = 1_000_000
GOOD_CARD, ASKING_CARD = "4242424242424242", "4000002760003184"
DECLINING_CARD = "4000000000000341"


class Letterbox:
    """A sender that keeps the mails."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail, _mail_id: str) -> None:
        self.mails.append(mail)


@dataclass
class Person:
    """A person with a saved card and auto top-up in the test book."""

    top_ups: TopUps
    bank: StripeStandIn
    box: Letterbox
    account_id: str
    ledger_account: int
    customer_id: str = ""
    card_id: str = ""
    payer_id: str = ""  # the person who saves the card; the owner, if no other is named
    terms: TopUpTerms = field(init=False)

    @property
    def caller(self) -> Caller:
        return Caller(
            account_id=self.account_id, ledger_account=self.ledger_account, book="test",
            session_id="ses_1", scopes=frozenset(),
        )  # fmt: skip

    async def turn_on(
        self, card: str = GOOD_CARD, *, package: str = "builder_600", threshold: int = 5,
        maximum: int = 50,
    ) -> None:  # fmt: skip
        """Save a card and turn auto top-up on."""
        shop = self.top_ups.shop
        stripe = shop.get_provider(StripeClient, "test")
        self.customer_id = await ensure_customer(shop, stripe, self.account_id, None)
        self.card_id = self.bank.call_control("save_card", customer=self.customer_id, card=card)
        terms = build_terms(
            shop.get_package(package), threshold_microusd=threshold * DOLLAR, currency="usd",
            monthly_max_micros=maximum * DOLLAR,
        )  # fmt: skip
        assert terms is not None
        self.terms = terms
        actor = Actor(kind="session", id=self.account_id)
        async with shop.database.write() as session:
            saved = card_charges.Card(payment_method_id=self.card_id, brand="visa", last4=card[-4:])
            payer = replace(
                Payer.from_caller(self.caller), person_id=self.payer_id or self.account_id
            )
            await save_card(session, payer, saved, actor)
            former = await rows.lock_rule(session, self.account_id, "test")
            await set_rule(session, payer, terms, actor, former)

    async def get_rule(self) -> TopUpRule:
        async with self.top_ups.shop.database.read() as snapshot:
            return await snapshot.get_one(TopUpRule, (self.account_id, "test"))

    async def list_top_ups(self) -> list[TopUp]:
        async with self.top_ups.shop.database.read() as snapshot:
            own = select(TopUp).where(TopUp.account_id == self.account_id)
            return list(await snapshot.scalars(own.order_by(TopUp.checkout_id)))

    async def list_states(self) -> list[str]:
        return [str(each.state) for each in await self.list_top_ups()]

    async def get_available(self) -> int:
        balances = await fetch_balances(self.top_ups.shop.database, [self.ledger_account])
        return balances[self.ledger_account].available_microusd

    async def sweep(self) -> None:
        """Run every sweep of auto top-up once, as a gateway does each few seconds."""
        await sweeps.stop_rules(self.top_ups)
        await sweeps.start_due_top_ups(self.top_ups)
        await sweeps.advance_due_top_ups(self.top_ups)
        await sweeps.look_at_due_pages(self.top_ups)
        await sweeps.forget_removed_cards(self.top_ups)
        await self.top_ups.shop.mailer.close()

    async def move_time(self, microseconds: int) -> None:
        """Let this person's rule and top-ups have been written so much earlier."""
        async with self.top_ups.shop.database.write() as session:
            await session.execute(
                update(TopUp)
                .where(TopUp.account_id == self.account_id)
                .values(
                    next_step_at=TopUp.next_step_at - microseconds,
                    confirm_until=TopUp.confirm_until - microseconds,
                    created_at=TopUp.created_at - microseconds,
                )
            )
            await session.execute(
                update(TopUpRule)
                .where(TopUpRule.account_id == self.account_id)
                .values(retry_at=TopUpRule.retry_at - microseconds)
            )

    async def give_credit(self, dollars: int) -> None:
        shop = self.top_ups.shop
        async with shop.database.write() as session:
            await credit_account(
                session, shop.ids, account=self.ledger_account, book="test", code="promo",
                reference=shop.ids.new("pur"), amount_microusd=dollars * DOLLAR,
                source=House.PROMO, category="promo", expires_at=None, description="given",
            )  # fmt: skip

    def list_charges(self) -> list[dict[str, Any]]:
        """List what this person's cards were charged at Stripe."""
        found = self.bank.get_object(f"/v1/charges?customer={self.customer_id}&limit=100")
        return [each for each in found["data"] if each["status"] == "succeeded"]

    def list_invoices(self) -> list[str]:
        """List the states of this person's invoices at Stripe, the oldest first."""
        found = self.bank.get_object(f"/v1/invoices?customer={self.customer_id}&limit=100")
        return [each["status"] for each in reversed(found["data"])]

    def has_card(self) -> bool:
        """Return True if Stripe still keeps the card for this person."""
        method = self.bank.get_object(f"/v1/payment_methods/{self.card_id}")
        return bool(method["customer"] == self.customer_id)

    def list_subjects(self) -> list[str]:
        return [each.subject.removeprefix("TEST, play money: ") for each in self.box.mails]


@pytest.fixture(scope="module")
def bank() -> Iterator[StripeStandIn]:
    with serve_stripe() as one:
        yield one


@pytest.fixture
async def top_ups(shop: Shop, bank: StripeStandIn) -> AsyncIterator[TopUps]:
    stripe = StripeClient("test", STRIPE_KEY, (STRIPE_WEBHOOK_SECRET,), bank.base)
    mailer = Mailer(shop.database, shop.ids, Letterbox(), PEPPERS)
    yield TopUps(shop=replace(shop, providers=[stripe], mailer=mailer), is_enabled=True)
    await mailer.close()  # it sends in the background, by the database that is closed next
    await stripe.close()


@pytest.fixture
async def person(top_ups: TopUps, bank: StripeStandIn) -> AsyncIterator[Person]:
    shop, box = top_ups.shop, Letterbox()
    mailer = Mailer(shop.database, shop.ids, box, PEPPERS)
    own = replace(top_ups, shop=replace(shop, mailer=mailer))
    async with shop.database.write() as session:
        found = await identities.find_or_create_by_email(
            session, shop.ids, f"{shop.ids.new('ada').lower()}@example.com"
        )
        number = await get_account_number(session, found.account_id, "test")
    yield Person(own, bank, box, found.account_id, number)
    await mailer.close()
