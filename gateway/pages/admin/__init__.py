"""The pages of operators. Whoever is none gets the answer of a path where there is nothing."""

from gateway.kit.routing import Route
from gateway.pages.admin.acting import ActPage
from gateway.pages.admin.door import Door
from gateway.pages.admin.looking import LookPages
from gateway.pages.session import Desk


def routes(desk: Desk) -> list[Route]:
    """Return the routes of the pages of operators."""
    door = Door(desk)
    return [*LookPages(door).routes(), *ActPage(door).routes()]
