"""Limits from outside: who asks too often learns when to come back; each answer says how far."""

import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

import httpx2
import pytest

from tests.gateway import (
    Client,
    Gateway,
    assert_problem,
    call_at_once,
    picture_input,
    serve_gateway,
)
from tests.services.valkey import ValkeyServer

T = TypeVar("T")
JOBS = "/api/v1/media/jobs"
FEW_PER_MINUTE = {
    "KT_SUBMITS_PER_MINUTE": "6",
    "KT_QUOTES_PER_MINUTE": "2",
    "KT_PUBLIC_PER_MINUTE": "5",
}
RATE_LIMIT_HEADER = re.compile(r'"(\w+)";r=(\d+);t=(\d+)')


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    with serve_gateway(tmp_path_factory.mktemp("strict") / "data", **FEW_PER_MINUTE) as gateway:
        yield gateway


def repeat_within_window(work: Callable[[], T]) -> T:
    """Repeat the work until it fits in one window of the rate limits; return its result."""
    while True:
        began = time.time() // 60
        done = work()
        if time.time() // 60 == began:
            return done


def exceed_submit_rate(gateway: Gateway) -> list[httpx2.Response]:
    """Submit once more often than a fresh account may."""
    with gateway.account() as account:
        return [account.submit("image.generate", picture_input()) for _ in range(7)]


def read_rate_limit(answer: httpx2.Response) -> tuple[str, int]:
    """Return the policy of an answer and what is left of it; check that both headers agree."""
    match = RATE_LIMIT_HEADER.fullmatch(answer.headers["ratelimit"])
    assert match is not None
    assert answer.headers["ratelimit-policy"].startswith(f'"{match[1]}";q=')
    assert 1 <= int(match[3]) <= 60
    return match[1], int(match[2])


def spend_public_rate(gateway: Gateway) -> int:
    """Spend the public rate on operators' pages; return the status of another page after it."""
    with gateway.client() as http:
        for _ in range(5):
            assert http.post("/admin").status_code == http.get("/admin/jobs").status_code == 404
        return http.get("/login", headers={"accept": "text/html"}).status_code


def test_looking_for_pages_of_operators_counts_whatever_is_accepted(tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data", **FEW_PER_MINUTE) as gateway:
        assert repeat_within_window(partial(spend_public_rate, gateway)) == 429


@pytest.mark.promise("limits: rates")
def test_over_the_limit_is_429_and_says_when(strict: Gateway) -> None:
    *passed, last = repeat_within_window(partial(exceed_submit_rate, strict))
    assert {answer.status_code for answer in passed} == {202}
    told = assert_problem(last, 429, "rate_limited")
    assert told["retryable"] is True
    assert told["retryAfterSeconds"] == int(last.headers["retry-after"])
    assert 1 <= told["retryAfterSeconds"] <= 60
    assert read_rate_limit(last) == ("submit", 0)


def test_reads_and_dry_runs_count_by_themselves(strict: Gateway) -> None:
    with strict.account() as account:
        for kind, answer in (
            ("submit", account.submit("image.generate", picture_input())),
            ("read", account.http.get("/api/v1/balance")),
            ("quote", account.submit("image.generate", picture_input(), dry=True)),
        ):
            assert answer.status_code in {200, 202}
            assert read_rate_limit(answer)[0] == kind


def test_a_key_that_is_not_valid_counts_by_address(strict: Gateway) -> None:
    with strict.client("nonsense") as http:
        answers = [http.get("/api/v1/balance") for _ in range(11)]
    refused = [each for each in answers if each.status_code == 429]
    assert_problem(refused[0], 429, "rate_limited")
    assert {each.status_code for each in answers} <= {401, 429}
    with strict.account() as account:
        assert account.get_balance()["availableUsd"] == "5.00"


@pytest.mark.promise("limits: headers")
def test_every_answer_to_a_key_says_what_is_left(client: Client) -> None:
    balance = client.http.get("/api/v1/balance")
    assert read_rate_limit(balance)[0] == "read"
    assert balance.headers["x-credits-remaining-usd"] == "5.00"
    assert "x-should-retry" not in balance.headers
    submitted = client.submit("image.generate", picture_input())
    assert read_rate_limit(submitted)[0] == "submit"
    assert submitted.headers["x-credits-remaining-usd"] == "4.98"
    refused = client.submit("image.generate", {"prompt": ""})
    assert refused.status_code == 422
    assert read_rate_limit(refused)[0] == "submit"
    assert refused.headers["x-credits-remaining-usd"] == "4.98"
    assert refused.headers["x-should-retry"] == "false"
    job_id = client.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
    assert client.http.get("/api/v1/keys").headers["x-credits-remaining-usd"] == "4.96"
    canceled = client.cancel_job(job_id)
    assert canceled.headers["x-credits-remaining-usd"] == "4.98"


def test_cancels_of_running_jobs_have_a_limit_of_their_own(tmp_path: Path) -> None:
    few = {"KT_RUNNING_CANCELS_PER_HOUR": "1"}
    with serve_gateway(tmp_path / "data", **few) as gateway, gateway.account() as account:
        for expected in (200, 429):
            job_id = account.submit("image.generate", picture_input("[sandbox:slow=60]")).json()[
                "jobId"
            ]
            account.wait_for_status(job_id, "running")
            answer = account.cancel_job(job_id)
            assert answer.status_code == expected, answer.text
        told = assert_problem(answer, 429, "rate_limited")
        assert told["policy"] == "cancel"
        assert 1 <= told["retryAfterSeconds"] <= 3_600


@pytest.mark.promise("limits: shared")
def test_two_gateways_share_a_limit_and_serve_on_without_their_redis(
    tmp_path: Path, postgres_url: str, valkey: ValkeyServer
) -> None:
    shared = {"KT_DATABASE_URL": postgres_url, "KT_REDIS_URL": valkey.url} | FEW_PER_MINUTE
    with (
        serve_gateway(tmp_path / "one", **shared) as one,
        serve_gateway(tmp_path / "one", **shared) as two,
    ):
        body = {"task": "image.generate", "input": picture_input()}

        def burst() -> int:
            with one.account() as account, two.client(account.key) as elsewhere:
                posts = [partial(each.post, JOBS, json=body) for each in (account.http, elsewhere)]
                return [each.status_code for each in call_at_once(posts * 6)].count(202)

        assert repeat_within_window(burst) == 6
        if not valkey.is_ours:
            return
        valkey.kill()
        try:
            with one.account() as fresh, two.client(fresh.key) as other:
                for each in (fresh.http, other):
                    assert each.post(JOBS, json=body).status_code == 202
                    assert each.get("/api/v1/balance").status_code == 200
        finally:
            valkey.start()
