"""Operations on the billing details of an account."""

from dataclasses import asdict

from gateway.identity.keys import keys
from gateway.kit import audit_log
from gateway.kit.audit_log import Actor
from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.operation import Call, Caller, operation
from gateway.payments.billing import schemas
from gateway.payments.billing.billing_details import (
    BUYER_FIELDS,
    Buyer,
    load_billing_details,
    set_billing_details,
)


@operation(
    "GET",
    "/api/v1/billing/details",
    tag="billing",
    response=schemas.BillingDetailsShown,
    scopes=("billing",),
    session="also",
)
async def get_billing_details(caller: Caller, session: Snapshot) -> schemas.BillingDetailsShown:
    """Read who the account's next invoices are made out to, in both modes."""
    return render_billing_details(await load_billing_details(session, caller.account_id))


@operation(
    "PUT",
    "/api/v1/billing/details",
    tag="billing",
    response=schemas.BillingDetailsShown,
    session="only",
)
async def change_billing_details(
    call: Call, caller: Caller, body: schemas.ChangeBillingDetails, session: Session
) -> schemas.BillingDetailsShown:
    """Replace who the account's next invoices are made out to.

    It counts in both modes. Invoices that were issued before keep what they say. No key may call
    it: it decides where receipts are sent.
    """
    await keys.lock_account(session, caller.account_id)
    before = await load_billing_details(session, caller.account_id)
    after = Buyer(**{name: getattr(body, name) for name in BUYER_FIELDS})
    await set_billing_details(session, caller.account_id, after)
    # The log outlives an erasure: it has which fields changed, and none of what they say.
    changed = [name for name in BUYER_FIELDS if getattr(before, name) != getattr(after, name)]
    await audit_log.record(
        session,
        Actor.from_call(call),
        "billing.details",
        caller.account_id,
        after={"changed": changed},
    )
    return render_billing_details(after)


def render_billing_details(buyer: Buyer) -> schemas.BillingDetailsShown:
    """Render billing details."""
    return schemas.BillingDetailsShown(**asdict(buyer))
