"""What an operator does from the command line, on the database itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from gateway import migrations
from gateway.identity import keys
from gateway.identity.secrets import Peppers
from gateway.kit.database import Database, Session
from gateway.kit.ids import Ids
from gateway.kit.money import microusd
from gateway.ledger import accounts, audit, transfers
from gateway.settings import Settings, pairs


def settings_for(data_dir: Path | None) -> Settings:
    """Return the settings with secrets, in the folder given or that of the environment."""
    settings = Settings() if data_dir is None else Settings(data_dir=data_dir)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    return settings.with_secrets()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Database]:
    """Open the database at this version's schema for the block."""
    database = Database(settings.database_url)
    try:
        await migrations.upgrade(database)
        yield database
    finally:
        await database.close()


async def create_account(
    data_dir: Path | None, credit_usd: str, mode: str, label: str
) -> dict[str, str]:
    """Make an account with exactly this credit in one book, and a key with the sign-in scopes.

    Raises:
        ValueError: the credit is not a plain decimal.
    """
    settings, ids = settings_for(data_dir), Ids()
    amount = microusd(credit_usd)
    peppers = Peppers(pairs(settings.key_peppers))
    async with opened(settings) as database, database.write() as session:
        return await new_account(session, ids, peppers, mode=mode, amount=amount, label=label)


async def new_account(
    session: Session, ids: Ids, peppers: Peppers, *, mode: str, amount: int, label: str
) -> dict[str, str]:
    """Make account, credit and key in the caller's transaction; `amount` is micro-USD."""
    account_id = await keys.create_account(session, ids, label)
    if amount:
        await transfers.credit(
            session,
            ids,
            account=await accounts.number_of(session, account_id, mode),
            book=mode,
            code="promo",
            reference=f"operator:{account_id}",
            amount_microusd=amount,
            source=accounts.House.PROMO,
            category="promo",
            description="credit given by the operator",
        )
    wanted = keys.NewKey(account_id, mode, label, keys.SIGN_IN_SCOPES, "operator")
    _, key = await keys.create(session, ids, peppers, wanted)
    return {"accountId": account_id, "apiKey": key}


async def check(data_dir: Path | None, only: str | None) -> list[dict[str, Any]]:
    """Return every broken invariant with its rows."""
    async with opened(settings_for(data_dir)) as database:
        found = await audit.findings(database, only)
    return [{"id": each.id, "text": each.text, "rows": each.rows} for each in found]
