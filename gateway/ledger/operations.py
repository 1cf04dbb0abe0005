"""Operations on credit."""

import time
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice

from gateway.kit.clock import to_iso, to_microseconds
from gateway.kit.database.group_commit import GroupRead
from gateway.kit.database.sessions import Database, Session, Snapshot
from gateway.kit.deprecation import Deprecation
from gateway.kit.errors import (
    AccountFrozen,
    InsufficientCredits,
    InvalidInput,
    KeyLimitExceeded,
)
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd, render_usd
from gateway.kit.operation import JSON_MEDIA_TYPE, Answer, Call, Caller, Reply, operation
from gateway.kit.roles import Role
from gateway.kit.wire.csv_text import CSV_MEDIA_TYPE, accepts_csv
from gateway.ledger import schemas, transfers
from gateway.ledger.decisions import Limits, Policy
from gateway.ledger.errors import MemberLimitExceeded
from gateway.ledger.policies import fetch_policies
from gateway.ledger.rendering import render_member_limits, render_policy, render_spent
from gateway.ledger.reports import balances, csv_history
from gateway.ledger.reports.history import HistoryLine, list_history

DEPRECATED_SINCE = 1_795_564_800  # 25 November 2026 in seconds, the first pre-release of 0.7.0
AVAILABLE_CACHE_SECONDS, MAX_CACHED_ACCOUNTS, MAX_READ_AHEAD = 0.25, 10_000, 256
SUNSET = "Thu, 25 Nov 2027 00:00:00 GMT"


class BalanceReader:
    """Reads balances, many with one statement.

    A full balance is never from a cache. The available amount that answers carry in a header is
    kept for a quarter of a second, or until this process changes the account. Who asks often is
    read ahead, with the statement of another account: else each account would need one of its own.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._reads: GroupRead[int, balances.Balance] = GroupRead(self._fetch_balances)
        self._policies: GroupRead[str, Policy] = GroupRead(partial(fetch_policies, database))
        self._kept: OrderedDict[int, tuple[float, int | None]] = OrderedDict()
        self._asked_again: set[int] = set()  # answered from what is kept, since the last statement

    async def get_balance(self, account: int) -> balances.Balance:
        """Return the balance of one ledger account."""
        started = time.monotonic()
        balance = await self._reads.submit(account)
        self._keep_unless_changed(account, balance.available_microusd, started)
        return balance

    async def get_available(self, account: int) -> int:
        """Return the available amount of an account, at most a quarter of a second old."""
        kept_at, kept_microusd = self._kept.get(account, (0.0, None))
        if kept_microusd is not None and time.monotonic() - kept_at < AVAILABLE_CACHE_SECONDS:
            self._asked_again.add(account)
            return kept_microusd
        return (await self.get_balance(account)).available_microusd

    def forget_available(self, account: int) -> None:
        """Forget the kept amount of an account that was changed."""
        self._keep_available(account, None)

    def _keep_unless_changed(self, account: int, available_microusd: int, started: float) -> None:
        """Keep the amount of a read that began at `started`, if it holds every change of ours."""
        changed_at, kept_microusd = self._kept.get(account, (0.0, None))
        # A change during the read left None with a later time: the balance may be from before it,
        # and must not be kept.
        if kept_microusd is not None or changed_at < started:
            self._keep_available(account, available_microusd)

    def _keep_available(self, account: int, available_microusd: int | None) -> None:
        self._kept.pop(account, None)
        self._kept[account] = (time.monotonic(), available_microusd)
        while len(self._kept) > MAX_CACHED_ACCOUNTS:
            self._kept.popitem(last=False)

    async def get_policy(self, policy_id: str) -> Policy:
        """Return a policy: the caps of a key and their used amounts."""
        return await self._policies.submit(policy_id)

    async def _fetch_balances(self, accounts: Sequence[int]) -> Mapping[int, balances.Balance]:
        started = time.monotonic()
        ahead = self._list_soon_due(accounts, started)
        found = await balances.fetch_balances(self._database, [*accounts, *ahead])
        for account in ahead:
            if account in found:
                self._keep_unless_changed(account, found[account].available_microusd, started)
        return found

    def _list_soon_due(self, accounts: Sequence[int], now: float) -> list[int]:
        """List the accounts that were asked for again and are kept for more than half the time."""
        asked, self._asked_again = self._asked_again.difference(accounts), set()
        soon_due = (
            each
            for each in asked
            if now - self._kept.get(each, (now, None))[0] > AVAILABLE_CACHE_SECONDS / 2
        )
        return list(islice(soon_due, MAX_READ_AHEAD))


@dataclass(frozen=True, slots=True)
class TopUp:
    """The page where credit is bought, and the balance that counts as low."""

    url: str
    low_microusd: int

    @contextmanager
    def adding_url_to_refusal(self) -> Iterator[None]:
        """Add the page's URL to a refusal for lack of credit that the block raises."""
        try:
            yield
        except InsufficientCredits as refused:
            refused.members["topUpUrl"] = self.url
            raise


