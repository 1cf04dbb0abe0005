"""Authorization requests of apps: judged the same when shown and when decided.

Until app and redirect are known a refusal is a page; from then on the app hears of it. Pure.
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
from gateway.identity.keys import APP_SCOPES
from gateway.identity.oauth.clients import Client
from gateway.identity.oauth.redirects import Redirect

PARAMETERS = (
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
CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class OAuthSite:
    """Who issues the tokens (the public address as it is), and the one resource they are for."""

    issuer: str
    resource: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A good request of a known app."""

    client: Client
    redirect: Redirect
    challenge: str
    scopes: Sequence[str]


def judged(given: Mapping[str, str], client: Client, redirect: Redirect, resource: str) -> Asked:
    """Return what a known app asks for; scopes that no app gets are left out.

    Raises:
        OAuthRefused: in words for the app.
    """
    if given.get("response_type") != "code":
        raise UnsupportedResponseType
    if given.get("code_challenge_method") != "S256":
        raise InvalidRequest("PKCE is required: code_challenge_method must be S256.")
    challenge = given.get("code_challenge", "")
    if not CHALLENGE.fullmatch(challenge):
        raise InvalidRequest("PKCE is required: code_challenge must be a SHA-256 in base64url.")
    if given.get("resource", resource) != resource:
        raise InvalidTarget
    named = given.get("scope", "").split()
    scopes = [scope for scope in APP_SCOPES if scope in (named or USUAL_SCOPES)]
    if not scopes:
        raise InvalidScope
    return Asked(client, redirect, challenge, scopes)
