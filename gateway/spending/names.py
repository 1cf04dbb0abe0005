"""Names of those who spend: labels of keys, members, names of projects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gateway.identity.keys.keys import list_all_account_keys
from gateway.kit.caller import Caller, parse_member_id
from gateway.kit.database.sessions import Database
from gateway.ledger.policies import find_members
from gateway.library.projects import list_project_names
from gateway.spending.charges import find_visible_spenders

MEMBER_PREFIX = "mbr_"


@dataclass(frozen=True, slots=True)
class SpenderNames:
    """The names that an account gave its keys and projects."""

    database: Database
    account: int
    key_labels: Mapping[str, str]
    members: Mapping[str, str]
    own_spenders: frozenset[str] | None = None

    def is_visible(self, key_id: str | None) -> bool:
        """Return True if the caller may see this spending: members who are no admin see theirs."""
        return self.own_spenders is None or key_id in self.own_spenders

    def find_key(self, key_id: str | None) -> str | None:
        """Return the key of a charge; None where a person spent in a browser."""
        return None if key_id is not None and key_id.startswith(MEMBER_PREFIX) else key_id

    def find_key_label(self, key_id: object) -> str | None:
        """Return the label of a key; None for a session, which has no key."""
        return self.key_labels.get(str(key_id))

    def find_member(self, key_id: str | None) -> str | None:
        """Return the member who spends by a key or a browser; None: the owner of the account."""
        if key_id is not None and key_id.startswith(MEMBER_PREFIX):
            return parse_member_id(key_id)
        return self.members.get(key_id or "")

    async def load_project_names(self, project_ids: Sequence[str]) -> dict[str, str]:
        """Load the names of projects, by id."""
        wanted = sorted(set(project_ids) - {"None"})
        if not wanted:
            return {}
        async with self.database.read() as snapshot:
            return await list_project_names(snapshot, self.account, wanted)


async def load_spender_names(database: Database, caller: Caller) -> SpenderNames:
    """Load the labels and members of an account's keys, revoked ones too."""
    async with database.read() as snapshot:
        keys = await list_all_account_keys(snapshot, caller.account_id)
        members = await find_members(snapshot, [key.id for key in keys])
        own = await find_visible_spenders(snapshot, caller)
    labels = {key.id: key.label for key in keys}
    return SpenderNames(database, caller.ledger_account, labels, members, own)
