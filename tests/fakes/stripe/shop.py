"""What a buyer does at the gateway, for tests."""

from typing import Any

import httpx2

from tests.gateway import Client


def checkout(buyer: Client, code: str = "studio_2500", **more: str) -> dict[str, Any]:
    """Open a checkout."""
    answer = buyer.http.post("/api/v1/checkout/stripe", json={"packageCode": code, **more})
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    return body


def claim(buyer: Client, opened: dict[str, Any]) -> httpx2.Response:
    """Claim a checkout; it is answered with 202 as long as its payment may still come."""
    answer = buyer.http.post("/api/v1/claim/stripe", json={"checkoutId": opened["checkoutId"]})
    if answer.is_success:
        waits = answer.json()["state"] in {"creating", "open", "processing"}
        assert answer.status_code == (202 if waits else 200)
        assert (answer.json()["retryAfterSeconds"] is not None) == waits
    return answer
