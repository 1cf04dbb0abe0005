"""What jobs ask about projects; whoever keeps projects answers."""

from typing import Protocol


class Projects(Protocol):
    """Knows the projects of each account."""

    async def has(self, account_id: str, project_id: str) -> bool:
        """Say whether the account has this project."""
        ...


class NoProjects:
    """Answers where nobody keeps projects: there are none."""

    async def has(self, _account_id: str, _project_id: str) -> bool:
        """Say no."""
        return False
