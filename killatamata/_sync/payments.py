"""Payments for credit; payment methods have the names of the wire."""

from killatamata._sync.paging import Resource
from killatamata.timeouts import Timeout
from killatamata.types import (
    Claimed,
    CryptoCheckout,
    CryptoClaimed,
    StripeCheckout,
)
from killatamata.wire import build_query, build_wire_fields

CARD_METHOD = "stripe"


class Checkout(Resource):
    """Checkouts: orders to buy credit."""

    def page(
        self,
        package_code: str,
        *,
        method: str = CARD_METHOD,
        return_path: str | None = None,
        email: str | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> StripeCheckout:
        """Start a payment on a hosted page, by card if no `method` is named.

        Send the person to `checkout_url`.

        Raises:
            StatusError: no such package, or the method is not accepted.
        """
        body = build_wire_fields(package_code=package_code, return_path=return_path, email=email)
        return self._transport.request_model(
            StripeCheckout,
            "POST",
            f"/api/v1/checkout/{method}",
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    def stripe(
        self,
        package_code: str,
        *,
        return_path: str | None = None,
        email: str | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> StripeCheckout:
        """Start a payment by card: send the person to `checkout_url`.

        Raises:
            StatusError: no such package, or cards are not accepted.
        """
        return self.page(
            package_code,
            return_path=return_path,
            email=email,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    def crypto(
        self,
        package_code: str,
        *,
        return_path: str | None = None,
        idempotency_key: str | None = None,
        timeout: Timeout | None = None,
    ) -> CryptoCheckout:
        """Start a payment in USDC: the payer sends `amount` to `address`, or opens `uri`.

        Raises:
            StatusError: no such package, or USDC is not accepted.
        """
        body = build_wire_fields(package_code=package_code, return_path=return_path)
        return self._transport.request_model(
            CryptoCheckout,
            "POST",
            "/api/v1/checkout/crypto",
            json=body,
            idempotency_key=idempotency_key,
            timeout=timeout,
        )

    def opened_crypto(self, checkout_id: str, *, timeout: Timeout | None = None) -> CryptoCheckout:
        """Return the payment instructions of an open checkout in USDC.

        Raises:
            NotFound: there is no such checkout.
        """
        query = build_query(checkout_id=checkout_id)
        return self._transport.request_model(
            CryptoCheckout, "GET", "/api/v1/checkout/crypto", params=query, timeout=timeout
        )


class Claims(Resource):
    """Claims: the outcome of a payment."""

    def page(
        self, checkout_id: str, *, method: str = CARD_METHOD, timeout: Timeout | None = None
    ) -> Claimed:
        """Return the outcome of a payment on a hosted page."""
        body = build_wire_fields(checkout_id=checkout_id)
        return self._transport.request_model(
            Claimed, "POST", f"/api/v1/claim/{method}", json=body, timeout=timeout
        )

    def stripe(
        self,
        *,
        checkout_id: str | None = None,
        session_id: str | None = None,
        timeout: Timeout | None = None,
    ) -> Claimed:
        """Return the outcome of a payment by card; give one of the two ids of its checkout."""
        body = build_wire_fields(checkout_id=checkout_id, session_id=session_id)
        return self._transport.request_model(
            Claimed, "POST", f"/api/v1/claim/{CARD_METHOD}", json=body, timeout=timeout
        )

    def crypto(
        self,
        *,
        checkout_id: str | None = None,
        transaction: str | None = None,
        timeout: Timeout | None = None,
    ) -> CryptoClaimed:
        """Return the outcome of a payment in USDC, by its checkout or a transaction hash."""
        body = build_wire_fields(checkout_id=checkout_id, transaction=transaction)
        return self._transport.request_model(
            CryptoClaimed, "POST", "/api/v1/claim/crypto", json=body, timeout=timeout
        )
