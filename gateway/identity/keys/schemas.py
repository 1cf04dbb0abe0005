"""API keys on the wire."""

from typing import Literal

from pydantic import Field

from gateway.kit.wire.field_types import CreatedAt, ExpiresAt, Instant, Many, NextCursor, Text, Url
from gateway.kit.wire.id_types import Id
from gateway.kit.wire.models import Cursor, Moment, OneOf, RequestModel, Usd, WireModel
from gateway.kit.wire.plain_text import NOT_BLANK_PATTERN
from gateway.ledger.schemas import SpendPolicyShown, Spent

Scope = Literal["media", "studio", "account:read", "billing", "studio:approve", "admin"]
Mode = Literal["live", "test"]


class SpendPolicy(RequestModel):
    """A key's spending limits in dollars; null: no limit.

    The last three are hard caps in UTC windows; reserved and charged amounts count.
    """

    auto_approve_usd: Usd | None = Field(
        None,
        description="Plans and messages up to this need no approval. Default: 0 live, no limit "
        "in test.",
    )
    confirm_up_to_usd: Usd | None = Field(
        None,
        description="Up to this a yes in the client is enough. Default: autoApproveUsd.",
    )
    daily_limit_usd: Usd | None = Field(None, description="Spending cap per UTC day.")
    monthly_limit_usd: Usd | None = Field(None, description="Spending cap per UTC month.")
    total_limit_usd: Usd | None = Field(None, description="Spending cap in total.")


class CreateKey(RequestModel):
    """A new API key of this account and mode."""

    label: str = Field(
        min_length=1,
        max_length=80,
        pattern=NOT_BLANK_PATTERN,
        description="Its purpose.",
        examples=["my agent"],
    )
    scopes: list[Scope] | None = Field(
        None,
        min_length=1,
        max_length=6,
        description="The scopes of the key; default: media, studio, account:read, billing.",
        examples=[["media", "account:read"]],
    )
    spend_policy: SpendPolicy | None = Field(None, description="Its spending limits.")
    expires_at: Moment | None = Field(None, description="When the key expires.")
    mode: Mode | None = Field(
        None,
        description="Real or play money; default: the caller's. A test key creates no live key.",
    )


class RevokeKey(OneOf):
    """The key to revoke, by its id or by the start of its look-up part."""

    forms = ({"keyId": {"type": "string"}}, {"keyPrefix": {"type": "string"}})

    key_id: str | None = Field(
        None,
        max_length=40,
        examples=["key_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The API key, by id.",
    )
    key_prefix: str | None = Field(
        None,
        pattern=r"^(kt_(live|test|oat)_)?[0-9A-Za-z]{5,8}$",
        description="5 to 8 characters of the look-up part, with or without the part before it.",
    )


class ChangeKey(RequestModel):
    """Changes to a key; omitted fields stay."""

    key_id: str = Field(
        max_length=40,
        examples=["key_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The API key, by id.",
    )
    label: str | None = Field(
        None,
        min_length=1,
        max_length=80,
        pattern=NOT_BLANK_PATTERN,
        description="Its purpose.",
    )
    scopes: list[Scope] | None = Field(
        None, min_length=1, max_length=6, description="The scopes of the key."
    )
    spend_policy: SpendPolicy | None = Field(
        None, description="Limits to change; omitted limits stay, and so does usage."
    )
    expires_at: Moment | None = Field(None, description="When the key expires; null: never.")


class RotateKey(RequestModel):
    """The key to replace by a fresh one."""

    key_id: str = Field(
        max_length=40,
        examples=["key_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The API key, by id.",
    )
    grace_seconds: int = Field(
        0, ge=0, le=86_400, description="How long the old key keeps working.", examples=[3600]
    )


class KeyPage(RequestModel):
    """The keys to list."""

    cursor: Cursor | None = None
    limit: int = Field(50, ge=1, le=100, description="Maximum number of keys to return.")


class ConnectedApp(WireModel):
    """An app connected by OAuth, and the MCP tools that it sees."""

    client_id: Id = Field(description="Its client id: issued here, or the URL of its metadata.")
    redirect_uri: Url = Field(description="Its redirect address.")
    toolsets: Many[Text] = Field(description="The MCP tools it sees.")
    read_only: bool = Field(description="Whether it sees only read-only tools.")


class Key(WireModel):
    """An API key without its secret; or a connected app, which has tokens in place of a key."""

    id: Id = Field(description="The id of the key, or of the connection of an app.")
    label: Text = Field(description="Its purpose.")
    key_prefix: Text = Field(description="The visible start of the key.")
    last4: Text = Field(description="The last four characters of the key.")
    mode: Mode = Field(description="`live` is real money, `test` is play money.")
    scopes: Many[Text] = Field(description="The scopes of the key.")
    spend_policy: SpendPolicyShown
    spent: Spent | None = Field(description="Null for a key that never had a cap.")
    expires_at: ExpiresAt | None = Field(description="When it expires, in UTC; null: never.")
    created_at: CreatedAt
    last_used_at: Instant | None = Field(description="When it was last used, in UTC; null: never.")
    revoked_at: Instant | None = Field(description="When it was revoked, in UTC; null: it works.")
    minted_by: Text = Field(description="Who made the key.")
    app: ConnectedApp | None = Field(description="Null for an API key.")


class CreatedKey(Key):
    """A new API key; `apiKey` is shown this one time."""

    api_key: Text | None = Field(description="The API key. It is shown only once.")
    already_shown: bool = Field(
        default=False, description="Whether the key was already shown; if so it is not shown again."
    )


class Keys(WireModel):
    """A page of keys, newest first; connected apps come after all keys."""

    data: Many[Key] = Field(description="The keys, newest first; connected apps come last.")
    next_cursor: NextCursor | None


class RevokedKey(WireModel):
    """A key that was revoked."""

    id: Id = Field(description="The id of the key.")
    revoked_at: Instant = Field(description="When it was revoked, in UTC.")
