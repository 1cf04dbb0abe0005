"""The schedule of webhook retries, decided from the answer, the count and a chance."""

import pytest

from gateway.kit.clock import HOUR, MINUTE, SECOND
from gateway.media.webhooks.deliveries import decide_outcome
from gateway.media.webhooks.sender import DeliveryTry, error_from_status, parse_retry_after

NOON = 1_800_000_000 * SECOND  # Fri, 15 Jan 2027 08:00:00 GMT


def build_try(status: int | None, retry_after: int | None = None) -> DeliveryTry:
    return DeliveryTry(
        at=NOON,
        http_status=status,
        duration_ms=1,
        error=error_from_status(status),
        retry_after=retry_after,
    )


def test_seven_more_tries_follow_the_first_a_tenth_sooner_or_later() -> None:
    wanted = (5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 10 * HOUR)
    for retries, pause in enumerate(wanted):
        for chance, share in ((0.0, 90), (0.5, 100), (1.0, 110)):
            assert decide_outcome(build_try(500), retries, chance) == (
                "pending",
                pause * share // 100,
            )
    assert decide_outcome(build_try(500), len(wanted), 0.5) == ("failed", None)


@pytest.mark.parametrize(
    ("status", "state"),
    [(200, "delivered"), (204, "delivered"), (410, "stopped"), (404, "pending"), (301, "pending"),
     (199, "pending"), (None, "pending")],
)  # fmt: skip
def test_only_2xx_delivers_and_only_410_stops(status: int | None, state: str) -> None:
    decided, pause = decide_outcome(build_try(status), 0, 0.5)
    assert (decided, pause is None) == (state, state != "pending")


@pytest.mark.parametrize(
    ("wish", "pause"), [(120, 120), (3_600, 3_600), (90_000, 3_600), (1, 5), (0, 5)]
)
def test_a_wish_to_wait_longer_is_honoured_up_to_an_hour(wish: int, pause: int) -> None:
    assert decide_outcome(build_try(503, wish), 0, 0.5) == ("pending", pause * SECOND)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("120", 120),
        ("99999999999", 999_999_999),
        ("Fri, 15 Jan 2027 08:01:00 GMT", 60),
        ("Fri, 15 Jan 2027 08:01:00 -0000", 60),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: int | None) -> None:
    assert parse_retry_after(header, NOON) == seconds
