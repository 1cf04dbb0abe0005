"""A device link over time, on both databases."""

import pytest
from sqlalchemy import text

from gateway.identity.devices import device_link
from gateway.identity.devices.device_link import LinkDecision, LinkRequest
from gateway.identity.errors import (
    AccessDenied,
    AlreadyDecided,
    AuthorizationPending,
    ExpiredToken,
    LinkExpired,
    PollRefused,
    SlowDown,
)
from gateway.identity.keys import keys
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import RateLimited
from gateway.kit.ids import Ids
from tests.databases import MovedClock

pytestmark = pytest.mark.anyio
PEPPERS = Peppers({"new": b"n" * 32, "old": b"o" * 32})
CLIENT_IP = "192.0.2.7"
LINK_REQUEST = LinkRequest(
    client_name="laptop",
    book="test",
    scopes=["media", "studio"],
    policy=SpendPolicy(daily_limit=5),
    ip="192.0.2.7",
)


class DeviceLinking:
    """One device and the person it belongs to."""

    def __init__(self, database: Database, ids: Ids) -> None:
        self.database = database
        self.ids = ids
        self.account = ""
        self.codes = ("", "")

    async def start(self, peppers: Peppers = PEPPERS) -> "DeviceLinking":
        """Open an account, and a link for the device."""
        async with self.database.write() as session:
            self.account = await keys.create_account(session, self.ids, "ada")
            _, *codes = await device_link.open_link(session, self.ids, peppers, LINK_REQUEST)
        self.codes = (codes[0], codes[1])
        return self

    async def poll(self) -> str | PollRefused:
        """Poll; return the key or the refusal."""
        async with self.database.write() as session:
            outcome = await device_link.poll(session, self.ids, PEPPERS, self.codes[0])
        return outcome if isinstance(outcome, PollRefused) else outcome[1]

    async def decide(self, *, approve: bool = True, **fields: object) -> None:
        """Approve or deny as the person; `fields` are those of the decision."""
        async with self.database.write() as session:
            row = await device_link.find_by_user_code(
                session, PEPPERS, self.codes[1], "acct_1", CLIENT_IP
            )
            assert row is not None
            now = await get_database_time(session)
            decision = LinkDecision(approve=approve, account_id=self.account, **fields)  # type: ignore[arg-type]
            device_link.decide(row, decision, now)

    async def guess(self, code: str, account_id: str, client_ip: str = CLIENT_IP) -> bool:
        """Type a code as some account; return True if a link has it."""
        async with self.database.write() as session:
            link = await device_link.find_by_user_code(
                session, PEPPERS, code, account_id, client_ip
            )
        return link is not None


@pytest.fixture
async def linking(database: Database, ids: Ids) -> DeviceLinking:
    return await DeviceLinking(database, ids).start()


async def test_a_device_that_asks_too_often_has_to_wait_longer_each_time(
    linking: DeviceLinking, database: Database, clock: MovedClock
) -> None:
    assert isinstance(await linking.poll(), AuthorizationPending)
    for interval in (10, 15):
        told = await linking.poll()
        assert isinstance(told, SlowDown)
        assert told.members == {"error": "slow_down", "interval": interval}
    await clock.advance(database, 10 * SECOND)
    assert isinstance(await linking.poll(), SlowDown)
    await clock.advance(database, 20 * SECOND)
    assert isinstance(await linking.poll(), AuthorizationPending)


async def test_an_approved_device_gets_its_key_once(
    linking: DeviceLinking, database: Database
) -> None:
    await linking.decide(scopes=["media"], label="at home")
    key = await linking.poll()
    assert isinstance(key, str)
    assert isinstance(await linking.poll(), ExpiredToken)
    with pytest.raises(AlreadyDecided):
        await linking.decide()
    async with database.read() as snapshot:
        (row,) = await snapshot.execute(text("SELECT label, scopes, minted_by FROM api_key"))
        dump = str((await snapshot.execute(text("SELECT * FROM device_link"))).all())
    assert (row.label, row.scopes, row.minted_by[:11]) == ("at home", "media", "device:dvl_")
    assert not [secret for secret in (key, *linking.codes) if secret in dump]


async def test_a_denied_device_is_told_so(linking: DeviceLinking) -> None:
    await linking.decide(approve=False)
    assert isinstance(await linking.poll(), AccessDenied)
    with pytest.raises(AlreadyDecided):
        await linking.decide()


async def test_after_ten_minutes_all_is_over(
    linking: DeviceLinking, database: Database, clock: MovedClock
) -> None:
    other = await DeviceLinking(database, linking.ids).start()
    await other.decide()
    await clock.advance(database, 600 * SECOND)
    with pytest.raises(LinkExpired):
        await linking.decide()
    for each in (linking, other):
        assert isinstance(await each.poll(), ExpiredToken)
    await clock.advance(database, 25 * HOUR)
    await device_link.purge_links(database)
    async with database.read() as snapshot:
        rows = await snapshot.execute(text("SELECT * FROM device_link"))
        assert rows.all() == []


async def test_ten_wrong_codes_stop_an_account_for_the_hour(
    linking: DeviceLinking, database: Database, clock: MovedClock
) -> None:
    code = linking.codes[1]
    wrong = code.replace(code[0], "Z" if code[0] != "Z" else "X")
    assert await linking.guess(f" {code[:4].lower()}-{code[4:]} ", "acct_1")
    for guess in [wrong] * 9 + ["no code at all"]:
        assert await linking.guess(code, "acct_1")  # the right one costs nothing
        assert not await linking.guess(guess, "acct_1")
    with pytest.raises(RateLimited) as refused:
        await linking.guess(code, "acct_1")
    assert 0 < refused.value.members["retryAfterSeconds"] <= 3600
    assert await linking.guess(code, "acct_2")
    await clock.advance(database, HOUR)
    assert not await linking.guess(wrong, "acct_1")


@pytest.mark.promise("identity: device-link")
async def test_wrong_codes_of_others_refuse_no_right_one(linking: DeviceLinking) -> None:
    code = linking.codes[1]
    for number in range(101):
        assert not await linking.guess("BBBBBBBB", f"acct_{number}")
    assert await linking.guess(code, "acct_new")
    for _ in range(3):
        assert not await linking.guess("BBBBBBBB", "acct_new")
    with pytest.raises(RateLimited):
        await linking.guess(code, "acct_new")
    assert await linking.guess(code, "acct_new", "192.0.2.8")
    assert await linking.guess(code, "acct_newer")


async def test_a_code_made_under_an_old_pepper_is_still_found(database: Database, ids: Ids) -> None:
    linking = await DeviceLinking(database, ids).start(Peppers({"old": b"o" * 32}))
    await linking.decide()
    assert isinstance(await linking.poll(), str)
