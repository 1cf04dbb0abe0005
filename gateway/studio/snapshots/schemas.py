"""The snapshot on the wire."""

from pydantic import Field

from gateway.kit.id_types import ProjectId, ThreadId
from gateway.kit.models import Request, Wire
from gateway.library.schemas import Asset, Project
from gateway.media.job_schemas import Job
from gateway.studio.agent.schemas import AgentRequest, AgentShown
from gateway.studio.plans.schemas import PlanHead
from gateway.studio.threads.schemas import Message, StudioSettings, Thread


class SnapshotQuery(Request):
    """What to look at; without it, what is selected."""

    project_id: ProjectId | None = Field(None, description="Default: the selected project.")
    thread_id: ThreadId | None = Field(None, description="Default: the selected thread.")


class SnapshotBalance(Wire):
    """Prepaid credit: balance = available + held."""

    balance_usd: str
    balance_microusd: int
    available_usd: str
    available_microusd: int
    held_usd: str
    held_microusd: int


class Quota(Wire):
    """What the account keeps, and the most it may keep."""

    bytes: int
    bytes_max: int
    assets: int
    assets_max: int


class StudioLimits(Wire):
    """Limits that a page or an agent wants to know beforehand."""

    message_characters: int
    attachments: int
    active_requests: int
    upload_bytes: int


class StudioSnapshot(Wire):
    """All a page or an agent needs to begin; the lists hold the newest, the messages newest last.

    `revision` rises with every change in the studio, every job and every movement of money.
    """

    revision: int
    livemode: bool
    settings: StudioSettings
    projects: list[Project]
    project_id: str | None
    threads: list[Thread]
    thread_id: str | None
    messages: list[Message]
    assets: list[Asset]
    pending_plans: list[PlanHead]
    active_requests: list[AgentRequest]
    active_jobs: list[Job]
    balance: SnapshotBalance
    quota: Quota
    agent: AgentShown
    limits: StudioLimits
