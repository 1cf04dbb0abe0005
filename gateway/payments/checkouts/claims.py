"""Claims: a buyer asks for the state of a checkout, and the question settles it if possible."""

from dataclasses import dataclass

from gateway.identity.keys import keys
from gateway.identity.keys.authority import Authority
from gateway.identity.keys.default_policy import load_default_policy
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.kit import audit_log, faults
from gateway.kit.audit_log import Actor
from gateway.kit.money import to_amount_fields
from gateway.kit.operation import Call, Caller
from gateway.ledger.reports.balances import Balance
from gateway.payments.checkouts import checkout_rows, fulfilment
from gateway.payments.purchases.purchase_credit import list_checkout_purchases
from gateway.payments.purchases.receipt_mail import render_receipt_number
from gateway.payments.schemas import Claim, Claimed
from gateway.payments.shop import Shop
from gateway.payments.states import UNSETTLED_CHECKOUTS, CheckoutState
from gateway.payments.tables import Checkout, Purchase

ENDED_UNPAID_STATES = {CheckoutState.EXPIRED, CheckoutState.FAILED}
RETRY_SECONDS = 3


@dataclass(frozen=True, slots=True)
class ClaimedCheckout:
    """A checkout, and the purchase that it became."""

    checkout: Checkout
    purchase: Purchase | None


async def settle_own_checkout(
    shop: Shop, caller: Caller, claim: Claim, provider: str
) -> ClaimedCheckout:
    """Return the caller's checkout after the provider was asked, unless its state is final.

    Raises:
        NotFound: the account has no such checkout.
        PaymentProviderError, PaymentMethodUnavailable: the provider cannot be asked.
    """
    async with shop.database.read() as snapshot:
        checkout = await checkout_rows.get_own_checkout(
            snapshot, caller, checkout_id=claim.checkout_id, session_id=claim.session_id,
            provider=provider,
        )  # fmt: skip
    return await refresh_checkout(shop, checkout)


async def refresh_checkout(shop: Shop, row: Checkout) -> ClaimedCheckout:
    """Return a hosted checkout; ask its provider first if the state may have changed there.

    A provider that `completes_late` may still complete an expired or failed checkout. One that a
    person rejected stays rejected.

    Raises:
        PaymentProviderError, PaymentMethodUnavailable: the provider cannot be asked.
    """
    undecided = row.state in ENDED_UNPAID_STATES and row.review_reason is None
    late = shop.provider_classes[row.provider].completes_late and row.provider_reference is not None
    if row.state in UNSETTLED_CHECKOUTS or (undecided and late):
        await settle_from_provider(shop, row)
    async with shop.database.read() as snapshot:
        checkout = await checkout_rows.get_checkout(snapshot, row.id)
        purchases = await list_checkout_purchases(snapshot, row.id)
        return ClaimedCheckout(checkout, purchases[0] if purchases else None)


async def settle_from_provider(shop: Shop, row: Checkout) -> None:
    """Read an unsettled checkout at its provider and settle it; open its page first if needed."""
    if row.provider_reference is None:
        row = await checkout_rows.open_payment_page(shop, row)
    if row.provider_reference is not None:
        provider = shop.get_hosted_provider(row.provider, row.book)
        await fulfilment.fulfil_checkout(shop, provider, row.provider_reference)


async def create_first_key(
    shop: Shop,
    allowance: SessionAllowance,
    call: Call,
    caller: Caller,
    checkout: Checkout,
    label: str,
) -> str:
    """Create the first API key of an account that bought credit.

    Returns: the key, or an empty text if the account ever had one or nothing was credited.

    Raises:
        FreshSignInRequired: the sign-in is too old to create a key; the credit stays.
    """
    if caller.session_id is None or checkout.state != CheckoutState.CREDITED:
        return ""
    async with shop.database.write() as session:
        # Claims of the same buyer wait here for each other, so only the first finds no key.
        # `minted_by` is unique as well: a checkout mints one key at most.
        await keys.lock_account(session, caller.account_id)
        if await keys.list_all_account_keys(session, caller.account_id):
            return ""
        policy = await load_default_policy(session, caller.account_id, checkout.book)
        authority = Authority(keys.DEFAULT_SCOPES, policy, checkout.book)
        await allowance.count_granted_rights(session, caller, authority)
        new_key = keys.NewKey(
            account_id=caller.account_id,
            book=checkout.book,
            label=label,
            scopes=keys.DEFAULT_SCOPES,
            minted_by=f"claim:{checkout.id}",
            policy=policy,
            holder_id=caller.holder_id,
        )
        row, key = await keys.create(session, shop.ids, shop.peppers, new_key)
        after = {"label": label, "scopes": row.scopes, "mintedBy": row.minted_by}
        await audit_log.record(session, Actor.from_call(call), "key.create", row.id, after=after)
    await faults.reach("key.committed")
    return key


def render_claim(claimed: ClaimedCheckout, balance: Balance, api_key: str = "") -> Claimed:
    """Render the state of a checkout; `retry_after_seconds` is set while it is not final."""
    checkout, purchase = claimed.checkout, claimed.purchase
    credited = 0 if purchase is None else purchase.credit_microusd
    bonus = 0 if purchase is None else purchase.bonus_microusd
    total = balance.available_microusd + balance.held_microusd
    return Claimed(
        checkout_id=checkout.id,
        state=checkout.state,  # type: ignore[arg-type]  # the row's check constraint
        purchase_id=None if purchase is None else purchase.id,
        **to_amount_fields("credited", credited),
        **to_amount_fields("bonus", bonus),
        **to_amount_fields("balance", total),
        receipt_number=None if purchase is None else render_receipt_number(purchase),
        retry_after_seconds=RETRY_SECONDS if checkout.state in UNSETTLED_CHECKOUTS else None,
        api_key=api_key or None,
    )
