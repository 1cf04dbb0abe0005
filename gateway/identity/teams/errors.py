"""Errors of teams."""

from gateway.kit.errors import Conflict, Forbidden


class InvitationEnded(Conflict):
    """This invitation was used, withdrawn or replaced, or its seven days are over."""

    code = "invitation_ended"
    hint = "Ask the team to invite you again."


class InvitationForOther(Forbidden):
    """This invitation was sent to another address than those of this account."""

    code = "invitation_for_other"
    hint = "Sign in with the address that the mail was sent to, or add it in the settings."


class AlreadyMember(Conflict):
    """This person is in the team already."""

    code = "already_member"
    hint = "Change their role or limits instead."


class TeamFull(Conflict):
    """This team has reached its limit of members and open invitations."""

    code = "team_full"
    hint = "Remove a member, or withdraw an invitation."


class OwnMembership(Forbidden):
    """Nobody can change their own role or limits."""

    code = "own_membership"
    hint = "Ask the owner or another admin of the team."
