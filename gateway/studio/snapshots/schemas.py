"""The snapshot on the wire."""

from pydantic import Field

from gateway.kit.wire.field_types import Bytes, Count, Dollars, Many, Microusd
from gateway.kit.wire.id_types import ProjectId, ThreadId
from gateway.kit.wire.models import RequestModel, WireModel
from gateway.library.schemas import Asset, Project
from gateway.media.jobs.job_schemas import Job
from gateway.studio.agent.schemas import AgentRequest, AgentShown
from gateway.studio.plans.schemas import PlanHead
from gateway.studio.threads.schemas import Message, StudioSettings, Thread


class SnapshotQuery(RequestModel):
    """The project and thread to show."""

    project_id: ProjectId | None = Field(None, description="Default: the selected project.")
    thread_id: ThreadId | None = Field(None, description="Default: the selected thread.")


class SnapshotBalance(WireModel):
    """Prepaid credit: balance = available + held."""

    balance_usd: Dollars = Field(description="All credit, also what is held, in dollars.")
    balance_microusd: Microusd
    available_usd: Dollars = Field(description="The amount that can be spent, in dollars.")
    available_microusd: Microusd
    held_usd: Dollars = Field(description="Held for open jobs and requests, in dollars.")
    held_microusd: Microusd


class Quota(WireModel):
    """The account's storage, used and allowed."""

    bytes: Bytes = Field(description="Number of bytes kept.")
    bytes_max: Count = Field(description="The maximum number of bytes kept.")
    assets: Count = Field(description="Number of assets kept.")
    assets_max: Count = Field(description="The maximum number of assets kept.")


class StudioLimits(WireModel):
    """The limits of the studio, for a page or an agent."""

    message_characters: Count = Field(description="The longest message, in characters.")
    attachments: Count = Field(description="The most assets attached to one message.")
    active_requests: Count = Field(description="The most queued and running requests.")
    upload_bytes: Count = Field(description="The largest upload, in bytes.")


class StudioSnapshot(WireModel):
    """All a page or an agent needs to begin; the lists hold the newest, the messages newest last.

    `revision` rises with every change in the studio, every job and every movement of money.
    """

    revision: Count = Field(description="Rises with every change.")
    livemode: bool = Field(description="True for real money, false for play money.")
    settings: StudioSettings
    projects: Many[Project] = Field(description="The projects, newest first.")
    project_id: ProjectId | None
    threads: Many[Thread] = Field(description="The threads.")
    thread_id: ThreadId | None
    messages: Many[Message] = Field(description="The messages, newest last.")
    assets: Many[Asset] = Field(description="The assets of the project, newest first.")
    pending_plans: Many[PlanHead] = Field(description="Plans waiting for approval.")
    active_requests: Many[AgentRequest] = Field(description="Queued and running agent requests.")
    active_jobs: Many[Job] = Field(description="Queued and running jobs.")
    balance: SnapshotBalance
    quota: Quota
    agent: AgentShown
    limits: StudioLimits
