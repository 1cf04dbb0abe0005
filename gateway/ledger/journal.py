"""The rows one transaction adds to the ledger, gathered and then written in one round trip."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.kit import metrics
from gateway.kit.ids import RANDOM_BITS, crockford
from gateway.kit.sql import Row, Write, sql
from gateway.ledger.decisions import Account, Policy
from gateway.ledger.grants import Grant
from gateway.ledger.states import Phase

ADD_TRANSFERS = sql(
    """
    INSERT INTO transfer (id, book, code, phase, reference, debit_account, credit_account,
                          amount_microusd, pending_id, key_id, policy_id, description, created_at)
    SELECT given.id, given.book, given.code, given.phase, given.reference, given.debit,
           given.credit, given.amount, given.pending_id, given.key_id, given.policy_id,
           given.description, given.created_at
    FROM {rows}
    """,
    id="text",
    book="text",
    code="text",
    phase="text",
    reference="text",
    debit="int",
    credit="int",
    amount="int",
    pending_id="text",
    key_id="text",
    policy_id="text",
    description="text",
    created_at="int",
)
ADD_ENTRIES = sql(
    """
    INSERT INTO entry (transfer_id, account_id, layer, amount_microusd, balance_after_microusd,
                       account_version, created_at)
    SELECT given.transfer_id, given.account_id, given.layer, given.amount, given.balance_after,
           given.account_version, given.created_at
    FROM {rows}
    """,
    transfer_id="text",
    account_id="int",
    layer="text",
    amount="int",
    balance_after="int",
    account_version="int",
    created_at="int",
)
SET_ACCOUNTS = sql(
    """
    UPDATE ledger_account AS a
    SET posted_microusd = given.posted, pending_microusd = given.pending,
        incoming_microusd = given.incoming, debt_microusd = given.debt,
        untaken_microusd = given.untaken, version = given.version,
        grants_due_at = given.grants_due_at
    FROM {rows} WHERE a.id = given.id AND a.version = given.was
    """,
    id="int",
    was="int",
    posted="int",
    pending="int",
    incoming="int",
    debt="int",
    untaken="int",
    version="int",
    grants_due_at="int",
)
SET_POLICIES = sql(
    """
    UPDATE spend_policy AS p
    SET day = given.day, day_used_microusd = given.day_used, month = given.month,
        month_used_microusd = given.month_used, total_used_microusd = given.total_used
    FROM {rows} WHERE p.id = given.id
    """,
    id="text",
    day="int",
    day_used="int",
    month="int",
    month_used="int",
    total_used="int",
)
ADD_GRANTS = sql(
    """
    INSERT INTO credit_grant (id, account_id, category, purchase_id, granted_microusd,
                              remaining_microusd, expires_at, created_at)
    SELECT given.id, given.account_id, given.category, given.purchase_id, given.granted,
           given.granted, given.expires_at, given.created_at
    FROM {rows}
    """,
    id="text",
    account_id="int",
    category="text",
    purchase_id="text",
    granted="int",
    expires_at="int",
    created_at="int",
)
SET_REMAINING = sql(
    """
    UPDATE credit_grant AS g SET remaining_microusd = given.remaining
    FROM {rows} WHERE g.id = given.id
    """,
    id="text",
    remaining="int",
)


@dataclass(slots=True)
class Movement:
    """One row of `transfer`; the time comes from the journal."""

    id: str
    book: str
    code: str
    phase: Phase
    reference: str
    debit: int
    credit: int
    amount_microusd: int
    pending_id: str | None = None
    key_id: str | None = None
    policy_id: str | None = None
    description: str | None = None


class Journal:
    """Gathers rows; an account's values are those at the time of `writes`."""

    def __init__(self, now: int) -> None:
        self.now = now
        self._transfers: list[Row] = []
        self._entries: list[Row] = []
        self._accounts: dict[int, tuple[Account, int]] = {}
        self._policies: list[Row] = []
        self._grants: list[Row] = []
        self._remaining: list[Row] = []

    def touch(self, account: Account, was: int | None = None) -> None:
        """Remember an account that changes, and the version it had in the database."""
        self._accounts.setdefault(account.id, (account, account.version if was is None else was))

    def transfer(self, movement: Movement) -> None:
        """Add a transfer."""
        m = movement
        self._transfers.append(
            (m.id, m.book, m.code, m.phase, m.reference, m.debit, m.credit, m.amount_microusd,
             m.pending_id, m.key_id, m.policy_id, m.description, self.now)
        )  # fmt: skip

    def move(self, movement: Movement, account: Account) -> None:
        """Add a transfer that moves posted money at once between an account and the house."""
        incoming = movement.credit == account.id
        signed = movement.amount_microusd if incoming else -movement.amount_microusd
        other = movement.debit if incoming else movement.credit
        self.transfer(movement)
        self.leg(movement.id, "posted", account, signed)
        self.house_leg(movement.id, "posted", other, -signed)

    def leg(self, transfer_id: str, layer: str, account: Account, amount_microusd: int) -> None:
        """Move an account's layer by a signed amount: its value, its version and the entry."""
        self.touch(account)
        if layer == "posted":
            account.posted_microusd += amount_microusd
        elif layer == "pending":
            account.pending_microusd -= amount_microusd
        else:
            account.incoming_microusd += amount_microusd
        account.version += 1
        self.customer_entry(
            transfer_id, layer, (account.id, account.version), amount_microusd,
            account.available_microusd,
        )  # fmt: skip

    def customer_entry(
        self, transfer_id: str, layer: str, at: tuple[int, int], amount: int, balance_after: int
    ) -> None:
        """Add an entry of an account at a version (`at`), whose values the caller keeps."""
        number, version = at
        self._entries.append((transfer_id, number, layer, amount, balance_after, version, self.now))

    def house_leg(self, transfer_id: str, layer: str, number: int, amount_microusd: int) -> None:
        """Add the entry of a house account."""
        self._entries.append((transfer_id, number, layer, amount_microusd, None, None, self.now))

    def policy(self, policy: Policy) -> None:
        """Set what is used of a policy."""
        self._policies.append(
            (policy.id, policy.day, policy.day_used_microusd, policy.month,
             policy.month_used_microusd, policy.total_used_microusd)
        )  # fmt: skip

    def grant(self, account: Account, grant: Grant) -> None:
        """Add a grant."""
        self._grants.append(
            (grant.id, account.id, grant.category, grant.purchase_id, grant.remaining_microusd,
             grant.expires_at, grant.created_at)
        )  # fmt: skip

    def remaining(self, grants: Iterable[Grant]) -> None:
        """Set what remains of grants; each only once in a journal."""
        self._remaining += [(grant.id, grant.remaining_microusd) for grant in grants]

    def writes(self) -> list[Write]:
        """Return everything gathered as writes of one round trip."""
        for code, count in Counter(row[2] for row in self._transfers).items():
            metrics.LEDGER_TRANSFERS.labels(code).inc(count)
        accounts = [
            (a.id, was, a.posted_microusd, a.pending_microusd, a.incoming_microusd,
             a.debt_microusd, a.untaken_microusd, a.version, a.grants_due_at)
            for a, was in self._accounts.values()
        ]  # fmt: skip
        return [
            (ADD_TRANSFERS, self._transfers),
            (ADD_ENTRIES, self._entries),
            (SET_ACCOUNTS, accounts),
            (SET_POLICIES, self._policies),
            (ADD_GRANTS, self._grants),
            (SET_REMAINING, self._remaining),
        ]


def follow_up(at: int, cause: str) -> str:
    """Return the id of a transfer that follows from another row: a ULID of time and cause."""
    chance = hashlib.sha256(cause.encode()).digest()[: RANDOM_BITS // 8]
    return f"trf_{crockford((at // 1_000) << RANDOM_BITS | int.from_bytes(chance, 'big'))}"
