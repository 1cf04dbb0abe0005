"""Coinbase for one book: its hosted checkouts in USDC, as payments of the provider port."""

import asyncio
import base64
import logging
import time
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, ClassVar
from urllib.parse import urlsplit

import httpx2
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey
from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from gateway.kit import idempotency
from gateway.kit.clock import SECOND, to_iso
from gateway.kit.ids import Ids
from gateway.kit.outgoing.bounded_client import AnswerLimits, build_http_client
from gateway.ledger.accounts.owners import House
from gateway.payments.coinbase import events
from gateway.payments.errors import PaymentProviderError
from gateway.payments.inbox import ProviderEvent
from gateway.payments.packages import CENT_MICROUSD, Package, is_dollar_for_dollar
from gateway.payments.payment import Payment
from gateway.payments.provider import ProviderReturn
from gateway.payments.tables import Checkout
from gateway.payments.usdc.networks import NETWORKS
from gateway.payments.usdc.schemas import CryptoMethod

SITE, PATHS = "https://business.coinbase.com", {"live": "", "test": "/sandbox"}
CHECKOUTS = "/api/v1/checkouts"
ASSET, NETWORK, DEFAULT_RETURN = "USDC", "base", "/credits/return"
TOKEN_SECONDS, SEED_BYTES, KEY_BYTES, PAGE_ROWS = 120, 32, 64, 100
REFUSED_STATUSES, MISSING_STATUS = {400, 422}, 404
LIMITS = AnswerLimits(seconds=8, connect_seconds=3)
PAYMENT_WORDS = {
    "ACTIVE": ("open", "unpaid", None),
    "PROCESSING": ("complete", "unpaid", "processing"),
    "COMPLETED": ("complete", "paid", "succeeded"),
    "PARTIALLY_REFUNDED": ("complete", "refunded", "succeeded"),
    "REFUNDED": ("complete", "refunded", "succeeded"),
    "FAILED": ("complete", "unpaid", "canceled"),
    "EXPIRED": ("expired", "unpaid", None),
    "DEACTIVATED": ("expired", "unpaid", None),
}
TOTAL_SECONDS, RETRY_AFTER_SECONDS = 9, 1  # for all tries: our caller gets an answer within ten
SILENT_MESSAGE = "Coinbase does not answer; nothing was charged here."
log = logging.getLogger("gateway.payments")


