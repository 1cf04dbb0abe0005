"""The messages to the agent behind charges: the project that each was written in."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.studio.agent.tables import AgentRequest

MOST_HOLDS = 1_000  # a database takes only so many values in one statement


async def find_charged_projects(session: Session, hold_ids: Sequence[str]) -> Mapping[str, str]:
    """Return the project of each of these holds that belongs to a message, by the hold's id."""
    projects: dict[str, str] = {}
    for start in range(0, len(hold_ids), MOST_HOLDS):
        part = hold_ids[start : start + MOST_HOLDS]
        query = select(AgentRequest.hold_id, AgentRequest.project_id)
        rows = await session.execute(query.where(AgentRequest.hold_id.in_(part)))
        projects.update((row.hold_id, row.project_id) for row in rows)
    return projects
