"""Teams on the wire."""

from typing import Literal

from pydantic import Field

from gateway.identity.sign_in.schemas import Address
from gateway.kit.wire.field_types import Count, CreatedAt, Dollars, ExpiresAt, Instant, Many, Text
from gateway.kit.wire.id_types import Id
from gateway.kit.wire.models import RequestModel, Usd, WireModel
from gateway.ledger.schemas import Spent

GivenRole = Literal["admin", "developer", "viewer"]
AnyRole = Literal["owner", "admin", "developer", "viewer"]
ROLE_DESCRIPTION = (
    "`admin`: everything but closing the account and payouts; `developer`: media and studio, own "
    "keys; `viewer`: reads only."
)


class MemberId(RequestModel):
    """The member to remove; your own id leaves the team."""

    member_id: str = Field(
        max_length=40,
        examples=["mbr_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The member, by id.",
    )


class InvitationId(RequestModel):
    """An open invitation of the team."""

    invitation_id: str = Field(
        max_length=40,
        examples=["ivt_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The invitation, by id.",
    )


class MemberLimits(RequestModel):
    """The caps of a member in live money, over all their keys and in the browser; null: no limit.

    Omitted ones stay.
    """

    daily_limit_usd: Usd | None = Field(None, description="Spending cap per UTC day.")
    monthly_limit_usd: Usd | None = Field(None, description="Spending cap per UTC month.")
    total_limit_usd: Usd | None = Field(None, description="Spending cap in total.")


class InviteMember(RequestModel):
    """An invitation by mail: the address, the role and the caps."""

    email: Address
    role: GivenRole = Field(description=ROLE_DESCRIPTION)
    limits: MemberLimits | None = Field(None, description="Caps of live money; default: none.")


class ChangeMember(RequestModel):
    """Changes to a member; omitted fields stay."""

    member_id: str = Field(
        max_length=40,
        examples=["mbr_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The member, by id.",
    )
    role: GivenRole | None = Field(None, description=ROLE_DESCRIPTION)
    limits: MemberLimits | None = Field(None, description="Caps of live money.")


class InvitationToken(RequestModel):
    """The token from the link of an invitation."""

    token: str = Field(min_length=20, max_length=100, description="The token of the link.")


class SwitchAccount(RequestModel):
    """The account that this browser works in from now on: your own, or that of a team."""

    account_id: str = Field(
        max_length=40,
        examples=["acct_01J8ZQ4V8Y6T3N5R7W9XABCDEF"],
        description="The account, by id.",
    )


class MemberLimitsShown(WireModel):
    """The caps of a member in dollars of live money; null: no limit."""

    daily_limit_usd: Dollars | None = Field(description="Spending cap per UTC day, in dollars.")
    monthly_limit_usd: Dollars | None = Field(description="Spending cap per UTC month, in dollars.")
    total_limit_usd: Dollars | None = Field(description="Spending cap in total, in dollars.")


class MemberShown(WireModel):
    """A person of the team. Its owner has no id: they are no member, the account is theirs."""

    id: Id | None = Field(description="The id of the membership; null: the owner.")
    email: Text | None = Field(description="Their verified address.")
    role: AnyRole = Field(description=ROLE_DESCRIPTION)
    you: bool = Field(description="Whether this is the caller.")
    limits: MemberLimitsShown | None = Field(
        description="Their caps; null: the owner, or not for you to see."
    )
    spent: Spent | None = Field(
        description="What they spent of live money; null: the owner, or not for you to see."
    )
    created_at: CreatedAt


class Team(WireModel):
    """The people of the account that this browser works in; the owner comes first."""

    account_id: Id = Field(description="The account of the team.")
    role: AnyRole = Field(description="Your role in it.")
    data: Many[MemberShown] = Field(description="The owner, then the members, oldest first.")


class RemovedMember(WireModel):
    """A person who is no member any more, and what ended with the membership."""

    id: Id = Field(description="The id of the membership.")
    ended_keys: Count = Field(description="Keys and connected apps that ended.")
    ended_sessions: Count = Field(description="Browsers that were signed out.")
    rejected_plans: Count = Field(description="Waiting plans that fell.")


class InvitationShown(WireModel):
    """An open invitation; its link is in the mail only."""

    id: Id = Field(description="The id of the invitation.")
    email: Text = Field(description="The invited address.")
    role: GivenRole = Field(description=ROLE_DESCRIPTION)
    limits: MemberLimitsShown
    invited_by: Text | None = Field(description="The address of who invited.")
    created_at: CreatedAt
    sent_at: Instant = Field(description="When it was mailed last, in UTC.")
    expires_at: ExpiresAt


class Invitations(WireModel):
    """The open invitations of the team, newest first; expired ones can be sent again."""

    data: Many[InvitationShown] = Field(description="The open invitations, newest first.")


class WithdrawnInvitation(WireModel):
    """An invitation whose link no longer works."""

    id: Id = Field(description="The id of the invitation.")


class TeamShown(WireModel):
    """An account that a person may work in."""

    account_id: Id = Field(description="The account.")
    name: Text = Field(description="The address of its owner, or its label.")
    role: AnyRole = Field(description="Your role in it.")
    current: bool = Field(description="Whether this browser works in it now.")


class TeamAccounts(WireModel):
    """The accounts that a person may work in: their own first."""

    data: Many[TeamShown] = Field(description="Your own account, then your teams.")


class InvitedTo(WireModel):
    """The invitation of a link, as the invited person sees it."""

    name: Text = Field(description="The address of the team's owner, or its label.")
    role: GivenRole = Field(description=ROLE_DESCRIPTION)
    email: Text = Field(description="The invited address.")
    accepted: bool = Field(description="Whether you have accepted it.")
    expires_at: ExpiresAt
