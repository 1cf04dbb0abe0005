import pytest

from gateway.kit.database.sessions import ConnectionLost, Database, Session
from gateway.kit.errors import Unavailable
from workers.jobs import database_retry
from workers.jobs.database_retry import write_with_retries

pytestmark = pytest.mark.anyio


async def test_what_a_broken_connection_left_open_is_written_again_and_said_to_be(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_retry, "FIRST_WAIT_SECONDS", 0.001)
    broken: list[Exception] = [ConnectionLost(), Unavailable()]
    told = []

    async def act(_session: Session, again: bool) -> str:  # noqa: FBT001
        told.append(again)
        if broken:
            raise broken.pop()
        return "written"

    assert await write_with_retries(database, act) == "written"
    assert told == [False, True, True]


async def test_a_database_that_stays_away_is_told_of_in_the_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_retry, "PATIENCE_SECONDS", 0.0)

    async def act(_session: Session, _again: bool) -> None:  # noqa: FBT001
        raise ConnectionLost

    with pytest.raises(ConnectionLost):
        await write_with_retries(database, act)
