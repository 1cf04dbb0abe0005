"""The operations of paying with Penny: checkout, claim and webhook."""

from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.kit.operation import Call, Caller, Reply, operation
from gateway.kit.wire.models import WireModel
from gateway.ledger.operations import BalanceReader
from gateway.payments.checkouts import checkout_rows, hosted_checkouts, provider_webhooks
from gateway.payments.schemas import Claim, Claimed, Received, StartCheckout
from gateway.payments.shop import Shop


class PennyCheckout(WireModel):
    """An open checkout."""

    checkout_id: str
    provider: str
    session_id: str
    checkout_url: str
    package_code: str
    price_usd: str
    price_microusd: int
    credit_usd: str
    credit_microusd: int
    bonus_usd: str
    bonus_microusd: int
    expires_at: str
    livemode: bool


@operation(
    "POST", "/api/v1/checkout/penny", tag="checkout", response=PennyCheckout, status=201,
    scopes=("billing",), session="also", idempotent=True, problems=hosted_checkouts.START_PROBLEMS,
)  # fmt: skip
async def start_penny_checkout(
    call: Call, caller: Caller, body: StartCheckout, shop: Shop
) -> Reply:
    """Open a checkout for a package."""
    row, headers = await hosted_checkouts.start_checkout(call, caller, body, shop, "penny")
    session_id, url = checkout_rows.get_payment_page(row)
    shown = PennyCheckout(
        provider="penny",
        session_id=session_id,
        checkout_url=url,
        **checkout_rows.render_checkout_terms(row),
    )
    return Reply(body=shown, headers=headers, resource_id=row.id)


@operation(
    "POST", "/api/v1/claim/penny", tag="claim", response=Claimed, other_statuses=(202,),
    scopes=("billing",), session="also", problems=hosted_checkouts.CLAIM_PROBLEMS,
)  # fmt: skip
async def claim_penny(
    call: Call,
    caller: Caller,
    body: Claim,
    shop: Shop,
    reads: BalanceReader,
    allowance: SessionAllowance,
) -> Reply:
    """Settle a checkout of this account now."""
    return await hosted_checkouts.claim_checkout(
        call, caller, body, shop, "penny", reads, allowance
    )


@operation(
    "POST", "/api/v1/webhooks/penny", tag="webhooks", response=Received, public=True,
    raw_body=True, limit="none", body_bytes=provider_webhooks.MAX_EVENT_BYTES,
    problems=hosted_checkouts.WEBHOOK_PROBLEMS,
)  # fmt: skip
async def take_penny_event(call: Call, shop: Shop) -> Received:
    """Process a signed event."""
    return Received(
        outcome=await provider_webhooks.process_delivery(shop, "penny", call.raw_body, call.headers)
    )
