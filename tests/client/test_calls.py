"""One call of the client: its request, its retries, and the error of a refusal."""

import json
from pathlib import Path

import anyio
import httpx2
import pytest

from killatamata import (
    AsyncClient,
    AuthenticationFailed,
    BadRequest,
    Client,
    Conflict,
    ConnectionFailed,
    DownloadFailed,
    Gone,
    NotFound,
    PaymentRequired,
    PermissionDenied,
    PreconditionFailed,
    RateLimited,
    ServerError,
    StatusError,
    TooLarge,
    UnexpectedResponse,
    Unprocessable,
)
from killatamata.retries import FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, pause_seconds
from killatamata.types import Job
from killatamata.wire import to_wire_step
from tests.client.scripted import RETRY_AT_ONCE, Answer, ScriptedGateway, serve_answers

KEY = "kt_test_not_a_real_key"
BUSY = Answer(503, {"code": "unavailable", "retryable": True}, RETRY_AT_ONCE)
JOB = {  # as an earlier release stored it: for a week a client may still get it
    "id": "job_1",
    "jobId": "job_1",
    "externalJobId": "job_1",
    "task": "image.generate",
    "status": "queued",
    "livemode": False,
    "version": 1,
    "createdAt": "2026-11-25T09:10:00Z",
    "billing": {
        "state": "reserved",
        "currency": "USD",
        "priceUsd": "0.02",
        "priceMicrousd": 20_000,
        "priceVersion": "1",
        "breakdown": {},
    },
    "urls": {"get": "", "events": "", "cancel": ""},
    "brandNew": {"field": 1},
}
EVENT_STREAM = {"Content-Type": "text/event-stream"}
DONE = f"event: done\nid: 2\ndata: {json.dumps(JOB)}\n\n".encode()


def build_client(script: ScriptedGateway, max_retries: int = 2) -> Client:
    return Client(KEY, base_url=script.base, max_retries=max_retries)


def catch_refusal(killa: Client) -> StatusError:
    """Make a call that is refused; return its error."""
    with pytest.raises(StatusError) as caught:
        killa.balance()
    return caught.value


def expect_damaged_download(killa: Client, folder: Path) -> None:
    """Download outputs that arrive damaged."""
    with pytest.raises(DownloadFailed, match="damaged"):
        killa.jobs.download("job_1", folder)


def test_one_idempotency_key_is_made_before_the_first_try_and_sent_with_each() -> None:
    hang_up = Answer(hang_up=True)
    with serve_answers(hang_up, BUSY, Answer(202, JOB)) as script, build_client(script) as killa:
        job = killa.submit("image.generate", prompt="a fox")
    assert job.id == "job_1"
    (first, *others) = script.list_idempotency_keys()
    assert first
    assert others == [first, first]
    assert [each.headers.get("x-retry-count") for each in script.requests] == [None, "1", "2"]


def test_two_calls_have_two_keys_and_a_key_of_the_caller_is_taken() -> None:
    with serve_answers(Answer(202, JOB)) as script, build_client(script) as killa:
        killa.submit("image.generate", prompt="a fox")
        killa.submit("image.generate", prompt="a fox")
        killa.submit("image.generate", prompt="a fox", idempotency_key="mine")
    first, second, third = script.list_idempotency_keys()
    assert len({first, second}) == 2
    assert third == "mine"


@pytest.mark.parametrize(
    ("answer", "tries"),
    [
        (BUSY, 3),
        (Answer(500, {"code": "internal_error"}, RETRY_AT_ONCE), 3),
        (Answer(429, {"code": "rate_limited"}, RETRY_AT_ONCE), 3),
        (Answer(408, {"code": "request_timeout"}, RETRY_AT_ONCE), 3),
        (Answer(409, {"code": "idempotency_in_progress"}, RETRY_AT_ONCE), 3),
        (Answer(409, {"code": "idempotency_conflict"}, RETRY_AT_ONCE), 1),
        (Answer(402, {"code": "insufficient_credits"}, RETRY_AT_ONCE), 1),
        (Answer(503, {"code": "unavailable"}, {"X-Should-Retry": "false"}), 1),
        (Answer(422, {"code": "invalid_input"}, RETRY_AT_ONCE | {"X-Should-Retry": "true"}), 3),
        (Answer(503, {"code": "no_capacity"}, {"Retry-After": "3600"}), 1),
    ],
)
def test_what_may_pass_is_tried_again_and_nothing_else(answer: Answer, tries: int) -> None:
    with serve_answers(answer) as script, build_client(script) as killa, pytest.raises(StatusError):
        killa.balance()
    assert len(script.requests) == tries


