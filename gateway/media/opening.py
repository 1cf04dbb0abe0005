"""Wiring: the parts that resolve, plan and submit, built from the settings."""

from gateway.kit.database import Database
from gateway.kit.errors import Problem
from gateway.kit.group_commit import GroupCommit
from gateway.kit.ids import Ids
from gateway.kit.queue import WakeUps
from gateway.kit.safe_fetch import SafeFetch
from gateway.library.opening import build_askers, build_quotas
from gateway.media.admission import admit_jobs
from gateway.media.fleet import Fleet
from gateway.media.input_files import InputFiles
from gateway.media.inputs import Inputs
from gateway.media.moderation import Moderation
from gateway.media.outputs import FileUrls
from gateway.media.planning import Planning
from gateway.media.price_withdrawals import PriceWithdrawals
from gateway.media.submit_request import Admission, AdmittedJob
from gateway.media.submitting import JobLimits, Submitting
from gateway.media.tasks.prices import PriceTable, read_prices
from gateway.media.waiting import Depths
from gateway.media.webhook_secrets import WebhookSecrets
from gateway.media.webhooks import Webhooks
from gateway.settings import Settings, pairs
from gateway.storage import Storage


def inputs_from(
    settings: Settings,
    database: Database,
    storage: Storage,
    ids: Ids,
    urls: FileUrls,
    fetcher: SafeFetch,
) -> Inputs:
    """Return the resolver of media references, with the store of new files."""
    files = InputFiles(database, storage, build_quotas(settings), ids)
    return Inputs(database, storage, urls, fetcher, build_askers(settings, database), files)


def submitting_from(
    settings: Settings,
    database: Database,
    inputs: Inputs,
    ids: Ids,
    wakes: WakeUps,
    depths: Depths,
    fleet: Fleet,
) -> Submitting:
    """Return the part that plans, quotes and admits jobs.

    The caller runs the sweeps that refresh `depths` and `fleet`: it reads only their last values.

    Raises:
        ValueError: the price table is not valid.
    """
    secrets = WebhookSecrets(pairs(settings.signing_keys), ids)
    admissions: GroupCommit[Admission, AdmittedJob | Problem] = GroupCommit(admit_jobs, database)
    return Submitting(
        database=database,
        planning=Planning(
            database=database,
            inputs=inputs,
            webhooks=Webhooks(database=database, secrets=secrets, fetcher=inputs.fetcher),
            ids=ids,
            prices=prices_from(settings),
            fleet=fleet,
            moderation=moderation_from(settings),
            withdrawals=PriceWithdrawals(database),
        ),
        admissions=admissions,
        ids=ids,
        wakes=wakes,
        depths=depths,
        limits=limits_from(settings),
        live=settings.live_enabled,
    )


def limits_from(settings: Settings) -> JobLimits:
    """Return the limits of waiting jobs and open quotes."""
    return JobLimits(settings.queued_jobs, settings.max_queued_jobs, settings.open_quotes)


def moderation_from(settings: Settings) -> Moderation:
    """Return the client of the operator's moderation service; without a URL all passes."""
    token = settings.moderation_token.get_secret_value()
    return Moderation(url=settings.moderation_url, token=token)


def prices_from(settings: Settings) -> PriceTable:
    """Return the operator's price table, or the default.

    Raises:
        ValueError: the table is not valid.
    """
    return PriceTable() if settings.prices is None else read_prices(settings.prices.read_text())
