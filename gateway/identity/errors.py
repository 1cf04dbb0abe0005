"""Errors of the identity slice."""

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
    """A key cannot create a key with more rights than its own."""

    code = "scope_escalation"
    hint = "Request fewer scopes, or use a key that has them and has no spending cap."


class KeyLimitReached(Conflict):
    """This account has reached its limit of active keys."""

    code = "key_limit_reached"
    hint = "Revoke a key you no longer use."


class AmbiguousKeyPrefix(Conflict):
    """Several keys start with this prefix."""

    code = "ambiguous_key_prefix"
    hint = "Give more characters of the key, or its keyId."


class AccountClosed(Conflict):
    """This account has been closed."""

    code = "account_closed"
    hint = "Sign in again to open a new account."


class KeyRevoked(Conflict):
    """This key is revoked or expired."""

    code = "key_revoked"
    hint = "Create a new key."


class AppConnected(Conflict):
    """A connected app has no key to rotate, no expiry to set, and cannot have this scope."""

    code = "app_connected"
    hint = "Revoke the app and connect it again, or create an API key."


class UnknownApp(BadRequest):
    """This gateway does not know the app that sent you here."""

    code = "unknown_app"
    hint = "Go back to the app and connect it again; it has received no access."


class OAuthRefused(BadRequest):
    """The authorization request was refused (RFC 6749)."""

    hint = "Correct the app's request, or connect it again."


class InvalidRequest(OAuthRefused):
    """A parameter is missing, repeated or not valid."""

    code = "invalid_request"


class UnsupportedResponseType(OAuthRefused):
    """The only supported response type is code."""

    code = "unsupported_response_type"


class InvalidScope(OAuthRefused):
    """None of the requested scopes can be granted to an app."""

    code = "invalid_scope"


class InvalidTarget(OAuthRefused):
    """The resource is not the MCP server of this gateway."""

    code = "invalid_target"


class InvalidClient(OAuthRefused):
    """No app with this client_id is registered here."""

    status = 401
    code = "invalid_client"


class InvalidGrant(OAuthRefused):
    """The code or token is unknown, used, expired, revoked, or belongs to another app."""

    code = "invalid_grant"


class UnsupportedGrantType(OAuthRefused):
    """Supported grant types are authorization_code and refresh_token."""

    code = "unsupported_grant_type"


class InvalidRedirectUri(OAuthRefused):
    """A redirect URI must use https, http on loopback, or the app's own scheme."""

    code = "invalid_redirect_uri"


class InvalidClientMetadata(OAuthRefused):
    """The app's metadata is not valid."""

    code = "invalid_client_metadata"


class AlreadyDecided(Conflict):
    """This device has already been approved or denied."""

    code = "already_decided"
    hint = "If the device is yours, start again on it."


class LinkExpired(Problem):
    """The time to approve this device has expired."""

    status = 410
    code = "expired_token"
    hint = "Start again on the device."


class PollRefused(BadRequest):
    """The device gets no key, or not yet; `error` repeats the code for clients of RFC 8628."""

    def __init__(self, **members: Any) -> None:  # noqa: ANN401 - extension members are JSON values
        """Carry the error's name of RFC 8628, too."""
        super().__init__(error=self.code, **members)


class AuthorizationPending(PollRefused):
    """Nobody has approved this device yet."""

    code = "authorization_pending"
    hint = "Poll again after `interval` seconds."
    retryable = True


class SlowDown(PollRefused):
    """The device polls too often."""

    code = "slow_down"
    hint = "Poll again after `interval` seconds; the interval is now longer."
    retryable = True


class AccessDenied(PollRefused):
    """The person denied this device."""

    code = "access_denied"
    hint = "Stop polling."


class ExpiredToken(PollRefused):
    """This device code is unknown, used or expired."""

    code = "expired_token"
    hint = "Start again."


class TokenInvalid(Unauthorized):
    """This Google token is not valid for this gateway."""

    code = "token_invalid"
    hint = "Sign in with Google again and send the new token at once."


class CodeInvalid(Unauthorized):
    """Wrong code."""

    code = "code_invalid"
    hint = "Use the code from the newest e-mail; after 5 wrong attempts request a new one."


class CodeExpired(Problem):
    """This code has expired, was used, or was attempted too often."""

    status = 410
    code = "code_expired"
    hint = "Request a new code."


class LinkRequired(Conflict):
    """This Google account's address is already in use here; Google is not authoritative for it."""

    code = "link_required"
    hint = "Sign in with a code sent to the address, then link Google."


class IdentityTaken(Conflict):
    """This identity belongs to another account."""

    code = "identity_taken"
    hint = "Sign in with it instead; accounts are never merged."


class LastIdentity(Conflict):
    """An account must keep at least one identity."""

    code = "last_identity"
    hint = "Link another identity first."


class FreshSignInRequired(Forbidden):
    """This requires a sign-in within the last 10 minutes."""

    code = "fresh_sign_in_required"
    hint = "Sign out, sign in again, and retry within 10 minutes."


class GoogleUnavailable(Unavailable):
    """Sign-in with Google is not available now."""

    code = "google_unavailable"
    hint = "Sign in by e-mail, or try again later."


class GoogleNotSetUp(GoogleUnavailable):
    """Sign-in with Google is not set up here."""

    hint = "Sign in by e-mail; the operator enables Google with KT_GOOGLE_CLIENT_IDS."
    retryable = False


class EmailUnavailable(Unavailable):
    """This gateway sends no mail."""

    code = "email_unavailable"
    hint = "Sign in with Google; the operator enables mail with KT_SMTP_URL."
    retryable = False
