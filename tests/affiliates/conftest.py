"""Fixtures: a shop and a programme on each database, an affiliate, and the buyers it referred."""

from dataclasses import dataclass

import pytest
from sqlalchemy import select

from gateway.affiliates import membership
from gateway.affiliates.earnings import commissions, payouts
from gateway.affiliates.earnings.statistics import AffiliateStatistics, load_statistics
from gateway.affiliates.programme import Programme, lock_affiliate, require_affiliate
from gateway.affiliates.tables import Affiliate, Commission, Payout
from gateway.identity.accounts import account_referrals, identities
from gateway.identity.keys import keys
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time
from gateway.kit.http.browser import Site
from gateway.kit.operation import Caller
from gateway.kit.referrals import ReferralClick, ReferralTokens
from gateway.ledger.accounts.owners import get_account_number
from gateway.ledger.movements.earnings import Earnings, get_earnings
from gateway.payments.payment import ProviderDispute, ProviderRefund
from gateway.payments.purchases.purchase_credit import lock_purchase_of_payment
from gateway.payments.refunds.reversals import reverse_dispute, reverse_refund
from gateway.payments.shop import Shop
from tests.payments.conftest import Buyer, build_matching_payment
from tests.payments.conftest import shop as shop

WALLET = f"0x{'a1' * 20}"


@pytest.fixture
def programme(shop: Shop) -> Programme:
    return Programme(
        ids=shop.ids,
        site=Site("http://shop.test"),
        referrals=ReferralTokens({"1": b"secret"}),
        mailer=shop.mailer,
        auto_approve=True,
    )


async def sign_up_person(shop: Shop, email: str) -> str:
    """Sign up a person with this address; return the account's id."""
    async with shop.database.write() as session:
        account_id = await keys.create_account(session, shop.ids, email)
        await identities.add_identity(session, shop.ids, account_id, ("email", "", email), email)
        return account_id


@dataclass
class Ann:
    """An affiliate in the test book, its buyers, and their payments."""

    shop: Shop
    programme: Programme
    account_id: str
    id: str
    credit_account: int

    @property
    def database(self) -> Database:
        return self.shop.database

    async def add_buyer(self, name: str, code: str = "ANN-10") -> Buyer:
        """Sign up a buyer that the affiliate's link referred."""
        account_id = await sign_up_person(self.shop, f"{name}@example.com")
        async with self.database.write() as session:
            now = await get_database_time(session)
            await account_referrals.bind_referral(
                session, account_id, ReferralClick(code, "clk_1", now)
            )
            return Buyer(
                self.shop, account_id, await get_account_number(session, account_id, "test")
            )

    async def buy_package(self, buyer: Buyer, code: str = "scale_10000", card: str = "fp") -> str:
        """Let a buyer pay for a package ($100); return the payment's id."""
        row = await buyer.add_checkout(code)
        payment = build_matching_payment(
            row, fingerprint=f"{card}-{buyer.account_id}" if card == "fp" else card
        )
        assert await buyer.settle_payment(payment) == "credited"
        return payment.intent_id or ""

    async def report_reversals(self, intent: str, *seen: ProviderRefund | ProviderDispute) -> None:
        """Report refunds and disputes of a payment to the shop, in this order."""
        for each in seen:
            async with self.database.write() as session:
                purchase = await lock_purchase_of_payment(session, "test", "stripe", intent)
                assert purchase is not None
                if isinstance(each, ProviderRefund):
                    await reverse_refund(session, self.shop, purchase, each)
                else:
                    await reverse_dispute(session, self.shop, purchase, each)

    async def approve(self) -> None:
        await commissions.approve_due_commissions(self.database)

    async def list_commissions(self) -> list[tuple[str, str, int]]:
        """Return kind, state and cents of each commission, the oldest first."""
        async with self.database.read() as snapshot:
            found = await snapshot.scalars(select(Commission).order_by(Commission.id))
            return [(row.kind, row.state, row.net_microusd // 10_000) for row in found]

    async def commission(self) -> Commission:
        """Return the oldest commission."""
        async with self.database.read() as snapshot:
            found = await snapshot.scalars(select(Commission).order_by(Commission.id).limit(1))
            return found.one()

    async def get_earnings(self) -> Earnings:
        async with self.database.read() as snapshot:
            account = await commissions.get_affiliate_account(snapshot, self.id, "test")
            return await get_earnings(snapshot, account)

    async def load_statistics(self) -> AffiliateStatistics:
        async with self.database.read() as snapshot:
            return await load_statistics(
                snapshot, await require_affiliate(snapshot, self.account_id), "test", 60
            )

    async def change(self, **values: object) -> None:
        """Set columns of the affiliate's row directly."""
        async with self.database.write() as session:
            row = await lock_affiliate(session, self.id)
            for name, value in values.items():
                setattr(row, name, value)

    async def request_payout(self, cents: int | None = None, method: str | None = None) -> Payout:
        """Request a payout."""
        wanted = payouts.PayoutRequest(
            amount_microusd=None if cents is None else cents * 10_000, method=method
        )
        async with self.database.write() as session:
            return await payouts.create_payout(session, self.programme, self.caller, wanted)

    async def decide(self, payout: Payout, decision: str) -> Payout:
        async with self.database.write() as session:
            row, _ = await payouts.resolve_payout(
                session, payout.id, decision, reference="0xhash", reason="no"
            )
            return row

    @property
    def caller(self) -> Caller:
        return Caller(
            account_id=self.account_id, ledger_account=self.credit_account, book="test",
            session_id="ses_1", scopes=frozenset({"admin"}),
        )  # fmt: skip


async def join_affiliate(programme: Programme, shop: Shop, email: str, code: str) -> Affiliate:
    """Sign up a person and apply to the programme; return the affiliate."""
    account_id = await sign_up_person(shop, email)
    wanted = membership.AffiliateApplication(
        display_name="Ann", website=None, promotion_plan=None, code=code
    )
    async with shop.database.write() as session:
        return await membership.apply_for_programme(session, programme, account_id, wanted)


@pytest.fixture
async def ann(shop: Shop, programme: Programme) -> Ann:
    """An approved affiliate with the code ANN-10, to be paid in USDC."""
    row = await join_affiliate(programme, shop, "ann@example.com", "ann-10")
    async with shop.database.read() as snapshot:
        number = await get_account_number(snapshot, row.account_id, "test")
    ann = Ann(shop, programme, row.account_id, row.id, number)
    await ann.change(payout_method="usdc", payout_destination=WALLET)
    return ann


def build_refund(number: int, cents: int, status: str = "succeeded") -> ProviderRefund:
    return ProviderRefund(
        id=f"re_{number}", intent_id=None, amount_micros=cents * 10_000, status=status,
        reversal_id=None, reason=None,
    )  # fmt: skip


def build_dispute(cents: int, status: str = "needs_response", *moved: int) -> ProviderDispute:
    return ProviderDispute(
        id="du_1", intent_id=None, amount_micros=cents * 10_000, status=status,
        withdrawn=-1 in moved, reinstated=1 in moved, reason=None,
    )  # fmt: skip
