"""What the payments slice refuses."""

from gateway.kit.errors import (
    BadRequest,
    Conflict,
    PaymentRequired,
    Problem,
    Unavailable,
    Unprocessable,
)


class UnknownPackage(Unprocessable):
    """There is no package with this code."""

    code = "unknown_package"
    hint = "Use a code of GET /api/v1/packages."


class PaymentMethodUnavailable(Unavailable):
    """This way to pay is not open here."""

    code = "payment_method_unavailable"
    hint = "Use another method of GET /api/v1/packages, or ask the operator."


class PaymentProviderError(Problem):
    """The payment provider did not answer as it should; nothing was charged here.

    `final` tells our own code that it refused this request for good.
    """

    final = False

    status = 502
    code = "payment_provider_error"
    hint = "Send the same request with the same idempotency key again in a moment."
    retryable = True


class WebhookSignatureInvalid(BadRequest):
    """The event is not signed by a secret of this gateway, or is too old or too new."""

    code = "webhook_signature_invalid"
    hint = "Check the endpoint's signing secret and the clock of the sender."


class NotReady(Unavailable):
    """The event cannot be taken now."""

    code = "not_ready"
    hint = "Send the event again."


class PaymentHeaderInvalid(BadRequest):
    """The payment header cannot be read."""

    code = "payment_header_invalid"
    hint = "Send PAYMENT-SIGNATURE (or X-PAYMENT, version 1) as an x402 client makes it."


class PaymentInvalid(PaymentRequired):
    """The payment is not what was asked for; nothing was paid."""

    code = "payment_invalid"
    hint = "Sign a new payment for what PAYMENT-REQUIRED asks for."


class SettlementFailed(PaymentRequired):
    """The payment was refused when it was to be settled."""

    code = "settlement_failed"
    hint = "Check the payer's USDC, then sign a new payment with a new nonce."


class PaymentInProgress(Conflict):
    """The same payment is being settled by another request."""

    code = "payment_in_progress"
    hint = "Send the same request in a moment; sign no other payment."
    retryable = True


class PaymentUsedByOtherAccount(Conflict):
    """This payment bought credit for another account."""

    code = "payment_used_by_other_account"
    hint = "Sign a new payment; one payment is credited once."


class AuthorizationAlreadyUsed(Conflict):
    """This payment was settled without this gateway."""

    code = "authorization_already_used"
    hint = "Do not pay again; tell the operator of this gateway the requestId."
