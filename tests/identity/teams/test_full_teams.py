"""A team that is full takes nobody more, by whatever way a place would be taken."""

import json
from dataclasses import asdict

import pytest
from sqlalchemy import select

from gateway.identity.keys import keys
from gateway.identity.keys.sessions import hash_token
from gateway.identity.teams import invitations
from gateway.identity.teams.errors import TeamFull
from gateway.identity.teams.tables import Invitation
from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger.decisions import Limits
from gateway.mail.outbox import Mailer
from tests.rows import insert_row

pytestmark = pytest.mark.anyio
TOKEN, ADDRESS = "t" * 43, "late@example.com"


async def add_full_team(database: Database, ids: Ids, *, expires_at: int) -> str:
    """Add a team with a member, and one more invitation; return the invited person."""
    async with database.write() as session:
        team, other, person = [
            await keys.create_account(session, ids, name) for name in ("team", "other", "person")
        ]
        await insert_row(
            session, "member", id="mbr_1", account_id=team, person_id=other, role="viewer"
        )
        await insert_row(
            session, "identity", id="idn_1", account_id=person, kind="email", subject=ADDRESS,
            email=ADDRESS,
        )  # fmt: skip
        await insert_row(
            session, "invitation", id="ivt_1", account_id=team, email=ADDRESS, role="viewer",
            limits_json=json.dumps(asdict(Limits())), token_hash=hash_token(TOKEN),
            invited_by=team, expires_at=expires_at,
        )  # fmt: skip
    return person


async def test_an_invitation_to_a_full_team_is_refused_when_it_is_accepted(
    database: Database, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_PLACES", 1)
    person = await add_full_team(database, ids, expires_at=database.clock.now() + DAY)
    mailer = Mailer(database, ids, None, {"1": b"pepper"})
    with pytest.raises(TeamFull):
        async with database.write() as session:
            await invitations.accept_invitation(session, ids, mailer, TOKEN, person)
    await mailer.close()


async def test_an_expired_invitation_is_not_sent_again_from_a_full_team(
    database: Database, ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(invitations, "MOST_PLACES", 1)
    await add_full_team(database, ids, expires_at=1)
    mailer = Mailer(database, ids, None, {"1": b"pepper"})
    post = invitations.InvitationPost(mailer, ids, "http://site.test")
    with pytest.raises(TeamFull):
        async with database.write() as session:
            row = (await session.scalars(select(Invitation))).one()
            await post.resend(session, row)
    await mailer.close()
