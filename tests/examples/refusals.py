"""The refusals of the story: each that costs little to provoke."""

from typing import Any

from gateway.kit.clock import HOUR, MINUTE
from gateway.kit.operation import JSON_MEDIA_TYPE, MAX_JSON_BODY_BYTES
from tests.examples.media import FOX_INPUT
from tests.examples.money import PAYER
from tests.examples.people import ANA_EMAIL, ANN_EMAIL, Cast, build_email_proof, sign_in
from tests.examples.recorder import ExampleRecorder, Person

UNKNOWN_ID_TAIL = "0" * 26
PICTURE_JOB: dict[str, Any] = {"task": "image.generate", "input": FOX_INPUT}


async def refuse_requests(recorder: ExampleRecorder, cast: Cast) -> None:
    """Send requests that cannot be read, or that have no key."""
    agent, refuse = cast.agent, recorder.record_refusal
    as_json = {"Content-Type": JSON_MEDIA_TYPE}
    await refuse("unauthorized", "getBalance", Person())
    await refuse("invalid_json", "submitJob", agent, content=b"{", headers=as_json)
    large = b" " * (MAX_JSON_BODY_BYTES + 1)
    await refuse("payload_too_large", "createProject", agent, content=large, headers=as_json)
    text = {"Content-Type": "text/plain"}
    await refuse("unsupported_content_type", "submitJob", agent, content=b"fox", headers=text)
    await refuse("invalid_input", "submitJob", agent, body=build_submit(count=9))
    await refuse("not_found", "getJob", agent, query={"jobId": f"job_{UNKNOWN_ID_TAIL}"})
    long = {"X-Idempotency-Key": "k" * 256}
    await refuse("idempotency_key_invalid", "submitJob", agent, body=PICTURE_JOB, headers=long)
    known = {"X-Idempotency-Key": "fox-astronaut-1"}
    other = build_submit(prompt="another fox")
    await refuse("idempotency_conflict", "submitJob", agent, body=other, headers=known)
    keyless = {"X-Idempotency-Key": ""}
    spend = {"amountUsd": "0.05"}
    await refuse("idempotency_key_required", "consumeCredits", agent, body=spend, headers=keyless)


