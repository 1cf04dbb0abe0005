"""Whose yes a plan needs. Pure; the limits are the key owner's."""

from typing import Literal

from gateway.kit.operation import Caller

APPROVE = "studio:approve"
Consent = Literal["auto", "confirm", "approve"]


def consent_of(caller: Caller, total_microusd: int) -> Consent:
    """Say what has to happen before this caller may run a plan of this total.

    `auto`: nothing; `confirm`: a yes in the client that asks; `approve`: a person on the page.
    """
    if is_trusted(caller) or within(total_microusd, caller.auto_approve_microusd):
        return "auto"
    return "confirm" if within(total_microusd, caller.confirm_up_to_microusd) else "approve"


def is_trusted(caller: Caller) -> bool:
    """Say whether a caller is a person in the browser, or a key that may approve like one."""
    return caller.session_id is not None or APPROVE in caller.scopes


def spends_directly(caller: Caller) -> bool:
    """Say whether a caller may spend up to its caps without a plan: scope `media` is for that."""
    return is_trusted(caller) or "media" in caller.scopes


def within(total_microusd: int, limit_microusd: int | None) -> bool:
    """Say whether a total is under a limit; None is no limit."""
    return limit_microusd is None or total_microusd <= limit_microusd
