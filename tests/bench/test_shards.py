"""The simulated transfers between shards, on which the page about scale relies."""

import pytest

from bench.scale import shards

STEPS = 2_000


def test_no_cent_is_lost_between_shards_that_fail_all_the_time() -> None:
    lost, sent, on_the_way = shards.simulate_transfers(STEPS)
    assert lost > 0
    assert sent > 0
    assert on_the_way > 0


def test_a_parcel_that_is_taken_in_twice_is_found_by_the_books(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def forget(shard: shards.Shard, _parcel: str, source: int, account: str, amount: int) -> None:
        with shards.Step(shard):
            shard.database.execute(shards.ADD, (-amount, f"transit-{source}"))
            shard.database.execute(shards.ADD, (amount, account))

    monkeypatch.setattr(shards.Shard, "take_in", forget)
    with pytest.raises(RuntimeError, match="transit"):
        shards.simulate_transfers(STEPS)
