"""Mails on their way: list, hurry."""

from pathlib import Path
from typing import Any

from gateway.kit.clock import iso
from gateway.kit.database import Session
from gateway.mail import outbox
from gateway.operator.acting import Deed, Order, act
from gateway.operator.opening import opened, settings_for


async def listed(data_dir: Path | None) -> list[dict[str, Any]]:
    """Return the mails that were not sent yet, never what they say."""
    async with opened(settings_for(data_dir)) as database, database.read() as snapshot:
        return [
            {
                "id": each.id,
                "tries": each.tries,
                "createdAt": iso(each.created_at),
                "dueAt": iso(each.due_at),
                "givenUpAt": iso(each.until_at),
            }
            for each in await outbox.waiting(snapshot)
        ]


async def replay(order: Order, mail_id: str) -> dict[str, Any]:
    """Let a mail be tried again at once; a gateway sends it within seconds.

    Raises:
        LookupError: no such mail waits.
    """

    async def work(session: Session) -> Deed:
        return Deed(target=mail_id, changed=await outbox.hurry(session, mail_id))

    return await act(order, "mail.replay", work)
