"""The rows of accounts, API keys, connected apps and browser sessions."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.identity.states import STORED_LINK_STATES, LinkState
from gateway.kit.database.columns import COLD_TABLE, HOT_TABLE, Base, Blob, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check

IS_REFERRED = text("referral_code IS NOT NULL")
IS_CLAIM_KEY = text("substr(minted_by, 1, 6) = 'claim:'")


class Account(Base):
    """One person or organisation; owns a live and a test ledger account.

    The referral click is from its sign-up, or bound soon after; it never changes. Once closed it
    has neither identities nor working keys, and gets none again. With `operator_at` it may use the
    pages of operators, since then.
    """

    __tablename__ = "account"
    __table_args__ = (
        Index(
            "ix_account_referral_code",
            "referral_code",
            "created_at",
            postgresql_where=IS_REFERRED,
            sqlite_where=IS_REFERRED,
        ),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    label: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    referral_code: Mapped[str | None] = mapped_column(Text, default=None)
    referral_click_id: Mapped[str | None] = mapped_column(Id, default=None)
    referred_at: Mapped[int | None] = mapped_column(Int, default=None)
    closed_at: Mapped[int | None] = mapped_column(Int, default=None)
    operator_at: Mapped[int | None] = mapped_column(Int, default=None)


class AccountPreferences(Base):
    """The preferences of an account; without a row it has the defaults.

    `done_seen_at`: jobs that ended until then need no mail any more. `done_mailed_at` is when the
    last mail about ended jobs was written, `plans_mailed_at` the last one about waiting plans.
    `statement_month` is the month whose statement was mailed last, or needs no mail.
    """

    __tablename__ = "account_preferences"
    __table_args__ = (
        CheckConstraint("home IN ('create', 'console')", name="home"),
        CheckConstraint("auto_keep IN ('all', 'starred', 'none')", name="auto_keep"),
        Index(
            "ix_account_preferences_mail_done",
            "account_id",
            postgresql_where=text("mail_done = 1"),
            sqlite_where=text("mail_done = 1"),
        ),
        Index(
            "ix_account_preferences_mail_statement",
            "account_id",
            postgresql_where=text("mail_statement = 1"),
            sqlite_where=text("mail_statement = 1"),
        ),
        COLD_TABLE,
    )

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    home: Mapped[str] = mapped_column(Text)
    auto_keep: Mapped[str] = mapped_column(Text)
    mail_plans: Mapped[int] = mapped_column(Int)
    mail_done: Mapped[int] = mapped_column(Int)
    done_seen_at: Mapped[int | None] = mapped_column(Int, default=None)
    done_mailed_at: Mapped[int | None] = mapped_column(Int, default=None)
    plans_mailed_at: Mapped[int | None] = mapped_column(Int, default=None)
    mail_statement: Mapped[int] = mapped_column(Int, server_default="0", default=0)
    statement_month: Mapped[int | None] = mapped_column(Int, default=None)


class ApiKey(Base):
    """One API key: never the key, only its look-up part and a keyed hash.

    `scopes` is space separated. A key and those rotated from it share the policy `policy_id`: the
    approval policy is here, the caps are the ledger's spend policy of the same id, if it has any.
    A connected app is a row with the id `grant_…`: no key opens it, only its tokens do.
    `person_id` is the member whose key it is; null: the owner's. It ends with the membership.
    """

    __tablename__ = "api_key"
    __table_args__ = (
        UniqueConstraint("lookup"),
        Index(None, "account_id"),
        Index(None, "policy_id"),
        Index(
            "uq_api_key_claimed",
            "minted_by",
            unique=True,
            postgresql_where=IS_CLAIM_KEY,
            sqlite_where=IS_CLAIM_KEY,
        ),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    book: Mapped[str] = mapped_column(Text)
    label: Mapped[str] = mapped_column(Text)
    lookup: Mapped[str] = mapped_column(Text)
    last4: Mapped[str] = mapped_column(Text)
    pepper: Mapped[str] = mapped_column(Text)
    hash: Mapped[bytes] = mapped_column(Blob)
    scopes: Mapped[str] = mapped_column(Text)
    policy_id: Mapped[str] = mapped_column(Id)
    expires_at: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    last_used_at: Mapped[int | None] = mapped_column(Int)
    revoked_at: Mapped[int | None] = mapped_column(Int)
    minted_by: Mapped[str] = mapped_column(Text)
    person_id: Mapped[str | None] = mapped_column(Id, default=None)


class OAuthClient(Base):
    """One app that may ask people to connect it: registered here, or described at its own URL.

    The id of a described one is the URL of the document, which is read again at `stale_at`.
    """

    __tablename__ = "oauth_client"
    __table_args__ = (Index(None, "used_at"), HOT_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    redirect_uris_json: Mapped[str] = mapped_column(Text)
    stale_at: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    used_at: Mapped[int] = mapped_column(Int)


class OAuthGrant(Base):
    """The grant of a person to a connected app, beyond the key row of the same id; and its code.

    `toolsets` is space separated, `read_only` is 0 or 1; `challenge` is that of PKCE.
    """

    __tablename__ = "oauth_grant"
    __table_args__ = (UniqueConstraint("code_hash"), HOT_TABLE)

    id: Mapped[str] = mapped_column(Id, ForeignKey("api_key.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(Text)
    redirect_uri: Mapped[str] = mapped_column(Text)
    toolsets: Mapped[str] = mapped_column(Text)
    read_only: Mapped[int] = mapped_column(Int)
    challenge: Mapped[str] = mapped_column(Text)
    code_hash: Mapped[bytes] = mapped_column(Blob)
    code_expires_at: Mapped[int] = mapped_column(Int)
    code_used_at: Mapped[int | None] = mapped_column(Int)


class OAuthToken(Base):
    """One token of a connected app: never the token, only its hash.

    A refresh token has `used_at` from when it was first exchanged for others.
    """

    __tablename__ = "oauth_token"
    __table_args__ = (
        CheckConstraint("kind IN ('access', 'refresh')", name="kind"),
        Index(None, "grant_id"),
        Index(None, "expires_at"),
        HOT_TABLE,
    )

    hash: Mapped[bytes] = mapped_column(Blob, primary_key=True)
    grant_id: Mapped[str] = mapped_column(Id, ForeignKey("oauth_grant.id"))
    kind: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[int] = mapped_column(Int)
    used_at: Mapped[int | None] = mapped_column(Int)


class ApprovalPolicy(Base):
    """The price up to which a key approves a plan alone, or with a yes in the client; null: any."""

    __tablename__ = "approval_policy"
    __table_args__ = (COLD_TABLE,)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    auto_approve_microusd: Mapped[int | None] = mapped_column(Int)
    confirm_up_to_microusd: Mapped[int | None] = mapped_column(Int)


class KeyDefault(Base):
    """The limits of new keys of an account in a book, unless they state their own; null: none."""

    __tablename__ = "key_default"
    __table_args__ = (CheckConstraint("book IN ('live', 'test')", name="book"), COLD_TABLE)

    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"), primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    auto_approve_microusd: Mapped[int | None] = mapped_column(Int)
    confirm_up_to_microusd: Mapped[int | None] = mapped_column(Int)
    daily_limit_microusd: Mapped[int | None] = mapped_column(Int)
    monthly_limit_microusd: Mapped[int | None] = mapped_column(Int)
    total_limit_microusd: Mapped[int | None] = mapped_column(Int)


class BrowserSession(Base):
    """One sign-in in a browser: never the cookie, only its hash.

    `origin` is the proof that opened it: the id of a challenge, or `google`. `handed_out_microusd`
    is the monthly spending of all keys, devices and apps that it allowed when no longer fresh.
    `acting_account_id` is the team that the person works in; null: their own account.
    """

    __tablename__ = "browser_session"
    __table_args__ = (UniqueConstraint("hash"), Index(None, "account_id"), HOT_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    hash: Mapped[bytes] = mapped_column(Blob)
    origin: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)
    seen_at: Mapped[int] = mapped_column(Int)
    revoked_at: Mapped[int | None] = mapped_column(Int)
    handed_out_microusd: Mapped[int] = mapped_column(Int, server_default="0", default=0)
    acting_account_id: Mapped[str | None] = mapped_column(Id, default=None)


class DeviceLink(Base):
    """One device that waits for a key: never its codes, only their hashes.

    `scopes`, `policy_json`, `label` and `key_expires_at` are those that the device asked for, and
    from the approval on those that the person granted. `person_id` is the member who approved it
    for the team `account_id`; null: its owner.
    """

    __tablename__ = "device_link"
    __table_args__ = (
        UniqueConstraint("device_hash"),
        CheckConstraint(build_state_check("state", STORED_LINK_STATES), name="state"),
        Index(None, "user_hash"),
        Index(None, "expires_at"),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    device_hash: Mapped[bytes] = mapped_column(Blob)
    user_hash: Mapped[bytes] = mapped_column(Blob)
    client_name: Mapped[str] = mapped_column(Text)
    book: Mapped[str] = mapped_column(Text)
    scopes: Mapped[str] = mapped_column(Text)
    policy_json: Mapped[str] = mapped_column(Text)
    ip: Mapped[str] = mapped_column(Text)
    state: Mapped[LinkState] = mapped_column(StateColumn(LinkState))
    account_id: Mapped[str | None] = mapped_column(Id, ForeignKey("account.id"))
    label: Mapped[str | None] = mapped_column(Text)
    key_expires_at: Mapped[int | None] = mapped_column(Int)
    interval_seconds: Mapped[int] = mapped_column(Int)
    polled_at: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    person_id: Mapped[str | None] = mapped_column(Id, default=None)


class DeviceGuess(Base):
    """The number of wrong codes from an account, or from a network, within one hour."""

    __tablename__ = "device_guess"
    __table_args__ = (COLD_TABLE,)

    subject: Mapped[str] = mapped_column(Id, primary_key=True)
    hour: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    wrong: Mapped[int] = mapped_column(Int)


class Identity(Base):
    """One way to sign in to an account: a Google subject of an issuer, or an e-mail address.

    `subject` is Google's `sub`, or the normalized address; `issuer` is empty for an address.
    """

    __tablename__ = "identity"
    __table_args__ = (
        UniqueConstraint("kind", "issuer", "subject"),
        Index(None, "account_id"),
        CheckConstraint("kind IN ('google', 'email')", name="kind"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(Text)
    issuer: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    email: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)


class EmailChallenge(Base):
    """One code sent to an address: never the code, only its keyed hash.

    `pre_hash` is of the pre-session of the browser that asked; `network` is the one it asked from.
    """

    __tablename__ = "email_challenge"
    __table_args__ = (
        Index(None, "email", "created_at"),
        Index(None, "network", "created_at"),
        CheckConstraint("purpose IN ('sign_in', 'link')", name="purpose"),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    network: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    pepper: Mapped[str] = mapped_column(Text)
    code_hash: Mapped[bytes] = mapped_column(Blob)
    pre_hash: Mapped[bytes] = mapped_column(Blob)
    tries: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    used_at: Mapped[int | None] = mapped_column(Int)
    killed_at: Mapped[int | None] = mapped_column(Int)


class CodeTurn(Base):
    """The lock of a subject (address or network): every request for a code takes it first."""

    __tablename__ = "code_turn"
    __table_args__ = (COLD_TABLE,)

    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    taken_at: Mapped[int] = mapped_column(Int)


class SignupGrant(Base):
    """The free credit of a sign-up: a unique row for each abuse key and book."""

    __tablename__ = "signup_grant"
    __table_args__ = (COLD_TABLE,)

    abuse_key: Mapped[str] = mapped_column(Text, primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)
