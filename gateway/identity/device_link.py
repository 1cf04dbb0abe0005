"""Linking a device (RFC 8628): it shows a code, a person approves it, it fetches its key.

`pending` → `approved` → `redeemed` once, `pending` → `denied`; after ten minutes all is over. Codes
are stored as hashes. An account that types codes that do not exist is stopped after ten.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Select, select

from gateway.identity import keys
from gateway.identity.errors import (
    AccessDenied,
    AlreadyDecided,
    AuthorizationPending,
    ExpiredToken,
    LinkExpired,
    SlowDown,
)
from gateway.identity.secrets import Peppers
from gateway.identity.spending import SpendPolicy
from gateway.identity.states import LinkState
from gateway.identity.tables import ApiKey, DeviceLink
from gateway.kit.clock import DAY, HOUR, SECOND
from gateway.kit.database import Database, Session
from gateway.kit.errors import InvalidInput, RateLimited
from gateway.kit.ids import Ids
from gateway.kit.rate_limit import network_of
from gateway.kit.sql import sql

LIFE = 600 * SECOND
INTERVAL_SECONDS = 5
EARLY = SECOND // 2  # a poll may be this much too soon
LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
CODE = re.compile(f"[{LETTERS}]{{8}}")
# Wrong codes within an hour: of one account, of one address, and of one account at an address with
# more than that. Only own wrong codes refuse anybody, so nobody closes linking for others. It is
# enough: there are 20^8 = 2.6e10 codes, so where 1,000 devices wait at once a guess finds one with
# 4e-8. An address opens at most 20 accounts an hour (the codes by mail), which makes 160 guesses:
# one hit in 18 years. And that lets the guesser no more than pay for a stranger's device.
MOST_WRONG, MOST_WRONG_OF_ADDRESS, FEW_WRONG = 10, 100, 3

GUESS = sql(
    """
    INSERT INTO device_guess (subject, hour, wrong)
    SELECT given.subject, kt_now() / 3600000000, 1 FROM {rows} WHERE true
    ON CONFLICT (subject, hour) DO UPDATE SET wrong = device_guess.wrong + 1
    """,
    subject="text",
)
WRONG = sql(
    """
    SELECT g.wrong, (g.hour + 1) * 3600000000 - kt_now() FROM {rows} JOIN device_guess AS g
      ON g.subject = given.subject AND g.hour = kt_now() / 3600000000
    """,
    subject="text",
)
RIGHT = sql(
    """
    UPDATE device_guess SET wrong = wrong - 1
    WHERE hour = kt_now() / 3600000000 AND subject IN (SELECT given.subject FROM {rows})
    """,
    subject="text",
)
PURGE = (
    sql(f"DELETE FROM device_link WHERE expires_at < kt_now() - {DAY}"),  # noqa: S608 - constant
    sql(f"DELETE FROM device_guess WHERE hour < kt_now() / {HOUR} - 1"),  # noqa: S608 - constant
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a device asks for, and from where."""

    client_name: str
    book: str
    scopes: Sequence[str]
    policy: SpendPolicy
    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person said; None leaves what the device asked for."""

    approve: bool
    account_id: str
    label: str | None = None
    scopes: Sequence[str] | None = None
    policy: SpendPolicy | None = None
    expires_at: int | None = None


async def start(
    session: Session, ids: Ids, peppers: Peppers, asked: Asked
) -> tuple[DeviceLink, str, str]:
    """Open a link; return its row, and this one time its device code and user code."""
    now = await keys.database_time(session)
    device_code, user_code = ids.bytes(32).hex(), new_user_code(ids)
    row = DeviceLink(
        id=ids.new("dvl"),
        device_hash=device_hash(device_code),
        user_hash=peppers.hash(_named(user_code), peppers.newest),
        client_name=asked.client_name,
        book=asked.book,
        scopes=keys.in_order(asked.scopes),
        policy_json=json.dumps(asdict(asked.policy)),
        ip=asked.ip,
        state=LinkState.PENDING,
        account_id=None,
        label=None,
        key_expires_at=None,
        interval_seconds=INTERVAL_SECONDS,
        polled_at=None,
        created_at=now,
        expires_at=now + LIFE,
    )
    session.add(row)
    await session.flush()
    return row, device_code, user_code


async def find(
    session: Session, peppers: Peppers, user_code: str, account_id: str, client_ip: str
) -> DeviceLink | None:
    """Return the link of a user code, locked; None counts as a wrong code of the account.

    Raises:
        RateLimited: the account gave too many wrong codes within the hour.
    """
    subjects = [(account_id,), (network_of(client_ip),)]
    await session.write((GUESS, subjects))  # counted beforehand: guesses at once do not slip by
    (own, left), (of_address, _) = [(await session.read(WRONG, [each]))[0] for each in subjects]
    if own > (MOST_WRONG if of_address <= MOST_WRONG_OF_ADDRESS else FEW_WRONG):
        raise RateLimited("Too many wrong codes.", retry_after_seconds=-(-left // SECOND))
    found = (await session.scalars(_by_code(peppers, user_code))).first()
    if found is not None:
        await session.write((RIGHT, subjects))
    return found


def decide(row: DeviceLink, decision: Decision, now: int) -> None:
    """Approve or deny a pending link.

    Raises:
        AlreadyDecided: somebody did.
        LinkExpired: its time is over.
        InvalidInput: scopes that were not asked for, or a moment that cannot be.
    """
    if row.state != LinkState.PENDING:
        raise AlreadyDecided
    if row.expires_at <= now:
        raise LinkExpired
    row.state = LinkState.APPROVED if decision.approve else LinkState.DENIED
    if not decision.approve:
        return
    asked = row.scopes.split()
    scopes = asked if decision.scopes is None else decision.scopes
    if not set(scopes) <= set(asked):
        raise InvalidInput("Grant only scopes that the device requested.", field="scopes")
    keys.check_expiry(decision.expires_at, now)
    row.account_id = decision.account_id
    row.scopes = keys.in_order(scopes)
    row.label = decision.label or row.client_name
    row.key_expires_at = decision.expires_at
    if decision.policy is not None:
        row.policy_json = json.dumps(asdict(decision.policy))


async def poll(
    session: Session, ids: Ids, peppers: Peppers, device_code: str
) -> tuple[ApiKey, str] | AuthorizationPending | SlowDown | AccessDenied | ExpiredToken:
    """Return the key of an approved link once; else the refusal, whose effects are to be kept.

    Raises:
        KeyLimitReached, InvalidInput: the key cannot be made; the link stays approved.
    """
    wanted = select(DeviceLink).where(DeviceLink.device_hash == device_hash(device_code))
    row = (await session.scalars(wanted.with_for_update())).first()
    now = await keys.database_time(session)
    if row is None or row.state == LinkState.REDEEMED or row.expires_at <= now:
        return ExpiredToken()
    if row.state == LinkState.DENIED:
        return AccessDenied()
    if row.state == LinkState.PENDING:
        return _not_yet(row, now)
    row.state = LinkState.REDEEMED
    wanted_key = keys.NewKey(
        row.account_id or "",
        row.book,
        row.label or row.client_name,
        row.scopes.split(),
        f"device:{row.id}",
        policy_of(row),
        row.key_expires_at,
    )
    return await keys.create(session, ids, peppers, wanted_key)


def _not_yet(row: DeviceLink, now: int) -> AuthorizationPending | SlowDown:
    last, row.polled_at = row.polled_at, now
    if last is not None and now < last + row.interval_seconds * SECOND - EARLY:
        row.interval_seconds += INTERVAL_SECONDS
        return SlowDown(interval=row.interval_seconds)
    return AuthorizationPending(interval=row.interval_seconds)


async def purge(database: Database) -> None:
    """Forget links a day after their end, and counters after their hour."""
    async with database.write() as session:
        for statement in PURGE:
            await session.change(statement)


def state_at(row: DeviceLink, now: int) -> LinkState:
    """Return the state as people see it; what nobody decided in time is expired."""
    return (
        LinkState.EXPIRED
        if row.state != LinkState.REDEEMED and row.expires_at <= now
        else row.state
    )


def policy_of(row: DeviceLink) -> SpendPolicy:
    """Return the limits that the key of a link is to have."""
    return SpendPolicy(**json.loads(row.policy_json))


def new_user_code(ids: Ids) -> str:
    """Return eight letters without vowels, so that they are no word."""
    number, letters = int.from_bytes(ids.bytes(16), "big"), ""
    for _ in range(8):
        number, digit = divmod(number, len(LETTERS))
        letters += LETTERS[digit]
    return letters


def shown_code(user_code: str) -> str:
    """Return a user code as people read it: XXXX-XXXX."""
    code = plain_code(user_code)
    return f"{code[:4]}-{code[4:]}"


def plain_code(user_code: str) -> str:
    """Return a user code without what people put between its letters."""
    return re.sub(r"[\s-]", "", user_code).upper()


def device_hash(device_code: str) -> bytes:
    """Return what is stored of a device code; no slow hash, because it is random."""
    return hashlib.sha256(device_code.encode()).digest()


def _by_code(peppers: Peppers, user_code: str) -> Select[DeviceLink]:
    code = plain_code(user_code)
    hashes = [peppers.hash(_named(code), pepper) for pepper in peppers.by_id]
    return (
        select(DeviceLink)
        .where(DeviceLink.user_hash.in_(hashes if CODE.fullmatch(code) else []))
        .order_by(DeviceLink.id.desc())
        .limit(1)
        .with_for_update()
    )


def _named(user_code: str) -> str:
    return f"device link:{user_code}"
