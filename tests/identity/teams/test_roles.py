"""Rights by role: each operation has a deliberate answer, and a refusal names the role."""

import tomllib
from pathlib import Path

import pytest

from gateway.catalogue import list_operations
from gateway.kit.errors import RoleDenied
from gateway.kit.operation import Caller, Operation, authorise_call
from gateway.kit.roles import MEMBER_ROLES, Role, decide_least_role, has_role

DECIDED = tomllib.loads((Path(__file__).parent / "least_roles.toml").read_text())
OPERATIONS = {each.id: each for each in list_operations() if not each.public}
# Changes that a person makes for themselves, whatever their role in a team.
OWN_CHANGES = {
    "endBrowserSession",
    "revokeSession",
    "linkIdentity",
    "unlinkIdentity",
    "changeAccountSettings",  # the first page; it asks for the role of an admin for all else
    "removeMember",  # to leave
    "acceptInvitation",
    "switchAccount",
}
SCOPES = frozenset({"media", "studio", "account:read", "billing", "studio:approve", "admin"})


def build_caller(role: Role) -> Caller:
    """Build the session of a member of a team."""
    return Caller(
        account_id="acct_team",
        person_id="acct_person",
        member_id="mbr_1",
        role=role,
        ledger_account=1,
        book="test",
        session_id="ses_1",
        scopes=SCOPES,
    )


def is_allowed(operation: Operation, role: Role) -> bool:
    """Return True if the operation admits a member with this role."""
    try:
        authorise_call(operation, build_caller(role))
    except RoleDenied:
        return False
    return True


def test_each_operation_has_a_decided_role() -> None:
    decided = {name: Role(role) for role, names in DECIDED.items() for name in names}
    assert {name: each.needed_role for name, each in OPERATIONS.items()} == decided


@pytest.mark.promise("accounts: roles")
@pytest.mark.parametrize("role", Role)
def test_a_role_may_call_what_it_and_the_lower_ones_may(role: Role) -> None:
    allowed = {name for name, each in OPERATIONS.items() if is_allowed(each, role)}
    assert allowed == {
        name for least, names in DECIDED.items() if has_role(role, Role(least)) for name in names
    }


def test_a_viewer_changes_nothing_but_their_own_sign_in() -> None:
    changing = {name for name, each in OPERATIONS.items() if each.method != "GET"}
    assert {name for name in changing if is_allowed(OPERATIONS[name], Role.VIEWER)} <= OWN_CHANGES


def test_no_role_below_admin_buys_or_sees_what_was_bought() -> None:
    buying = [each for each in OPERATIONS.values() if "billing" in each.scopes]
    assert buying
    assert not [each.id for each in buying if is_allowed(each, Role.DEVELOPER)]


def test_a_refusal_names_the_role_that_is_needed() -> None:
    with pytest.raises(RoleDenied) as refused:
        authorise_call(OPERATIONS["startStripeCheckout"], build_caller(Role.DEVELOPER))
    assert (refused.value.status, refused.value.code) == (403, "role_denied")
    assert refused.value.detail == (
        "This needs the role admin; your role in this team is developer."
    )
    assert refused.value.members["requiredRole"] == "admin"


def test_an_undeclared_change_by_browser_alone_is_for_admins() -> None:
    decide = decide_least_role
    assert decide((), "PUT", "only", public=False, declared=None) == Role.ADMIN
    assert decide((), "POST", "also", public=False, declared=None) == Role.DEVELOPER
    assert decide((), "GET", "also", public=False, declared=None) == Role.VIEWER
    assert decide(("billing",), "GET", "also", public=False, declared=None) == Role.ADMIN
    assert decide(("media",), "POST", "no", public=True, declared=None) == Role.VIEWER
    assert decide(("media",), "POST", "no", public=False, declared=Role.OWNER) == Role.OWNER
    assert Role.OWNER not in MEMBER_ROLES
