"""The wiring of the rooms: the ports that each one offers, made from the settings."""

from collections.abc import Sequence
from functools import partial

from gateway.affiliates.earnings.commissions import approve_due_commissions
from gateway.affiliates.programme import Programme
from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.identity.accounts.low_balance import LowBalanceMails
from gateway.identity.devices.device_link import purge_links
from gateway.identity.keys.callers import CallerFinder
from gateway.identity.keys.key_ring import KeyRing
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.session_allowance import SessionAllowance
from gateway.identity.keys.sessions import Sessions
from gateway.identity.oauth.apps import Apps
from gateway.identity.oauth.authorization_requests import OAuthSite
from gateway.identity.oauth.clients import AppClients
from gateway.identity.oauth.grants import Grants
from gateway.identity.sign_in import email_codes
from gateway.identity.sign_in.google import GoogleSignIn
from gateway.identity.sign_in.pre_sessions import PreSessions
from gateway.identity.sign_in.sign_in import SignIn
from gateway.identity.teams.invitations import InvitationPost, purge_invitations
from gateway.identity.teams.memberships import MembershipCheck
from gateway.identity.teams.removal import MemberWork
from gateway.kit.audit_log import log_head
from gateway.kit.caller import Memberships
from gateway.kit.database.sessions import Database
from gateway.kit.disk import DiskReserve
from gateway.kit.http.browser import Site
from gateway.kit.http.rate_limit import RateLimits, RatePolicy
from gateway.kit.http.signed_urls import SignedUrls
from gateway.kit.ids import Ids
from gateway.kit.messaging.presence import Presence
from gateway.kit.money import MICROUSD_PER_USD, parse_usd
from gateway.kit.operation import Ports
from gateway.kit.outgoing.safe_fetch import SafeFetch
from gateway.kit.queue import Sweep, WakeUps
from gateway.kit.referrals import ReferralTokens
from gateway.ledger.operations import BalanceReader, TopUp
from gateway.library.assets import OutputRestorer
from gateway.library.sweeps import LibrarySweeps
from gateway.library.uploads.intake import Uploads
from gateway.library.wiring import build_uploads
from gateway.mail import given_up_mails, outbox
from gateway.mail.outbox import Mailer
from gateway.mail.senders import build_sender
from gateway.media.jobs.auto_keep import AutoKeeper
from gateway.media.jobs.done_mails import DoneMails
from gateway.media.jobs.event_streams import OpenStreams
from gateway.media.jobs.outputs import OutputUrls, show_output
from gateway.media.jobs.waits import JobWatch
from gateway.media.submits.submitter import Submitter
from gateway.payments.checkouts import checkout_sweeps
from gateway.payments.reconciliation import nightly_reconciliation
from gateway.payments.shop import Shop
from gateway.payments.top_ups.low_balance_words import describe_top_up
from gateway.payments.top_ups.rules import TopUps
from gateway.payments.top_ups.sweeps import build_top_up_sweeps
from gateway.payments.wiring import build_shop
from gateway.process.probes import Readiness, build_gauge_sweeps
from gateway.shares.member_work import EndedWork
from gateway.shares.wiring import add_shares
from gateway.spending.budget_alerts import BudgetAlerts
from gateway.spending.closed_months import MonthClosing
from gateway.spending.operations import OpenExports
from gateway.spending.statement_mails import StatementMails
from gateway.storage import Storage
from gateway.studio.agent.events import RequestEvents, RequestWatch
from gateway.studio.agent.sweeps import AgentSweeps
from gateway.studio.agent.wiring import build_agent
from gateway.studio.documents.sweeps import DocumentSweeps
from gateway.studio.documents.versions import Documents
from gateway.studio.plans.execution.advancer import PlanAdvancer
from gateway.studio.plans.execution.executor import PlanExecutor
from gateway.studio.plans.execution.take_recorder import MOVED_RENDERS, TakeRecorder
from gateway.studio.plans.plan_mails import PlanMails
from gateway.studio.plans.preparation.document_steps import build_document_steps
from gateway.studio.plans.preparation.free_steps import FreeSteps
from gateway.studio.plans.preparation.preparer import PlanPreparer
from gateway.studio.plans.reader import PlanReader
from gateway.studio.plans.sweeps import PlanSweeps
from gateway.studio.snapshots import snapshots as snapshot
from gateway.studio.snapshots.snapshots import Snapshots

LOW_BALANCE_SECONDS = 60
TEST_GRANT_MICROUSD = 5 * MICROUSD_PER_USD
REGISTERED_PER_HOUR = 20
REPORTS_PER_HOUR = 5


