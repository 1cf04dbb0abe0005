"""The journal of a transaction: its ledger rows, gathered and then written in one round trip."""

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from gateway.kit.database.sql import Row, Write, sql
from gateway.kit.ids import RANDOM_BITS, encode_crockford
from gateway.kit.telemetry import metrics
from gateway.ledger.accounts.grants import Grant
from gateway.ledger.decisions import Account, Policy
from gateway.ledger.states import Phase, TransferCode

ADD_TRANSFERS = sql(
    """
    INSERT INTO transfer (id, book, code, phase, reference, debit_account, credit_account,
                          amount_microusd, pending_id, key_id, policy_id, member_policy_id,
                          description, created_at)
    SELECT given.id, given.book, given.code, given.phase, given.reference, given.debit,
           given.credit, given.amount, given.pending_id, given.key_id, given.policy_id,
           given.member_policy_id, given.description, given.created_at
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
    member_policy_id="text",
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
# `version = was` is the guard of the whole ledger: an account that was changed by another
# transaction since it was read matches no row, the row count is wrong, and the write is refused.
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
class NewTransfer:
    """A row of `transfer`; the journal adds the time.

    A code that `TransferCode` lacks would be in no line of a statement: `ValueError`.
    """

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
    member_policy_id: str | None = None
    description: str | None = None

    def __post_init__(self) -> None:
        """Check the code.

        Raises:
            ValueError: no line of a statement is for this code.
        """
        TransferCode(self.code)


class Journal:
    """Gathers the ledger rows of one transaction.

    Accounts are kept by reference: `build_writes` takes the values of the time when it is called.
    """

    def __init__(self, now: int) -> None:
        self.now = now
        self._transfers: list[Row] = []
        self._entries: list[Row] = []
        self._accounts: dict[int, tuple[Account, int]] = {}
        self._policies: list[Row] = []
        self._grants: list[Row] = []
        self._remaining: list[Row] = []

    def add_account(self, account: Account, stored_version: int | None = None) -> None:
        """Write this account too; `stored_version` is the one in the database, if it is another.

        Only the first call for an account counts: later ones would give a version that is new.
        """
        self._accounts.setdefault(
            account.id, (account, account.version if stored_version is None else stored_version)
        )

    def add_transfer(self, transfer: NewTransfer) -> None:
        """Add the row of a transfer, without its entries."""
        m = transfer
        self._transfers.append(
            (m.id, m.book, m.code, m.phase, m.reference, m.debit, m.credit, m.amount_microusd,
             m.pending_id, m.key_id, m.policy_id, m.member_policy_id, m.description, self.now)
        )  # fmt: skip

    def add_single_transfer(self, transfer: NewTransfer, account: Account) -> None:
        """Add a transfer of posted money between an account and the house, with both entries."""
        incoming = transfer.credit == account.id
        signed = transfer.amount_microusd if incoming else -transfer.amount_microusd
        other = transfer.debit if incoming else transfer.credit
        self.add_transfer(transfer)
        self.add_leg(transfer.id, "posted", account, signed)
        self.add_house_leg(transfer.id, "posted", other, -signed)

    def add_leg(self, transfer_id: str, layer: str, account: Account, amount_microusd: int) -> None:
        """Move one layer of an account by a signed amount: balance, version and entry.

        A pending amount is negative when money is held, so the column grows by its opposite.
        """
        self.add_account(account)
        if layer == "posted":
            account.posted_microusd += amount_microusd
        elif layer == "pending":
            account.pending_microusd -= amount_microusd
        else:
            account.incoming_microusd += amount_microusd
        account.version += 1
        self.add_account_entry(
            transfer_id, layer, (account.id, account.version), amount_microusd,
            account.available_microusd,
        )  # fmt: skip

    def add_account_entry(
        self,
        transfer_id: str,
        layer: str,
        account_version: tuple[int, int],
        amount: int,
        balance_after: int,
    ) -> None:
        """Add an entry of an account whose balance and version the caller updates.

        `account_version` is the account's number and the version that this entry makes.
        """
        number, version = account_version
        self._entries.append((transfer_id, number, layer, amount, balance_after, version, self.now))

    def add_house_leg(
        self, transfer_id: str, layer: str, account_number: int, amount_microusd: int
    ) -> None:
        """Add the entry of a house account, which has no balance and no version."""
        self._entries.append(
            (transfer_id, account_number, layer, amount_microusd, None, None, self.now)
        )

    def add_policy(self, policy: Policy) -> None:
        """Write the used amounts and windows of a policy."""
        self._policies.append(
            (policy.id, policy.day, policy.day_used_microusd, policy.month,
             policy.month_used_microusd, policy.total_used_microusd)
        )  # fmt: skip

    def add_grant(self, account: Account, grant: Grant) -> None:
        """Add a grant of an account; all of it remains."""
        self._grants.append(
            (grant.id, account.id, grant.category, grant.purchase_id, grant.remaining_microusd,
             grant.expires_at, grant.created_at)
        )  # fmt: skip

    def add_grant_remainders(self, grants: Iterable[Grant]) -> None:
        """Write what remains of grants; call it at most once for a grant."""
        self._remaining += [(grant.id, grant.remaining_microusd) for grant in grants]

    def build_writes(self) -> list[Write]:
        """Return the gathered rows as writes of one round trip; count the transfers in metrics."""
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


def derive_transfer_id(at: int, cause: str) -> str:
    """Return the id of a transfer that follows from another row.

    It is a ULID of the time whose random part is a hash of the cause, so callers need no source of
    randomness and two causes of one moment differ.
    """
    digest = hashlib.sha256(cause.encode()).digest()[: RANDOM_BITS // 8]
    return f"trf_{encode_crockford((at // 1_000) << RANDOM_BITS | int.from_bytes(digest, 'big'))}"
