"""Planted mistakes are found: a canary that lives says that the seeds are blind to its mistake."""

from collections.abc import Iterator

import pytest

from tests.faults.canaries import CANARIES
from tests.faults.seeds import SeedRunner

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def seeds() -> Iterator[SeedRunner]:
    with SeedRunner.open() as found:
        yield found


@pytest.mark.promise("faults: canaries")
@pytest.mark.parametrize("name", CANARIES)
def test_a_planted_mistake_is_found_within_forty_seeds(seeds: SeedRunner, name: str) -> None:
    point, canary = CANARIES[name]
    assert seeds.find_mistake(canary, point)
