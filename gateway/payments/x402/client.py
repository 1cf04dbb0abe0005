"""x402 for one book: the payment that is required, its header, and the facilitator."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

import httpx2
from pydantic import BaseModel, BeforeValidator, Field, ValidationError

from gateway.kit.outgoing.bounded_client import MIB, AnswerLimits
from gateway.kit.wire.json_text import JsonObject
from gateway.ledger.accounts.owners import House
from gateway.payments.packages import Package
from gateway.payments.usdc.networks import Network
from gateway.payments.usdc.rpc import Address, Hash, Rpc
from gateway.payments.x402.errors import PaymentHeaderInvalid, PaymentInvalid
from gateway.payments.x402.schemas import X402Method

if TYPE_CHECKING:
    from x402.http.facilitator_client import HTTPFacilitatorClient
    from x402.schemas import PaymentPayload, PaymentRequirements
    from x402.schemas.v1 import PaymentPayloadV1, PaymentRequirementsV1

SCHEME, TIMEOUT_SECONDS = "exact", 600
MIN_VALID_SECONDS, MAX_VALID_SECONDS = 6, 3_600
MAX_HEADER_CHARS = 8_192
ADDRESS = re.compile("0x[0-9a-fA-F]{40}")
LIMITS = AnswerLimits(max_bytes=MIB, seconds=20, connect_seconds=3)
PURCHASE_PATH = "/api/v1/credits/purchase/x402"


def _parse_whole_number(given: object) -> object:
    return int(given) if isinstance(given, str) and given.isdecimal() else None


WholeNumber = Annotated[int, BeforeValidator(_parse_whole_number), Field(ge=0, lt=2**62)]


class Authorization(BaseModel):
    """The authorization that the payer signed (EIP-3009); times are Unix seconds."""

    payer: Address = Field(alias="from")
    to: Address
    value: WholeNumber
    valid_after: WholeNumber = Field(alias="validAfter")
    valid_before: Annotated[int, BeforeValidator(_parse_whole_number), Field(ge=0)] = Field(
        alias="validBefore"
    )
    nonce: Hash


@dataclass(frozen=True, slots=True)
class SignedPayment:
    """A payment as its header has it; `requirements` are ours, in the version of the payment."""

    payload: "PaymentPayload | PaymentPayloadV1"
    requirements: "PaymentRequirements | PaymentRequirementsV1"
    authorization: Authorization
    natural_key: str
    header: str

    @property
    def response_header(self) -> str:
        """Return the name of the header that reports the settlement."""
        return "PAYMENT-RESPONSE" if self.payload.x402_version > 1 else "X-PAYMENT-RESPONSE"


@dataclass(frozen=True, slots=True, kw_only=True)
class X402:
    """x402 in one book: its chain, its receiving address, its facilitator and its node."""

    name: ClassVar = "x402"
    reconciliation_name: ClassVar = "x402"
    method: ClassVar = "x402"
    clearing_account: ClassVar = House.CLEARING_X402
    unavailable_message: ClassVar = "x402 is not accepted"
    pays_in_parts: ClassVar = False
    completes_late: ClassVar = False
    computes_tax: ClassVar = False
    takes_currencies: ClassVar = False
    takes_promotion_codes: ClassVar = False

    book: str
    network: Network
    pay_to: str
    facilitator: "HTTPFacilitatorClient"
    http: httpx2.AsyncClient
    rpc: Rpc
    site: str
    confirmations: int

    async def close(self) -> None:
        """Close every connection."""
        await self.http.aclose()
        await self.rpc.close()

    def can_sell(self, package: Package) -> bool:  # noqa: ARG002 - of the port
        """Return True: every package can be paid by x402."""
        return True

    def render_method(self) -> X402Method:
        """Render x402 for the list of payment methods."""
        return X402Method(
            enabled=True, networks=[self.caip_network], asset="USDC", pay_to=self.pay_to
        )

    @property
    def caip_network(self) -> str:
        """Return the name of the chain in version 2 of x402 (CAIP-2)."""
        return f"eip155:{self.network.chain_id}"

    def build_natural_key(self, payer: str, nonce: str) -> str:
        """Build the natural key of an authorization: chain, token, payer and nonce."""
        return f"{self.caip_network}:{self.network.usdc}:{payer}:{nonce}".lower()

    def build_requirements(self, package: Package) -> "PaymentRequirements":
        """Build the payment requirements of a package, in version 2."""
        from x402.schemas import PaymentRequirements  # noqa: PLC0415 - loads where it is used

        return PaymentRequirements(
            scheme=SCHEME,
            network=self.caip_network,
            asset=self.network.usdc,
            amount=str(package.price_microusd),
            pay_to=self.pay_to,
            max_timeout_seconds=TIMEOUT_SECONDS,
            extra={"name": self.network.usdc_name, "version": "2"},
        )

    def build_requirements_v1(self, package: Package) -> "PaymentRequirementsV1":
        """Build the payment requirements of a package, in version 1."""
        from x402.schemas.v1 import PaymentRequirementsV1  # noqa: PLC0415 - loads where it is used

        return PaymentRequirementsV1(
            scheme=SCHEME,
            network=self.network.name,
            max_amount_required=str(package.price_microusd),
            resource=f"{self.site}{PURCHASE_PATH}",
            description=f"{package.name} package of prepaid credit",
            mime_type="application/json",
            pay_to=self.pay_to,
            max_timeout_seconds=TIMEOUT_SECONDS,
            asset=self.network.usdc,
            extra={"name": self.network.usdc_name, "version": "2"},
        )

    def render_payment_required(self, package: Package) -> tuple[str, list[JsonObject]]:
        """Render the PAYMENT-REQUIRED header, and the `accepts` member for clients of version 1."""
        from x402.http.utils import encode_payment_required_header  # noqa: PLC0415 - as above
        from x402.schemas import PaymentRequired, ResourceInfo  # noqa: PLC0415 - as above

        payment_required = PaymentRequired(
            error="payment required",
            resource=ResourceInfo(url=f"{self.site}{PURCHASE_PATH}", description=package.name),
            accepts=[self.build_requirements(package)],
        )
        requirements_v1 = self.build_requirements_v1(package).model_dump(
            by_alias=True, exclude_none=True
        )
        return encode_payment_required_header(payment_required), [requirements_v1]

    def read_payment(self, header: str, package: Package) -> SignedPayment:
        """Read a payment header; `check_payment` then compares it with the package.

        Raises:
            PaymentHeaderInvalid: the header is too long or holds no payment.
        """
        from x402.http.utils import decode_payment_signature_header  # noqa: PLC0415 - as above

        if len(header) > MAX_HEADER_CHARS:
            raise PaymentHeaderInvalid("The payment header is too long.")
        try:
            payload = decode_payment_signature_header(header)
            signed = Authorization.model_validate(payload.payload.get("authorization"))
        except (ValueError, ValidationError, AttributeError, TypeError, RecursionError) as error:
            raise PaymentHeaderInvalid from error
        is_v1 = payload.x402_version == 1
        return SignedPayment(
            payload=payload,
            requirements=self.build_requirements_v1(package)
            if is_v1
            else self.build_requirements(package),
            authorization=signed,
            natural_key=self.build_natural_key(signed.payer, signed.nonce),
            header=header,
        )

    def check_payment(self, payment: SignedPayment, package: Package, now_seconds: int) -> None:
        """Check that a payment pays for a package, and is valid now.

        Raises:
            PaymentInvalid: it pays for something else, or is not valid at this time.
        """
        payload, signed = payment.payload, payment.authorization
        ours, is_v1 = self.build_requirements(package), payload.x402_version == 1
        network = self.network.name if is_v1 else self.caip_network
        accepted = ours if is_v1 else payload.accepted  # type: ignore[union-attr]  # by its version
        pairs = {
            "scheme": (SCHEME, payload.get_scheme()),
            "network": (network, payload.get_network()),
            "asset": (ours.asset.lower(), accepted.asset.lower()),
            "payTo": (ours.pay_to.lower(), accepted.pay_to.lower()),
            "amount": (ours.amount, accepted.amount),
            "to": (ours.pay_to.lower(), signed.to),
            "value": (ours.amount, str(signed.value)),
        }
        mismatches = [name for name, (wanted, given) in pairs.items() if wanted != given]
        if mismatches:
            raise PaymentInvalid(f"The payment does not match in {', '.join(mismatches)}.")
        if signed.valid_after > now_seconds:
            raise PaymentInvalid("The payment is not valid yet.")
        if not MIN_VALID_SECONDS <= signed.valid_before - now_seconds <= MAX_VALID_SECONDS:
            raise PaymentInvalid("The payment must be valid for 6 seconds to an hour.")

    def render_settlement(
        self, payer: str, transaction: str, amount_microusd: int, *, is_v1: bool
    ) -> str:
        """Render a settlement as the value of its header."""
        from x402.http.utils import encode_payment_response_header  # noqa: PLC0415 - as above
        from x402.schemas import SettleResponse  # noqa: PLC0415 - as above

        network = self.network.name if is_v1 else self.caip_network
        settlement: SettleResponse = SettleResponse(
            success=True,
            payer=payer,
            transaction=transaction,
            network=network,
            amount=str(amount_microusd),
        )
        return encode_payment_response_header(settlement)
