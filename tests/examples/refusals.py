"""The refusals of the story: each that costs little to provoke."""

from typing import Any

from gateway.kit.clock import HOUR, MINUTE
from gateway.kit.operation import JSON_MEDIA_TYPE, MAX_JSON_BODY_BYTES
from tests.examples.media import FOX
from tests.examples.money import PAYER
from tests.examples.people import ANA, ANN, Cast, sign_in, to_proof
from tests.examples.recorder import Person, Recorder

NOWHERE = "0" * 26
PICTURE: dict[str, Any] = {"task": "image.generate", "input": FOX}


async def of_requests(recorder: Recorder, cast: Cast) -> None:
    """Send requests that cannot be read, or that have no key."""
    agent, refuse = cast.agent, recorder.refuse
    as_json = {"Content-Type": JSON_MEDIA_TYPE}
    await refuse("unauthorized", "getBalance", Person())
    await refuse("invalid_json", "submitJob", agent, content=b"{", headers=as_json)
    large = b" " * (MAX_JSON_BODY_BYTES + 1)
    await refuse("payload_too_large", "createProject", agent, content=large, headers=as_json)
    text = {"Content-Type": "text/plain"}
    await refuse("unsupported_content_type", "submitJob", agent, content=b"fox", headers=text)
    await refuse("invalid_input", "submitJob", agent, body=with_input(count=9))
    await refuse("not_found", "getJob", agent, query={"jobId": f"job_{NOWHERE}"})
    long = {"X-Idempotency-Key": "k" * 256}
    await refuse("idempotency_key_invalid", "submitJob", agent, body=PICTURE, headers=long)
    known = {"X-Idempotency-Key": "fox-astronaut-1"}
    other = with_input(prompt="another fox")
    await refuse("idempotency_conflict", "submitJob", agent, body=other, headers=known)
    keyless = {"X-Idempotency-Key": ""}
    spend = {"amountUsd": "0.05"}
    await refuse("idempotency_key_required", "consumeCredits", agent, body=spend, headers=keyless)


