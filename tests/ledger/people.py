"""Rows of people: one who signed in and linked a device, and a member who left a team."""

from gateway.kit.clock import DAY
from gateway.kit.database.sessions import Session
from tests.rows import insert_row

LEFT_AT = 9


async def add_former_member(session: Session) -> None:
    """Add a former admin of a team: a thing of each kind that they held, and its end."""
    for account_id in ("acct_team", "acct_left"):
        await insert_row(session, "account", id=account_id)
    team, person = {"account_id": "acct_team"}, {"person_id": "acct_left"}
    await insert_row(
        session, "member", id="mbr_left", role="admin", removed_at=LEFT_AT, **team, **person
    )
    await insert_row(session, "spend_policy", id="mbr_left", account_id=1)
    for spender_id in ("mbr_left", "key_left"):
        await insert_row(
            session, "spender", key_id=spender_id, account_id=1, member_policy_id="mbr_left",
            revoked_at=LEFT_AT,
        )  # fmt: skip
    await insert_row(
        session, "api_key", id="key_left", lookup="left", minted_by="operator", revoked_at=LEFT_AT,
        **team, **person,
    )  # fmt: skip
    await insert_row(
        session, "browser_session", id="ses_left", account_id="acct_left", hash=b"left",
        acting_account_id="acct_team", revoked_at=LEFT_AT,
    )  # fmt: skip
    await insert_row(
        session, "device_link", id="dvl_left", device_hash=b"left", state="denied", **team, **person
    )
    await insert_row(
        session, "invitation", id="ivt_left", role="viewer", invited_by="acct_left",
        withdrawn_at=LEFT_AT, **team,
    )  # fmt: skip
    await insert_row(session, "upload_link", id="upl_left", member_id="mbr_left", expires_at=1)
    await insert_row(
        session, "share", id="shr_left", kind="output", member_id="mbr_left", revoked_at=LEFT_AT
    )


async def add_sign_in(session: Session, now: int) -> None:
    """Add a sign-in by a code, and a linked device."""
    await insert_row(
        session, "email_challenge", id="chl_1", purpose="sign_in", tries=1, created_at=now,
        used_at=now, expires_at=now + DAY,
    )  # fmt: skip
    await insert_row(session, "account", id="acct_9")
    await insert_row(
        session, "browser_session", id="ses_1", account_id="acct_9", origin="chl_1",
    )  # fmt: skip
    await insert_row(session, "device_link", id="dvl_1", state="redeemed")
    for number, minted_by in enumerate(("device:dvl_1", "operator")):
        await insert_row(
            session, "api_key", id=f"key_{number}", account_id="acct_9",
            lookup=f"look{number}", minted_by=minted_by,
        )  # fmt: skip
