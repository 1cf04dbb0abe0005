"""Messages to the agent on the wire."""

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from gateway.kit.id_types import AssetId, RequestId, ThreadId
from gateway.kit.models import Request, Wire
from gateway.studio.threads.schemas import MessagePrice

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
RequestState = Literal["queued", "running", "succeeded", "failed", "canceled", "expired"]


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


class PrepareMessage(Request):
    """A message to price."""

    thread_id: ThreadId
    content: Content
    attachments: Attachments = Field(default_factory=list)
    max_price_usd: MessagePrice | None = Field(
        None, description="The most it may cost; default: `agent.maxPriceUsd` in the settings."
    )


class SendMessage(Request):
    """A message that was priced, by `quoteId`, or one to price and send at once."""

    model_config = Request.model_config | ConfigDict(json_schema_extra={"oneOf": [PRICED, WHOLE]})

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


class MessageQuote(Wire):
    """The most that a message can cost: it is held when sent, and only what is used is charged."""

    quote_id: str
    price_usd: str
    price_microusd: int
    qualifier: Literal["upper_bound"] = "upper_bound"
    model: str
    expires_at: str
    affordable: bool
    balance_usd: str
    balance_microusd: int
    consent: Literal["auto", "confirm", "approve"] = Field(
        description="What the caller needs to send it, as for a plan."
    )
    requires_human_approval: bool
    approval_url: str = Field(description="The page on which a person can send it instead.")


class RequestBilling(Wire):
    """What is held at most, and what was charged in the end."""

    state: Literal["reserved", "captured", "released"]
    currency: Literal["USD"] = "USD"
    price_usd: str
    price_microusd: int
    charged_usd: str
    charged_microusd: int


class RequestUrls(Wire):
    """Where a request is read, followed and canceled."""

    get: str
    events: str
    cancel: str


class MessageSent(Wire):
    """A message that was accepted."""

    request_id: str
    message_id: str
    status: RequestState
    billing: RequestBilling
    poll_after_seconds: int
    urls: RequestUrls


class RequestUsage(Wire):
    """Tokens of the turns that were finished."""

    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_write_tokens: int
    turns: int


class AgentRequest(Wire):
    """One message to the agent: how far it is, what it cost, and its answer in `blocks`."""

    request_id: str
    thread_id: str
    status: RequestState
    livemode: bool
    version: int
    model: str
    billing: RequestBilling
    usage: RequestUsage
    message_id: str | None = Field(description="The answer, once there is one.")
    blocks: list[dict[str, Any]]
    plan_ids: list[str]
    error: dict[str, Any] | None
    created_at: str
    updated_at: str
    started_at: str | None
    finished_at: str | None
    poll_after_seconds: int | None
    urls: RequestUrls


class AgentRequestPage(Wire):
    """A page of requests, newest first."""

    data: list[AgentRequest]
    next_cursor: str | None


class RequestQuery(Request):
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


class RequestEventsQuery(Request):
    """The request to follow."""

    request_id: RequestId


class CancelRequest(Request):
    """The request to cancel."""

    request_id: RequestId


class AgentShown(Wire):
    """Whether the agent takes messages, and why not."""

    available: bool
    model: str
    reason: Literal["no_model_key", "not_in_test_mode", "disabled"] | None
