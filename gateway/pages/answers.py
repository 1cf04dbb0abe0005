"""Answers of operations as pages read them: objects with the names of the wire.

Named here is what Python reads; templates read the rest, and no type checker sees them. A test
holds these names against the models of the operations.
"""

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from gateway.kit.wire.json_schema import JsonSchema
from gateway.library.facts import Kind
from gateway.media.states import AttemptState, BillingState, JobState, OutputState
from gateway.media.tasks.input_json import InputJson
from gateway.studio.agent.states import RequestState
from gateway.studio.plans.states import PlanOutcome, PlanState

WireAnswer: TypeAlias = dict[str, Any]
"""The answer of any operation, on its way to a template: open, for each operation has its own."""


class BillingAnswer(TypedDict):
    """The cost of a job."""

    state: BillingState
    priceUsd: str
    chargedUsd: str


class ProgressAnswer(TypedDict):
    """The progress of a running job."""

    percent: int | None
    stage: str | None
    etaSeconds: float | None


class AttemptAnswer(TypedDict):
    """One try of a job."""

    attempt: int
    node: str | None
    startedAt: str | None
    endedAt: str | None
    outcome: AttemptState


class OutputAnswer(TypedDict):
    """One file of a job."""

    index: int
    kind: Kind
    state: OutputState
    url: str | None
    posterUrl: str | None
    mimeType: str
    width: int | None
    height: int | None
    fps: float | None
    durationSeconds: float | None
    hasAudio: bool | None
    bytes: int
    assetId: str | None
    expiresAt: str


class ParentAnswer(TypedDict):
    """The result that a job was made from."""

    jobId: str
    outputIndex: int
    relation: str


class MediaOutputAnswer(TypedDict):
    """One result: a file of a job with what it was made from."""

    jobId: str
    outputIndex: int
    task: str
    kind: Kind
    state: str
    name: str | None
    prompt: str | None
    starred: bool
    seed: int | None
    width: int | None
    height: int | None
    fps: float | None
    durationSeconds: float | None
    hasAudio: bool | None
    bytes: int
    url: str | None
    posterUrl: str | None
    previewUrls: dict[str, str]
    previewClipUrl: str | None
    placeholder: str | None
    assetId: str | None
    projectId: str | None
    parent: ParentAnswer | None
    costMicrousd: int
    createdAt: str
    expiresAt: str | None
    filename: str


class JobErrorAnswer(TypedDict):
    """The error of a job."""

    message: str


class JobFields(TypedDict):
    """A job without its files."""

    jobId: str
    task: str
    status: JobState
    version: int
    createdAt: str
    finishedAt: str | None
    outputsExpireAt: str | None
    progress: ProgressAnswer | None
    billing: BillingAnswer
    downloadableOutputUrls: list[str]
    error: JobErrorAnswer | None
    effectiveInput: NotRequired[InputJson]
    attempts: NotRequired[list[AttemptAnswer]]


class JobAnswer(JobFields):
    """A job; its input and attempts come with its details."""

    outputs: list[OutputAnswer]


class TaskAnswer(TypedDict):
    """A task that the playground has a form for."""

    task: str
    enabled: bool
    inputSchema: JsonSchema
    example: InputJson


class PriceAnswer(TypedDict):
    """A dry run: the price of a job, and what keeps it from running."""

    priceUsd: str
    priceMicrousd: int
    blockedBy: list[str]


class UsageDayAnswer(TypedDict):
    """The charges of one task in one day."""

    day: str
    chargedMicrousd: int


UsageAnswer = TypedDict("UsageAnswer", {"from": str, "to": str, "data": list[UsageDayAnswer]})
"""What was charged between two days."""


class StepAnswer(TypedDict):
    """One step of a plan."""

    stepId: str
    key: str
    operation: str
    input: InputJson
    dependsOn: list[str]
    shotId: str | None
    priceMicrousd: int
    jobId: str | None


class DroppedStepAnswer(TypedDict):
    """A step that would not run, and the unchecked ones that it needs."""

    stepId: str
    needs: list[str]


class AddedStepAnswer(TypedDict):
    """A step that came along with checked ones that need it."""

    stepId: str
    neededBy: list[str]


class SelectionAnswer(TypedDict):
    """A selection of steps that can run, and what changed to make it so."""

    stepIds: list[str]
    dropped: list[DroppedStepAnswer]
    added: list[AddedStepAnswer]


class PlanHeadAnswer(TypedDict):
    """A plan in a list."""

    planId: str
    state: PlanState
    outcome: PlanOutcome | None
    version: int
    origin: Literal["key", "session", "agent"]
    askedBy: str
    title: str | None
    stepCount: int
    operations: dict[str, int]
    totalMicrousd: int
    secondsLeft: int


class PlanAnswer(PlanHeadAnswer):
    """A plan with its steps, as it is for those that are selected."""

    steps: list[StepAnswer]
    selectedUsd: str
    selectedMicrousd: int
    selection: NotRequired[SelectionAnswer]
    affordable: bool | None
    balanceMicrousd: int
    balanceAfterMicrousd: NotRequired[int]
    blockedBy: list[str]


class BlockAnswer(TypedDict):
    """A part of a message: a text, or the name of something that is shown in its place."""

    type: str
    markdown: NotRequired[str]
    planId: NotRequired[str]


class MessageFields(TypedDict):
    """A message without its parts; `requestId` is the request it asks or answers."""

    messageId: str
    role: Literal["user", "agent", "event"]
    requestId: str | None


class MessageAnswer(MessageFields):
    """A message of a thread."""

    blocks: list[BlockAnswer]


class ThreadAnswer(TypedDict):
    """A thread with its newest messages."""

    threadId: str
    projectId: str
    messages: list[MessageAnswer]


class RequestBillingAnswer(TypedDict):
    """The cost of a request to the agent."""

    chargedMicrousd: int


class RequestAnswer(TypedDict):
    """A request to the agent."""

    requestId: str
    threadId: str
    status: RequestState
    billing: RequestBillingAnswer


class SentAnswer(TypedDict):
    """A message that was sent to the agent."""

    messageId: str
    requestId: str


class ProjectAnswer(TypedDict):
    """A project."""

    projectId: str
    archived: bool


class AssetAnswer(TypedDict):
    """A file of a project."""

    assetId: str
    name: str
    kind: str
    archived: bool


class AgentSettingsAnswer(TypedDict):
    """The most that a message to the agent may cost."""

    maxPriceUsd: str
    maxPriceMicrousd: int


class SettingsAnswer(TypedDict):
    """The settings of the studio."""

    agent: AgentSettingsAnswer


class AvailableAnswer(TypedDict):
    """The credit that can be spent."""

    availableMicrousd: int


class SnapshotAnswer(TypedDict):
    """All that the studio shows of a project."""

    settings: SettingsAnswer
    projects: list[ProjectAnswer]
    assets: list[AssetAnswer]
    balance: AvailableAnswer
    agent: WireAnswer


class CheckoutAnswer(TypedDict):
    """A checkout that is paid on a chain."""

    checkoutId: str
    network: str
    priceMicrousd: int
    expiresAt: str


class ClaimAnswer(TypedDict):
    """The state of a payment on a chain."""

    receivedMicrousd: int
    retryAfterSeconds: int | None


class EarningsDayAnswer(TypedDict):
    """The commission of one day."""

    date: str
    commissionMicrousd: int


class EarningsAnswer(TypedDict):
    """The earnings of a link, by day."""

    series: list[EarningsDayAnswer]
