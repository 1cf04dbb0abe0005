"""Errors of paying by x402."""

from gateway.kit.errors import BadRequest, Conflict, PaymentRequired


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
