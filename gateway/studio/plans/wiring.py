"""The wiring of the part that moves executed plans on."""

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.queue import WakeUps
from gateway.library.wiring import build_quotas
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.wiring import build_job_limits
from gateway.storage import Storage
from gateway.studio.documents.versions import Documents
from gateway.studio.plans.execution.advancer import PlanAdvancer
from gateway.studio.plans.execution.take_recorder import TakeRecorder


def build_plan_advancer(
    settings: Settings, database: Database, storage: Storage, wakes: WakeUps
) -> PlanAdvancer:
    """Build the part that moves executed plans on, for one event loop, from the settings."""
    ids, urls = Ids(), OutputUrls(settings.files_url, parse_secret_pairs(settings.signing_keys))
    documents = Documents(database, storage, ids, build_quotas(settings), urls)
    limits = build_job_limits(settings)
    return PlanAdvancer(database, ids, wakes, limits, TakeRecorder(documents))
