import pytest

from gateway.kit.clock import SystemClock
from gateway.kit.ids import Ids, time_from_id


def test_an_id_says_when_it_was_made() -> None:
    ids, before = Ids(), SystemClock().now()
    times = [time_from_id(ids.new("job")) for _ in range(3)]
    after = SystemClock().now()
    assert before // 1_000 * 1_000 <= times[0] <= times[-1] <= after + 1_000


@pytest.mark.parametrize("text", ["", "job", "not-ours", "job_short", "job_" + "U" * 26])
def test_what_is_no_id_has_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="not"):
        time_from_id(text)
