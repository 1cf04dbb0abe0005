"""Errors of the payments slice."""

from gateway.kit.errors import (
    BadRequest,
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


class PaymentMethodUnreachable(PaymentMethodUnavailable):
    """This payment method cannot be reached now; nothing was paid."""

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


class ProviderObjectMissingError(PaymentProviderError):
    """The payment provider does not know an object that a request named; nothing was charged here.

    `parameter` is the provider's name of what named it: `customer`, or `id` for the path.
    """

    final = True
    parameter = ""


class ChainUnreadableError(PaymentProviderError):
    """The chain cannot be read now, so what has arrived is not known; nothing is lost."""

    hint = "Ask again in a minute; what has arrived is credited by itself."


class WebhookSignatureInvalid(BadRequest):
    """The event's signature is invalid, or its timestamp is too old or in the future."""

    code = "webhook_signature_invalid"
    hint = "Check the endpoint's signing secret and the sender's clock."


class EventNotReady(Unavailable):
    """The event cannot be processed now."""

    code = "not_ready"
    hint = "Send the event again."
