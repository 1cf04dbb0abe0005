"""The calls of a buyer who pays by card: open a checkout and claim it."""

from typing import Any

import httpx2

from tests.gateway import Client


def open_checkout(buyer: Client, code: str = "studio_2500", **more: str) -> dict[str, Any]:
    """Open a checkout for a package and return it."""
    answer = buyer.http.post("/api/v1/checkout/stripe", json={"packageCode": code, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def claim_checkout(buyer: Client, opened: dict[str, Any]) -> httpx2.Response:
    """Claim a checkout; check that the answer is 202 while the payment may still come."""
    answer = buyer.http.post("/api/v1/claim/stripe", json={"checkoutId": opened["checkoutId"]})
    if answer.is_success:
        is_waiting = answer.json()["state"] in {"creating", "open", "processing"}
        assert answer.status_code == (202 if is_waiting else 200)
        assert (answer.json()["retryAfterSeconds"] is not None) == is_waiting
    return answer
