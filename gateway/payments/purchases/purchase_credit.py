"""Purchases: a payment becomes credit exactly once.

A payment is known by its natural key: the provider's own name of it. The purchase is inserted
first, and the unique key decides: if the row is there already, nothing else is written. All of it
(purchase, credit, bonus, the code that waited for it, commission, receipt number, checkout) is one
transaction of the caller, who has locked the checkout. Locks come in one order: checkout,
purchases, ledger accounts, receipt counter.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.ledger import transfers
from gateway.ledger.accounts.owners import House
from gateway.payments.billing.billing_details import find_billing_email
from gateway.payments.bills import Bill, build_plain_bill
from gateway.payments.codes.code_credit import credit_waiting_code
from gateway.payments.currencies import DOLLARS
from gateway.payments.invoices.issuing import issue_invoice
from gateway.payments.purchases import referrals
from gateway.payments.purchases.purchase_bills import add_purchase_bill
from gateway.payments.purchases.receipt_mail import build_receipt_mail
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout, Purchase, PurchaseBill

INSERT_PURCHASE = sql(
    """
    INSERT INTO purchase (id, account_id, ledger_account, book, provider, natural_key, checkout_id,
        package_code, package_name, paid_microusd, credit_microusd, bonus_microusd, expires_at,
        email, card_hash, receipt_number, created_at)
    SELECT given.id, given.account_id, given.ledger_account, given.book, given.provider,
           given.natural_key, given.checkout_id, given.package_code, given.package_name,
           given.paid_microusd, given.credit_microusd, given.bonus_microusd, given.expires_at,
           given.email, given.card_hash, NULL, given.created_at
    FROM {rows} WHERE true
    ON CONFLICT (book, provider, natural_key) DO NOTHING
    """,
    id="text",
    account_id="text",
    ledger_account="int",
    book="text",
    provider="text",
    natural_key="text",
    checkout_id="text",
    package_code="text",
    package_name="text",
    paid_microusd="int",
    credit_microusd="int",
    bonus_microusd="int",
    expires_at="int",
    email="text",
    card_hash="text",
    created_at="int",
)
NEXT_RECEIPT_NUMBER = sql(
    """
    INSERT INTO receipt_counter (book, last) SELECT given.book, 1 FROM {rows} WHERE true
    ON CONFLICT (book) DO UPDATE SET last = receipt_counter.last + 1
    RETURNING last
    """,
    book="text",
)
NOW = sql("SELECT kt_now()")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedPayment:
    """A payment that a provider received; `natural_key` is the provider's own name of it.

    `payer` is the fingerprint of the card, or the address of the wallet. Without `credit_microusd`
    the payment buys the whole package, else that credit and `bonus_microusd`. `purchase_id` is set
    if the buyer was told the id before. `bill` is what the provider charged, before the tax terms
    of the checkout; None: `paid_microusd`, in dollars.
    """

    natural_key: str
    paid_microusd: int
    email: str | None
    payer: str | None
    credit_microusd: int | None = None
    bonus_microusd: int = 0
    purchase_id: str | None = None
    bill: Bill | None = None

    def get_credit_and_bonus(self, checkout: Checkout) -> tuple[int, int]:
        """Return the credit and the bonus that this payment buys, in micro-USD."""
        if self.credit_microusd is None:
            return checkout.credit_microusd, checkout.bonus_microusd
        return self.credit_microusd, self.bonus_microusd


async def credit_purchase(
    session: Session, shop: Shop, checkout: Checkout, received: ReceivedPayment
) -> Purchase | None:
    """Credit a payment, and number its receipt and invoice; the caller has locked the checkout.

    Returns: the purchase, or None if this payment was credited before; then nothing changed.
    """
    purchase = await credit_payment(session, shop, checkout, received)
    if purchase is not None:
        await document_purchase(session, shop, purchase)
    return purchase


async def credit_payment(
    session: Session, shop: Shop, checkout: Checkout, received: ReceivedPayment
) -> Purchase | None:
    """Credit a payment: purchase, bill, credit, code, commission and checkout.

    The caller has locked the checkout. Once all money of its transaction has moved, it calls
    `document_purchase`.

    Returns: the purchase, or None if this payment was credited before; then nothing changed.
    """
    now: int = (await session.read(NOW))[0][0]
    purchase_id = received.purchase_id or shop.ids.new("pur")
    expires_at = shop.get_credit_expiry(now)
    row = (
        purchase_id, checkout.account_id, checkout.ledger_account, checkout.book,
        checkout.provider, received.natural_key, checkout.id, checkout.package_code,
        checkout.package_name, received.paid_microusd, *received.get_credit_and_bonus(checkout),
        expires_at, received.email,
        shop.hash_payer(received.payer)[0] if received.payer else None, now,
    )  # fmt: skip
    if not await session.change(INSERT_PURCHASE, [row]):
        return None
    purchase = await session.get_one(Purchase, purchase_id)
    charged = received.bill or build_plain_bill(DOLLARS, received.paid_microusd)
    await add_purchase_bill(session, purchase, checkout, charged)
    await transfer_credit(session, shop, purchase)
    await credit_waiting_code(session, shop.ids, checkout, purchase)
    await referrals.promise_commission(session, shop, purchase, received.payer)
    checkout.state = CheckoutState.CREDITED
    return purchase


async def document_purchase(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Give the receipt of a new purchase its number, issue its invoice, and mail both."""
    # All purchases of a book share the counter, so its row is locked last and for a moment. A
    # rollback gives the number back: receipt numbers have no gaps.
    purchase.receipt_number = (await session.read(NEXT_RECEIPT_NUMBER, [(purchase.book,)]))[0][0]
    bill = await session.get_one(PurchaseBill, purchase.id)
    invoice = await issue_invoice(session, shop, purchase, bill)
    email = await find_billing_email(session, purchase.account_id) or purchase.email
    if email is not None:
        mail = build_receipt_mail(purchase, bill, shop, email, invoice)
        await shop.mailer.send_later(session, mail)


