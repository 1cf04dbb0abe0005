"""Paying for credit; the ways to pay have the names that they have on the wire."""

from killatamata._sync.paging import Resource
from killatamata.types import (
    Claimed,
    CryptoCheckout,
    CryptoClaimed,
    StripeCheckout,
)
from killatamata.wire import given, params

CARD = "stripe"


class Checkout(Resource):
    """Buying credit."""

    def page(
        self,
        package_code: str,
        *,
        method: str = CARD,
        return_path: str | None = None,
        email: str | None = None,
        idempotency_key: str | None = None,
    ) -> StripeCheckout:
        """Start a payment on a page, by card if no `method` is named: lead to `checkout_url`.

        Raises:
            StatusError: no such package, or it cannot be paid like this.
        """
        body = given(package_code=package_code, return_path=return_path, email=email)
        return self._transport.model(
            StripeCheckout,
            "POST",
            f"/api/v1/checkout/{method}",
            json=body,
            idempotency_key=idempotency_key,
        )

    def stripe(
        self,
        package_code: str,
        *,
        return_path: str | None = None,
        email: str | None = None,
        idempotency_key: str | None = None,
    ) -> StripeCheckout:
        """Start a payment by card: send the person to `checkout_url`.

        Raises:
            StatusError: no such package, or cards are not taken.
        """
        return self.page(
            package_code, return_path=return_path, email=email, idempotency_key=idempotency_key
        )

    def crypto(
        self,
        package_code: str,
        *,
        return_path: str | None = None,
        idempotency_key: str | None = None,
    ) -> CryptoCheckout:
        """Start a payment in USDC: `amount` is to be sent to `address`, or `uri` opened.

        Raises:
            StatusError: no such package, or USDC is not taken.
        """
        body = given(package_code=package_code, return_path=return_path)
        return self._transport.model(
            CryptoCheckout,
            "POST",
            "/api/v1/checkout/crypto",
            json=body,
            idempotency_key=idempotency_key,
        )

    def opened_crypto(self, checkout_id: str) -> CryptoCheckout:
        """Read again how a checkout is paid in USDC.

        Raises:
            NotFound: there is no such checkout.
        """
        query = params(checkout_id=checkout_id)
        return self._transport.model(CryptoCheckout, "GET", "/api/v1/checkout/crypto", params=query)


class Claims(Resource):
    """What became of a payment."""

    def page(self, checkout_id: str, *, method: str = CARD) -> Claimed:
        """Ask after a payment on a page."""
        body = given(checkout_id=checkout_id)
        return self._transport.model(Claimed, "POST", f"/api/v1/claim/{method}", json=body)

    def stripe(self, *, checkout_id: str | None = None, session_id: str | None = None) -> Claimed:
        """Ask after a payment by card; give one of the two ids of its checkout."""
        body = given(checkout_id=checkout_id, session_id=session_id)
        return self._transport.model(Claimed, "POST", f"/api/v1/claim/{CARD}", json=body)

    def crypto(
        self, *, checkout_id: str | None = None, transaction: str | None = None
    ) -> CryptoClaimed:
        """Ask after a payment in USDC; give its checkout, or the hash of a transaction."""
        body = given(checkout_id=checkout_id, transaction=transaction)
        return self._transport.model(CryptoClaimed, "POST", "/api/v1/claim/crypto", json=body)
