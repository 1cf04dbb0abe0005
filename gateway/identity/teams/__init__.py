"""Teams: members of an account, their invitations, and what ends with a membership."""
