"""Whose yes a plan needs. Pure; the limits are the key owner's."""

from typing import Literal

from gateway.kit.operation import Caller

APPROVE = "studio:approve"
Consent = Literal["auto", "confirm", "approve"]


def consent_of(caller: Caller, total_microusd: int) -> Consent:
    """Say what has to happen before this caller may run a plan of this total.

    `auto`: nothing; `confirm`: a yes in the client that asks; `approve`: a person on the page.
    """
    if caller.session_id is not None or APPROVE in caller.scopes:
        return "auto"
    if within(total_microusd, caller.auto_approve_microusd):
        return "auto"
    return "confirm" if within(total_microusd, caller.confirm_up_to_microusd) else "approve"


def within(total_microusd: int, limit_microusd: int | None) -> bool:
    """Say whether a total is under a limit; None is no limit."""
    return limit_microusd is None or total_microusd <= limit_microusd
