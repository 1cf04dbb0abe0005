"""Shards: money that goes from one database to another without a coordinator, as a simulation.

Each shard is a SQLite database with accounts and a `transit` account for each other shard. To send,
a shard moves the amount from the account to its transit account and writes a parcel, in one
transaction. To take in, the other shard moves it from its own transit account to the receiver, and
keeps the parcel's id, in one transaction: the second copy of a parcel changes nothing. Then the
sender drops the parcel. Every step may fail before or after its commit, come twice, late and in any
order: who does not hear of a transfer's end asks for it again, by the same id. A second simulation
spreads accounts of very unequal size over the shards.
"""

import random
import sqlite3
from collections import Counter
from collections.abc import Iterator
from typing import TypeAlias

from bench.capacity import Figure

SHARDS, ACCOUNTS, CREDIT, STEPS, CHECK_EVERY = 8, 50, 10_000, 60_000, 500
LOSS, NEW_SHARE, AGAIN_SHARE, SEED = 0.3, 0.4, 0.5, 7
BUCKETS, CUSTOMERS, BUSIEST_EXPONENT = 1_024, 100_000, 0.8
TABLES = """
CREATE TABLE account (id TEXT PRIMARY KEY, balance INTEGER NOT NULL);
CREATE TABLE parcel (id TEXT PRIMARY KEY, target INTEGER, account TEXT, amount INTEGER);
CREATE TABLE sent (id TEXT PRIMARY KEY);
CREATE TABLE taken (id TEXT PRIMARY KEY);
"""
ADD = "UPDATE account SET balance = balance + ? WHERE id = ?"

Transfer: TypeAlias = tuple[int, str, str, int, str, int]
"""Shard that pays, the parcel's id, payer, shard that receives, receiver, amount."""


class StepLost(Exception):  # noqa: N818 - names what happened
    """A process died, or an answer was lost."""


class Shard:
    """One database with its accounts; each of its steps is one transaction."""

    def __init__(self, number: int, dice: random.Random) -> None:
        self.number, self._dice = number, dice
        self.database = sqlite3.connect(":memory:", isolation_level=None)
        self.database.executescript(TABLES)
        names = [f"a{account}" for account in range(ACCOUNTS)]
        rows = [(name, CREDIT) for name in names]
        rows += [(f"transit-{other}", 0) for other in range(SHARDS)]
        self.database.executemany("INSERT INTO account VALUES (?, ?)", rows)

    def send(self, parcel: str, account: str, target: int, receiver: str, amount: int) -> None:
        """Take an amount from an account and write its parcel, if the account has that much."""
        with Step(self):
            new = self.database.execute("INSERT OR IGNORE INTO sent VALUES (?)", (parcel,))
            pay = f"{ADD} AND balance >= ?"
            if new.rowcount and self.database.execute(pay, (-amount, account, amount)).rowcount:
                self.database.execute(ADD, (amount, f"transit-{target}"))
                row = (parcel, target, receiver, amount)
                self.database.execute("INSERT INTO parcel VALUES (?, ?, ?, ?)", row)

    def take_in(self, parcel: str, source: int, account: str, amount: int) -> None:
        """Give an amount that another shard has sent to an account, once for each parcel."""
        with Step(self):
            new = self.database.execute("INSERT OR IGNORE INTO taken VALUES (?)", (parcel,))
            if new.rowcount:
                self.database.execute(ADD, (-amount, f"transit-{source}"))
                self.database.execute(ADD, (amount, account))

    def drop(self, parcel: str) -> None:
        """Forget a parcel that has arrived."""
        with Step(self):
            self.database.execute("DELETE FROM parcel WHERE id = ?", (parcel,))

    def list_parcels(self) -> list[tuple[str, int, str, int]]:
        """Return the parcels that may not have arrived."""
        return self.database.execute("SELECT id, target, account, amount FROM parcel").fetchall()

    def read_balances(self) -> dict[str, int]:
        """Return each account's balance."""
        return dict(self.database.execute("SELECT id, balance FROM account"))

    def is_lost(self) -> bool:
        """Return True if something fails at this moment."""
        return self._dice.random() < LOSS


class Step:
    """One transaction of a shard, which may fail before its commit, or after it unheard."""

    def __init__(self, shard: Shard) -> None:
        self._shard = shard

    def __enter__(self) -> None:
        """Begin."""
        self._shard.database.execute("BEGIN")

    def __exit__(self, *_: object) -> None:
        """Commit, if nothing fails before it.

        Raises:
            StepLost: the transaction was rolled back, or nobody heard that it was not.
        """
        if self._shard.is_lost():
            self._shard.database.execute("ROLLBACK")
            raise StepLost
        self._shard.database.execute("COMMIT")
        if self._shard.is_lost():
            raise StepLost


