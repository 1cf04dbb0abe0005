"""Trouble for the pages of operators: rows of every kind that they show."""

from sqlalchemy import update

from gateway import operator
from gateway.identity.accounts import operators
from gateway.identity.tables import BrowserSession
from gateway.kit.clock import DAY, HOUR, MINUTE, SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.ids import Ids
from gateway.ledger.accounts.freezes import freeze_account
from gateway.ledger.accounts.owners import get_account_number
from gateway.mail.tables import GivenUpMailRow, OutboxMailRow
from gateway.media.states import DeliveryState
from gateway.media.tables import Node, WebhookDelivery
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout, Reconciliation, WebhookEvent
from tests.gateway import Client, Gateway, picture_input

NAME = '<img src=x onerror="alert(1)">'
LONG = "a" * 40


def appoint_operator(site: Gateway, account_id: str) -> None:
    """Give an account the operator flag."""

    async def work() -> None:
        settings = operator.load_settings(site.data_dir)
        async with operator.open_database(settings) as database, database.write() as session:
            await operators.grant_operator_access(session, account_id)

    site.run_as_operator(work)


def age_sign_ins(site: Gateway, account_id: str) -> None:
    """Make the sign-ins of an account eleven minutes older, so no longer fresh."""
    older = {"created_at": BrowserSession.created_at - 11 * MINUTE}

    async def work() -> None:
        settings = operator.load_settings(site.data_dir)
        async with operator.open_database(settings) as database, database.write() as session:
            of = BrowserSession.account_id == account_id
            await session.execute(update(BrowserSession).where(of).values(older))

    site.run_as_operator(work)


def fill_with_trouble(site: Gateway, client: Client) -> tuple[str, str]:
    """Give an account every kind of trouble; return a job that succeeded and one that failed."""
    made = client.run_job("image.generate", picture_input(NAME))["id"]
    failed = client.run_job("image.generate", picture_input("[sandbox:fail]"))["id"]
    client.http.post("/api/v1/keys", json={"label": NAME})

    async def work() -> None:
        settings = operator.load_settings(site.data_dir)
        async with operator.open_database(settings) as database, database.write() as session:
            await insert_troubles(session, client.account_id, (made, failed), database.clock.now())

    site.run_as_operator(work)
    return made, failed


async def insert_troubles(
    session: Session, account_id: str, jobs: tuple[str, str], now: int
) -> None:
    """Insert the rows of failures."""
    ids, number = Ids(), await get_account_number(session, account_id, "test")
    await freeze_account(session, account=number, reason="dispute", reference="du_1")
    session.add(
        OutboxMailRow(
            id=ids.new("mail"), sealed="x", tries=3, created_at=now - HOUR,
            due_at=now + HOUR, until_at=now + DAY,
        )
    )  # fmt: skip
    session.add(
        GivenUpMailRow(
            id=ids.new("mail"), sealed="x", tries=9, reason="late", created_at=now - 3 * DAY,
            ended_at=now,
        )
    )  # fmt: skip
    for job, state in zip(jobs, (DeliveryState.FAILED, DeliveryState.STOPPED), strict=True):
        session.add(
            WebhookDelivery(
                id=ids.new("whd"), job_id=job, account_id=number, type="job.completed",
                url=f"https://{LONG}.example.com/hooks", state=state, fence=8, retries=8,
                tries_json='[{"error": "timeout", "httpStatus": null}]', next_try_at=None,
                created_at=now - DAY,
            )
        )  # fmt: skip
    session.add(
        Checkout(
            id=ids.new("chk"), account_id=account_id, ledger_account=number, book="test",
            provider="stripe", state=CheckoutState.REVIEW, package_code="studio_2500",
            package_name="Studio",
            price_microusd=25_000_000, credit_microusd=25_000_000, bonus_microusd=1_000_000,
            email=None, return_path="/credits/return", idempotency_key=None, request_hash=b"",
            provider_reference=f"cs_test_{LONG}{LONG}", url=None,
            review_reason="$24.00 of $25.00 was paid", created_at=now, expires_at=now + DAY,
        )
    )  # fmt: skip
    session.add(
        WebhookEvent(
            provider="stripe", event_id=f"evt_{LONG}", book="test",
            type="charge.dispute.funds_reinstated", body_sha256=b"", outcome="ignored",
            purchase_id=None, received_at=now,
        )
    )  # fmt: skip
    for back, differences in enumerate((None, 0, 2)):
        day = now // DAY - back
        session.add(
            Reconciliation(provider="stripe", book="test", day=day, differences=differences)
        )
    session.add(
        Node(
            name="gpu-1", url="http://127.0.0.1:9", max_inflight=1, max_pixel_frames=None,
            labels=NAME, last_seen_at=now - 9 * SECOND, silent_since=now, failures=4,
            able_json='{"video.generate": {"family": "ltx", "lacks": ["ltx-2.3.safetensors"]}}',
        )
    )  # fmt: skip
