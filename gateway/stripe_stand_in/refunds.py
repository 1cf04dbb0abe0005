"""Refunds of a payment, whole or in parts."""

from gateway.stripe_stand_in.store import Object, Store, StripeRefusal, unset_empty_values


def create_refund(store: Store, given: Object) -> Object:
    """Refund a payment or a part of it.

    Raises:
        StripeRefusal: nothing was paid, or less than this is left of the payment.
    """
    charge = find_refunded_charge(store, given)
    left = charge["amount"] - charge["amount_refunded"]
    amount = left if given.get("amount") is None else given["amount"]
    if not 0 < amount <= left:
        raise StripeRefusal(
            f"Refund amount ({amount}) is greater than unrefunded amount ({left})",
            code="charge_already_refunded" if not left else None,
            param="amount",
        )
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    refund = store.add_object(
        "refund",
        "re",
        amount=amount,
        currency=charge["currency"],
        charge=charge["id"],
        payment_intent=charge["payment_intent"],
        metadata=unset_empty_values(given.get("metadata")),
        reason=given.get("reason"),
        status="pending" if store.are_refunds_slow else "succeeded",
    )
    store.emit_event("refund.created", refund)
    store.emit_event("charge.refunded", charge)
    return refund


def find_refunded_charge(store: Store, given: Object) -> Object:
    """Find the charge that a refund is for.

    Raises:
        StripeRefusal: neither or both are named, or the payment has no successful charge.
    """
    intent_id, charge_id = given.get("payment_intent"), given.get("charge")
    if (intent_id is None) == (charge_id is None):
        raise StripeRefusal(
            "One of the following params should be provided for this request: payment_intent or"
            " charge.",
            code="parameter_missing",
        )
    if intent_id is not None:
        intent = store.get_object("payment_intent", intent_id)
        charge_id = intent["latest_charge"] if intent["status"] == "succeeded" else None
        if charge_id is None:
            raise StripeRefusal(
                f"This PaymentIntent ({intent_id}) does not have a successful charge to refund.",
                param="payment_intent",
            )
    charge = store.get_object("charge", charge_id or "")
    if not charge["paid"]:
        raise StripeRefusal(f"Charge {charge['id']} has failed and cannot be refunded.")
    return charge


def update_refund(store: Store, refund_id: str, given: Object) -> Object:
    """Change the metadata of a refund."""
    refund = store.get_object("refund", refund_id)
    refund["metadata"] = unset_empty_values(given.get("metadata"), refund["metadata"])
    store.emit_event("refund.updated", refund)
    return refund


def succeed_refund(store: Store, refund_id: str) -> Object:
    """Let a pending refund arrive."""
    refund = store.get_object("refund", refund_id)
    refund["status"] = "succeeded"
    store.emit_event("refund.updated", refund)
    return refund


def fail_refund(store: Store, refund_id: str) -> Object:
    """Let a refund fail, as one to a closed bank account does days later."""
    refund = store.get_object("refund", refund_id)
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    charge = store.get_object("charge", refund["charge"])
    charge["amount_refunded"] -= refund["amount"]
    charge["refunded"] = False
    store.emit_event("refund.updated", refund)
    store.emit_event("refund.failed", refund)
    return refund
