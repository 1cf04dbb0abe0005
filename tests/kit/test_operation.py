import pytest
from pydantic import BaseModel

from gateway.kit.database import Database, Session
from gateway.kit.operation import Call, Ports, declared, operation, perform

pytestmark = pytest.mark.anyio


class Told(BaseModel):
    connections: list[int]


async def test_what_takes_long_to_read_is_read_before_the_transaction(database: Database) -> None:
    @operation(
        "POST", "/read", tag="t", response=Told, public=True, reads=lambda _: database.in_use
    )
    async def read(body: Told, found: int, session: Session) -> Told:
        await session.connection()
        return Told(connections=[*body.connections, found, database.in_use])

    ports = Ports(database)
    wanted = declared(read)
    call = Call(request_id="rid_1", method="POST", path="/read")
    answer = await perform(wanted, call, body=Told(connections=[]), query=None, ports=ports)
    assert answer.body == b'{"connections":[0,1]}'
