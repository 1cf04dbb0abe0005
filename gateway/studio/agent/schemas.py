"""Messages to the agent on the wire."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from gateway.kit.wire.field_types import (
    Count,
    CreatedAt,
    Dollars,
    ExpiresAt,
    Instant,
    Many,
    Microusd,
    NextCursor,
    ObjectVersion,
    PollAfterSeconds,
    Text,
    Tokens,
    UpdatedAt,
    Url,
)
from gateway.kit.wire.id_types import AssetId, Id, MessageId, PlanId, RequestId, ThreadId
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.media.states import BillingState
from gateway.studio.agent.states import RequestState
from gateway.studio.threads.schemas import Block, MessagePrice

MESSAGE_CHARACTERS, MOST_ATTACHMENTS = 20_000, 20
QuoteId = Annotated[str, Field(pattern=r"^quote_[0-9A-Z]{26}$")]
Content = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MESSAGE_CHARACTERS,
        description="What to say to the agent.",
        examples=["Write a storyboard of three shots about a fox."],
    ),
]
Attachments = Annotated[
    list[AssetId], Field(max_length=MOST_ATTACHMENTS, description="Assets for it to look at.")
]


PRICED: JsonDict = {
    "required": ["quoteId"],
    "properties": {"quoteId": {"type": "string"}, "confirmedInClient": {"type": "boolean"}},
    "additionalProperties": False,
}
WHOLE: JsonDict = {
    "required": ["threadId", "content"],
    "properties": {
        "quoteId": {"type": "null"},
        "threadId": {"type": "string"},
        "content": {"type": "string"},
    },
}


class PrepareMessage(RequestModel):
    """A message to price."""

    thread_id: ThreadId
    content: Content
    attachments: Attachments = Field(default_factory=list)
    max_price_usd: MessagePrice | None = Field(
        None, description="The most it may cost; default: `agent.maxPriceUsd` in the settings."
    )


class SendMessage(RequestModel):
    """A message that was priced, by `quoteId`, or one to price and send at once."""

    model_config = RequestModel.model_config | ConfigDict(
        json_schema_extra={"oneOf": [PRICED, WHOLE]}
    )

    quote_id: QuoteId | None = Field(None, description="Of `messages/prepare`; alone.")
    thread_id: ThreadId | None = None
    content: Content | None = None
    attachments: Attachments = Field(default_factory=list)
    max_price_usd: MessagePrice | None = Field(None, description="The most it may cost.")
    confirmed_in_client: bool = Field(
        default=False, description="The person in front of the client has confirmed."
    )

    @model_validator(mode="after")
    def _one(self) -> "SendMessage":
        of_its_own = (self.thread_id, self.content, self.max_price_usd, self.attachments or None)
        if self.quote_id is not None:
            good = of_its_own == (None,) * len(of_its_own)
        else:
            good = self.thread_id is not None and self.content is not None
        if not good:
            raise ValueError("must have either `quoteId` alone, or `threadId` and `content`")
        return self


class MessageQuote(WireModel):
    """The most that a message can cost: it is held when sent, and only what is used is charged."""

    quote_id: Id = Field(description="The quote; send it with the submit.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    qualifier: Literal["upper_bound"] = Field(
        "upper_bound", description="`upper_bound`: it may cost less, never more."
    )
    model: Text = Field(description="The language model.")
    expires_at: ExpiresAt
    affordable: bool = Field(description="Whether the balance and the key's caps allow it now.")
    balance_usd: Dollars = Field(description="The available balance, in dollars.")
    balance_microusd: Microusd
    consent: Literal["auto", "confirm", "approve"] = Field(
        description="What the caller needs to send it, as for a plan."
    )
    requires_human_approval: bool = Field(
        description="Whether a person must approve it on the page."
    )
    approval_url: Url = Field(description="The page on which a person can send it instead.")


class RequestBilling(WireModel):
    """The most that is held, and the final charge."""

    state: Literal[BillingState.RESERVED, BillingState.CAPTURED, BillingState.RELEASED] = Field(
        description="Its state."
    )
    currency: Literal["USD"] = Field("USD", description="Always USD.")
    price_usd: Dollars = Field(description="The price, in dollars.")
    price_microusd: Microusd
    charged_usd: Dollars = Field(description="The amount charged, in dollars.")
    charged_microusd: Microusd


class RequestUrls(WireModel):
    """Paths to read, follow and cancel a request."""

    get: Text = Field(description="The path to read it.")
    events: Text = Field(description="The path to follow it as server-sent events.")
    cancel: Text = Field(description="The path to cancel it, by POST.")


class MessageSent(WireModel):
    """A message that was accepted."""

    request_id: RequestId
    message_id: MessageId
    status: RequestState = Field(description="Its progress.")
    billing: RequestBilling
    poll_after_seconds: PollAfterSeconds = Field(
        description="Wait this many seconds before the first read."
    )
    urls: RequestUrls


class RequestUsage(WireModel):
    """Tokens of the turns that were finished."""

    input_tokens: Tokens = Field(description="Tokens read, as the model counts them.")
    output_tokens: Tokens = Field(description="Tokens written, as the model counts them.")
    cache_read_tokens: Tokens = Field(
        description="Tokens read from the cache, as the model counts them."
    )
    cache_write_tokens: Tokens = Field(
        description="Tokens written to the cache, as the model counts them."
    )
    turns: Count = Field(description="Number of model calls.")


class AgentRequest(WireModel):
    """One message to the agent: its state, its cost, and its answer in `blocks`."""

    request_id: RequestId
    thread_id: ThreadId
    status: RequestState = Field(description="Its progress.")
    livemode: bool = Field(description="True for real money, false for play money.")
    version: ObjectVersion
    model: Text = Field(description="The language model.")
    billing: RequestBilling
    usage: RequestUsage
    message_id: MessageId | None = Field(description="The answer, once there is one.")
    blocks: Many[Block] = Field(description="The answer: text, assets, plans, jobs, notices.")
    plan_ids: Many[PlanId] = Field(description="The plans it proposed.")
    error: dict[str, Text | bool] | None = Field(
        description="Why it failed: code, message, hint; null if it did not."
    )
    created_at: CreatedAt
    updated_at: UpdatedAt
    started_at: Instant | None = Field(description="When it first started, in UTC.")
    finished_at: Instant | None = Field(description="When it ended, in UTC.")
    poll_after_seconds: PollAfterSeconds | None
    urls: RequestUrls


class AgentRequestPage(WireModel):
    """A page of requests, newest first."""

    data: Many[AgentRequest] = Field(description="The requests, newest first.")
    next_cursor: NextCursor | None


class RequestQuery(RequestModel):
    """One request by `requestId`, or a page of them."""

    request_id: RequestId | None = Field(None, description="Default: a page of requests.")
    wait_seconds: int = Field(
        0, ge=0, le=30, description="Wait this long for the end, or a version above sinceVersion."
    )
    since_version: int | None = Field(
        None, ge=0, le=2**31 - 1, description="The version you already have."
    )
    thread_id: ThreadId | None = Field(None, description="Only requests in this thread.")
    limit: int = Field(20, ge=1, le=100, description="Maximum number of requests in a page.")
    cursor: RequestId | None = Field(None, description="`nextCursor` of the previous page.")


class RequestEventsQuery(RequestModel):
    """The request to follow."""

    request_id: RequestId


class CancelRequest(RequestModel):
    """The request to cancel."""

    request_id: RequestId


class AgentShown(WireModel):
    """The agent's model and availability."""

    available: bool = Field(description="Whether it can be used now.")
    model: Text = Field(description="The language model.")
    reason: Literal["no_model_key", "not_in_test_mode", "disabled"] | None = Field(
        description="Why it is not available."
    )
