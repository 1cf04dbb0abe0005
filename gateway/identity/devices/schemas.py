"""Linking a device, on the wire."""

from pydantic import Field

from gateway.identity.keys.schemas import Mode, Scope, SpendPolicy
from gateway.identity.states import LinkState
from gateway.kit.wire.field_types import Count, CreatedAt, ExpiresAt, Many, Text, Url
from gateway.kit.wire.id_types import AccountId, KeyId
from gateway.kit.wire.models import Moment, RequestModel, WireModel
from gateway.kit.wire.plain_text import NOT_BLANK_PATTERN
from gateway.ledger.schemas import SpendPolicyShown

CODE_DESCRIPTION = "The code shown on the device; case, spaces and hyphens are ignored."


class StartLink(RequestModel):
    """A device that asks for a key."""

    client_name: str = Field(
        min_length=1,
        max_length=60,
        pattern=NOT_BLANK_PATTERN,
        description="The name the person knows the device or program by.",
        examples=["my laptop"],
    )
    scopes: list[Scope] | None = Field(
        None,
        min_length=1,
        max_length=6,
        description="The scopes of the key; default: media, studio, account:read, billing.",
    )
    mode: Mode | None = Field(
        None, description="Real or play money; default: live if it is enabled."
    )
    spend_policy: SpendPolicy | None = Field(None, description="The spending limits of the key.")


class StartedLink(WireModel):
    """The codes of a link: show `userCode` to the person, poll with `deviceCode`."""

    device_code: Text = Field(description="The secret the device polls with.")
    user_code: Text = Field(description="The code shown on the device.")
    verification_uri: Url = Field(description="The page where the person enters the code.")
    verification_uri_complete: Url = Field(description="The same page with the code filled in.")
    expires_in: Count = Field(description="Seconds until the codes expire.")
    interval: Count = Field(description="Seconds to wait between two polls.")


class LinkQuery(RequestModel):
    """The device to show."""

    user_code: str = Field(min_length=1, max_length=40, description=CODE_DESCRIPTION)


class LinkShown(WireModel):
    """A device's request for a key; check it before you approve."""

    user_code: Text = Field(description="The code shown on the device.")
    client_name: Text = Field(description="The name the person knows the device by.")
    scopes: Many[Text] = Field(description="The scopes of the key.")
    spend_policy: SpendPolicyShown
    mode: Mode = Field(description="`live` is real money, `test` is play money.")
    ip: Text = Field(description="The IP address the device requested it from.")
    created_at: CreatedAt
    expires_at: ExpiresAt
    state: LinkState = Field(description="Its state.")


class DecideLink(RequestModel):
    """The person's decision on a device."""

    user_code: str = Field(
        min_length=1, max_length=40, description=CODE_DESCRIPTION, examples=["BCDF-GHJK"]
    )
    approve: bool = Field(default=True, description="False denies.")
    label: str | None = Field(
        None,
        min_length=1,
        max_length=80,
        pattern=NOT_BLANK_PATTERN,
        description="Name of the key; default: the client's name.",
    )
    scopes: list[Scope] | None = Field(
        None, min_length=1, max_length=6, description="Grant only these of the requested scopes."
    )
    spend_policy: SpendPolicy | None = Field(
        None,
        description="Limits instead of the requested ones; an omitted one is the tighter of the "
        "requested and the usual limit.",
    )
    expires_at: Moment | None = Field(None, description="When the key expires.")


class LinkDecided(WireModel):
    """The state of a device link."""

    state: LinkState = Field(description="Its state.")


class PollLink(RequestModel):
    """A device that asks for its approval."""

    device_code: str = Field(
        min_length=1,
        max_length=100,
        examples=["0f3c…"],
        description="The secret the device polls with.",
    )


class LinkedKey(WireModel):
    """The key of a device, shown this one time."""

    api_key: Text = Field(description="The API key. It is shown only once.")
    key_id: KeyId
    account_id: AccountId
    scopes: Many[Text] = Field(description="The scopes of the key.")
    mode: Mode = Field(description="`live` is real money, `test` is play money.")
