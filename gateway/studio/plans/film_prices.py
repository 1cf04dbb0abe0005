"""The exact price of rendering a film, before any plan is made."""

from dataclasses import dataclass

from gateway.kit.errors import Problem
from gateway.kit.operation import Caller
from gateway.studio.documents.versions import Documents
from gateway.studio.films.cut import build_film_steps
from gateway.studio.films.operations import load_film
from gateway.studio.plans.preparation.preparer import PlanPreparer
from gateway.studio.plans.render_operations import build_plan_request


@dataclass(frozen=True, slots=True)
class FilmPrice:
    """The price of a render in micro-USD, or the problem that is in its way."""

    microusd: int | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class FilmPricer:
    """Prices renders of films, for one application."""

    documents: Documents
    preparer: PlanPreparer

    async def price_render(self, caller: Caller, storyboard_id: str) -> FilmPrice:
        """Return what rendering the film of a storyboard would cost now."""
        async with self.documents.database.read() as snapshot:
            film = await load_film(snapshot, caller.ledger_account, storyboard_id)
        try:
            steps = build_film_steps(film.board, film.cut)
            request = build_plan_request(film.board.title, film.asset.project_id, steps)
            return FilmPrice(microusd=await self.preparer.price(caller, request))
        except Problem as problem:
            return FilmPrice(problem=problem)
