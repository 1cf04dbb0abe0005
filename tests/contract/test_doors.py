"""Each guarded operation of the catalogue, asked by whoever may not."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx2
import pytest

from gateway.catalogue import list_operations
from gateway.identity.keys.keys import SIGN_IN_SCOPES
from gateway.kit.operation import Operation
from tests.gateway import Client, Gateway, assert_problem, picture_input
from tests.library.files import create_project, make_png, upload_asset
from tests.studio.talks import create_thread

GUARDED = [each for each in list_operations() if not each.public]
BY_KEY = [each for each in GUARDED if each.session != "only"]
PREFIXES = {
    "jobId": "job", "parentJobId": "job", "keyId": "key", "quoteId": "quote",
    "projectId": "proj", "assetId": "ast",
    "threadId": "thr", "selectedProjectId": "proj", "selectedThreadId": "thr",
    "planId": "plan", "filmId": "flm", "storyboardAssetId": "ast", "shareId": "shr",
}  # fmt: skip
NOWHERE = {name: f"{prefix}_{'0' * 26}" for name, prefix in PREFIXES.items()}
PLANS = "/api/v1/studio/agent/approval-plans"
STEP = {"operation": "image.generate", "input": picture_input()}
FILE = {"filename": "fox.png"}
# What else an operation needs; where the value is the name of an id, it is one of the caller's own.
BODIES: dict[str, dict[str, Any]] = {
    "submitJob": {"task": "image.generate", "input": picture_input()},
    "preparePlan": {"steps": [STEP]},
    "executePlan": {"planHash": "sha256:"},
    "getPlanMedia": {"sha256": "0" * 64},
    "uploadAsset": FILE,
    "createUploadLink": FILE,
    "updateAsset": {"assetId": "assetId"},
    "keepAsset": {"projectId": "projectId", "jobId": "jobId"},
    "createText": {"projectId": "projectId", "name": "Fox"},
    "saveText": {"assetId": "assetId", "content": "A fox."},
    "createStoryboard": {"projectId": "projectId", "name": "Fox"},
    "saveStoryboard": {"assetId": "assetId", "document": {"title": "Fox"}},
    "importStoryboard": {"text": "A fox."},
    "prepareMessage": {"content": "Hello"},
}
BODY_WITH = {("sendMessage", "threadId"): {"content": "Hello"}}
# The first has a test of its own; the others need a provider, a receiver or a language model.
UNMADE = {
    "coverAssetId", "sessionId", "checkoutId", "purchaseId", "invoiceId", "deliveryId", "requestId",
}  # fmt: skip
IDS = [
    (each, where, name)
    for each in BY_KEY
    for where, model in (("params", each.query), ("json", each.body))
    for name in (model.model_json_schema()["properties"] if model else ())
    if name.endswith("Id") and name not in UNMADE
]


def name_of(each: object) -> str:
    return each.id if isinstance(each, Operation) else str(each)


def send(http: httpx2.Client, wanted: Operation, **more: Any) -> httpx2.Response:  # noqa: ANN401
    """Ask with an idempotency key and, where there is a body, at least `{}`."""
    body: dict[str, Any] = {} if wanted.body is None else {"json": BODIES.get(wanted.id, {})}
    headers = {"X-Idempotency-Key": "door", "If-Match": '"door"'}
    return http.request(wanted.method, wanted.path, headers=headers, **(body | more))


def quoted(client: Client) -> str:
    items = {"items": [BODIES["submitJob"]]}
    made: str = client.http.post("/api/v1/media/quote", json=items).json()["quoteId"]
    return made


def planned(client: Client) -> str:
    answer = client.http.post(f"{PLANS}/prepare", json=BODIES["preparePlan"])
    made: str = answer.json()["planId"]
    return made


@pytest.fixture(scope="module")
def stranger(gateway: Gateway) -> Iterator[Client]:
    with gateway.account() as account:
        yield account


def one_of_each(owner: Client) -> dict[str, str]:
    """Make one of each thing that has an id."""
    home = create_project(owner)
    film = owner.http.post("/api/v1/studio/films", json={"title": "Fox"}).json()
    job_id = owner.run_job("image.generate", picture_input())["jobId"]
    shared = owner.http.post("/api/v1/shares", json={"ref": f"job://{job_id}/0"}).json()
    return {
        "jobId": job_id,
        "parentJobId": job_id,
        "shareId": shared["shareId"],
        "keyId": owner.http.get("/api/v1/keys").json()["data"][0]["id"],
        "quoteId": quoted(owner),
        "planId": planned(owner),
        "filmId": film["filmId"],
        "storyboardAssetId": film["storyboardAssetId"],
        "projectId": home,
        "assetId": upload_asset(owner, home, "fox.png", make_png())["assetId"],
        "threadId": (talk := create_thread(owner, home)),
        "selectedProjectId": home,
        "selectedThreadId": talk,
    }


@pytest.fixture(scope="module")
def theirs(gateway: Gateway) -> Iterator[dict[str, str]]:
    with gateway.account() as owner:
        yield one_of_each(owner)


@pytest.fixture(scope="module")
def own(stranger: Client) -> dict[str, str]:
    return one_of_each(stranger)


@pytest.mark.promise("house: doors-closed")
@pytest.mark.parametrize("wanted", GUARDED, ids=name_of)
@pytest.mark.parametrize("key", [None, "nonsense", "kt_test_" + "0" * 38])
def test_without_a_key_that_is_good_there_is_one_answer(
    gateway: Gateway, wanted: Operation, key: str | None
) -> None:
    with gateway.client(key) as http:
        answer = send(http, wanted)
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.promise("house: doors-closed")
def test_a_key_without_the_scope_is_told_which(gateway: Gateway, client: Client) -> None:
    with ExitStack() as stack:
        with_only = {}
        for scope in SIGN_IN_SCOPES:
            made = client.http.post("/api/v1/keys", json={"label": scope, "scopes": [scope]})
            with_only[scope] = stack.enter_context(gateway.client(made.json()["apiKey"]))
        for wanted in BY_KEY:
            for scope, http in with_only.items():
                if wanted.scopes and scope not in wanted.scopes:
                    told = assert_problem(send(http, wanted), 403, "scope_denied")
                    assert told["requiredScope"] in wanted.scopes


@pytest.mark.promise("house: another-accounts-ids")
@pytest.mark.parametrize(("wanted", "where", "name"), IDS, ids=name_of)
def test_another_accounts_id_is_answered_like_one_that_never_was(
    stranger: Client,
    own: dict[str, str],
    theirs: dict[str, str],
    wanted: Operation,
    where: str,
    name: str,
) -> None:
    rest = BODIES.get(wanted.id, {}) if where == "json" or wanted.body is None else {}
    rest = rest | BODY_WITH.get((wanted.id, name), {})
    given = {key: own.get(key, value) for key, value in rest.items()}
    told = []
    for value in (theirs[name], NOWHERE[name]):
        answer = send(stranger.http, wanted, **{where: given | {name: value}})
        if answer.status_code == 200:  # it filters a list
            assert answer.json()["data"] == []
        else:
            assert_problem(answer, 404, "not_found")
        told.append({key: each for key, each in answer.json().items() if key != "requestId"})
    assert told[0] == told[1]


@pytest.mark.promise("house: another-accounts-ids")
@pytest.mark.parametrize(
    ("field", "form"),
    [("jobId", "{jobId}"), ("videoUrl", "job://{jobId}/0"), ("videoUrl", "asset://{assetId}")],
)
def test_another_accounts_media_are_no_source(
    stranger: Client, theirs: dict[str, str], field: str, form: str
) -> None:
    told = []
    for ids in (theirs, NOWHERE):
        given = {"prompt": "on", field: form.format_map(ids)}
        told.append(assert_problem(stranger.submit("video.extend", given), 422, "media_not_found"))
        del told[-1]["requestId"]
    assert told[0] == told[1]


@pytest.mark.promise("house: another-accounts-ids")
def test_another_accounts_image_is_no_cover(
    stranger: Client, own: dict[str, str], theirs: dict[str, str]
) -> None:
    told = []
    for ids in (theirs, NOWHERE):
        cover = {"projectId": own["projectId"], "coverAssetId": ids["assetId"]}
        answer = stranger.http.patch("/api/v1/studio/projects/update", json=cover)
        told.append(assert_problem(answer, 422, "invalid_input"))
        del told[-1]["requestId"]
    assert told[0] == told[1]


@pytest.mark.promise("house: another-accounts-ids")
def test_another_accounts_plan_is_not_resumed(stranger: Client, theirs: dict[str, str]) -> None:
    told = []
    for ids in (theirs, NOWHERE):
        answer = stranger.http.post(f"{PLANS}/prepare", json={"resumeOf": ids["planId"]})
        told.append(assert_problem(answer, 404, "not_found"))
        assert told[-1]["field"] == "resumeOf"
        del told[-1]["requestId"]
    assert told[0] == told[1]
