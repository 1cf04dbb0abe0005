"""Acts on webhook deliveries of any account: list them, send one again."""

from gateway.kit.database.sessions import Session
from gateway.media.oversight import operator_jobs
from gateway.media.states import DeliveryState
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import GatewayLocation, open_database_at


async def list_webhook_deliveries(
    where: GatewayLocation, status: str | None
) -> list[operator_jobs.ListedDelivery]:
    """List the newest deliveries, of one status or of all."""
    async with open_database_at(where) as database, database.read() as snapshot:
        return await operator_jobs.list_webhook_deliveries(snapshot, status)


async def resend_delivery(order: OperatorOrder, delivery_id: str) -> OutcomeFields:
    """Send a delivery again, under its own id; its retries start over.

    Raises:
        NotFound: there is no such delivery.
    """

    async def work(session: Session) -> ActOutcome:
        changed = await operator_jobs.requeue_delivery(session, delivery_id)
        return ActOutcome(
            target=delivery_id, changed=changed, after={"status": DeliveryState.PENDING}
        )

    return await perform_act(order, "delivery.redeliver", work)
