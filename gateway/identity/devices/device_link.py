"""Device links (RFC 8628): a device shows a code, a person approves it, the device gets its key.

`pending` → `approved` → `redeemed` once, or `pending` → `denied`; after ten minutes a link is over
in any state. The device polls with 256 random bits; the person types eight letters, which could be
guessed, so wrong ones are counted. Both codes are stored as hashes only.
"""

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Select, select

from gateway.identity.errors import (
    AccessDenied,
    AlreadyDecided,
    AuthorizationPending,
    ExpiredToken,
    LinkExpired,
    SlowDown,
)
from gateway.identity.keys import keys
from gateway.identity.keys.secrets import Peppers
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.identity.states import LinkState
from gateway.identity.tables import ApiKey, DeviceLink
from gateway.identity.wrong_guesses import (
    PURGE_GUESSES,
    GuessLimits,
    count_guess,
    uncount_guess,
)
from gateway.kit.clock import DAY, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import InvalidInput
from gateway.kit.ids import Ids

LINK_LIFETIME = 600 * SECOND
POLL_INTERVAL_SECONDS = 5  # the default of RFC 8628, and what `slow_down` adds
# A poll may be this much too soon: networks delay one more than the next.
POLL_TOLERANCE = SECOND // 2
USER_CODE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
USER_CODE_PATTERN = re.compile(f"[{USER_CODE_LETTERS}]{{8}}")
# Wrong codes that are allowed within an hour. That is enough: of 20^8 = 2.6e10 codes, with 1,000
# devices waiting, a guess hits one with 4e-8. An address opens at most 20 accounts an hour (the
# limit of codes by mail), so it has 160 guesses: one hit in 18 years. A hit lets the guesser do no
# more than pay for a stranger's device.
GUESS_LIMITS = GuessLimits(prefix="", per_account=10, per_network=100, crowded=3)
PURGE_STATEMENTS = (
    sql(f"DELETE FROM device_link WHERE expires_at < kt_now() - {DAY}"),  # noqa: S608 - constant
    PURGE_GUESSES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRequest:
    """The key that a device asks for: its name, book, scopes and limits; `ip` is the device's."""

    client_name: str
    book: str
    scopes: Sequence[str]
    policy: SpendPolicy
    ip: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDecision:
    """A person's answer to a link; None leaves what the device asked for.

    `holder_id` is the member of the account who answers; None: its owner.
    """

    approve: bool
    account_id: str
    holder_id: str | None = None
    label: str | None = None
    scopes: Sequence[str] | None = None
    policy: SpendPolicy | None = None
    expires_at: int | None = None


async def open_link(
    session: Session, ids: Ids, peppers: Peppers, request: LinkRequest
) -> tuple[DeviceLink, str, str]:
    """Open a link; return its row, its device code and its user code, which are kept nowhere."""
    now = await get_database_time(session)
    device_code, user_code = ids.bytes(32).hex(), create_user_code(ids)
    row = DeviceLink(
        id=ids.new("dvl"),
        device_hash=hash_device_code(device_code),
        user_hash=peppers.hash(_to_hash_input(user_code), peppers.newest),
        client_name=request.client_name,
        book=request.book,
        scopes=keys.join_scopes(request.scopes),
        policy_json=json.dumps(asdict(request.policy)),
        ip=request.ip,
        state=LinkState.PENDING,
        account_id=None,
        label=None,
        key_expires_at=None,
        interval_seconds=POLL_INTERVAL_SECONDS,
        polled_at=None,
        created_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    session.add(row)
    await session.flush()
    return row, device_code, user_code


async def find_by_user_code(
    session: Session, peppers: Peppers, user_code: str, account_id: str, client_ip: str
) -> DeviceLink | None:
    """Return the link of a user code under lock; None counts as a wrong code of the account.

    Raises:
        RateLimited: the account gave too many wrong codes within the hour.
    """
    await count_guess(session, GUESS_LIMITS, account_id, client_ip)
    link = (await session.scalars(_select_by_user_code(peppers, user_code))).first()
    if link is not None:
        await uncount_guess(session, GUESS_LIMITS, account_id, client_ip)
    return link


def decide(row: DeviceLink, decision: LinkDecision, now: int) -> None:
    """Approve or deny a pending link.

    Raises:
        AlreadyDecided: it is no longer pending.
        LinkExpired: its ten minutes are over.
        InvalidInput: the device did not ask for a scope, or the key's expiry cannot be.
    """
    if row.state != LinkState.PENDING:
        raise AlreadyDecided
    if row.expires_at <= now:
        raise LinkExpired
    row.state = LinkState.APPROVED if decision.approve else LinkState.DENIED
    if not decision.approve:
        return
    requested = row.scopes.split()
    scopes = requested if decision.scopes is None else decision.scopes
    if not set(scopes) <= set(requested):
        raise InvalidInput("Grant only scopes that the device requested.", field="scopes")
    keys.check_expiry(decision.expires_at, now)
    row.account_id, row.person_id = decision.account_id, decision.holder_id
    row.scopes = keys.join_scopes(scopes)
    row.label = decision.label or row.client_name
    row.key_expires_at = decision.expires_at
    if decision.policy is not None:
        row.policy_json = json.dumps(asdict(decision.policy))


async def poll(
    session: Session, ids: Ids, peppers: Peppers, device_code: str
) -> tuple[ApiKey, str] | AuthorizationPending | SlowDown | AccessDenied | ExpiredToken:
    """Create the key of an approved link, once; else return the refusal for the device.

    A refusal is returned, not raised: the time of the poll and the longer interval must commit.

    Raises:
        KeyLimitReached, InvalidInput: the key cannot be made; the link stays approved.
    """
    is_this_device = DeviceLink.device_hash == hash_device_code(device_code)
    account_id = await session.scalar(select(DeviceLink.account_id).where(is_this_device))
    if account_id is not None:  # a removal locks the account before the member's links
        await keys.lock_account(session, account_id)
    # Under lock: of two polls at once one gets the key, the other finds the link redeemed.
    query = select(DeviceLink).where(is_this_device).with_for_update()
    row = (await session.scalars(query)).first()
    now = await get_database_time(session)
    if row is None or row.state == LinkState.REDEEMED or row.expires_at <= now:
        return ExpiredToken()
    if row.state == LinkState.DENIED:
        return AccessDenied()
    if row.state == LinkState.PENDING or row.account_id != account_id:  # approved a moment ago
        return _refuse_poll(row, now)
    row.state = LinkState.REDEEMED
    new_key = keys.NewKey(
        row.account_id or "",
        row.book,
        row.label or row.client_name,
        row.scopes.split(),
        f"device:{row.id}",
        parse_policy(row),
        row.key_expires_at,
        row.person_id,
    )
    return await keys.create(session, ids, peppers, new_key)


def _refuse_poll(row: DeviceLink, now: int) -> AuthorizationPending | SlowDown:
    """Note the poll of a pending link; too early a one makes the interval longer, for good."""
    last, row.polled_at = row.polled_at, now
    if last is not None and now < last + row.interval_seconds * SECOND - POLL_TOLERANCE:
        row.interval_seconds += POLL_INTERVAL_SECONDS
        return SlowDown(interval=row.interval_seconds)
    return AuthorizationPending(interval=row.interval_seconds)


async def purge_links(database: Database) -> None:
    """Delete links a day after their expiry, and counters of wrong codes after their hour."""
    async with database.write() as session:
        for statement in PURGE_STATEMENTS:
            await session.change(statement)


def state_at(row: DeviceLink, now: int) -> LinkState:
    """Return the state as people see it: `expired` once its time is over without a key."""
    return (
        LinkState.EXPIRED
        if row.state != LinkState.REDEEMED and row.expires_at <= now
        else row.state
    )


def parse_policy(row: DeviceLink) -> SpendPolicy:
    """Return the limits of the key that a link will get."""
    return SpendPolicy(**json.loads(row.policy_json))


def create_user_code(ids: Ids) -> str:
    """Return eight random consonants: without vowels no word can come about."""
    number, letters = int.from_bytes(ids.bytes(16), "big"), ""
    for _ in range(8):
        number, digit = divmod(number, len(USER_CODE_LETTERS))
        letters += USER_CODE_LETTERS[digit]
    return letters


def format_user_code(user_code: str) -> str:
    """Return a user code for display: XXXX-XXXX."""
    code = normalize_user_code(user_code)
    return f"{code[:4]}-{code[4:]}"


def normalize_user_code(user_code: str) -> str:
    """Return a typed user code in upper case, without spaces and hyphens."""
    return re.sub(r"[\s-]", "", user_code).upper()


def hash_device_code(device_code: str) -> bytes:
    """Return the hash that is stored of a device code; a fast one, for the code is random."""
    return hashlib.sha256(device_code.encode()).digest()


def _select_by_user_code(peppers: Peppers, user_code: str) -> Select[DeviceLink]:
    """Select the newest link of a user code, under lock; the pepper may have changed since."""
    code = normalize_user_code(user_code)
    hashes = [peppers.hash(_to_hash_input(code), pepper) for pepper in peppers.by_id]
    return (
        select(DeviceLink)
        .where(DeviceLink.user_hash.in_(hashes if USER_CODE_PATTERN.fullmatch(code) else []))
        .order_by(DeviceLink.id.desc())
        .limit(1)
        .with_for_update()
    )


def _to_hash_input(user_code: str) -> str:
    """Return the text that is hashed, so that no other secret has the same hash."""
    return f"device link:{user_code}"
