"""The wiring of the input resolver and the submitter, from the settings."""

from pathlib import Path
from tempfile import gettempdir

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.kit.database.group_commit import GroupCommit
from gateway.kit.database.sessions import Database
from gateway.kit.disk import DiskReserve
from gateway.kit.ids import Ids
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.kit.queue import WakeUps
from gateway.library.wiring import build_inspection_budgets, build_quotas
from gateway.media.inputs.frame_cuts import FrameCutter
from gateway.media.inputs.input_files import InputFiles
from gateway.media.inputs.moderation import Moderation
from gateway.media.inputs.resolver import InputResolver
from gateway.media.jobs.outputs import OutputUrls
from gateway.media.jobs.waits import QueueDepths
from gateway.media.nodes.fleet import Fleet
from gateway.media.submits.admission import Outcome, admit_jobs
from gateway.media.submits.price_withdrawals import PriceWithdrawals
from gateway.media.submits.request_planner import RequestPlanner
from gateway.media.submits.submit_request import Admission
from gateway.media.submits.submitter import JobLimits, Submitter
from gateway.media.tasks.prices import PriceTable, parse_price_table
from gateway.media.webhooks.sender import WebhookSender
from gateway.media.webhooks.signing_secrets import WebhookSecrets
from gateway.storage import Storage


def build_input_resolver(
    settings: Settings,
    database: Database,
    storage: Storage,
    ids: Ids,
    urls: OutputUrls,
    fetcher: SafeFetch,
) -> InputResolver:
    """Build the resolver of media references, with the store of new files."""
    files = InputFiles(database, storage, build_quotas(settings), ids)
    budgets = build_inspection_budgets(settings, database)
    disk = DiskReserve(Path(gettempdir()), settings.disk_reserve)
    frames = FrameCutter(storage, budgets, files, disk)
    return InputResolver(database, storage, urls, fetcher, budgets, files, frames)


def build_submitter(
    settings: Settings,
    database: Database,
    inputs: InputResolver,
    ids: Ids,
    wakes: WakeUps,
    depths: QueueDepths,
    fleet: Fleet,
) -> Submitter:
    """Build the submitter, which plans, quotes and admits jobs.

    The caller runs the sweeps that refresh `depths` and `fleet`: it reads only their last values.

    Raises:
        ValueError: the price table is not valid.
    """
    secrets = WebhookSecrets(parse_secret_pairs(settings.signing_keys), ids)
    admissions: GroupCommit[Admission, Outcome] = GroupCommit(admit_jobs, database)
    return Submitter(
        database=database,
        planner=RequestPlanner(
            database=database,
            inputs=inputs,
            webhooks=WebhookSender(database=database, secrets=secrets, fetcher=inputs.fetcher),
            ids=ids,
            prices=load_price_table(settings),
            fleet=fleet,
            moderation=build_moderation(settings),
            withdrawals=PriceWithdrawals(database),
        ),
        admissions=admissions,
        ids=ids,
        wakes=wakes,
        depths=depths,
        limits=build_job_limits(settings),
        live=settings.live_enabled,
    )


def build_job_limits(settings: Settings) -> JobLimits:
    """Build the limits of waiting jobs and open quotes."""
    return JobLimits(settings.queued_jobs, settings.max_queued_jobs, settings.open_quotes)


def build_moderation(settings: Settings) -> Moderation:
    """Build the client of the operator's moderation service; without a URL everything passes."""
    token = settings.moderation_token.get_secret_value()
    return Moderation(url=settings.moderation_url, token=token)


def load_price_table(settings: Settings) -> PriceTable:
    """Load the operator's price table, or the default.

    Raises:
        ValueError: the table is not valid.
    """
    return (
        PriceTable() if settings.prices is None else parse_price_table(settings.prices.read_text())
    )