async def render_balance(
    reads: BalanceReader, caller: Caller, top_up: TopUp
) -> schemas.BalanceShown:
    """Return the caller's balance in its wire form, with the limits of its key and member."""
    balance = await reads.get_balance(caller.ledger_account)
    total = balance.available_microusd + balance.held_microusd
    return schemas.BalanceShown(
        livemode=caller.livemode,
        balance_usd=render_usd(total),
        balance_microusd=total,
        available_usd=render_usd(balance.available_microusd),
        available_microusd=balance.available_microusd,
        held_usd=render_usd(balance.held_microusd),
        held_microusd=balance.held_microusd,
        debt_usd=render_usd(balance.debt_microusd),
        debt_microusd=balance.debt_microusd,
        state=balance.state,
        frozen_reasons=list(balance.frozen_reasons),
        low_balance=balance.available_microusd < top_up.low_microusd,
        top_up_url=top_up.url,
        buckets=[
            schemas.Bucket(
                category=bucket.category,
                remaining_usd=render_usd(bucket.remaining_microusd),
                remaining_microusd=bucket.remaining_microusd,
                expires_at=to_iso(bucket.expires_at) if bucket.expires_at else None,
            )
            for bucket in balance.buckets
        ],
        key=None if caller.key_id is None else await _render_key(reads, caller),
        member=await _render_member(reads, caller),
    )


async def _render_key(reads: BalanceReader, caller: Caller) -> schemas.KeyShown:
    caps = None if caller.policy_id is None else await reads.get_policy(caller.policy_id)
    limits = Limits() if caps is None else caps.limits
    policy = render_policy(caller.auto_approve_microusd, caller.confirm_up_to_microusd, limits)
    return schemas.KeyShown(
        key_id=caller.id,
        scopes=sorted(caller.scopes),
        spend_policy=policy,
        spent=None if caps is None else render_spent(caps),
    )


async def _render_member(reads: BalanceReader, caller: Caller) -> schemas.MemberSpending | None:
    if caller.member_id is None or caller.member_policy_id is None:
        return None
    caps = await reads.get_policy(caller.member_policy_id)
    return schemas.MemberSpending(
        member_id=caller.member_id,
        limits=render_member_limits(caps.limits),
        spent=schemas.MemberSpent.model_validate(render_spent(caps), from_attributes=True),
    )


@operation("GET", "/api/v1/balance", tag="balance", response=schemas.BalanceShown, session="also")
async def get_balance(caller: Caller, reads: BalanceReader, top_up: TopUp) -> schemas.BalanceShown:
    """Read the balance: available, held by open jobs, and per kind of credit."""
    return await render_balance(reads, caller, top_up)


@operation(
    "GET",
    "/api/v1/balance/history",
    tag="balance",
    response=schemas.Movements,
    scopes=("account:read",),
    session="also",
    least_role=Role.ADMIN,  # it has purchases, and what colleagues spent
    media_types=(JSON_MEDIA_TYPE, CSV_MEDIA_TYPE),
)
async def get_balance_history(
    call: Call, caller: Caller, query: schemas.HistoryQuery, session: Snapshot
) -> Answer | schemas.Movements:
    """List the movements of the balance, newest first; as CSV with `Accept: text/csv`.

    Amounts are signed changes of the available balance: a hold takes its amount; its end returns
    what was not charged.
    """
    lines = await list_history(
        session,
        caller.ledger_account,
        before_version=query.cursor,
        since=to_microseconds(query.since),
        until=to_microseconds(query.until),
        limit=query.limit + 1,
    )
    page = lines[: query.limit]
    following = str(page[-1].version) if len(lines) > query.limit else None
    if accepts_csv(call.headers.get("accept", "")):
        return csv_history.render_csv_page(page, query, following)
    return schemas.Movements(data=[render_movement(line) for line in page], next_cursor=following)


def render_movement(line: HistoryLine) -> schemas.Movement:
    """Return a line of the history in its wire form."""
    return schemas.Movement(
        transfer_id=line.transfer_id,
        at=to_iso(line.at),
        code=line.code,
        phase=line.phase,
        reference=line.reference,
        amount_usd=render_usd(line.amount_microusd),
        amount_microusd=line.amount_microusd,
        balance_after_usd=render_usd(line.balance_after_microusd),
        balance_after_microusd=line.balance_after_microusd,
        description=line.description,
    )


@operation(
    "GET",
    "/api/v1/credits/balance",
    tag="credits",
    response=schemas.BalanceShown,
    session="also",
    deprecation=Deprecation(since=DEPRECATED_SINCE, sunset=SUNSET, successor="/api/v1/balance"),
)
async def get_credits_balance(
    caller: Caller, reads: BalanceReader, top_up: TopUp
) -> schemas.BalanceShown:
    """Read the balance (deprecated: use GET /api/v1/balance)."""
    return await render_balance(reads, caller, top_up)


@operation(
    "POST",
    "/api/v1/credits/consume",
    tag="credits",
    response=schemas.Consumed,
    scopes=("media",),
    spends="directly",
    idempotent=True,
    key_required=True,
    problems=(InsufficientCredits, KeyLimitExceeded, MemberLimitExceeded, AccountFrozen),
    deprecation=Deprecation(since=DEPRECATED_SINCE, sunset=SUNSET, successor="/api/v1/media/jobs"),
)
async def consume_credits(
    caller: Caller,
    body: schemas.Consume,
    session: Session,
    ids: Ids,
    top_up: TopUp,
) -> Reply:
    """Spend credit at once (deprecated: submit media jobs instead)."""
    amount = body.amount_microusd or parse_usd(body.amount_usd or "0")
    if amount < 1:
        raise InvalidInput("The amount must be above zero.", field="amountUsd")
    with top_up.adding_url_to_refusal():
        transfer_id, available = await transfers.consume(
            session,
            ids,
            account=caller.ledger_account,
            book=caller.book,
            reference=ids.new("req"),
            amount_microusd=amount,
            key_id=caller.spender_id,
            description=body.description,
        )
    consumed = schemas.Consumed(
        transfer_id=transfer_id,
        consumed_usd=render_usd(amount),
        consumed_microusd=amount,
        balance_usd=render_usd(available),
        balance_microusd=available,
    )
    return Reply(body=consumed, resource_id=transfer_id)
