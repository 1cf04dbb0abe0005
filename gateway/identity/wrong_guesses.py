"""Wrong guesses of codes that people type, counted within an hour for account and network.

An account is refused only for its own wrong codes, so a stranger cannot lock out others who share
the network. Where a network has used up its own guesses, each of its accounts has fewer.
"""

from dataclasses import dataclass

from gateway.kit.clock import HOUR, SECOND
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import sql
from gateway.kit.errors import RateLimited
from gateway.kit.http.rate_limit import to_network

COUNT_WRONG_GUESS = sql(
    """
    INSERT INTO device_guess (subject, hour, wrong)
    SELECT given.subject, kt_now() / 3600000000, 1 FROM {rows} WHERE true
    ON CONFLICT (subject, hour) DO UPDATE SET wrong = device_guess.wrong + 1
    """,
    subject="text",
)
SELECT_WRONG_GUESSES = sql(
    """
    SELECT g.wrong, (g.hour + 1) * 3600000000 - kt_now() FROM {rows} JOIN device_guess AS g
      ON g.subject = given.subject AND g.hour = kt_now() / 3600000000
    """,
    subject="text",
)
UNCOUNT_GUESS = sql(
    """
    UPDATE device_guess SET wrong = wrong - 1
    WHERE hour = kt_now() / 3600000000 AND subject IN (SELECT given.subject FROM {rows})
    """,
    subject="text",
)
PURGE_GUESSES = sql(f"DELETE FROM device_guess WHERE hour < kt_now() / {HOUR} - 1")  # noqa: S608 - constant


@dataclass(frozen=True, slots=True, kw_only=True)
class GuessLimits:
    """The wrong codes that are allowed within an hour, for one kind of code.

    `per_account` while the network has given at most `per_network`, and `crowded` after that.
    `prefix` keeps the counters of kinds of code apart.
    """

    prefix: str
    per_account: int
    per_network: int
    crowded: int


async def count_guess(
    session: Session, limits: GuessLimits, account_id: str, client_ip: str
) -> None:
    """Count a guess as wrong, before the code is looked up; `uncount_guess` takes it back.

    Raises:
        RateLimited: the account gave too many wrong codes within the hour.
    """
    subjects = _list_subjects(limits, account_id, client_ip)
    # Counted as wrong before the look-up: the write locks the counters, so guesses sent at the same
    # time are judged one after the other. Checking first would let all of them see a low count.
    await session.write((COUNT_WRONG_GUESS, subjects))
    (by_account, left), (by_network, _) = [
        (await session.read(SELECT_WRONG_GUESSES, [subject]))[0] for subject in subjects
    ]
    if by_account > (limits.per_account if by_network <= limits.per_network else limits.crowded):
        raise RateLimited("Too many wrong codes.", retry_after_seconds=-(-left // SECOND))


async def uncount_guess(
    session: Session, limits: GuessLimits, account_id: str, client_ip: str
) -> None:
    """Take back a guess that was right, in the transaction that counted it."""
    await session.write((UNCOUNT_GUESS, _list_subjects(limits, account_id, client_ip)))


def _list_subjects(limits: GuessLimits, account_id: str, client_ip: str) -> list[tuple[str]]:
    return [
        (f"{limits.prefix}{account_id}",),
        (f"{limits.prefix}{to_network(client_ip)}",),
    ]