async def transfer_credit(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Transfer the credit from the provider's clearing account, and the bonus from the house."""
    description = f"{purchase.package_name} package"
    await transfers.credit_account(
        session,
        shop.ids,
        account=purchase.ledger_account,
        book=purchase.book,
        code="purchase",
        reference=purchase.natural_key,
        amount_microusd=purchase.credit_microusd,
        source=shop.provider_classes[purchase.provider].clearing_account,
        category="paid",
        expires_at=purchase.expires_at,
        purchase_id=purchase.id,
        description=description,
    )
    if purchase.bonus_microusd:
        await transfer_bonus(session, shop, purchase)


async def transfer_bonus(session: Session, shop: Shop, purchase: Purchase) -> None:
    """Transfer the bonus of a purchase from the house to the account."""
    await transfers.credit_account(
        session,
        shop.ids,
        account=purchase.ledger_account,
        book=purchase.book,
        code="bonus",
        reference=await get_bonus_reference(session, shop, purchase),
        amount_microusd=purchase.bonus_microusd,
        source=House.BONUS,
        category="bonus",
        expires_at=purchase.expires_at,
        purchase_id=purchase.id,
        description=f"bonus of the {purchase.package_name} package",
    )


async def add_purchase_bonus(
    session: Session, shop: Shop, purchase: Purchase, amount_microusd: int
) -> None:
    """Add the bonus of the checkout to a purchase without one; the caller has locked that."""
    purchase.bonus_microusd = amount_microusd
    await session.flush()
    await transfer_bonus(session, shop, purchase)


async def get_bonus_reference(session: Session, shop: Shop, purchase: Purchase) -> str:
    """Return the natural key of a bonus: the payment's, or the checkout's id if paid in parts.

    A checkout has one bonus, however many payments fill it. If the chain undid the payment that
    brought the bonus, the next payment brings it again under its own key.
    """
    if not shop.provider_classes[purchase.provider].pays_in_parts or purchase.checkout_id is None:
        return purchase.natural_key
    others = select(Purchase.id).where(
        Purchase.checkout_id == purchase.checkout_id,
        Purchase.bonus_microusd > 0,
        Purchase.id != purchase.id,
    )
    has_other_bonus = await session.scalar(others.limit(1)) is not None
    return purchase.natural_key if has_other_bonus else purchase.checkout_id


async def list_checkout_purchases(
    session: Session | Snapshot, checkout_id: str
) -> Sequence[Purchase]:
    """List the purchases of a checkout, the oldest first: one, or one for each part paid."""
    purchases = select(Purchase).where(Purchase.checkout_id == checkout_id).order_by(Purchase.id)
    return (await session.scalars(purchases)).all()


async def lock_purchases(session: Session, checkout_id: str) -> Sequence[Purchase]:
    """Lock the purchases of a checkout, the oldest first, and return them as they are now.

    A refund locks its purchase, then the ledger account. So a transaction that changes several
    purchases locks all of them before it moves money: otherwise it could hold the ledger account
    and wait for a purchase, while the refund holds that purchase and waits for the account.
    """
    purchases = (
        select(Purchase)
        .where(Purchase.checkout_id == checkout_id)
        .order_by(Purchase.id)
        .with_for_update()
    )
    return (await session.scalars(purchases)).all()


async def lock_purchase_of_payment(
    session: Session, book: str, provider: str, natural_key: str
) -> Purchase | None:
    """Lock the purchase of a payment and return it, or None if the payment was not credited."""
    return await session.scalar(
        select(Purchase)
        .where(
            Purchase.book == book,
            Purchase.provider == provider,
            Purchase.natural_key == natural_key,
        )
        .with_for_update()
    )