class CoinbaseCheckout(BaseModel):
    """A checkout as Coinbase returns it."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{24}$")]
    url: Annotated[str, Field(pattern="^https?://", max_length=2_000)]
    status: str
    amount: str
    currency: str
    network: str
    metadata: dict[str, str] = Field(default_factory=dict)
    created_at: Annotated[AwareDatetime | None, Field(alias="createdAt")] = None
    refunded: Annotated[str, Field(alias="refundedAmount")] = "0"


class CoinbaseCheckoutPage(BaseModel):
    """A page of the list of checkouts."""

    checkouts: list[CoinbaseCheckout]
    next_page: Annotated[str | None, Field(alias="nextPageToken")] = None


class CoinbaseClient:
    """Coinbase with the key of one book; the test book is its sandbox."""

    name: ClassVar = "coinbase"
    reconciliation_name: ClassVar = "coinbase"
    method: ClassVar = "crypto"
    clearing_account: ClassVar = House.CLEARING_COINBASE
    unavailable_message: ClassVar = "USDC through Coinbase is not accepted"
    pays_in_parts: ClassVar = False
    completes_late: ClassVar = True
    computes_tax: ClassVar = False
    takes_currencies: ClassVar = False
    takes_promotion_codes: ClassVar = False
    event_types: ClassVar = events.HANDLED_EVENTS
    pages_origin = "https://payments.coinbase.com"

    def __init__(
        self, book: str, key_id: str, key: str, secrets: tuple[str, ...], base: str | None
    ) -> None:
        """Read the key, and build the client.

        Raises:
            ValueError: the key is malformed; the message never quotes it.
        """
        self.book, self.secrets = book, secrets
        self._key_id, (self._key, self._algorithm) = key_id, parse_private_key(key)
        self._url = f"{base or SITE}{PATHS[book]}{CHECKOUTS}"
        self._http = build_http_client(LIMITS)

    async def close(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    def can_sell(self, package: Package) -> bool:
        """Return True if the credit of a package equals its price, as for all payments in USDC."""
        return is_dollar_for_dollar(package)

    def render_method(self) -> CryptoMethod:
        """Render Coinbase for the list of payment methods."""
        network = NETWORKS[self.book].name
        return CryptoMethod(enabled=True, provider="coinbase", network=network, asset="USDC")

    def is_signed(self, raw: bytes, headers: Mapping[str, str]) -> bool:
        """Return True if a secret of this book signed these bytes within five minutes of now."""
        return events.is_signed(self.secrets, raw, headers)

    def read_event(self, raw: bytes) -> ProviderEvent:
        """Read a signed event."""
        return events.parse_event(raw, self.book)

    async def find_event_subject(self, event: ProviderEvent) -> str | ProviderReturn | None:
        """Return the id of the checkout that an event is about, or None for other events."""
        return event.object_id if event.type in events.HANDLED_EVENTS else None

    async def create_session(self, checkout: Checkout, *, site: str) -> Payment:
        """Open the hosted page of a checkout; an equal call returns the same page.

        Raises:
            PaymentProviderError: no page was opened; `final` if a repeat cannot help.
        """
        separator = "&" if "?" in checkout.return_path else "?"
        return_path = f"{checkout.return_path}{separator}checkoutId={checkout.id}"
        credits_page = f"{site}/credits?mode={checkout.book}"
        body = {
            "amount": f"{Decimal(checkout.price_microusd) / 1_000_000:.2f}",
            "currency": ASSET,
            "network": NETWORK,
            "description": f"{checkout.package_name} credit",
            "expiresAt": to_iso(checkout.expires_at),
            "successRedirectUrl": (
                credits_page if checkout.return_path == DEFAULT_RETURN else f"{site}{return_path}"
            ),
            "failRedirectUrl": credits_page,
            "metadata": {
                "checkout_id": checkout.id,
                "account_id": checkout.account_id,
                "package_code": checkout.package_code,
            },
        }
        # A key answers equal requests only, and another try may return to another address of ours.
        # Coinbase takes only UUIDs as keys.
        digest = idempotency.hash_request(body)[:16]
        headers = {"X-Idempotency-Key": str(uuid.UUID(bytes=digest, version=4))}
        answer = await self._request("POST", self._url, json=body, headers=headers)
        return self._parse_payment(answer)

    async def find_payment(self, session_id: str) -> Payment | None:
        """Return the payment of a checkout as it is now, or None if Coinbase does not know it."""
        answer = await self._request("GET", f"{self._url}/{session_id}")
        return None if answer.status_code == MISSING_STATUS else self._parse_payment(answer)

    async def list_payments_since(self, seconds: int) -> AsyncIterator[Payment]:
        """Yield the payments of all checkouts created since a Unix time, in any state.

        Coinbase is asked for these alone; older ones that it lists all the same are left out.
        """
        query = {"pageSize": str(PAGE_ROWS), "startTime": to_iso(seconds * SECOND)}
        while True:
            answer = await self._request("GET", self._url, params=query)
            with translate_invalid_answers():
                page = CoinbaseCheckoutPage.model_validate_json(answer.content)
                for seen in page.checkouts:
                    if seen.created_at is None or seen.created_at.timestamp() >= seconds:
                        yield self._to_payment(seen)
            if not page.next_page or not page.checkouts:
                return
            query["pageToken"] = page.next_page

    async def _request(self, method: str, url: str, **given: Any) -> httpx2.Response:  # noqa: ANN401 - httpx2's
        headers = given.pop("headers", {}) | {
            "Authorization": f"Bearer {self._build_token(method, url)}"
        }
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                answer = await self._http.request(method, url, headers=headers, **given)
                while answer.status_code == httpx2.codes.TOO_MANY_REQUESTS:
                    await asyncio.sleep(RETRY_AFTER_SECONDS)
                    answer = await self._http.request(method, url, headers=headers, **given)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise PaymentProviderError(SILENT_MESSAGE) from error
        if answer.is_error and (method == "POST" or answer.status_code != MISSING_STATUS):
            log.warning("coinbase answers %s to a %s", answer.status_code, method)
            error_for_caller = PaymentProviderError("Coinbase rejected the request.")
            error_for_caller.final = answer.status_code in REFUSED_STATUSES
            raise error_for_caller
        return answer

    def _build_token(self, method: str, url: str) -> str:
        parts, now = urlsplit(url), int(time.time())
        uri = f"{method} {parts.netloc}{parts.path}"
        head = {
            "alg": self._algorithm, "typ": "JWT", "kid": self._key_id,
            "nonce": Ids().bytes(16).hex(),
        }  # fmt: skip
        claims = {
            "iss": "cdp", "sub": self._key_id, "nbf": now, "exp": now + TOKEN_SECONDS,
            "uri": uri, "uris": [uri],
        }  # fmt: skip
        registry = jws.JWSRegistry(algorithms=[self._algorithm], strict_check_header=False)
        with warnings.catch_warnings():  # its newer name is not the one that Coinbase wants
            warnings.filterwarnings("ignore", "EdDSA is deprecated")
            return jwt.encode(head, claims, self._key, registry=registry)

    def _parse_payment(self, answer: httpx2.Response) -> Payment:
        with translate_invalid_answers():
            return self._to_payment(CoinbaseCheckout.model_validate_json(answer.content))

    def _to_payment(self, seen: CoinbaseCheckout) -> Payment:
        """Return a checkout as a payment: USDC on Base is dollars, all else another currency."""
        unknown = ("complete", seen.status.lower(), None)
        status, paid, intent = PAYMENT_WORDS.get(seen.status, unknown)
        dollars = (seen.currency, seen.network) == (ASSET, NETWORK)
        amount = parse_microusd(seen.amount)
        return Payment(
            session_id=seen.id,
            status=status,
            payment_status=paid,
            amount_micros=amount,
            currency="usd" if dollars else f"{seen.currency} on {seen.network}",
            account_id=seen.metadata.get("account_id", ""),
            checkout_id=seen.metadata.get("checkout_id", ""),
            package_code=seen.metadata.get("package_code", ""),
            livemode=self.book == "live",
            url=seen.url,
            email=None,
            intent_id=seen.id,
            intent_status=intent,
            intent_checkout_id=seen.metadata.get("checkout_id", ""),
            fingerprint=None,
            provider="coinbase",
            returned_micros=amount if seen.status == "REFUNDED" else parse_microusd(seen.refunded),
        )


def parse_microusd(amount: str) -> int:
    """Parse a decimal amount into millionths.

    Raises:
        InvalidOperation: the text is no number.
    """
    return int(Decimal(amount) * 100 * CENT_MICROUSD)


@contextmanager
def translate_invalid_answers() -> Iterator[None]:
    """Translate errors of parsing an answer of Coinbase into ours.

    Raises:
        PaymentProviderError: the answer is not as Coinbase documents it.
    """
    try:
        yield
    except (ValidationError, InvalidOperation) as error:
        raise PaymentProviderError("Coinbase returned an invalid response.") from error


def parse_private_key(text: str) -> tuple[OKPKey | ECKey, str]:
    """Parse a key as Coinbase issues it: Ed25519 in base64, or an elliptic curve in PEM.

    Returns: the key, and the name of its algorithm.

    Raises:
        ValueError: it is neither.
    """
    try:
        if "BEGIN" in text:
            return ECKey.import_key(text.replace("\\n", "\n").strip()), "ES256"
        raw = base64.b64decode(text, validate=True)
        seed, public = (
            base64.urlsafe_b64encode(part).decode().rstrip("=")
            for part in (raw[:SEED_BYTES], raw[SEED_BYTES:KEY_BYTES])
        )
        key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": seed, "x": public})
    except (ValueError, JoseError) as error:
        raise ValueError("the key is neither base64 Ed25519 nor PEM") from error
    return key, "EdDSA"
