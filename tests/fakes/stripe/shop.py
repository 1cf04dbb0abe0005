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
    """Claim a checkout."""
    return buyer.http.post("/api/v1/claim/stripe", json={"checkoutId": opened["checkoutId"]})
