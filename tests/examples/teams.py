"""Working together: an invitation, a member, another account, and the end of it."""

import re
from asyncio import to_thread

from gateway.kit.clock import HOUR, MINUTE
from tests.examples.people import ANA_EMAIL, sign_in
from tests.examples.recorder import ExampleRecorder
from tests.fakes.smtp import read_mail_text

BEN_EMAIL, ZOE_EMAIL = "ben@example.com", "zoe@example.com"
TOKEN = re.compile(r"token=([A-Za-z0-9_-]+)")


async def share_account(recorder: ExampleRecorder) -> None:
    """Invite Ben to Ana's account, change what he may do, and remove him."""
    refuse, clock = recorder.record_refusal, recorder.world.clock
    clock.advance(HOUR)
    ana, ben, zoe = [await sign_in(recorder, email) for email in (ANA_EMAIL, BEN_EMAIL, ZOE_EMAIL)]
    wanted = {"email": BEN_EMAIL, "role": "developer", "limits": {"monthlyLimitUsd": "50"}}
    invited = await recorder.record_call("inviteMember", ana, body=wanted)
    await refuse("already_member", "inviteMember", ana, body=wanted)
    await read_token(recorder, BEN_EMAIL)  # it has come before the second is sent
    clock.advance(2 * MINUTE)
    recorder.world.stand_ins.inbox.mails.clear()
    await recorder.record_call("resendInvitation", ana, body={"invitationId": invited["id"]})
    await recorder.record_call("listInvitations", ana)
    token = {"token": await read_token(recorder, BEN_EMAIL)}
    await refuse("invitation_for_other", "acceptInvitation", zoe, body=token)
    await recorder.record_call("readInvitation", ben, query=token)
    joined = await recorder.record_call("acceptInvitation", ben, body=token)
    team = await recorder.record_call("listMembers", ana)
    await recorder.record_call("listTeamAccounts", ben)
    await recorder.record_call("switchAccount", ben, body={"accountId": joined["accountId"]})
    await refuse("role_denied", "listInvitations", ben)
    member = {"memberId": team["data"][1]["id"]}
    raised = member | {"role": "admin", "limits": {"monthlyLimitUsd": "100"}}
    await recorder.record_call("changeMember", ana, body=raised)
    await refuse("own_membership", "changeMember", ben, body=raised)
    other = await recorder.call_unrecorded(
        "inviteMember", ana, body={"email": ZOE_EMAIL, "role": "viewer"}
    )
    await recorder.record_call("withdrawInvitation", ana, query={"invitationId": other["id"]})
    ended = {"token": await read_token(recorder, ZOE_EMAIL)}
    await refuse("invitation_ended", "acceptInvitation", zoe, body=ended)
    await recorder.record_call("removeMember", ana, query=member)


async def read_token(recorder: ExampleRecorder, email: str) -> str:
    """Return the token of the invitation that was mailed to an address."""
    mail = await to_thread(recorder.world.stand_ins.inbox.wait_for_mail, email)
    (token,) = TOKEN.findall(read_mail_text(mail))
    return str(token)
