"""Sign-in on the wire."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel

from gateway.identity.accounts.addresses import normalize_address
from gateway.identity.keys.schemas import Key, Mode
from gateway.kit.wire.field_types import CreatedAt, ExpiresAt, Instant, Many, Seconds, Text
from gateway.kit.wire.id_types import AccountId, Id
from gateway.kit.wire.models import OneOf, RequestModel, WireModel
from gateway.kit.wire.plain_text import NOT_BLANK_PATTERN

Address = Annotated[
    str,
    Field(max_length=254, description="An e-mail address.", examples=["ana@example.com"]),
    AfterValidator(normalize_address),
]
ChallengeId = Annotated[
    str,
    Field(
        max_length=40,
        description="`challengeId` from the start.",
        examples=["chl_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
    ),
]
Code = Annotated[
    str,
    Field(pattern=r"^[0-9]{3} ?[0-9]{3}$", max_length=7, examples=["042917"]),
    AfterValidator(lambda text: text.replace(" ", "")),
]
IdToken = Annotated[
    str,
    Field(
        min_length=1,
        max_length=16_384,
        description="An ID token that Google signed.",
        examples=["eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.e30.c2ln"],
    ),
]


class StartEmail(RequestModel):
    """The address for a code."""

    email: Address
    purpose: Literal["sign_in", "link"] = Field(
        "sign_in", description="`link` adds the address to an account."
    )


class EmailStarted(WireModel):
    """A code is on its way."""

    challenge_id: Id = Field(description="The sign-in that a code was sent for.")
    expires_in_seconds: Seconds = Field(description="Seconds until the code expires.")
    resend_after_seconds: Seconds = Field(description="Seconds until another code can be sent.")


class WithKey(RequestModel):
    """Options for the key of a sign-in."""

    key_label: str | None = Field(
        None,
        min_length=1,
        max_length=80,
        pattern=NOT_BLANK_PATTERN,
        description="Its purpose.",
    )
    mode: Mode | None = Field(
        None, description="The key's mode; default: live if it is enabled, else test."
    )
    referral_token: str | None = Field(
        None,
        max_length=1_000,
        description="Whose link referred the person; counts only at the first sign-in.",
    )


class VerifyEmail(WithKey):
    """A code that was sent by mail."""

    challenge_id: ChallengeId
    code: Code = Field(description="The six digits from the mail.")


class VerifyGoogle(WithKey):
    """A token that Google signed."""

    id_token: IdToken
    nonce: str | None = Field(
        None, min_length=1, max_length=200, description="The nonce the token must contain."
    )


class SignedInWithKey(WireModel):
    """A sign-in and its key; `apiKey` is shown only once."""

    account_id: AccountId
    created: bool = Field(description="Whether the account is new.")
    email: Text = Field(description="The e-mail address.")
    api_key: Text = Field(description="The API key. It is shown only once.")
    key: Key


class BrowserVerifyEmail(RequestModel):
    """A code that was sent by mail because this browser asked for it."""

    challenge_id: ChallengeId
    code: Code = Field(description="The six digits from the mail.")


class BrowserGoogle(RequestModel):
    """A token that Google signed with the nonce of this browser."""

    id_token: IdToken


class SignInOffered(WireModel):
    """The ways to sign in here."""

    nonce: Text = Field(description="The nonce Google's token must contain.")
    google_client_id: Id | None = Field(description="The client id for Google's button.")
    methods: Many[Text] = Field(description="The ways to sign in.")


class SignedOut(WireModel):
    """No active sign-in."""

    authenticated: Literal[False] = Field(
        default=False, description="Whether somebody is signed in."
    )
    sign_in: SignInOffered


class CurrentTeam(WireModel):
    """The team of others that a browser works in."""

    account_id: AccountId
    name: Text = Field(description="The address of its owner, or its label.")
    role: Literal["admin", "developer", "viewer"] = Field(description="Your role in it.")


class SignedIn(WireModel):
    """An active sign-in."""

    authenticated: Literal[True] = Field(default=True, description="Whether somebody is signed in.")
    account_id: AccountId
    email: Text | None = Field(description="The e-mail address.")
    created_at: CreatedAt
    expires_at: ExpiresAt
    live_enabled: bool = Field(description="Whether this gateway takes real money.")
    team: CurrentTeam | None = Field(
        None, description="The team that this browser works in; null: your own account."
    )


class BrowserState(RootModel[SignedIn | SignedOut]):
    """The sign-in, or the ways to sign in."""


class SessionShown(WireModel):
    """One browser that is signed in to this account."""

    id: Id = Field(description="The id of the session.")
    method: Literal["google", "email"] = Field(description="How it signed in.")
    created_at: CreatedAt
    seen_at: Instant = Field(description="When it was last used, to the hour.")
    expires_at: ExpiresAt
    current: bool = Field(description="Whether it is the current session.")
    fresh: bool = Field(
        description="Whether it began within the last ten minutes, as sensitive operations require."
    )


class SessionList(WireModel):
    """The browsers signed in to this account, newest first."""

    data: Many[SessionShown] = Field(description="The sessions, newest first.")


class RevokeSession(OneOf):
    """The session to end, or all but the one that asks."""

    forms = ({"sessionId": {"type": "string"}}, {"others": {"not": {"type": "null"}}})

    session_id: str | None = Field(
        None,
        max_length=40,
        examples=["ses_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The session to end.",
    )
    others: Literal[True] | None = Field(None, description="End every session except this one.")


class IdentityShown(WireModel):
    """One way to sign in to this account."""

    id: Id = Field(description="The id of the identity.")
    kind: Literal["google", "email"] = Field(description="How it signs in.")
    email: Text = Field(description="The e-mail address.")
    created_at: CreatedAt


class Identities(WireModel):
    """The ways to sign in to this account, the oldest first."""

    data: Many[IdentityShown] = Field(description="The identities, oldest first.")


class LinkIdentity(OneOf):
    """A Google token, or a code sent with purpose `link`."""

    forms = (
        {"idToken": {"type": "string"}},
        {"challengeId": {"type": "string"}, "code": {"type": "string"}},
    )

    id_token: IdToken | None = None
    challenge_id: ChallengeId | None = None
    code: Code | None = Field(None, description="The six digits from the mail.")


class UnlinkIdentity(RequestModel):
    """The identity to remove."""

    identity_id: str = Field(
        max_length=40, examples=["idn_01J8ZQ4V8Y6T3N5R7W9XABCDEF"], description="The identity."
    )
