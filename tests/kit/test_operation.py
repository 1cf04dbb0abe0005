import pytest
from pydantic import BaseModel

from gateway.kit.database.sessions import Database, Session
from gateway.kit.operation import Call, Ports, operation, operation_from_handler, perform_call

pytestmark = pytest.mark.anyio


class EchoBody(BaseModel):
    connections: list[int]


async def test_what_takes_long_to_read_is_read_before_the_transaction(database: Database) -> None:
    @operation(
        "POST",
        "/read",
        tag="t",
        response=EchoBody,
        public=True,
        prepare=lambda _: database.connections_in_use,
    )
    async def read(body: EchoBody, prepared: int, session: Session) -> EchoBody:
        await session.connection()
        return EchoBody(connections=[*body.connections, prepared, database.connections_in_use])

    ports = Ports(database)
    wanted = operation_from_handler(read)
    call = Call(request_id="rid_1", method="POST", path="/read")
    answer = await perform_call(
        wanted, call, body=EchoBody(connections=[]), query=None, ports=ports
    )
    assert answer.body == b'{"connections":[0,1]}'
