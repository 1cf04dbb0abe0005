"""Signing in, keys, devices and accounts: who the story is about, and how they come in."""

from asyncio import to_thread
from dataclasses import dataclass

from gateway.kit.clock import MINUTE
from tests.examples.recorder import ExampleRecorder, Person

ANA_EMAIL, PHONE_EMAIL, ANN_EMAIL = "ana@example.com", "ana.phone@example.com", "ann@example.com"


@dataclass(slots=True)
class Cast:
    """The people of the story: one account with a browser and two keys, and an affiliate."""

    visitor: Person
    ana: Person
    agent: Person
    owner: Person
    ann: Person


async def sign_in_cast(recorder: ExampleRecorder) -> Cast:
    """Sign in all people of the story."""
    visitor, ana = Person(), Person(in_browser=True)
    await recorder.record_call("getHealth", visitor)
    await recorder.call_unrecorded("getBrowserSession", ana)
    challenge = await recorder.record_call("startEmail", ana, body={"email": ANA_EMAIL})
    proof = {
        "challengeId": challenge["challengeId"],
        "code": await to_thread(recorder.world.stand_ins.inbox.wait_for_code, ANA_EMAIL),
    }
    wrong = {**proof, "code": "000000" if proof["code"] != "000000" else "111111"}
    await recorder.record_refusal("code_invalid", "verifyEmailInBrowser", ana, body=wrong)
    await recorder.record_call("verifyEmailInBrowser", ana, body=proof)
    await recorder.record_refusal("code_expired", "verifyEmailInBrowser", ana, body=proof)
    await recorder.record_call("getBrowserSession", ana, "signedIn")
    await recorder.record_call("getBrowserSession", Person(in_browser=True), "signedOut")
    agent = await _create_agent(recorder, ana)
    owner = await _create_owner(recorder, visitor)
    ann = await sign_in(recorder, ANN_EMAIL)
    return Cast(visitor=visitor, ana=ana, agent=agent, owner=owner, ann=ann)


async def _create_agent(recorder: ExampleRecorder, ana: Person) -> Person:
    """Create the key of an agent."""
    body = {
        "label": "my agent",
        "scopes": ["media", "studio", "account:read", "billing"],
        "spendPolicy": {"autoApproveUsd": "0.25", "dailyLimitUsd": "20"},
    }
    made = await recorder.record_call("createKey", ana, body=body)
    return Person(key=made["apiKey"])


async def _create_owner(recorder: ExampleRecorder, visitor: Person) -> Person:
    """Sign Ana in without a browser, which gives a key with every scope."""
    await recorder.record_refusal("rate_limited", "startEmail", visitor, body={"email": ANA_EMAIL})
    recorder.world.clock.advance(MINUTE)
    proof = await build_email_proof(recorder, ANA_EMAIL)
    made = await recorder.record_call(
        "verifyEmail", visitor, body={**proof, "keyLabel": "my laptop"}
    )
    return Person(key=made["apiKey"])


async def build_email_proof(
    recorder: ExampleRecorder, email: str, *, who: Person | None = None, **more: str
) -> dict[str, str]:
    """Request a code, read it in the mail, and return the body that proves the address."""
    recorder.world.stand_ins.inbox.mails.clear()
    body = {"email": email, **more}
    challenge = await recorder.call_unrecorded("startEmail", who or Person(), body=body)
    code = await to_thread(recorder.world.stand_ins.inbox.wait_for_code, email)
    return {"challengeId": challenge["challengeId"], "code": code}


async def sign_in(recorder: ExampleRecorder, email: str) -> Person:
    """Return a browser in which this address has signed in."""
    person = Person(in_browser=True)
    proof = await build_email_proof(recorder, email, who=person)
    await recorder.call_unrecorded("verifyEmailInBrowser", person, body=proof)
    return person


async def link_identities(recorder: ExampleRecorder, cast: Cast) -> None:
    """Link another address, and list sessions and identities."""
    proof = await build_email_proof(recorder, PHONE_EMAIL, purpose="link", who=cast.ana)
    linked = await recorder.record_call("linkIdentity", cast.ana, body=proof)
    await recorder.record_call("listIdentities", cast.ana)
    body = {"identityId": linked["id"]}
    await recorder.record_call("unlinkIdentity", cast.ana, body=body)
    await recorder.record_call("listSessions", cast.ana)
    await recorder.record_call("revokeSession", cast.ana, body={"others": True})