def simulate_shards() -> Iterator[Figure]:
    """Simulate transfers between shards that fail all the time, and how load spreads over shards.

    Raises:
        RuntimeError: a cent was lost, made, or paid twice.
    """
    lost, sent, most = simulate_transfers(STEPS)
    yield Figure("transfers between shards, each exact to the cent", sent, "")
    yield Figure("steps of them that were lost before or after their commit", lost, "")
    yield Figure("most parcels on their way at once", most, "")
    for shards in (4, 16, 64):
        share = simulate_spread(shards)
        yield Figure(f"load of the busiest of {shards} shards beside their mean", share, "times")


def simulate_transfers(steps: int) -> tuple[int, int, int]:
    """Run random steps, then let the parcels arrive; return what was lost, sent, and on its way.

    Raises:
        RuntimeError: a cent was lost, made, or paid twice.
    """
    dice = random.Random(SEED)  # noqa: S311 - a simulation that can be repeated
    shards = [Shard(number, dice) for number in range(SHARDS)]
    lost = on_the_way = 0
    unheard: list[Transfer] = []
    for step in range(steps):
        try:
            take_random_step(shards, dice, step, unheard)
        except StepLost:
            lost += 1
        if step % CHECK_EVERY == 0:
            on_the_way = max(on_the_way, check_books(shards))
    while any(shard.list_parcels() for shard in shards):
        try:
            deliver_one(shards, dice)
        except StepLost:
            lost += 1
    if check_books(shards):
        raise RuntimeError("money stayed on its way")
    sent = sum(len(shard.database.execute("SELECT id FROM taken").fetchall()) for shard in shards)
    return lost, sent, on_the_way


def take_random_step(
    shards: list[Shard], dice: random.Random, step: int, unheard: list[Transfer]
) -> None:
    """Send something, ask again for a transfer whose end nobody heard, or carry a parcel on.

    Raises:
        StepLost: it failed, or its end was not heard.
    """
    if dice.random() >= NEW_SHARE:
        deliver_one(shards, dice)
        return
    if unheard and dice.random() < AGAIN_SHARE:
        transfer = unheard.pop(dice.randrange(len(unheard)))
    else:
        source, target = dice.sample(range(SHARDS), 2)
        payer, receiver = (f"a{dice.randrange(ACCOUNTS)}" for _ in range(2))
        transfer = (source, f"p{step}", payer, target, receiver, dice.randint(1, CREDIT // 4))
    try:
        shards[transfer[0]].send(*transfer[1:])
    except StepLost:
        unheard.append(transfer)
        raise


def deliver_one(shards: list[Shard], dice: random.Random) -> None:
    """Let any shard's parcel arrive, and drop it there if that was heard."""
    source = dice.choice(shards)
    if parcels := source.list_parcels():
        parcel, target, account, amount = dice.choice(parcels)
        shards[target].take_in(parcel, source.number, account, amount)
        source.drop(parcel)


def check_books(shards: list[Shard]) -> int:
    """Return how many parcels are on their way.

    Raises:
        RuntimeError: the books of all shards together do not add up.
    """
    balances = [shard.read_balances() for shard in shards]
    total = sum(sum(each.values()) for each in balances)
    own = [value for each in balances for name, value in each.items() if name.startswith("a")]
    arrived = [
        {name for (name,) in shard.database.execute("SELECT id FROM taken")} for shard in shards
    ]
    open_parcels = [
        (shard.number, target, amount)
        for shard in shards
        for parcel, target, _, amount in shard.list_parcels()
        if parcel not in arrived[target]
    ]
    if total != SHARDS * ACCOUNTS * CREDIT or min(own) < 0:
        raise RuntimeError("a cent was lost or made")
    transit: Counter[tuple[int, int]] = Counter()
    for source, target, amount in open_parcels:
        transit[source, target] += amount
    for source in range(SHARDS):
        for target in range(SHARDS):
            held = balances[source][f"transit-{target}"] + balances[target][f"transit-{source}"]
            both = transit[source, target] + transit[target, source]
            if source != target and held != both:
                raise RuntimeError("what two shards hold in transit is not what is on its way")
    return len(open_parcels)


def simulate_spread(shards: int) -> float:
    """Return the load of the busiest shard beside the mean, for customers of very unequal size.

    A customer belongs to a bucket by its id, a bucket to a shard; the busiest buckets are placed
    first, each on the shard that has least.
    """
    dice = random.Random(SEED)  # noqa: S311 - a simulation that can be repeated
    buckets = [0.0] * BUCKETS
    for rank in range(1, CUSTOMERS + 1):
        buckets[dice.randrange(BUCKETS)] += rank**-BUSIEST_EXPONENT
    loads = [0.0] * shards
    for load in sorted(buckets, reverse=True):
        loads[loads.index(min(loads))] += load
    return max(loads) / (sum(loads) / shards)
