"""Operations on paying by x402."""

from typing import Literal

from gateway.identity.accounts import identities
from gateway.kit import idempotency
from gateway.kit.clock import SECOND
from gateway.kit.database.sql import sql
from gateway.kit.deprecation import Deprecation
from gateway.kit.errors import AccountFrozen, PaymentRequired
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Call, Caller, Reply, operation, to_sent_fields
from gateway.ledger.operations import DEPRECATED_SINCE, SUNSET, BalanceReader
from gateway.ledger.reports.balances import Balance
from gateway.payments.checkouts.checkout_rows import CheckoutRequest
from gateway.payments.errors import PaymentMethodUnavailable, UnknownPackage
from gateway.payments.packages import Package
from gateway.payments.purchases.receipt_mail import render_receipt_number
from gateway.payments.shop import Shop
from gateway.payments.x402 import x402_purchases
from gateway.payments.x402.client import PURCHASE_PATH, X402, SignedPayment
from gateway.payments.x402.errors import (
    AuthorizationAlreadyUsed,
    PaymentHeaderInvalid,
    PaymentInProgress,
    PaymentInvalid,
    PaymentUsedByOtherAccount,
    SettlementFailed,
)
from gateway.payments.x402.schemas import PurchaseByX402, X402Purchase
from gateway.payments.x402.states import X402State
from gateway.payments.x402.x402_purchases import PaymentRecord

NOW = sql("SELECT kt_now()")
RETRY_SECONDS = 5
PURCHASE_PROBLEMS = (
    AccountFrozen,
    AuthorizationAlreadyUsed,
    PaymentHeaderInvalid,
    PaymentInProgress,
    PaymentInvalid,
    PaymentMethodUnavailable,
    PaymentRequired,
    PaymentUsedByOtherAccount,
    SettlementFailed,
    UnknownPackage,
)
PAY_HINT = (
    "Pay what PAYMENT-REQUIRED asks for and send the same request with PAYMENT-SIGNATURE. If your "
    'client caps payments, raise its cap: set_spend_controls({"max_amount_per_payment": "$50"}).'
)
EXPOSED_HEADERS = "PAYMENT-REQUIRED, PAYMENT-RESPONSE, X-PAYMENT-RESPONSE"


@operation(
    "POST",
    PURCHASE_PATH,
    tag="checkout",
    response=X402Purchase,
    other_statuses=(202,),
    scopes=("billing",),
    session="also",
    problems=PURCHASE_PROBLEMS,
)
async def purchase_x402(
    call: Call, caller: Caller, body: PurchaseByX402, shop: Shop, balances: BalanceReader
) -> Reply:
    """Buy a package in one request, paid in USDC by x402.

    Without a payment the answer is 402 and says what to pay. Sending the same payment again returns
    the same purchase. 202 means it may still go through: send it again, do not sign another.
    """
    return await buy_package(call, caller, body, shop, balances)


@operation(
    "POST",
    "/api/v1/deposit/x402",
    tag="checkout",
    response=X402Purchase,
    other_statuses=(202,),
    scopes=("billing",),
    session="also",
    problems=PURCHASE_PROBLEMS,
    deprecation=Deprecation(since=DEPRECATED_SINCE, sunset=SUNSET, successor=PURCHASE_PATH),
)
async def deposit_x402(
    call: Call, caller: Caller, body: PurchaseByX402, shop: Shop, balances: BalanceReader
) -> Reply:
    """Buy a package by x402, under its old path."""
    return await buy_package(call, caller, body, shop, balances)


async def buy_package(
    call: Call, caller: Caller, body: PurchaseByX402, shop: Shop, balances: BalanceReader
) -> Reply:
    """Carry out a purchase, or refuse it with the payment that is required.

    Raises:
        Problem: any refusal of these operations.
    """
    x402, package = shop.get_provider(X402, caller.book), shop.get_package(body.package_code)
    header = call.headers.get("payment-signature") or call.headers.get("x-payment")
    if not header:
        raise attach_payment_required(
            PaymentRequired("This package is paid for by x402.", hint=PAY_HINT), x402, package
        )
    async with shop.database.read() as snapshot:
        now: int = (await snapshot.read(NOW))[0][0]
        email = await identities.find_account_email(snapshot, caller.account_id)
    try:
        payment = x402.read_payment(header, package)
        record = await x402_purchases.find_own_payment(shop, caller, payment.natural_key)
        replayed = record is not None
        if record is not None:
            record = await x402_purchases.resume_payment(shop, x402, record)
        else:
            x402.check_payment(payment, package, now // SECOND)
            requested = CheckoutRequest(
                package=package, return_path="/", email=email, idempotency_key=None,
                request_hash=idempotency.hash_request(to_sent_fields(body)),
            )  # fmt: skip
            record = await x402_purchases.settle_new_payment(shop, x402, caller, requested, payment)
    except PaymentInvalid as error:
        raise attach_payment_required(error, x402, package) from error
    state = x402_purchases.get_reported_state(record)
    if state == X402State.FAILED:
        raise attach_payment_required(SettlementFailed(), x402, package)
    balance = await balances.get_balance(caller.ledger_account)
    answer = render_x402_purchase(record, x402, balance, state=state, replayed=replayed)
    headers = {"Cache-Control": "no-store", "Access-Control-Expose-Headers": EXPOSED_HEADERS}
    if state == X402State.PENDING:
        return Reply(body=answer, status=202, headers=headers | {"Retry-After": str(RETRY_SECONDS)})
    return Reply(body=answer, headers=headers | build_settlement_header(record, x402, payment))


def attach_payment_required(
    problem: PaymentRequired, x402: X402, package: Package
) -> PaymentRequired:
    """Attach the required payment to a refusal, for clients of both versions; return it."""
    header, accepts = x402.render_payment_required(package)
    problem.headers |= {
        "PAYMENT-REQUIRED": header,
        "Cache-Control": "no-store",
        "Access-Control-Expose-Headers": EXPOSED_HEADERS,
    }
    problem.members |= {"x402Version": 1, "accepts": accepts}
    return problem


def build_settlement_header(
    record: PaymentRecord, x402: X402, payment: SignedPayment
) -> dict[str, str]:
    """Build the header that reports a settlement, in the version of the payment."""
    is_v1 = payment.payload.x402_version == 1
    settlement = x402.render_settlement(
        record.payment.payer,
        record.payment.transaction or "",
        record.checkout.price_microusd,
        is_v1=is_v1,
    )
    return {payment.response_header: settlement}


def render_x402_purchase(
    record: PaymentRecord,
    x402: X402,
    balance: Balance,
    *,
    state: Literal[X402State.CREDITED, X402State.PENDING],
    replayed: bool,
) -> X402Purchase:
    """Render a purchase by x402."""
    purchase = record.purchase
    credited = 0 if purchase is None else purchase.credit_microusd
    bonus = 0 if purchase is None else purchase.bonus_microusd
    total = balance.available_microusd + balance.held_microusd
    return X402Purchase(
        purchase_id=record.payment.purchase_id,
        state=state,
        **to_amount_fields("credited", credited),
        **to_amount_fields("bonus", bonus),
        **to_amount_fields("balance", total),
        transaction=record.payment.transaction,
        network=x402.caip_network,
        payer=record.payment.payer,
        receipt_number=None if purchase is None else render_receipt_number(purchase),
        replayed=replayed,
    )
