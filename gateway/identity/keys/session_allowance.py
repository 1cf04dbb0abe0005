"""Rights that a browser session may hand out long after its sign-in.

The problem: a session that was left open, or whose cookie was stolen, must not become keys that
empty the account. So every way in which a session lets a program spend real money asks here: a new
key, a rotated one, wider limits or defaults, a device, an app, the first key of a purchase.

A session hands out what it likes within ten minutes of its sign-in. Later all of it together stays
below an allowance, counted in the session's row and summed over all living sessions of the account,
so neither many small keys nor several old sessions add up to more. Revoking a key gives nothing
back, because it may have spent. Another sign-in opens a new session, which starts from nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select, update

from gateway.identity.errors import FreshSignInRequired
from gateway.identity.keys import keys
from gateway.identity.keys.authority import Authority
from gateway.identity.keys.sessions import ALIVE_CONDITIONS, check_fresh_sign_in, is_fresh
from gateway.identity.keys.spend_policy import SpendPolicy
from gateway.identity.tables import BrowserSession
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.money import render_usd
from gateway.kit.operation import Caller


@dataclass(frozen=True, slots=True)
class SessionAllowance:
    """The rights that a session with an old sign-in may hand out, by their spending in a month."""

    allowance_microusd: int

    async def count_granted_rights(
        self, session: Session, caller: Caller, granted: Authority
    ) -> None:
        """Count the rights that a session is about to give to a key, a device or an app.

        Raises:
            FreshSignInRequired: the sign-in is too old for so much; nothing was counted.
            AccountClosed: the account gets nothing new.
        """
        if caller.session_id is None or granted.book != "live":
            return  # a key gives away no more than its own rights; play money is free
        now = await get_database_time(session)
        if is_fresh(caller.signed_in_at or 0, now):
            return
        reach = granted.policy.monthly_reach
        if granted.is_powerful or reach is None:
            raise FreshSignInRequired
        # Two sessions of one person must not each see only their own count: the lock lets the
        # second one add up after the first has committed. A refusal rolls the count back. A person
        # who works in several accounts has one allowance, so their sessions are locked too.
        await keys.lock_account(session, caller.account_id)
        own_sessions = BrowserSession.account_id == caller.person_id
        query = select(BrowserSession.id).where(own_sessions).order_by(BrowserSession.id)
        await session.execute(query.with_for_update())
        await session.execute(
            update(BrowserSession)
            .where(BrowserSession.id == caller.session_id)
            .values(handed_out_microusd=BrowserSession.handed_out_microusd + reach)
        )
        counted = select(func.sum(BrowserSession.handed_out_microusd)).where(
            own_sessions, *ALIVE_CONDITIONS
        )
        if (await session.scalar(counted) or 0) > self.allowance_microusd:
            raise FreshSignInRequired(
                "More than ten minutes after sign-in, a browser can hand out live keys, devices "
                f"and apps that may spend ${render_usd(self.allowance_microusd)} a month in all."
            )

    async def check_change(
        self,
        session: Session,
        caller: Caller,
        previous: Authority,
        scopes: Collection[str],
        policy: SpendPolicy,
        expires_at: int | None,
    ) -> None:
        """Check that a session may change the rights of a live key, an app or the default policy.

        Raises:
            FreshSignInRequired: they would become wider or last longer, and the sign-in is too old.
        """
        if caller.session_id is not None and previous.is_widened_by(scopes, policy, expires_at):
            await check_fresh_sign_in(session, caller)
