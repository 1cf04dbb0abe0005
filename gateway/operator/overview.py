"""The overview of a gateway for its operators, on one page."""

from typing import TypedDict

from gateway.kit import audit_log
from gateway.kit.clock import SECOND
from gateway.kit.money import render_usd
from gateway.ledger.reports import gauges as ledger
from gateway.mail import given_up_mails, outbox
from gateway.media.nodes import node_pool
from gateway.media.oversight import gauges as media
from gateway.media.oversight import operator_lists
from gateway.media.states import NodeState
from gateway.operator.backups.backup import find_last_backup
from gateway.operator.database_checks import ChainHead, render_audit_head
from gateway.operator.gateway_location import GatewayLocation, open_database_at
from gateway.operator.nodes import to_node_state
from gateway.payments import payment_survey as payments
from gateway.payments.codes import credit_codes


class QueueDepth(TypedDict):
    """The jobs that wait in a queue, and the age of the oldest."""

    jobs: int
    oldestSeconds: int


class HeldAmount(TypedDict):
    """The amount that open jobs hold in a book."""

    heldUsd: str
    heldMicrousd: int


class OpenCodes(TypedDict):
    """The open credit codes of a book, the credit they may still give, and what waits.

    What waits was redeemed, and is credited with a first purchase.
    """

    codes: int
    unredeemedUsd: str
    unredeemedMicrousd: int
    waitingUsd: str
    waitingMicrousd: int


class Overview(TypedDict):
    """Waiting work, held money, codes, what was given up, nodes, and the head of the audit log."""

    jobs: dict[str, int]
    queues: dict[str, QueueDepth]
    held: dict[str, HeldAmount]
    openCodes: dict[str, OpenCodes]
    nodes: dict[str, NodeState]
    mailsWaiting: int
    mailsGivenUp: int
    deliveriesGivenUp: int
    paymentsInReview: int
    lastBackupAt: str | None
    auditHead: ChainHead


async def get_overview(where: GatewayLocation) -> Overview:
    """Return the overview: waiting work, held money, nodes, and work that was given up."""
    async with open_database_at(where) as database, database.read() as snapshot:
        jobs = await media.count_jobs(snapshot)
        return {
            "jobs": jobs,
            "queues": {
                queue: {"jobs": depth, "oldestSeconds": oldest // SECOND}
                for queue, (depth, oldest) in (await media.load_queue_depths(snapshot)).items()
            },
            "held": {
                book: {"heldUsd": render_usd(amount), "heldMicrousd": amount}
                for book, amount in (await ledger.load_held_amounts(snapshot)).items()
            },
            "openCodes": {
                book: render_open_codes(*numbers)
                for book, numbers in (await credit_codes.survey_open_codes(snapshot)).items()
            },
            "nodes": {
                node.name: to_node_state(node) for node in await node_pool.list_nodes(snapshot)
            },
            "mailsWaiting": await outbox.count_waiting(snapshot),
            "mailsGivenUp": len(await given_up_mails.list_newest(snapshot)),
            "deliveriesGivenUp": await operator_lists.count_given_up(snapshot),
            "paymentsInReview": await payments.count_checkouts_in_review(snapshot),
            "lastBackupAt": await find_last_backup(snapshot),
            "auditHead": render_audit_head(await audit_log.get_head(snapshot)),
        }


def render_open_codes(number: int, unredeemed_microusd: int, waiting_microusd: int) -> OpenCodes:
    """Render the open credit codes of a book."""
    return {
        "codes": number,
        "unredeemedUsd": render_usd(unredeemed_microusd),
        "unredeemedMicrousd": unredeemed_microusd,
        "waitingUsd": render_usd(waiting_microusd),
        "waitingMicrousd": waiting_microusd,
    }
