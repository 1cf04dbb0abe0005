"""Signing in, keys, devices and accounts: who the story is about, and how they come in."""

from asyncio import to_thread
from dataclasses import dataclass

from gateway.kit.clock import MINUTE
from tests.examples.recorder import Person, Recorder

ANA, PHONE, ANN = "ana@example.com", "ana.phone@example.com", "ann@example.com"


@dataclass(slots=True)
class Cast:
    """The people of the story: one account with a browser and two keys, and an affiliate."""

    visitor: Person
    ana: Person
    agent: Person
    owner: Person
    ann: Person


async def start(recorder: Recorder) -> Cast:
    """Sign in all people of the story."""
    visitor, ana = Person(), Person(in_browser=True)
    await recorder.call("getHealth", visitor)
    await recorder.ask_quietly("getBrowserSession", ana)
    challenge = await recorder.call("startEmail", ana, body={"email": ANA})
    proof = {
        "challengeId": challenge["challengeId"],
        "code": await to_thread(recorder.world.outside.inbox.code, ANA),
    }
    wrong = {**proof, "code": "000000" if proof["code"] != "000000" else "111111"}
    await recorder.refuse("code_invalid", "verifyEmailInBrowser", ana, body=wrong)
    await recorder.call("verifyEmailInBrowser", ana, body=proof)
    await recorder.refuse("code_expired", "verifyEmailInBrowser", ana, body=proof)
    await recorder.call("getBrowserSession", ana, "signedIn")
    await recorder.call("getBrowserSession", Person(in_browser=True), "signedOut")
    agent = await _agent(recorder, ana)
    owner = await _owner(recorder, visitor)
    ann = await sign_in(recorder, ANN)
    return Cast(visitor=visitor, ana=ana, agent=agent, owner=owner, ann=ann)


async def _agent(recorder: Recorder, ana: Person) -> Person:
    """Create the key of an agent."""
    body = {
        "label": "my agent",
        "scopes": ["media", "studio", "account:read", "billing"],
        "spendPolicy": {"autoApproveUsd": "0.25", "dailyLimitUsd": "20"},
    }
    made = await recorder.call("createKey", ana, body=body)
    return Person(key=made["apiKey"])


async def _owner(recorder: Recorder, visitor: Person) -> Person:
    """Sign Ana in without a browser, which gives a key with every scope."""
    await recorder.refuse("rate_limited", "startEmail", visitor, body={"email": ANA})
    recorder.world.clock.forward(MINUTE)
    proof = await to_proof(recorder, ANA)
    made = await recorder.call("verifyEmail", visitor, body={**proof, "keyLabel": "my laptop"})
    return Person(key=made["apiKey"])


async def to_proof(
    recorder: Recorder, email: str, *, who: Person | None = None, **more: str
) -> dict[str, str]:
    """Request a code, read it in the mail, and return the body that proves the address."""
    recorder.world.outside.inbox.mails.clear()
    body = {"email": email, **more}
    challenge = await recorder.ask_quietly("startEmail", who or Person(), body=body)
    code = await to_thread(recorder.world.outside.inbox.code, email)
    return {"challengeId": challenge["challengeId"], "code": code}


async def sign_in(recorder: Recorder, email: str) -> Person:
    """Return a browser in which this address has signed in."""
    person = Person(in_browser=True)
    proof = await to_proof(recorder, email, who=person)
    await recorder.ask_quietly("verifyEmailInBrowser", person, body=proof)
    return person


async def identities(recorder: Recorder, cast: Cast) -> None:
    """Link another address, and list sessions and identities."""
    proof = await to_proof(recorder, PHONE, purpose="link", who=cast.ana)
    linked = await recorder.call("linkIdentity", cast.ana, body=proof)
    await recorder.call("listIdentities", cast.ana)
    body = {"identityId": linked["id"]}
    await recorder.call("unlinkIdentity", cast.ana, body=body)
    await recorder.call("listSessions", cast.ana)
    await recorder.call("revokeSession", cast.ana, body={"others": True})


async def google(recorder: Recorder) -> None:
    """Sign in with Google, with and without a browser, and close that account."""
    issuer = recorder.world.outside.google
    issuer.person = {"sub": "107", "email": "gus@gmail.com"}
    visitor, gus = Person(), Person(in_browser=True)
    await recorder.call("verifyGoogle", visitor, body={"idToken": issuer.token()})
    state = await recorder.ask_quietly("getBrowserSession", gus)
    token = issuer.token(nonce=state["signIn"]["nonce"])
    await recorder.call("verifyGoogleInBrowser", gus, body={"idToken": token})
    await recorder.refuse(
        "token_invalid", "verifyGoogle", visitor, body={"idToken": issuer.unsigned()}
    )
    await recorder.call("getAccountClosing", gus)
    await recorder.call("closeAccount", gus, body={"forfeitUsd": "0.00"})


async def keys(recorder: Recorder, cast: Cast) -> None:
    """Change, rotate, list and revoke keys."""
    await recorder.call("getAccountSettings", cast.ana)
    policy = {"spendPolicy": {"dailyLimitUsd": "20", "autoApproveUsd": "0.50"}}
    await recorder.call("changeAccountSettings", cast.ana, body=policy)
    made = await recorder.ask_quietly("createKey", cast.ana, body={"label": "a notebook"})
    key_id = made["id"]
    await recorder.call(
        "changeKey", cast.ana, body={"keyId": key_id, "spendPolicy": {"totalLimitUsd": "5"}}
    )
    page = await recorder.call("listKeys", cast.ana, query={"limit": 2})
    await recorder.call("listKeys", cast.ana, "nextPage", query={"cursor": page["nextCursor"]})
    rotated = await recorder.call(
        "rotateKey", cast.ana, body={"keyId": key_id, "graceSeconds": 3600}
    )
    await recorder.call("revokeKey", cast.ana, body={"keyId": rotated["id"]})
    await recorder.refuse("key_revoked", "rotateKey", cast.ana, body={"keyId": rotated["id"]})


async def device(recorder: Recorder, cast: Cast) -> None:
    """Link a device, which polls until the person has decided."""
    wanted = {"clientName": "my laptop", "scopes": ["media", "account:read"]}
    link = await recorder.call("startDeviceLink", cast.visitor, body=wanted)
    poll = {"deviceCode": link["deviceCode"]}
    await recorder.refuse("authorization_pending", "pollDeviceLink", cast.visitor, body=poll)
    await recorder.refuse("slow_down", "pollDeviceLink", cast.visitor, body=poll)
    code = {"userCode": link["userCode"]}
    await recorder.call("getDeviceLink", cast.ana, query=code)
    body = {**code, "approve": True, "label": "my laptop", "spendPolicy": {"dailyLimitUsd": "5"}}
    await recorder.call("approveDeviceLink", cast.ana, body=body)
    await recorder.refuse("already_decided", "approveDeviceLink", cast.ana, body=body)
    await recorder.call("pollDeviceLink", cast.visitor, body=poll)
    await recorder.refuse("expired_token", "pollDeviceLink", cast.visitor, body=poll)
    other = await recorder.ask_quietly("startDeviceLink", cast.visitor, body=wanted)
    denied = {"userCode": other["userCode"], "approve": False}
    await recorder.ask_quietly("approveDeviceLink", cast.ana, body=denied)
    await recorder.refuse(
        "access_denied", "pollDeviceLink", cast.visitor, body={"deviceCode": other["deviceCode"]}
    )


async def leave(recorder: Recorder, cast: Cast) -> None:
    """Sign out."""
    await recorder.call("endBrowserSession", cast.ana)