def add_identity(ports: Ports, settings: Settings) -> CallerFinder:
    """Add the ports of identity, mail and affiliates; return the finder of callers.

    Raises:
        ValueError: a setting of theirs is not valid.
    """
    database: Database = ports.get(Database)
    site = Site(settings.public_url)
    sessions = Sessions(database, live_enabled=settings.live_enabled)
    ports.add(
        Mailer(
            database,
            ports.get(Ids),
            build_sender(settings),
            parse_secret_pairs(settings.key_peppers),
        )
    )
    ports.add(InvitationPost(ports.get(Mailer), ports.get(Ids), settings.public_url))
    ended_work = EndedWork(mailer=ports.get(Mailer), site=settings.public_url)
    ports.add(ended_work, as_type=MemberWork)
    ports.add(MembershipCheck(), as_type=Memberships)
    ports.add(site)
    ports.add(sessions)
    ports.add(SessionAllowance(parse_usd(settings.stale_sign_in_usd)))
    ports.add(PreSessions(ports.get(Ids), ports.get(Peppers), site))
    ports.add(build_google(settings))
    referrals = ReferralTokens(parse_secret_pairs(settings.signing_keys))
    ports.add(
        Programme(
            ids=ports.get(Ids),
            site=site,
            referrals=referrals,
            mailer=ports.get(Mailer),
            auto_approve=settings.affiliate_auto_approve,
        )
    )
    live_grant = parse_usd(settings.signup_grant_usd) if settings.live_enabled else 0
    ports.add(
        SignIn(
            database=database,
            ids=ports.get(Ids),
            peppers=ports.get(Peppers),
            mailer=ports.get(Mailer),
            sessions=sessions,
            referrals=referrals,
            grants_microusd={"test": TEST_GRANT_MICROUSD, "live": live_grant},
        )
    )
    return CallerFinder(ports.get(KeyRing), sessions, site)


def add_oauth(ports: Ports, settings: Settings, fetcher: SafeFetch) -> None:
    """Add the ports of OAuth: clients, grants and connected apps."""
    database, ids = ports.get(Database), ports.get(Ids)
    ports.add(OAuthSite(settings.public_url, f"{settings.api_url}/mcp"))
    ports.add(AppClients(database, ids, fetcher))
    ports.add(Grants(database, ids, ports.get(Peppers), ports.get(SessionAllowance)))
    ports.add(Apps(database, settings.oauth_enabled))


def add_limits(ports: Ports, settings: Settings, disk: DiskReserve, broker: Presence) -> None:
    """Add the rate limits and the disk reserve."""
    ports.add(RateLimits(list_rate_policies(settings), settings.redis_url, presence=broker))
    ports.add(disk)


def list_rate_policies(settings: Settings) -> list[RatePolicy]:
    """List the rate limits: of accounts, and of networks for requests without a key."""
    return [
        RatePolicy("submit", settings.submits_per_minute, 60),
        RatePolicy("quote", settings.quotes_per_minute, 60),
        RatePolicy("read", settings.reads_per_minute, 60),
        RatePolicy("cancel", settings.running_cancels_per_hour, 3_600),
        RatePolicy("mcp", settings.mcp_per_minute, 60),
        RatePolicy("public", settings.public_per_minute, 60),
        RatePolicy("register", REGISTERED_PER_HOUR, 3_600),
        RatePolicy("report", REPORTS_PER_HOUR, 3_600),
    ]


def list_gauge_sweeps(settings: Settings, readiness: Readiness) -> Sequence[Sweep]:
    """List the sweeps that refresh the gauges; none where nobody reads or is sent metrics."""
    is_read = settings.metrics_token.get_secret_value() or settings.otlp_endpoint
    return build_gauge_sweeps(readiness) if is_read else []


def list_identity_sweeps(ports: Ports) -> Sequence[Sweep]:
    """List the sweeps of identity, mail and OAuth."""
    mailer: Mailer = ports.get(Mailer)
    low = LowBalanceMails(
        ports.get(Database), mailer, ports.get(TopUp), partial(describe_top_up, ports.get(TopUps))
    )
    return [
        Sweep("mail", 15, mailer.send_due, outbox.DUE_MAIL),
        Sweep("mail given up", 3600, partial(given_up_mails.delete_old_mails, ports.get(Database))),
        Sweep("device links", 3600, partial(purge_links, ports.get(Database))),
        Sweep("low balances", LOW_BALANCE_SECONDS, low.send_due),
        DoneMails(ports.get(Database), mailer, ports.get(Site)).build_sweep(),
        PlanMails(ports.get(Database), mailer, ports.get(Site)).build_sweep(),
        Sweep("audit head", 3600, partial(log_head, ports.get(Database))),
        Sweep("unused apps", 3600, ports.get(AppClients).purge),
        Sweep("old tokens", 3600, ports.get(Grants).purge),
        Sweep("old invitations", 3600, partial(purge_invitations, ports.get(Database))),
        Sweep("old codes", 3600, partial(email_codes.purge_old_codes, ports.get(Database))),
    ]


def build_google(settings: Settings) -> GoogleSignIn:
    """Build sign-in with Google; it is off without client ids."""
    client_ids = [each.strip() for each in settings.google_client_ids.split(",") if each.strip()]
    secret = settings.google_client_secret.get_secret_value()
    return GoogleSignIn(settings.google_issuer, client_ids, secret)