def build_submit(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the body of a submit with a changed input."""
    return PICTURE_JOB | {"input": FOX_INPUT | changes}


async def refuse_keys(recorder: ExampleRecorder, cast: Cast) -> None:
    """Send requests with keys and sessions that may not, or not so much."""
    refuse, ana = recorder.record_refusal, cast.ana
    narrow = await create_key(recorder, cast, scopes=["media", "admin"])
    await refuse("scope_denied", "createProject", narrow, body={"name": "Fox"})
    wide = {"label": "more", "scopes": ["studio"]}
    await refuse("scope_escalation", "createKey", narrow, body=wide)
    poor = await create_key(recorder, cast, spendPolicy={"totalLimitUsd": "0.01"})
    await refuse("key_limit_exceeded", "submitJob", poor, body=PICTURE_JOB)
    foreign = Person(cookies=dict(ana.cookies))
    await refuse("cross_site_refused", "createKey", foreign, body={"label": "theirs"})
    live = await build_email_proof(recorder, ANA_EMAIL) | {"mode": "live"}
    await refuse("live_mode_disabled", "verifyEmail", cast.visitor, body=live)
    theirs = await build_email_proof(recorder, ANN_EMAIL, who=ana, purpose="link")
    await refuse("identity_taken", "linkIdentity", ana, body=theirs)
    ways = await recorder.call_unrecorded("listIdentities", cast.ann)
    only = {"identityId": ways["data"][0]["id"]}
    await refuse("last_identity", "unlinkIdentity", cast.ann, body=only)
    issuer = recorder.world.stand_ins.google
    issuer.person = {"sub": "108", "email": ANA_EMAIL}
    token = {"idToken": issuer.sign_token()}
    await refuse("link_required", "verifyGoogle", cast.visitor, body=token)


async def create_key(recorder: ExampleRecorder, cast: Cast, **wanted: Any) -> Person:  # noqa: ANN401 - JSON
    """Create another key of the account."""
    made = await recorder.call_unrecorded("createKey", cast.ana, body={"label": "another"} | wanted)
    return Person(key=made["apiKey"])


async def refuse_jobs(recorder: ExampleRecorder, cast: Cast) -> None:
    """Submit jobs without a known task, without a source, or at another price."""
    agent, refuse = cast.agent, recorder.record_refusal
    await refuse("unknown_task", "submitJob", agent, body=PICTURE_JOB | {"task": "image.paint"})
    strict = build_submit(width=1000) | {"strict": True}
    await refuse("adjustment_required", "submitJob", agent, body=strict)
    cheap = PICTURE_JOB | {"maxPriceUsd": "0.01"}
    await refuse("price_exceeds_max", "submitJob", agent, body=cheap)
    lost = {"prompt": "make it night", "imageUrl": f"asset://ast_{UNKNOWN_ID_TAIL}"}
    edit = {"task": "image.edit", "input": lost}
    await refuse("media_not_found", "submitJob", agent, body=edit)
    inside = PICTURE_JOB | {"webhook": {"url": "https://10.0.0.1/hook"}}
    await refuse("webhook_url_refused", "submitJob", agent, body=inside)
    quote = await recorder.call_unrecorded("quoteJobs", agent, body={"items": [PICTURE_JOB]})
    quoted = {"quoteId": quote["quoteId"]}
    other = build_submit(prompt="another fox") | quoted
    await refuse("quote_mismatch", "submitJob", agent, body=other)
    waiting = await recorder.call_unrecorded("submitJob", agent, body=PICTURE_JOB | quoted)
    await refuse("quote_used", "submitJob", agent, body=PICTURE_JOB | quoted)
    output = {"ref": f"job://{waiting['jobId']}/0"}
    await refuse("source_not_ready", "getPreview", agent, query=output)
    await recorder.call_unrecorded("cancelJob", agent, body={"jobId": waiting["jobId"]})


async def refuse_plans(recorder: ExampleRecorder, cast: Cast, project_id: str) -> None:
    """Prepare and execute plans that contradict themselves or have expired."""
    agent, refuse = cast.agent, recorder.record_refusal
    odd = {"steps": [{"operation": "image.paint", "input": FOX_INPUT}]}
    await refuse("unknown_operation", "preparePlan", agent, body=odd)
    circle = [
        {"key": here, "operation": "image.generate", "input": FOX_INPUT, "dependsOn": [there]}
        for here, there in (("a", "b"), ("b", "a"))
    ]
    await refuse("dependency_cycle", "preparePlan", agent, body={"steps": circle})
    chain = [circle[0] | {"dependsOn": []}, circle[1]]
    plan = await recorder.call_unrecorded("preparePlan", agent, body={"steps": chain})
    seen = {"planId": plan["planId"], "planHash": plan["planHash"]}
    nobody = seen | {"stepIds": [f"step_{UNKNOWN_ID_TAIL}"]}
    await refuse("unknown_step", "executePlan", agent, body=nobody)
    alone = seen | {"stepIds": [plan["steps"][1]["stepId"]]}
    await refuse("missing_dependency", "executePlan", agent, body=alone)
    quote = await recorder.call_unrecorded("quoteJobs", agent, body={"items": [PICTURE_JOB]})
    recorder.world.clock.advance(16 * MINUTE)
    await refuse("plan_expired", "executePlan", agent, body=seen)
    late = PICTURE_JOB | {"quoteId": quote["quoteId"]}
    await refuse("quote_expired", "submitJob", agent, body=late)
    empty = {"title": "Empty", "scenes": [{"id": "s1", "shots": [{"id": "s1a"}]}]}
    new = {"projectId": project_id, "name": "Empty", "document": empty}
    board = await recorder.call_unrecorded("createStoryboard", agent, body=new)
    await refuse("shot_incomplete", "prepareRender", agent, body={"assetId": board["assetId"]})


async def refuse_files(recorder: ExampleRecorder, cast: Cast, project_id: str) -> None:
    """Send broken files, use an upload link that has ended, and change an archived project."""
    agent, refuse = cast.agent, recorder.record_refusal
    here = {"projectId": project_id, "filename": "fox.png"}
    broken = b"\x89PNG\r\n\x1a\n" + bytes(64)
    await refuse("media_unreadable", "uploadAsset", agent, query=here, content=broken)
    await refuse("unsupported_media", "uploadAsset", agent, query=here, content=b"\x00fox" * 20)
    link = await recorder.call_unrecorded("createUploadLink", agent, body=here)
    token = link["uploadUrl"].partition("uploadToken=")[2].partition("&")[0]
    recorder.world.clock.advance(2 * HOUR)
    ended = here | {"uploadToken": token}
    await refuse("upload_link_ended", "uploadAsset", cast.visitor, query=ended, content=b"fox")
    receiver = recorder.world.stand_ins.receiver
    receiver.answer = "404 Not Found"
    away = {"projectId": project_id, "url": receiver.url}
    await refuse("source_unreachable", "keepAsset", agent, body=away)
    receiver.answer = "200 OK"
    old = await recorder.call_unrecorded("createProject", agent, body={"name": "Old"})
    gone = {"projectId": old["projectId"]}
    await recorder.call_unrecorded("updateProject", agent, body=gone | {"archived": True})
    await refuse("project_archived", "createThread", agent, body=gone)


async def refuse_affiliates(recorder: ExampleRecorder, cast: Cast) -> None:
    """Join with a code that is taken, twice, or without a browser."""
    refuse, ann = recorder.record_refusal, cast.ann
    taken = {"displayName": "Ana", "acceptTerms": True, "desiredCode": "ANN-10"}
    await refuse("code_taken", "applyAsAffiliate", cast.ana, body=taken)
    await refuse("already_bound", "bindAffiliateCode", cast.ana, body={"code": "ANN-10"})
    await recorder.call_unrecorded("updateAffiliate", ann, body={"code": "ANN-11"})
    again = {"code": "ANN-12"}
    await refuse("code_changed_recently", "updateAffiliate", ann, body=again)
    made = await recorder.call_unrecorded(
        "createKey", ann, body={"label": "Ann", "scopes": ["admin", "account:read"]}
    )
    wallet = {"payoutMethod": "usdc", "payoutDestination": PAYER.address}
    await refuse("session_required", "updateAffiliate", Person(key=made["apiKey"]), body=wallet)


async def refuse_late_requests(recorder: ExampleRecorder, cast: Cast, made: dict[str, str]) -> None:
    """Send requests a month later, with a deleted output and a sign-in that is not fresh."""
    film = {"jobId": made["film"], "outputIndex": 0}
    await recorder.call_unrecorded("deleteOutputs", cast.agent, body={"outputs": [film]})
    old = {"ref": f"job://{made['film']}/0"}
    await recorder.record_refusal("output_deleted", "getPreview", cast.agent, query=old)
    ana = await sign_in(recorder, ANA_EMAIL)
    recorder.world.clock.advance(2 * HOUR)
    close = {"forfeitUsd": "0.00"}
    await recorder.record_refusal("fresh_sign_in_required", "closeAccount", ana, body=close)
    wallet = {"method": "usdc"}
    await recorder.record_refusal("payouts_blocked", "requestPayout", cast.ann, body=wallet)