async def sign_in_with_google(recorder: ExampleRecorder) -> None:
    """Sign in with Google, with and without a browser, and close that account."""
    issuer = recorder.world.stand_ins.google
    issuer.person = {"sub": "107", "email": "gus@gmail.com"}
    visitor, gus = Person(), Person(in_browser=True)
    await recorder.record_call("verifyGoogle", visitor, body={"idToken": issuer.sign_token()})
    state = await recorder.call_unrecorded("getBrowserSession", gus)
    token = issuer.sign_token(nonce=state["signIn"]["nonce"])
    await recorder.record_call("verifyGoogleInBrowser", gus, body={"idToken": token})
    await recorder.record_refusal(
        "token_invalid", "verifyGoogle", visitor, body={"idToken": issuer.build_unsigned_token()}
    )
    await recorder.record_call("getAccountClosing", gus)
    await recorder.record_call("closeAccount", gus, body={"forfeitUsd": "0.00"})


async def change_keys(recorder: ExampleRecorder, cast: Cast) -> None:
    """Change, rotate, list and revoke keys."""
    await recorder.record_call("getAccountSettings", cast.ana)
    policy = {"spendPolicy": {"dailyLimitUsd": "20", "autoApproveUsd": "0.50"}}
    await recorder.record_call("changeAccountSettings", cast.ana, body=policy)
    made = await recorder.call_unrecorded("createKey", cast.ana, body={"label": "a notebook"})
    key_id = made["id"]
    await recorder.record_call(
        "changeKey", cast.ana, body={"keyId": key_id, "spendPolicy": {"totalLimitUsd": "5"}}
    )
    page = await recorder.record_call("listKeys", cast.ana, query={"limit": 2})
    await recorder.record_call(
        "listKeys", cast.ana, "nextPage", query={"cursor": page["nextCursor"]}
    )
    rotated = await recorder.record_call(
        "rotateKey", cast.ana, body={"keyId": key_id, "graceSeconds": 3600}
    )
    await recorder.record_call("revokeKey", cast.ana, body={"keyId": rotated["id"]})
    await recorder.record_refusal(
        "key_revoked", "rotateKey", cast.ana, body={"keyId": rotated["id"]}
    )


async def link_device(recorder: ExampleRecorder, cast: Cast) -> None:
    """Link a device, which polls until the person has decided."""
    wanted = {"clientName": "my laptop", "scopes": ["media", "account:read"]}
    link = await recorder.record_call("startDeviceLink", cast.visitor, body=wanted)
    poll = {"deviceCode": link["deviceCode"]}
    await recorder.record_refusal(
        "authorization_pending", "pollDeviceLink", cast.visitor, body=poll
    )
    await recorder.record_refusal("slow_down", "pollDeviceLink", cast.visitor, body=poll)
    code = {"userCode": link["userCode"]}
    await recorder.record_call("getDeviceLink", cast.ana, query=code)
    body = {**code, "approve": True, "label": "my laptop", "spendPolicy": {"dailyLimitUsd": "5"}}
    await recorder.record_call("approveDeviceLink", cast.ana, body=body)
    await recorder.record_refusal("already_decided", "approveDeviceLink", cast.ana, body=body)
    await recorder.record_call("pollDeviceLink", cast.visitor, body=poll)
    await recorder.record_refusal("expired_token", "pollDeviceLink", cast.visitor, body=poll)
    other = await recorder.call_unrecorded("startDeviceLink", cast.visitor, body=wanted)
    denied = {"userCode": other["userCode"], "approve": False}
    await recorder.call_unrecorded("approveDeviceLink", cast.ana, body=denied)
    await recorder.record_refusal(
        "access_denied", "pollDeviceLink", cast.visitor, body={"deviceCode": other["deviceCode"]}
    )


async def sign_out(recorder: ExampleRecorder, cast: Cast) -> None:
    """Sign out."""
    await recorder.record_call("endBrowserSession", cast.ana)
