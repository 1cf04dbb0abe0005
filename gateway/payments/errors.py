"""What the payments slice refuses."""

from gateway.kit.errors import BadRequest, Problem, Unavailable, Unprocessable


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
