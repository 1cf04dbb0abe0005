"""Acts on mails that wait or were given up: list them, try one again."""

from typing import TypedDict

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.mail import given_up_mails, outbox
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at

ALREADY_DUE = "it is due and waits for a gateway to send it"


class WaitingMail(TypedDict):
    """A mail that was not sent yet, without its text."""

    id: str
    tries: int
    createdAt: str
    dueAt: str
    givenUpAt: str


class GivenUpMail(TypedDict):
    """A mail that is no longer tried, and why."""

    id: str
    tries: int
    reason: str
    createdAt: str
    endedAt: str


async def list_waiting_mails(where: GatewayLocation) -> list[WaitingMail]:
    """List the 100 oldest mails that were not sent yet, without their texts."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "id": each.id,
                "tries": each.tries,
                "createdAt": to_iso(each.created_at),
                "dueAt": to_iso(each.due_at),
                "givenUpAt": to_iso(each.until_at),
            }
            for each in await outbox.list_waiting(snapshot)
        ]


async def list_given_up_mails(where: GatewayLocation) -> list[GivenUpMail]:
    """List the mails that are no longer tried, without their texts."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return [
            {
                "id": each.id,
                "tries": each.tries,
                "reason": each.reason,
                "createdAt": to_iso(each.created_at),
                "endedAt": to_iso(each.ended_at),
            }
            for each in await given_up_mails.list_newest(snapshot)
        ]


async def retry_mail(order: OperatorOrder, mail_id: str) -> OutcomeFields:
    """Try a mail again at once, also one that was given up; a gateway sends it within seconds.

    Raises:
        LookupError: no such mail waits or was given up.
    """

    async def work(session: Session) -> ActOutcome:
        if await given_up_mails.requeue_mail(session, mail_id):
            return ActOutcome(target=mail_id, after={"tries": 0})
        is_later = await outbox.retry_waiting_mail(session, mail_id)
        return ActOutcome(target=mail_id, changed=is_later, because=ALREADY_DUE)

    return await perform_act(order, "mail.replay", work)
