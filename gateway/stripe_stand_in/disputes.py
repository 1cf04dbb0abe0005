"""Disputes: a holder contests a payment, and the bank decides."""

from gateway.stripe_stand_in.store import Object, Store


def open_dispute(store: Store, intent_id: str, amount: int | None, *, withdraw: bool) -> Object:
    """Open a dispute; `withdraw` takes the money at once, as Stripe mostly does."""
    intent = store.get_object("payment_intent", intent_id)
    opened = store.add_object(
        "dispute",
        "du",
        amount=amount or intent["amount"],
        currency=intent["currency"],
        charge=intent["latest_charge"],
        payment_intent=intent_id,
        reason="fraudulent",
        status="needs_response",
        balance_transactions=[],
    )
    store.get_object("charge", intent["latest_charge"])["disputed"] = True
    store.emit_event("charge.dispute.created", opened)
    if withdraw:
        move_disputed_money(store, opened, -1)
    return opened


def close_dispute(store: Store, dispute_id: str, *, won: bool) -> Object:
    """Close a dispute; if it is won, withdrawn money is reinstated."""
    dispute = store.get_object("dispute", dispute_id)
    dispute["status"] = "won" if won else "lost"
    if won and dispute["balance_transactions"]:
        move_disputed_money(store, dispute, 1)
    store.emit_event("charge.dispute.closed", dispute)
    return dispute


def move_disputed_money(store: Store, dispute: Object, sign: int) -> None:
    """Withdraw the money of a dispute, or reinstate it."""
    transaction = {
        "object": "balance_transaction",
        "amount": sign * dispute["amount"],
        "fee": 1_500,
    }
    dispute["balance_transactions"].append(transaction)
    direction = "withdrawn" if sign < 0 else "reinstated"
    store.emit_event(f"charge.dispute.funds_{direction}", dispute)