def add_payments(ports: Ports, settings: Settings) -> None:
    """Add the shop: packages, and the payment providers that are configured.

    Raises:
        ValueError: a setting is not valid; the message names it.
    """
    shop = build_shop(settings, ports.get(Database), ports.get(Ids), ports.get(Mailer))
    ports.add(shop)
    ports.add(TopUps(shop=shop, is_enabled=settings.auto_top_up))
    ports.add(OpenExports())
    ports.add(BudgetAlerts(ports.get(Database), ports.get(Mailer), ports.get(Site)))


def add_library(ports: Ports, settings: Settings, storage: Storage, fetcher: SafeFetch) -> None:
    """Add the ports of uploads, and of what is kept by itself."""
    database, ids, urls = ports.get(Database), ports.get(Ids), ports.get(SignedUrls)
    ports.add(uploads := build_uploads(settings, database, storage, ids, urls, fetcher))
    ports.add(uploads.quotas)
    ports.add(AutoKeeper(database, uploads.quotas))
    ports.add(OutputRestorer(show_output))


def add_documents(ports: Ports) -> None:
    """Add the ports of texts, storyboards and takes."""
    uploads: Uploads = ports.get(Uploads)
    documents = Documents(
        uploads.database, uploads.storage, uploads.ids, uploads.quotas, uploads.urls
    )
    ports.add(documents)
    ports.add(TakeRecorder(documents))


def list_library_sweeps(ports: Ports) -> Sequence[Sweep]:
    """List the sweeps of the library."""
    uploads: Uploads = ports.get(Uploads)
    return LibrarySweeps(uploads.database, uploads.folder).list_sweeps()


def add_studio(ports: Ports, settings: Settings, wakes: WakeUps) -> None:
    """Add the ports of the agent, of snapshots of the studio and of shares.

    Raises:
        ValueError: the agent's model has no price.
    """
    database, ids = ports.get(Database), ports.get(Ids)
    watch = RequestWatch(database, ports.get(JobWatch).is_stopping)
    ports.add(watch)
    ports.add(RequestEvents(database, watch, ports.get(OpenStreams)))
    ports.add(AgentSweeps(database, ids, wakes))
    ports.add(agent := build_agent(settings, ids, wakes))
    snapshots = Snapshots(
        database=ports.get(Database),
        files=ports.get(OutputUrls),
        urls=ports.get(SignedUrls),
        uploads=ports.get(Uploads),
        balances=ports.get(BalanceReader),
        plans=ports.get(PlanReader),
        agent=agent,
        limits=snapshot.build_limits(),
    )
    ports.add(snapshots)
    add_shares(ports, settings)


def add_plans(ports: Ports, settings: Settings, storage: Storage, wakes: WakeUps) -> None:
    """Add the ports that prepare, execute and read approval plans."""
    submitter: Submitter = ports.get(Submitter)
    free: FreeSteps = {**build_document_steps(ports.get(Documents))}
    watch: JobWatch = ports.get(JobWatch)
    reader = PlanReader(submitter, settings.public_url, watch.is_stopping)
    advancer = PlanAdvancer(
        submitter.database, submitter.ids, wakes, submitter.limits, ports.get(TakeRecorder)
    )
    ports.add(reader)
    ports.add(advancer)
    ports.add(PlanPreparer(submitter, free))
    ports.add(PlanExecutor(reader, advancer, storage, free))
    ports.add(PlanSweeps(submitter.database, storage, settings.job_input_days))


def list_plan_sweeps(ports: Ports) -> list[Sweep]:
    """List the sweeps of plans, takes and documents."""
    advancer: PlanAdvancer = ports.get(PlanAdvancer)
    sweeps: PlanSweeps = ports.get(PlanSweeps)
    takes: TakeRecorder = ports.get(TakeRecorder)
    return [
        *advancer.list_sweeps(),
        Sweep("takes", 1, takes.record_moved_plans, MOVED_RENDERS),
        *DocumentSweeps(takes.documents.database).list_sweeps(),
        *sweeps.list_sweeps(),
    ]


def list_payment_sweeps(ports: Ports) -> list[Sweep]:
    """List the sweeps of money: checkouts, top-ups, commissions, budgets, statements."""
    shop: Shop = ports.get(Shop)
    return [
        *checkout_sweeps.build_payment_sweeps(shop),
        *build_top_up_sweeps(ports.get(TopUps)),
        Sweep(
            "reconcile",
            nightly_reconciliation.NIGHTLY_SWEEP_SECONDS,
            partial(nightly_reconciliation.reconcile_nightly, shop),
        ),
        Sweep("commissions", 60, partial(approve_due_commissions, shop.database)),
        ports.get(BudgetAlerts).build_sweep(),
        MonthClosing(shop.database).build_sweep(),
        StatementMails(shop.database, ports.get(Mailer), ports.get(Site)).build_sweep(),
    ]
