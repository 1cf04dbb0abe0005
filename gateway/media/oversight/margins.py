"""Margins of the families on servers: what was charged for their jobs, and what they cost."""

from dataclasses import dataclass

from gateway.kit.clock import DAY
from gateway.kit.database.sql import Tx, sql

# Each attempt may cost, also one of a job that failed; a job is charged once, for the last claim.
SELECT_MARGINS = sql(
    """
    SELECT media_attempt.family,
        sum(CASE WHEN media_attempt.state = 'succeeded' AND job.state = 'succeeded'
                 AND media_attempt.fence = job.fence THEN 1 ELSE 0 END),
        sum(CASE WHEN media_attempt.state = 'succeeded' AND job.state = 'succeeded'
                 AND media_attempt.fence = job.fence THEN job.captured_microusd ELSE 0 END),
        sum(CASE WHEN media_attempt.cost_state IN ('expected', 'reported')
                 THEN COALESCE(media_attempt.cost_microusd, 0) ELSE 0 END),
        sum(CASE WHEN media_attempt.cost_state = 'possible'
                 THEN COALESCE(media_attempt.cost_microusd, 0) ELSE 0 END)
    FROM {rows} JOIN media_attempt ON media_attempt.submitted_at > kt_now() - given.span
    JOIN job ON job.id = media_attempt.job_id
    WHERE media_attempt.cost_state IS NOT NULL AND job.book = 'live'
    GROUP BY media_attempt.family HAVING count(media_attempt.cost_microusd) > 0
    ORDER BY media_attempt.family
    """,
    span="int",
)


@dataclass(frozen=True, slots=True)
class FamilyMargin:
    """A family's charged jobs, their price, and the cost, in micro-USD.

    `possible_microusd` is the cost of attempts whose answer was lost: it may have been charged.
    """

    family: str
    jobs: int
    captured_microusd: int
    cost_microusd: int
    possible_microusd: int

    @property
    def margin_microusd(self) -> int:
        """Return what is left of the price after the cost, without the possible one."""
        return self.captured_microusd - self.cost_microusd


async def load_margins(tx: Tx, days: int) -> list[FamilyMargin]:
    """Return the margin of each family on servers over the last days, live jobs only.

    A family without a tariff has none: nobody knows what it costs.
    """
    rows = await tx.read(SELECT_MARGINS, [(days * DAY,)])
    return [FamilyMargin(family or "", *map(int, sums)) for family, *sums in rows]
