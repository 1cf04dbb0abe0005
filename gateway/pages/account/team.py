"""The pages of a team: its members and invitations, the invitation of a link, other accounts."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from gateway.identity.sign_in.operations import list_sessions
from gateway.identity.teams import operations as teams
from gateway.identity.teams.invitations import PAGE_PATH
from gateway.identity.teams.schemas import MemberShown, Team
from gateway.kit.errors import CrossSiteRefused, NotFound, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.kit.roles import Role, has_role
from gateway.pages.dialogs import render_dialog, to_field_problems
from gateway.pages.field_words import list_options
from gateway.pages.grants import CAP_FIELDS, read_amount
from gateway.pages.operation_client import OperationClient, read_form
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, add_toast

TEAM_PATH, SWITCH_PATH = "/settings/team", "/team/switch"
EMPTY_FORM: Mapping[str, str] = {"email": "", "role": Role.DEVELOPER.value}


class TeamPages:
    """The views of the team that the browser works in."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, both = self._client.person_view, ["GET", "POST"]
        return [
            Route(TEAM_PATH, person(self.show_team), methods=["GET"]),
            Route(f"{TEAM_PATH}/invite", person(self.invite), methods=["POST"]),
            Route(f"{TEAM_PATH}/resend", person(self.resend), methods=["POST"]),
            Route(f"{TEAM_PATH}/withdraw", person(self.withdraw), methods=["POST"]),
            Route(f"{TEAM_PATH}/change", person(self.change_member), methods=both),
            Route(f"{TEAM_PATH}/remove", person(self.remove_member), methods=both),
            Route(PAGE_PATH, person(self.answer_invitation), methods=both),
            Route(SWITCH_PATH, person(self.switch_account), methods=["POST"]),
        ]

    async def show_team(self, request: Request, caller: Caller) -> Response:
        """Show the people of the team, and to admins its open invitations."""
        return await self._page(request, caller)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        problem: Problem | None = None,
        typed: Mapping[str, str] = EMPTY_FORM,
    ) -> Response:
        read, is_admin = self._client.read_model, has_role(caller.role, Role.ADMIN)
        team = await read(teams.list_members, request, caller)
        sessions = await read(list_sessions, request, caller)
        invitations = await read(teams.list_invitations, request, caller) if is_admin else None
        return render_page(
            request,
            "team.html",
            problem=problem,
            wrong=to_field_problems(problem),
            form_kept=True,
            team=team,
            invitations=[] if invitations is None else invitations.data,
            is_admin=is_admin,
            manages=list_managed_roles(caller, team),
            fresh=any(each.current and each.fresh for each in sessions.data),
            roles=list_given_roles(caller),
            role_names=list_options("roleName"),
            caps=CAP_FIELDS,
            typed=typed,
            amounts={name: typed.get(name, "") for name in CAP_FIELDS},
        )

    async def invite(self, request: Request, caller: Caller) -> Response:
        """Invite a person by mail."""
        fields = await read_form(request)
        body = {
            "email": fields.get("email", "").strip(),
            "role": fields.get("role", ""),
            "limits": read_caps(fields),
        }
        try:
            await self._client.call_from_form(teams.invite_member, request, caller, body)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return await self._page(request, caller, problem, fields)
        return self._show_again(request, f"Invitation sent to {body['email']}.")

    async def resend(self, request: Request, caller: Caller) -> Response:
        """Mail an invitation again."""
        body = {"invitationId": (await read_form(request)).get("invitationId", "")}
        await self._client.call_from_form(teams.resend_invitation, request, caller, body)
        return self._show_again(request, "Invitation sent again.")

    async def withdraw(self, request: Request, caller: Caller) -> Response:
        """Withdraw an invitation."""
        query = {"invitationId": (await read_form(request)).get("invitationId", "")}
        await self._client.call_from_form(teams.withdraw_invitation, request, caller, query=query)
        return self._show_again(request, "Invitation withdrawn.")

    async def change_member(self, request: Request, caller: Caller) -> Response:
        """Ask for the role and the caps of a member, or change them."""
        posts = request.method == "POST"
        fields = await read_form(request) if posts else dict(request.query_params)
        member, problem = await self._get_member(request, caller, fields), None
        if posts:
            body = {"memberId": member.id, "role": fields.get("role"), "limits": read_caps(fields)}
            try:
                await self._client.call_from_form(teams.change_member, request, caller, body)
            except CrossSiteRefused:
                raise
            except Problem as refused:
                problem = refused
            else:
                return self._show_again(request, f"{member.email or 'The member'} was changed.")
        limits = {} if member.limits is None else member.limits.model_dump(by_alias=True)
        shown: Mapping[str, str | None] = fields if posts else limits
        return render_dialog(
            request,
            "parts/member_change.html",
            title=f"Change {member.email or 'the member'}",
            problem=problem,
            wrong=to_field_problems(problem),
            form_kept=True,
            member=member,
            role=fields.get("role", member.role),
            roles=list_given_roles(caller),
            caps=CAP_FIELDS,
            amounts={name: shown.get(name) or "" for name in CAP_FIELDS},
        )

    async def remove_member(self, request: Request, caller: Caller) -> Response:
        """Ask for consent to remove a member or to leave, or do it."""
        posts = request.method == "POST"
        fields = await read_form(request) if posts else dict(request.query_params)
        member = await self._get_member(request, caller, fields)
        if posts:
            await self._client.call_from_form(
                teams.remove_member, request, caller, query={"memberId": member.id or ""}
            )
            if member.you:  # the session ended with the membership
                return see_other("/login")
            return self._show_again(request, f"{member.email or 'The member'} was removed.")
        title = "Leave this team?" if member.you else f"Remove {member.email or 'this member'}?"
        return render_dialog(request, "parts/member_remove.html", title=title, member=member)

    async def answer_invitation(self, request: Request, caller: Caller) -> Response:
        """Show the invitation of a link to the person it was sent to, or accept it."""
        posts = request.method == "POST"
        fields = await read_form(request) if posts else dict(request.query_params)
        token, invitation, problem = fields.get("token", ""), None, None
        try:
            if posts:
                await self._client.call_from_form(
                    teams.accept_invitation, request, caller, {"token": token}
                )
                return see_other("/home")
            invitation = await self._client.read_model(
                teams.read_invitation, request, caller, token=token
            )
        except CrossSiteRefused:
            raise
        except Problem as refused:
            problem = refused
        return render_page(
            request,
            "invitation.html",
            problem=problem,
            invitation=invitation,
            token=token,
            roles=list_options("role"),
        )

    async def switch_account(self, request: Request, caller: Caller) -> Response:
        """Let the browser work in another account of the person."""
        body = {"accountId": (await read_form(request)).get("accountId", "")}
        await self._client.call_from_form(teams.switch_account, request, caller, body)
        return see_other("/home")

    async def _get_member(
        self, request: Request, caller: Caller, fields: Mapping[str, str]
    ) -> MemberShown:
        """Return the member that a form names.

        Raises:
            NotFound: the team has no such member.
        """
        team = await self._client.read_model(teams.list_members, request, caller)
        for each in team.data:
            if each.id is not None and each.id == fields.get("memberId"):
                member: MemberShown = each
                return member
        raise NotFound("This team has no such member.", hint="Go back to the team.")

    def _show_again(self, request: Request, words: str) -> Response:
        answer = see_other(get_shell(request).to(TEAM_PATH))
        return add_toast(request, answer, Toast(words=words))


def read_caps(fields: Mapping[str, str]) -> dict[str, str | None]:
    """Read the caps of a member as they were typed; an empty one is no limit."""
    return {name: read_amount(fields, name) or None for name in CAP_FIELDS}


def list_given_roles(caller: Caller) -> dict[str, str]:
    """List the roles that a caller may give, with their words: only the owner makes admins."""
    is_owner = caller.role is Role.OWNER
    return {
        role: words for role, words in list_options("role").items() if is_owner or role != "admin"
    }


def list_managed_roles(caller: Caller, team: Team) -> list[str]:
    """List the roles whose people a caller may invite, change and remove; none with a cap."""
    (own,) = [each for each in team.data if each.you]
    is_capped = own.limits is not None and any(own.limits.model_dump().values())
    return [] if is_capped or not has_role(caller.role, Role.ADMIN) else [*list_given_roles(caller)]
