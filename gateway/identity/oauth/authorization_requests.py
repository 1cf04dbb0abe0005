"""Authorization requests of apps: checked the same way when displayed and when decided. Pure.

Until the app and its redirect are known, a refusal is a page for the person: an attacker could else
send browsers anywhere through us. From then on the app gets the refusal in its redirect.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.identity.errors import (
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    UnsupportedResponseType,
)
from gateway.identity.keys.keys import APP_SCOPES
from gateway.identity.oauth.clients import AppClient
from gateway.identity.oauth.redirects import Redirect

REQUEST_PARAMETERS = (
    "response_type",
    "client_id",
    "redirect_uri",
    "state",
    "scope",
    "code_challenge",
    "code_challenge_method",
    "resource",
)
USUAL_SCOPES = ("media", "studio", "account:read")
CHALLENGE_PATTERN = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class OAuthSite:
    """The issuer of tokens, which is our public address, and the one resource they are for."""

    issuer: str
    resource: str


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A valid authorization request of a known app."""

    client: AppClient
    redirect: Redirect
    challenge: str
    scopes: Sequence[str]


def check_authorization_request(
    parameters: Mapping[str, str], client: AppClient, redirect: Redirect, resource: str
) -> AuthorizationRequest:
    """Check the request of a known app and return it; scopes that no app gets are left out.

    Raises:
        OAuthRefused: it is not valid; the code and the words are for the app.
    """
    if parameters.get("response_type") != "code":
        raise UnsupportedResponseType
    if parameters.get("code_challenge_method") != "S256":
        raise InvalidRequest("PKCE is required: code_challenge_method must be S256.")
    challenge = parameters.get("code_challenge", "")
    if not CHALLENGE_PATTERN.fullmatch(challenge):
        raise InvalidRequest("PKCE is required: code_challenge must be a SHA-256 in base64url.")
    if parameters.get("resource", resource) != resource:
        raise InvalidTarget
    named = parameters.get("scope", "").split()
    scopes = [scope for scope in APP_SCOPES if scope in (named or USUAL_SCOPES)]
    if not scopes:
        raise InvalidScope
    return AuthorizationRequest(client, redirect, challenge, scopes)