def test_a_pause_is_random_and_bounded_unless_the_gateway_says_how_long() -> None:
    assert all(0 <= pause_seconds(tries, {}) <= LONGEST_PAUSE_SECONDS for tries in range(1, 40))
    assert pause_seconds(1, {"retry-after": "7"}) == 7


def test_events_that_end_early_are_opened_again_after_pauses_and_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("killatamata._sync.jobs.sleep", pauses.append)
    early_end = Answer(body=b"", headers=EVENT_STREAM)
    with (
        serve_answers(early_end, early_end, early_end, Answer(404)) as script,
        build_client(script) as killa,
        pytest.raises(ConnectionFailed, match="ended before the job"),
    ):
        list(killa.jobs.events("job_1"))
    assert len(pauses) == 2


def test_events_go_on_for_as_long_as_the_gateway_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway ends each stream after an hour, and a job may wait for a day."""
    pauses: list[float] = []
    monkeypatch.setattr("killatamata._sync.jobs.sleep", pauses.append)
    hour = Answer(body=b"retry: 2000\n\n: waiting\n\n", headers=EVENT_STREAM)
    end = Answer(body=DONE, headers=EVENT_STREAM)
    with (
        serve_answers(hour, hour, hour, hour, end) as script,
        build_client(script, max_retries=0) as killa,
    ):
        assert [each.type for each in killa.jobs.events("job_1")] == ["done"]
    assert len(pauses) == 4
    assert all(0 <= each <= FIRST_PAUSE_SECONDS for each in pauses)


@pytest.mark.parametrize(("timeout", "silence"), [(10, 30), (90, 90), (None, None)])
def test_events_outlast_the_silence_of_a_job_that_waits(
    timeout: float | None, silence: float | None
) -> None:
    limits: list[dict[str, float | None]] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        limits.append(request.extensions["timeout"])
        return httpx2.Response(200, headers=EVENT_STREAM, content=DONE)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        killa = Client(KEY, base_url="http://127.0.0.1:9", http_client=http)
        assert list(killa.jobs.events("job_1", timeout=httpx2.Timeout(timeout)))
    assert (limits[0]["connect"], limits[0]["read"]) == (timeout, silence)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, BadRequest),
        (401, AuthenticationFailed),
        (402, PaymentRequired),
        (403, PermissionDenied),
        (404, NotFound),
        (409, Conflict),
        (410, Gone),
        (412, PreconditionFailed),
        (413, TooLarge),
        (422, Unprocessable),
        (428, PreconditionFailed),
        (429, RateLimited),
        (418, StatusError),
        (500, ServerError),
    ],
)
def test_a_refusal_is_the_error_of_its_status(status: int, kind: type[StatusError]) -> None:
    problem = {"code": "x", "hint": "Do y.", "requestId": "rid_1", "detail": "It is z."}
    with (
        serve_answers(Answer(status, problem)) as script,
        build_client(script, max_retries=0) as killa,
    ):
        caught = catch_refusal(killa)
    assert type(caught) is kind
    assert (caught.status, caught.code, caught.hint) == (status, "x", "Do y.")
    assert (caught.request_id, caught.retryable) == ("rid_1", False)
    assert str(caught) == "It is z. Do y."
    assert caught.problem == problem


def test_too_little_credit_says_how_much_is_needed_and_where_to_get_it() -> None:
    told = {"requiredUsd": "0.30", "balanceUsd": "0.10", "topUpUrl": "https://x/credits"}
    with serve_answers(Answer(402, told)) as script, build_client(script) as killa:
        error = catch_refusal(killa)
    assert isinstance(error, PaymentRequired)
    assert (error.required_usd, error.balance_usd, error.top_up_url) == tuple(told.values())


def test_a_gateway_that_is_not_there_is_a_connection_that_failed() -> None:
    with serve_answers(Answer()) as script:
        base = script.base
    with Client(KEY, base_url=base, max_retries=0) as killa, pytest.raises(ConnectionFailed):
        killa.balance()


def test_no_key_follows_a_redirect_and_an_answer_in_another_form_is_said_to_be_one() -> None:
    elsewhere = {"Location": "http://127.0.0.1:9/"}
    with (
        serve_answers(Answer(307, {}, elsewhere), Answer(200, {})) as script,
        build_client(script) as killa,
    ):
        with pytest.raises(UnexpectedResponse, match="redirect"):
            killa.balance()
        with pytest.raises(UnexpectedResponse, match="BalanceShown"):
            killa.balance()


def test_the_key_never_goes_to_a_download_url(tmp_path: Path) -> None:
    content = b"not really a picture"
    with serve_answers(Answer(200, content)) as files:
        output = {
            "index": 0,
            "kind": "image",
            "state": "available",
            "url": f"{files.base}/files/a.png",
            "mimeType": "image/png",
            "width": 1,
            "height": 1,
            "bytes": len(content),
            "sha256": "0" * 64,
            "assetId": None,
            "expiresAt": "2026-11-25T09:10:00Z",
        }
        done = JOB | {"status": "succeeded", "outputs": [output]}
        with (
            serve_answers(Answer(200, done)) as script,
            build_client(script, max_retries=0) as killa,
        ):
            expect_damaged_download(killa, tmp_path)
    assert KEY in script.requests[0].headers["authorization"]
    (asked,) = files.requests
    assert not {"authorization", "x-api-key"} & asked.headers.keys()
    assert list(tmp_path.iterdir()) == []


def test_plain_http_is_only_for_this_machine() -> None:
    for address in ("http://example.com", "ftp://127.0.0.1", "example.com"):
        with pytest.raises(ValueError, match="https://"):
            Client(KEY, base_url=address)
    Client(KEY, base_url="https://example.com").close()


def test_names_are_snake_case_here_camel_case_there_and_unknown_fields_stay() -> None:
    with serve_answers(Answer(202, JOB)) as script, build_client(script) as killa:
        job = killa.submit(
            "video.combine",
            clips=[{"job_id": "job_2", "trim_head_frames": 9}],
            crossfade_audio_ms=5,
            max_price_usd="0.02",
            metadata={"my_key": "stays"},
        )
    assert script.requests[0].body == (
        b'{"task": "video.combine", "input": {"clips": [{"jobId": "job_2", "trimHeadFrames": 9}],'
        b' "crossfadeAudioMs": 5}, "maxPriceUsd": "0.02", "metadata": {"my_key": "stays"}}'
    )
    assert job.billing.price_microusd == 20_000
    assert job.model_dump(mode="json", exclude_unset=True) == JOB


def test_the_input_of_a_task_of_your_own_goes_as_it_is() -> None:
    own = {
        "lora_weights": {"my_lora": 0.5, "none": None},
        "keep_me": None,
        "at": (1, 2),
        "image": "https://host.example/fox.png",
        "cfg": {"video": "https://host.example/fox.mp4", "images": ["asset://a"]},
    }
    with serve_answers(Answer(202, JOB)) as script, build_client(script) as killa:
        killa.submit("my.task", input=own, max_price_usd="1")
        local = killa.jobs.body(
            "my.task", input={"cfg": {"video": [b"x"], "image": Job.model_validate(JOB)}}
        )
        with pytest.raises(UnexpectedResponse):  # a job is no plan
            killa.plans.prepare([{"operation": "my.task", "input": own}])  # type: ignore[list-item, misc]
        planned = json.loads(script.requests.pop().body)["steps"]
        killa.submit(
            "image.generate", input={"prompt": "x", "start_frame_image_url": None, "a_b": 1}
        )
    bodies = [json.loads(each.body) for each in script.requests]
    assert bodies[0] == {"task": "my.task", "input": own | {"at": [1, 2]}, "maxPriceUsd": "1"}
    assert bodies[1]["input"] == {"prompt": "x", "aB": 1}
    assert planned == [{"operation": "my.task", "input": own | {"at": [1, 2]}}]
    inline = {"mimeType": "application/octet-stream", "data": "eA=="}
    assert local["input"] == {"cfg": {"video": [inline], "imageUrl": "job://job_1/0"}}
    step = {"operation": "my.task", "depends_on": ["a"], "input": own}
    assert to_wire_step(step) == {
        "operation": "my.task",
        "dependsOn": ["a"],
        "input": own | {"at": [1, 2]},
    }


def test_a_word_that_a_newer_gateway_knows_is_no_error() -> None:
    with (
        serve_answers(Answer(200, JOB | {"status": "paused"})) as script,
        build_client(script) as killa,
    ):
        assert killa.jobs.get("job_1").status == "paused"  # type: ignore[comparison-overlap]


def test_the_asynchronous_client_does_the_same() -> None:
    async def ask(base: str) -> str:
        async with AsyncClient(KEY, base_url=base) as killa:
            return (await killa.submit("image.generate", prompt="a fox")).id

    with serve_answers(BUSY, Answer(202, JOB)) as script:
        assert anyio.run(ask, script.base) == "job_1"
    first, second = script.list_idempotency_keys()
    assert first == second