def with_input(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the body of a submit with a changed input."""
    return PICTURE | {"input": FOX | changes}


async def of_keys(recorder: Recorder, cast: Cast) -> None:
    """Send requests with keys and sessions that may not, or not so much."""
    refuse, ana = recorder.refuse, cast.ana
    narrow = await key(recorder, cast, scopes=["media", "admin"])
    await refuse("scope_denied", "createProject", narrow, body={"name": "Fox"})
    wide = {"label": "more", "scopes": ["studio"]}
    await refuse("scope_escalation", "createKey", narrow, body=wide)
    poor = await key(recorder, cast, spendPolicy={"totalLimitUsd": "0.01"})
    await refuse("key_limit_exceeded", "submitJob", poor, body=PICTURE)
    foreign = Person(cookies=dict(ana.cookies))
    await refuse("cross_site_refused", "createKey", foreign, body={"label": "theirs"})
    live = await to_proof(recorder, ANA) | {"mode": "live"}
    await refuse("live_mode_disabled", "verifyEmail", cast.visitor, body=live)
    theirs = await to_proof(recorder, ANN, who=ana, purpose="link")
    await refuse("identity_taken", "linkIdentity", ana, body=theirs)
    ways = await recorder.ask_quietly("listIdentities", cast.ann)
    only = {"identityId": ways["data"][0]["id"]}
    await refuse("last_identity", "unlinkIdentity", cast.ann, body=only)
    issuer = recorder.world.outside.google
    issuer.person = {"sub": "108", "email": ANA}
    token = {"idToken": issuer.token()}
    await refuse("link_required", "verifyGoogle", cast.visitor, body=token)


async def key(recorder: Recorder, cast: Cast, **wanted: Any) -> Person:  # noqa: ANN401 - JSON
    """Create another key of the account."""
    made = await recorder.ask_quietly("createKey", cast.ana, body={"label": "another"} | wanted)
    return Person(key=made["apiKey"])


async def of_jobs(recorder: Recorder, cast: Cast) -> None:
    """Submit jobs without a known task, without a source, or at another price."""
    agent, refuse = cast.agent, recorder.refuse
    await refuse("unknown_task", "submitJob", agent, body=PICTURE | {"task": "image.paint"})
    strict = with_input(width=1000) | {"strict": True}
    await refuse("adjustment_required", "submitJob", agent, body=strict)
    cheap = PICTURE | {"maxPriceUsd": "0.01"}
    await refuse("price_exceeds_max", "submitJob", agent, body=cheap)
    lost = {"prompt": "make it night", "imageUrl": f"asset://ast_{NOWHERE}"}
    edit = {"task": "image.edit", "input": lost}
    await refuse("media_not_found", "submitJob", agent, body=edit)
    inside = PICTURE | {"webhook": {"url": "https://10.0.0.1/hook"}}
    await refuse("webhook_url_refused", "submitJob", agent, body=inside)
    quote = await recorder.ask_quietly("quoteJobs", agent, body={"items": [PICTURE]})
    quoted = {"quoteId": quote["quoteId"]}
    other = with_input(prompt="another fox") | quoted
    await refuse("quote_mismatch", "submitJob", agent, body=other)
    waiting = await recorder.ask_quietly("submitJob", agent, body=PICTURE | quoted)
    await refuse("quote_used", "submitJob", agent, body=PICTURE | quoted)
    output = {"ref": f"job://{waiting['jobId']}/0"}
    await refuse("source_not_ready", "getPreview", agent, query=output)
    await recorder.ask_quietly("cancelJob", agent, body={"jobId": waiting["jobId"]})


async def of_plans(recorder: Recorder, cast: Cast, project_id: str) -> None:
    """Prepare and execute plans that contradict themselves or have expired."""
    agent, refuse = cast.agent, recorder.refuse
    odd = {"steps": [{"operation": "image.paint", "input": FOX}]}
    await refuse("unknown_operation", "preparePlan", agent, body=odd)
    circle = [
        {"key": here, "operation": "image.generate", "input": FOX, "dependsOn": [there]}
        for here, there in (("a", "b"), ("b", "a"))
    ]
    await refuse("dependency_cycle", "preparePlan", agent, body={"steps": circle})
    chain = [circle[0] | {"dependsOn": []}, circle[1]]
    plan = await recorder.ask_quietly("preparePlan", agent, body={"steps": chain})
    seen = {"planId": plan["planId"], "planHash": plan["planHash"]}
    nobody = seen | {"stepIds": [f"step_{NOWHERE}"]}
    await refuse("unknown_step", "executePlan", agent, body=nobody)
    alone = seen | {"stepIds": [plan["steps"][1]["stepId"]]}
    await refuse("missing_dependency", "executePlan", agent, body=alone)
    quote = await recorder.ask_quietly("quoteJobs", agent, body={"items": [PICTURE]})
    recorder.world.clock.forward(16 * MINUTE)
    await refuse("plan_expired", "executePlan", agent, body=seen)
    late = PICTURE | {"quoteId": quote["quoteId"]}
    await refuse("quote_expired", "submitJob", agent, body=late)
    empty = {"title": "Empty", "scenes": [{"id": "s1", "shots": [{"id": "s1a"}]}]}
    new = {"projectId": project_id, "name": "Empty", "document": empty}
    board = await recorder.ask_quietly("createStoryboard", agent, body=new)
    await refuse("shot_incomplete", "prepareRender", agent, body={"assetId": board["assetId"]})


async def of_files(recorder: Recorder, cast: Cast, project_id: str) -> None:
    """Send broken files, use an upload link that has ended, and change an archived project."""
    agent, refuse = cast.agent, recorder.refuse
    here = {"projectId": project_id, "filename": "fox.png"}
    broken = b"\x89PNG\r\n\x1a\n" + bytes(64)
    await refuse("media_unreadable", "uploadAsset", agent, query=here, content=broken)
    await refuse("unsupported_media", "uploadAsset", agent, query=here, content=b"\x00fox" * 20)
    link = await recorder.ask_quietly("createUploadLink", agent, body=here)
    token = link["uploadUrl"].partition("uploadToken=")[2].partition("&")[0]
    recorder.world.clock.forward(2 * HOUR)
    ended = here | {"uploadToken": token}
    await refuse("upload_link_ended", "uploadAsset", cast.visitor, query=ended, content=b"fox")
    receiver = recorder.world.outside.receiver
    receiver.answer = "404 Not Found"
    away = {"projectId": project_id, "url": receiver.url}
    await refuse("source_unreachable", "keepAsset", agent, body=away)
    receiver.answer = "200 OK"
    old = await recorder.ask_quietly("createProject", agent, body={"name": "Old"})
    gone = {"projectId": old["projectId"]}
    await recorder.ask_quietly("updateProject", agent, body=gone | {"archived": True})
    await refuse("project_archived", "createThread", agent, body=gone)


async def of_affiliates(recorder: Recorder, cast: Cast) -> None:
    """Join with a code that is taken, twice, or without a browser."""
    refuse, ann = recorder.refuse, cast.ann
    taken = {"displayName": "Ana", "acceptTerms": True, "desiredCode": "ANN-10"}
    await refuse("code_taken", "applyAsAffiliate", cast.ana, body=taken)
    await refuse("already_bound", "bindAffiliateCode", cast.ana, body={"code": "ANN-10"})
    await recorder.ask_quietly("updateAffiliate", ann, body={"code": "ANN-11"})
    again = {"code": "ANN-12"}
    await refuse("code_changed_recently", "updateAffiliate", ann, body=again)
    made = await recorder.ask_quietly(
        "createKey", ann, body={"label": "Ann", "scopes": ["admin", "account:read"]}
    )
    wallet = {"payoutMethod": "usdc", "payoutDestination": PAYER.address}
    await refuse("session_required", "updateAffiliate", Person(key=made["apiKey"]), body=wallet)


async def of_late(recorder: Recorder, cast: Cast, made: dict[str, str]) -> None:
    """Send requests a month later, with a deleted output and a sign-in that is not fresh."""
    old = {"ref": f"job://{made['limited']}/0"}
    await recorder.refuse("output_deleted", "getPreview", cast.agent, query=old)
    ana = await sign_in(recorder, ANA)
    recorder.world.clock.forward(2 * HOUR)
    close = {"forfeitUsd": "0.00"}
    await recorder.refuse("fresh_sign_in_required", "closeAccount", ana, body=close)
    wallet = {"method": "usdc"}
    await recorder.refuse("payouts_blocked", "requestPayout", cast.ann, body=wallet)
