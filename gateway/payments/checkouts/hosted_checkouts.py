"""The common parts of operations on hosted checkouts: open one, and claim it."""

from gateway.identity.accounts import identities
from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.kit import idempotency
from gateway.kit.errors import AccountFrozen, IdempotencyConflict, NotFound, PayloadTooLarge
from gateway.kit.operation import Call, Caller, Reply, to_sent_fields
from gateway.ledger.operations import BalanceReader
from gateway.payments.checkouts import checkout_rows, claims
from gateway.payments.currencies import DOLLARS
from gateway.payments.errors import (
    EventNotReady,
    PaymentMethodUnavailable,
    PaymentProviderError,
    UnknownPackage,
    WebhookSignatureInvalid,
)
from gateway.payments.schemas import Claim, StartCheckout
from gateway.payments.shop import Shop
from gateway.payments.tables import Checkout

START_PROBLEMS = (
    AccountFrozen,
    IdempotencyConflict,
    UnknownPackage,
    PaymentProviderError,
    PaymentMethodUnavailable,
)
CLAIM_PROBLEMS = (NotFound, PaymentProviderError, PaymentMethodUnavailable, FreshSignInRequired)
WEBHOOK_PROBLEMS = (WebhookSignatureInvalid, PayloadTooLarge, EventNotReady)


async def start_checkout(
    call: Call,
    caller: Caller,
    body: StartCheckout,
    shop: Shop,
    provider: str,
    currency: str = DOLLARS,
    card_person_id: str | None = None,
) -> tuple[Checkout, dict[str, str]]:
    """Open the requested checkout; return it with the headers of the answer.

    Raises:
        Problem: one of `START_PROBLEMS`.
    """
    requested = checkout_rows.CheckoutRequest(
        package=shop.get_package(body.package_code),
        return_path=body.return_path,
        email=body.email or await find_account_email(shop, caller),
        idempotency_key=find_own_key(call, caller),
        request_hash=idempotency.hash_request(to_sent_fields(body)),
        currency=currency,
        card_person_id=card_person_id,
    )
    checkout, replayed = await checkout_rows.start_hosted_checkout(
        shop, caller, requested, provider
    )
    return checkout, {"Idempotency-Replayed": "true"} if replayed else {}


def find_own_key(call: Call, caller: Caller) -> str | None:
    """Return the idempotency key of a call as the caller's own, if it has one.

    Else a person of a team would be answered with the checkout of another, who saves a card there.
    """
    key = call.idempotency_key
    return None if key is None else caller.build_own_key(key)


async def find_account_email(shop: Shop, caller: Caller) -> str | None:
    """Return the e-mail address of the caller's account, if it has one."""
    async with shop.database.read() as snapshot:
        return await identities.find_account_email(snapshot, caller.account_id)


async def claim_checkout(
    call: Call,
    caller: Caller,
    body: Claim,
    shop: Shop,
    provider: str,
    balances: BalanceReader,
    allowance: SessionAllowance,
) -> Reply:
    """Settle the caller's checkout at a provider and answer its state; 202 while it is not final.

    Raises:
        Problem: one of `CLAIM_PROBLEMS`.
    """
    claimed, api_key = await claims.settle_own_checkout(shop, caller, body, provider), ""
    if body.key_label is not None:
        api_key = await claims.create_first_key(
            shop, allowance, call, caller, claimed.checkout, body.key_label
        )
    answer = claims.render_claim(
        claimed, await balances.get_balance(caller.ledger_account), api_key
    )
    if answer.retry_after_seconds is None:
        return Reply(body=answer, headers={"Cache-Control": "no-store"})
    return Reply(body=answer, status=202, headers={"Retry-After": str(answer.retry_after_seconds)})
