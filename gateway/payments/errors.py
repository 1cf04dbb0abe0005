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
    """No package has this code."""

    code = "unknown_package"
    hint = "Use a code from GET /api/v1/packages."


class PaymentMethodUnavailable(Unavailable):
    """This payment method is not available here."""

    code = "payment_method_unavailable"
    hint = "Use another method from GET /api/v1/packages, or ask the operator."
    retryable = False


class PaymentMethodSilent(PaymentMethodUnavailable):
    """What this payment method needs does not answer now; nothing was paid."""

    hint = "Wait for the seconds in Retry-After, then send the same request."
    retryable = True


class PaymentProviderError(Problem):
    """The payment provider failed or gave an invalid response; nothing was charged here.

    `final` tells our own code that it refused this request for good.
    """

    final = False

    status = 502
    code = "payment_provider_error"
    hint = "Retry in a moment with the same idempotency key."
    retryable = True


class PaymentProviderBusyError(PaymentProviderError):
    """The payment provider is still working on the first of several equal requests."""


class ChainUnreadError(PaymentProviderError):
    """The chain cannot be read now, so what has arrived is not known; nothing is lost."""

    hint = "Ask again in a minute; what has arrived is credited by itself."


class WebhookSignatureInvalid(BadRequest):
    """The event's signature is invalid, or its timestamp is too old or in the future."""

    code = "webhook_signature_invalid"
    hint = "Check the endpoint's signing secret and the sender's clock."


class NotReady(Unavailable):
    """The event cannot be processed now."""

    code = "not_ready"
    hint = "Send the event again."


class PaymentHeaderInvalid(BadRequest):
    """The payment header is malformed."""

    code = "payment_header_invalid"
    hint = "Send PAYMENT-SIGNATURE (X-PAYMENT for version 1) exactly as an x402 client builds it."


class PaymentInvalid(PaymentRequired):
    """The payment does not match what was requested; nothing was paid."""

    code = "payment_invalid"
    hint = "Sign a new payment that matches PAYMENT-REQUIRED."


class SettlementFailed(PaymentRequired):
    """The payment could not be settled."""

    code = "settlement_failed"
    hint = "Check the payer's USDC balance, then sign a new payment with a new nonce."


class PaymentInProgress(Conflict):
    """Another request is settling this payment."""

    code = "payment_in_progress"
    hint = "Retry the same request in a moment; do not sign another payment."
    retryable = True


class PaymentUsedByOtherAccount(Conflict):
    """This payment has already credited another account."""

    code = "payment_used_by_other_account"
    hint = "Sign a new payment; each payment is credited only once."


class AuthorizationAlreadyUsed(Conflict):
    """This authorization was canceled, or used for something else."""

    code = "authorization_already_used"
    hint = "Do not pay again; give the operator of this gateway the requestId."
