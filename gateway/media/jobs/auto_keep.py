"""Keeping by itself: which results of pages become assets, by the preference of their account."""

from dataclasses import dataclass

from gateway.identity.accounts.preferences import load_preferences
from gateway.kit.caller import Caller
from gateway.kit.database.sessions import Database
from gateway.library.quota import Quotas, is_told_nearly_full, tell_nearly_full

NEARLY_FULL_WORDS = (
    "Your storage is four fifths full. New results are no longer kept by themselves: "
    "star those that you want to keep."
)


@dataclass(frozen=True, slots=True)
class KeepChoice:
    """The choice for one submit: its `keep`, and if the person has yet to hear why it is False.

    Whoever tells it (`NEARLY_FULL_WORDS`) records it by `AutoKeeper.record_told`.
    """

    keep: bool
    is_news: bool = False


@dataclass(frozen=True, slots=True)
class AutoKeeper:
    """Chooses for each submit of a page if its outputs are kept."""

    database: Database
    quotas: Quotas

    async def choose(self, caller: Caller) -> KeepChoice:
        """Choose for a submit of this person.

        Once a storage that was nearly full has room again, its owner is told anew the next time.
        """
        account = caller.ledger_account
        async with self.database.read() as snapshot:
            preferences = await load_preferences(snapshot, caller.account_id)
            if preferences.auto_keep != "all":
                return KeepChoice(keep=False)
            is_full = await self.quotas.is_nearly_full(snapshot, account, caller.book)
            is_told = await is_told_nearly_full(snapshot, account)
        if is_told and not is_full:
            async with self.database.write() as session:
                await tell_nearly_full(session, account, is_full=False)
        return KeepChoice(keep=not is_full, is_news=is_full and not is_told)

    async def record_told(self, caller: Caller) -> bool:
        """Record that the person is told of the nearly full storage; False if that is no news."""
        async with self.database.write() as session:
            return await tell_nearly_full(session, caller.ledger_account, is_full=True)
