"""Sign-in codes by mail: six digits, ten minutes, five tries, one use; a newer one ends the older.

The problem: a code is short, and anyone can ask for one at any address. So both the mails and the
guesses are limited, counted in SQL under row locks (`code_turn`), so that the limits hold over all
processes. A stranger on another network must not lock the owner out: codes end only the older ones
of the same network, and once an address had its five of the hour, a network that had fewer than two
of them still gets one, up to ten. With five tries each that is at worst 50 guesses in a million an
hour.
"""

import hmac
from dataclasses import dataclass

from gateway.identity.errors import CodeExpired, CodeInvalid
from gateway.identity.keys.secrets import Peppers
from gateway.kit.clock import HOUR, MINUTE, SECOND
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import sql
from gateway.kit.errors import Problem, RateLimited
from gateway.kit.http.rate_limit import to_network
from gateway.kit.ids import Ids
from gateway.mail.letters import build_letter
from gateway.mail.outbox import Mailer

CODE_LIFETIME, RESEND_INTERVAL = 10 * MINUTE, MINUTE
MAX_TRIES = 5
RETENTION = 24 * HOUR
INTRODUCTIONS = {
    "sign_in": "Your code to sign in to Killa Tamata:",
    "link": "Your code to add this address to a Killa Tamata account:",
}

