"""The spend policy that new keys of an account get where none is given."""

from gateway.identity.keys.spend_policy import DEFAULT_POLICIES, SpendPolicy
from gateway.identity.tables import KeyDefault
from gateway.kit.database.sessions import Session
from gateway.ledger.decisions import Limits


async def load_default_policy(session: Session, account_id: str, book: str) -> SpendPolicy:
    """Load the limits of a new key that states none: the account's own, else those of the book."""
    row = await session.get(KeyDefault, (account_id, book))
    if row is None:
        return DEFAULT_POLICIES[book]
    caps = Limits(row.daily_limit_microusd, row.monthly_limit_microusd, row.total_limit_microusd)
    return SpendPolicy.from_caps(row.auto_approve_microusd, row.confirm_up_to_microusd, caps)


async def set_default_policy(
    session: Session, account_id: str, book: str, policy: SpendPolicy
) -> None:
    """Set the limits of new keys of an account; existing keys keep theirs."""
    await session.merge(
        KeyDefault(
            account_id=account_id,
            book=book,
            auto_approve_microusd=policy.auto_approve,
            confirm_up_to_microusd=policy.confirm_up_to,
            daily_limit_microusd=policy.daily_limit,
            monthly_limit_microusd=policy.monthly_limit,
            total_limit_microusd=policy.total_limit,
        )
    )
    await session.flush()
