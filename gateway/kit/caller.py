"""The caller of a request."""

from dataclasses import dataclass

from gateway.kit.errors import ScopeDenied

GRANT_PREFIX = "grant_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: an API key or a browser session of an account, in one book.

    One of `key_id` and `session_id` is there; `signed_in_at` is when the session began. A key also
    brings its public look-up part, the ledger's policy if it was ever capped, and what it may
    approve by itself or with a yes of the person in front of it (None: anything).
    """

    account_id: str
    ledger_account: int
    book: str
    key_id: str | None = None
    session_id: str | None = None
    signed_in_at: int | None = None
    scopes: frozenset[str]
    key_lookup: str | None = None
    policy_id: str | None = None
    auto_approve_microusd: int | None = None
    confirm_up_to_microusd: int | None = None

    @property
    def livemode(self) -> bool:
        """Return True if the caller works with real money."""
        return self.book == "live"

    @property
    def id(self) -> str:
        """Return the id of the key or the session that asks."""
        return self.key_id or self.session_id or ""

    @property
    def is_app(self) -> bool:
        """Return True if this is an app that a person connected by OAuth; its key is the grant."""
        return self.id.startswith(GRANT_PREFIX)

    def need(self, *scopes: str) -> None:
        """Check that the caller has one of these scopes.

        Raises:
            ScopeDenied: it has none.
        """
        if self.scopes.isdisjoint(scopes):
            told = f"This requires a key with scope {' or '.join(scopes)}."
            raise ScopeDenied(told, requiredScope=scopes[0])