TAKE_TURN = sql(
    """
    INSERT INTO code_turn (subject, taken_at) SELECT given.subject, kt_now() FROM {rows} WHERE true
    ON CONFLICT (subject) DO UPDATE SET taken_at = kt_now()
    """,
    subject="text",
)
SELECT_SEND_TIMES = sql(
    """
    SELECT kt_now(),
        (SELECT max(created_at) FROM email_challenge
         WHERE email = given.email AND network = given.network),
        (SELECT min(created_at) FROM (
            SELECT created_at FROM email_challenge
            WHERE email = given.email AND network = given.network
            ORDER BY created_at DESC LIMIT 2) AS last_of_both HAVING count(*) = 2),
        (SELECT min(created_at) FROM (
            SELECT created_at FROM email_challenge WHERE email = given.email
            ORDER BY created_at DESC LIMIT 5) AS last_of_address HAVING count(*) = 5),
        (SELECT min(created_at) FROM (
            SELECT created_at FROM email_challenge WHERE email = given.email
            ORDER BY created_at DESC LIMIT 10) AS more_of_address HAVING count(*) = 10),
        (SELECT min(created_at) FROM (
            SELECT created_at FROM email_challenge WHERE network = given.network
            ORDER BY created_at DESC LIMIT 20) AS last_of_network HAVING count(*) = 20)
    FROM {rows}
    """,
    email="text",
    network="text",
)
END_OLDER_CODES = sql(
    """
    UPDATE email_challenge SET killed_at = kt_now() FROM {rows}
    WHERE email_challenge.email = given.email AND email_challenge.network = given.network
      AND email_challenge.purpose = given.purpose AND used_at IS NULL AND killed_at IS NULL
    """,
    email="text",
    network="text",
    purpose="text",
)
INSERT_CHALLENGE = sql(
    """
    INSERT INTO email_challenge (id, email, network, purpose, pepper, code_hash, pre_hash, tries,
                                 created_at, expires_at)
    SELECT given.id, given.email, given.network, given.purpose, given.pepper, given.code_hash,
           given.pre_hash, 0, kt_now(), kt_now() + given.lives
    FROM {rows}
    """,
    id="text",
    email="text",
    network="text",
    purpose="text",
    pepper="text",
    code_hash="blob",
    pre_hash="blob",
    lives="int",
)
COUNT_TRY = sql(
    """
    UPDATE email_challenge SET tries = tries + 1 FROM {rows}
    WHERE email_challenge.id = given.id AND email_challenge.purpose = given.purpose
      AND used_at IS NULL AND killed_at IS NULL AND expires_at > kt_now() AND tries < given.most
    RETURNING email, pepper, code_hash, pre_hash
    """,
    id="text",
    purpose="text",
    most="int",
)
MARK_USED = sql(
    """
    UPDATE email_challenge SET used_at = kt_now() FROM {rows}
    WHERE email_challenge.id = given.id AND used_at IS NULL
    """,
    id="text",
)
PURGE_STATEMENTS = (
    sql(
        """
        DELETE FROM email_challenge
        WHERE id IN (SELECT c.id FROM {rows} JOIN email_challenge AS c
                     ON c.created_at < kt_now() - given.age)
        """,
        age="int",
    ),
    sql(
        """
        DELETE FROM code_turn
        WHERE subject IN (SELECT t.subject FROM {rows} JOIN code_turn AS t
                          ON t.taken_at < kt_now() - given.age)
        """,
        age="int",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRequest:
    """A request for a code: the normalized address, the purpose, and the network that asks.

    `pre_hash` is of the pre-session cookie of the browser that asks.
    """

    email: str
    purpose: str
    client_ip: str
    pre_hash: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeAttempt:
    """A code that a person typed; with `pre_hash` only the browser that asked for it may use it."""

    challenge_id: str
    code: str
    purpose: str = "sign_in"
    pre_hash: bytes | None = None


async def send_code(
    session: Session, ids: Ids, peppers: Peppers, mailer: Mailer, request: CodeRequest
) -> str:
    """Mail a new code, which ends the older ones of its network; return the id of the challenge.

    Raises:
        RateLimited: too many codes for this address or from this network; nothing was sent.
    """
    network = to_network(request.client_ip)
    # These rows are locks: requests for one address or network count and send one after the other.
    # Always the address first, then the network, or two requests could wait for each other.
    await session.change(TAKE_TURN, [(request.email,)])
    await session.change(TAKE_TURN, [(network,)])
    ((now, *sent_times),) = await session.read(SELECT_SEND_TIMES, [(request.email, network)])
    last, second, fifth, tenth, twentieth = (each or 0 for each in sent_times)
    # One a minute for an address from one network; five an hour for an address, beyond which only a
    # network with fewer than two of them gets one; never more than ten; twenty from one network.
    free_at = max(last + RESEND_INTERVAL, min(fifth, second) + HOUR, tenth + HOUR, twentieth + HOUR)
    if free_at > now:
        seconds = -(-(free_at - now) // SECOND)
        raise RateLimited("Too many codes were requested.", retry_after_seconds=seconds)
    code = f"{int.from_bytes(ids.bytes(8), 'big') % 1_000_000:06d}"
    challenge_id = ids.new("chl")
    await session.change(END_OLDER_CODES, [(request.email, network, request.purpose)])
    code_hash = hash_code(peppers, peppers.newest, request.email, request.purpose, code)
    row = (challenge_id, request.email, network, request.purpose, peppers.newest, code_hash,
           request.pre_hash, CODE_LIFETIME)  # fmt: skip
    await session.write((INSERT_CHALLENGE, [row]))
    mail = build_letter(
        to=request.email,
        subject=f"Your code is {code}",
        lines=[
            INTRODUCTIONS[request.purpose],
            "It works once and expires in ten minutes. We will never ask you for it.",
            "If you did not request it, ignore this message.",
        ],
        highlight=code,
    )
    await mailer.send_later(session, mail, retry_period=CODE_LIFETIME)
    return challenge_id


async def redeem_challenge(
    session: Session, peppers: Peppers, attempt: CodeAttempt
) -> str | Problem:
    """Use up a code; return the address it proves, or the refusal.

    The refusal is returned, not raised: the try must count, so the transaction must commit.
    """
    # One UPDATE checks and counts the try, so no number of guesses at once gets more than five.
    rows = await session.read(COUNT_TRY, [(attempt.challenge_id, attempt.purpose, MAX_TRIES)])
    if not rows:
        return CodeExpired()
    ((email, pepper, code_hash, pre_hash),) = rows
    same_browser = attempt.pre_hash is None or hmac.compare_digest(attempt.pre_hash, pre_hash)
    typed_hash = hash_code(peppers, pepper, email, attempt.purpose, attempt.code)
    if not hmac.compare_digest(typed_hash, code_hash) or not same_browser:
        return CodeInvalid()
    await session.write((MARK_USED, [(attempt.challenge_id,)]))
    address: str = email
    return address


async def purge_old_codes(database: Database) -> None:
    """Delete challenges and turns that are older than a day; the limits look back one hour."""
    async with database.write() as session:
        for statement in PURGE_STATEMENTS:
            await session.change(statement, [(RETENTION,)])


def hash_code(peppers: Peppers, pepper: str, email: str, purpose: str, code: str) -> bytes:
    """Return the hash that is stored of a code, bound to its address and purpose."""
    return peppers.hash(f"{email}|{purpose}|{code}", pepper)
