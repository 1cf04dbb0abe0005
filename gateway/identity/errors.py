"""What the identity slice refuses."""

from typing import Any

from gateway.kit.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    Problem,
    Unauthorized,
    Unavailable,
)


class ScopeEscalation(Forbidden):
    """A key cannot make a key that may do more than itself."""

    code = "scope_escalation"
    hint = "Ask for fewer scopes, or use a key that has them and no spending cap."


class KeyLimitReached(Conflict):
    """This account has the most active keys it may have."""

    code = "key_limit_reached"
    hint = "Revoke a key that is no longer used."


class AmbiguousKeyPrefix(Conflict):
    """Several keys start like this."""

    code = "ambiguous_key_prefix"
    hint = "Give more characters of the key, or its keyId."


class AccountClosed(Conflict):
    """This account was closed."""

    code = "account_closed"
    hint = "Sign in again: that opens a new account."


class KeyRevoked(Conflict):
    """This key is revoked or expired."""

    code = "key_revoked"
    hint = "Create a new key."


class AppConnected(Conflict):
    """A connected app has no key to rotate, sets its own expiry, and gets no such scope."""

    code = "app_connected"
    hint = "Revoke the app and connect it again, or make an API key."


class UnknownApp(BadRequest):
    """This gateway does not know the app that sent you here."""

    code = "unknown_app"
    hint = "Go back to the app and connect it again; nothing was given to it."


class OAuthRefused(BadRequest):
    """An app is refused in the words of RFC 6749."""

    hint = "Correct the request of the app, or connect it again."


class InvalidRequest(OAuthRefused):
    """A parameter is missing, repeated or not valid."""

    code = "invalid_request"


class UnsupportedResponseType(OAuthRefused):
    """The one response type is code."""

    code = "unsupported_response_type"


class InvalidScope(OAuthRefused):
    """No scope that was asked for can be given to an app."""

    code = "invalid_scope"


class InvalidTarget(OAuthRefused):
    """The resource is not the MCP server of this gateway."""

    code = "invalid_target"


class InvalidClient(OAuthRefused):
    """No app of this client_id is registered here."""

    status = 401
    code = "invalid_client"


class InvalidGrant(OAuthRefused):
    """The code or token is not valid here: unknown, used, expired, revoked, or of another app."""

    code = "invalid_grant"


class UnsupportedGrantType(OAuthRefused):
    """The grant types are authorization_code and refresh_token."""

    code = "unsupported_grant_type"


class InvalidRedirectUri(OAuthRefused):
    """A redirect URI must be https, http on this machine, or of an app's own scheme."""

    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthRefused):
    """The description of the app is not valid."""

    code = "invalid_client_metadata"


class AlreadyDecided(Conflict):
    """Somebody has approved or denied this device."""

    code = "already_decided"
    hint = "Start again on the device if it is yours."


class LinkExpired(Problem):
    """The time to approve this device is over."""

    status = 410
    code = "expired_token"
    hint = "Start again on the device."


class PollRefused(BadRequest):
    """The device gets no key, or not yet; `error` repeats the code for clients of RFC 8628."""

    def __init__(self, **members: Any) -> None:  # noqa: ANN401 - extension members are JSON values
        """Say it in the words of RFC 8628 too."""
        super().__init__(error=self.code, **members)


class AuthorizationPending(PollRefused):
    """Nobody has approved this device yet."""

    code = "authorization_pending"
    hint = "Ask again after `interval` seconds."
    retryable = True


class SlowDown(PollRefused):
    """The device asks too often."""

    code = "slow_down"
    hint = "Ask again after `interval` seconds; it is longer than before."
    retryable = True


class AccessDenied(PollRefused):
    """The person denied this device."""

    code = "access_denied"
    hint = "Stop asking."


class ExpiredToken(PollRefused):
    """This device code is unknown, used or too old."""

    code = "expired_token"
    hint = "Start again."


class TokenInvalid(Unauthorized):
    """This Google token proves nothing here."""

    code = "token_invalid"
    hint = "Sign in at Google again, and send the new token at once."


class CodeInvalid(Unauthorized):
    """This is not the code."""

    code = "code_invalid"
    hint = "Read the newest mail; after 5 wrong tries ask for a new code."


class CodeExpired(Problem):
    """This code is old, used, or was tried too often."""

    status = 410
    code = "code_expired"
    hint = "Ask for a new code."


class LinkRequired(Conflict):
    """The address of this Google account is known here, and Google does not speak for it."""

    code = "link_required"
    hint = "Sign in by a code sent to the address, then link Google."


class IdentityTaken(Conflict):
    """This identity belongs to another account."""

    code = "identity_taken"
    hint = "Sign in with it; accounts are never joined."


class LastIdentity(Conflict):
    """An account keeps at least one identity."""

    code = "last_identity"
    hint = "Link another identity first."


class FreshSignInRequired(Forbidden):
    """This needs a sign-in of the last 10 minutes."""

    code = "fresh_sign_in_required"
    hint = "Sign out, sign in again, and repeat it within 10 minutes."


class GoogleUnavailable(Unavailable):
    """Sign-in with Google does not work at the moment."""

    code = "google_unavailable"
    hint = "Sign in by e-mail, or try again later."


class EmailUnavailable(Unavailable):
    """This gateway sends no mail."""

    code = "email_unavailable"
    hint = "Sign in with Google; the operator enables mail with KT_SMTP_URL."
