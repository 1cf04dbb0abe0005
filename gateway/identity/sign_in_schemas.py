"""Sign-in on the wire."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, RootModel

from gateway.identity.addresses import normal
from gateway.identity.schemas import Key, Mode
from gateway.kit.models import OneOf, Request, Wire
from gateway.kit.plain_text import NOT_BLANK_PATTERN

Address = Annotated[
    str,
    Field(max_length=254, description="An e-mail address.", examples=["ana@example.com"]),
    AfterValidator(normal),
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


class StartEmail(Request):
    """Where to send a code."""

    email: Address
    purpose: Literal["sign_in", "link"] = Field(
        "sign_in", description="`link` adds the address to an account."
    )


class EmailStarted(Wire):
    """A code is on its way."""

    challenge_id: str
    expires_in_seconds: int
    resend_after_seconds: int


class WithKey(Request):
    """What the key of a sign-in is to be."""

    key_label: str | None = Field(
        None,
        min_length=1,
        max_length=80,
        pattern=NOT_BLANK_PATTERN,
        description="What the key is for.",
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
    code: Code


class VerifyGoogle(WithKey):
    """A token that Google signed."""

    id_token: IdToken
    nonce: str | None = Field(
        None, min_length=1, max_length=200, description="The nonce the token must contain."
    )


class SignedInWithKey(Wire):
    """Who signed in, and a key; `apiKey` is shown this one time."""

    account_id: str
    created: bool
    email: str
    api_key: str
    key: Key


class BrowserVerifyEmail(Request):
    """A code that was sent by mail because this browser asked for it."""

    challenge_id: ChallengeId
    code: Code


class BrowserGoogle(Request):
    """A token that Google signed with the nonce of this browser."""

    id_token: IdToken


class SignInOffered(Wire):
    """How one can sign in here."""

    nonce: str
    google_client_id: str | None
    methods: list[str]


class SignedOut(Wire):
    """Nobody is signed in."""

    authenticated: Literal[False] = False
    sign_in: SignInOffered


class SignedIn(Wire):
    """Who is signed in."""

    authenticated: Literal[True] = True
    account_id: str
    email: str | None
    created_at: str
    expires_at: str
    live_enabled: bool


class BrowserState(RootModel[SignedIn | SignedOut]):
    """Who is signed in, or how to sign in."""


class SessionShown(Wire):
    """One browser that is signed in to this account."""

    id: str
    method: Literal["google", "email"] = Field(description="How it signed in.")
    created_at: str
    seen_at: str = Field(description="When it was last used, to the hour.")
    expires_at: str
    current: bool = Field(description="Whether it is the current session.")
    fresh: bool = Field(
        description="Whether it began within the last ten minutes, as sensitive operations require."
    )


class SessionList(Wire):
    """The browsers signed in to this account, newest first."""

    data: list[SessionShown]


class RevokeSession(OneOf):
    """The session to end, or all but the one that asks."""

    forms = ({"sessionId": {"type": "string"}}, {"others": {"not": {"type": "null"}}})

    session_id: str | None = Field(None, max_length=40, examples=["ses_01J8ZQ4V8Y6T3N5R7W9XABCDEF"])
    others: Literal[True] | None = Field(None, description="End every session except this one.")


class IdentityShown(Wire):
    """One way to sign in to this account."""

    id: str
    kind: Literal["google", "email"]
    email: str
    created_at: str


class Identities(Wire):
    """The ways to sign in to this account, the oldest first."""

    data: list[IdentityShown]


class LinkIdentity(OneOf):
    """What to add: a Google token, or a code sent with purpose `link`."""

    forms = (
        {"idToken": {"type": "string"}},
        {"challengeId": {"type": "string"}, "code": {"type": "string"}},
    )

    id_token: IdToken | None = None
    challenge_id: ChallengeId | None = None
    code: Code | None = None


class UnlinkIdentity(Request):
    """What to remove."""

    identity_id: str = Field(max_length=40, examples=["idn_01J8ZQ4V8Y6T3N5R7W9XABCDEF"])
