"""Long waits of a caller: in turns, and only while the caller is still allowed."""

import pytest

from gateway.kit.errors import ScopeDenied, Unauthorized
from gateway.kit.long_poll import RECHECK_SECONDS, wait_while_allowed
from gateway.kit.operation import Call

pytestmark = pytest.mark.anyio


class AwaitedEvent:
    """An awaited event: it records the turns of the wait, and happens in turn `ends_with`."""

    def __init__(self, ends_with: int = 0, refusal: Exception | None = None) -> None:
        self.turns: list[float] = []
        self.rechecks = 0
        self._ends_with = ends_with
        self._refusal = refusal

    async def wait_turn(self, seconds: float) -> bool:
        self.turns.append(seconds)
        return len(self.turns) == self._ends_with

    async def recheck_caller(self) -> None:
        self.rechecks += 1
        if self._refusal is not None:
            raise self._refusal

    async def wait_for_call(self, seconds: float) -> None:
        call = Call(request_id="rid_1", method="GET", path="/", recheck=self.recheck_caller)
        await wait_while_allowed(call, seconds, self.wait_turn)


@pytest.mark.parametrize("seconds", [0, 1, RECHECK_SECONDS])
async def test_a_short_wait_is_one_turn(seconds: float) -> None:
    line = AwaitedEvent()
    await line.wait_for_call(seconds)
    assert (len(line.turns), line.rechecks) == (1, 0)
    assert line.turns[0] <= seconds


async def test_what_comes_ends_the_wait() -> None:
    line = AwaitedEvent(ends_with=3)
    await line.wait_for_call(3_600)
    assert (line.turns, line.rechecks) == ([RECHECK_SECONDS] * 3, 2)


@pytest.mark.parametrize("refusal", [Unauthorized(), ScopeDenied()])
async def test_who_may_no_longer_ask_waits_no_more(refusal: Exception) -> None:
    line = AwaitedEvent(refusal=refusal)
    await line.wait_for_call(3_600)
    assert (len(line.turns), line.rechecks) == (1, 1)
