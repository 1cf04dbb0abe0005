"""What the identity slice refuses."""

from gateway.kit.errors import Conflict, Forbidden


class ScopeEscalation(Forbidden):
    """A key cannot make a key that may do more than itself."""

    code = "scope_escalation"
    hint = "Ask for fewer scopes, or use a key that has them and no spending cap."


class KeyLimitReached(Conflict):
    """This account has the most active keys it may have."""

    code = "key_limit_reached"
    hint = "Revoke a key that is no longer used."


class AmbiguousKeyPrefix(Conflict):
    """Several keys start like this."""

    code = "ambiguous_key_prefix"
    hint = "Give more characters of the key, or its keyId."


class KeyRevoked(Conflict):
    """This key is revoked or expired."""

    code = "key_revoked"
    hint = "Create a new key."
