"""The wiring of one worker's agent, from the settings."""

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.kit.messaging.broker import LocalBroker, SharedBroker
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.kit.queue import WakeUps
from gateway.library.wiring import build_uploads
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.waits import QueueDepths
from gateway.media.nodes.fleet import Fleet
from gateway.media.wiring import build_input_resolver, build_submitter
from gateway.storage import Storage
from gateway.studio.documents.versions import Documents
from gateway.studio.plans.preparation.document_steps import build_document_steps
from gateway.studio.plans.preparation.preparer import PlanPreparer
from gateway.studio.plans.reader import PlanReader
from workers.agent.account_access import AccountAccess
from workers.agent.model import Model
from workers.agent.pool import AgentPool
from workers.agent.prompt import PromptBuilder


def build_agent_pool(
    settings: Settings,
    broker: LocalBroker | SharedBroker,
    database: Database,
    storage: Storage,
    fleet: Fleet,
) -> AgentPool:
    """Build the pool that answers messages to the agent; the caller refreshes the fleet."""
    ids = Ids()
    model = Model(
        settings.agent_model,
        api_key=settings.anthropic_api_key.get_secret_value(),
        base_url=settings.agent_base_url,
    )
    files = OutputUrls(settings.files_url, parse_secret_pairs(settings.signing_keys))
    inputs = build_input_resolver(settings, database, storage, ids, files, SafeFetch())
    wakes = WakeUps(broker)
    submitter = build_submitter(
        settings, database, inputs, ids, wakes, QueueDepths(database), fleet
    )
    uploads = build_uploads(settings, database, storage, ids, files, inputs.fetcher)
    documents = Documents(database, storage, ids, uploads.quotas, files)
    account_access = AccountAccess(
        database=database,
        storage=storage,
        files=files,
        folder=uploads.folder,
        documents=documents,
        submitter=submitter,
        preparer=PlanPreparer(submitter, {**build_document_steps(documents)}),
        plans=PlanReader(submitter, settings.public_url, is_stopping=lambda: False),
    )
    return AgentPool(database, ids, PromptBuilder(account_access, ids, model), model.close)
