"""Acts on webhook deliveries of any account: list them, send one again."""

from gateway.kit.database import Session
from gateway.media import tending
from gateway.media.states import DeliveryState
from gateway.operator.acting import Deed, DeedFields, Order, act
from gateway.operator.opening import Where, database_at


async def listed(where: Where, status: str | None) -> list[tending.ListedDelivery]:
    """List the newest deliveries, of one status or of all."""
    async with database_at(where) as database, database.read() as snapshot:
        return await tending.deliveries(snapshot, status)


async def redeliver(order: Order, delivery_id: str) -> DeedFields:
    """Send a delivery again, under its own id; its retries start over.

    Raises:
        NotFound: there is no such delivery.
    """

    async def work(session: Session) -> Deed:
        changed = await tending.redeliver(session, delivery_id)
        return Deed(target=delivery_id, changed=changed, after={"status": DeliveryState.PENDING})

    return await act(order, "delivery.redeliver", work)
