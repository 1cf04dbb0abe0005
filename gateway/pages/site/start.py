"""The first page of the site: one prompt field, what was made here, prices, one call."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.http.routing import Route
from gateway.media.operations import list_tasks
from gateway.media.tasks.catalogue import TASKS
from gateway.pages.assets import FILES
from gateway.pages.docs.routes import LINK_HEADER
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page
from gateway.shares.shared_results import SharedResults

RATE_WORDS = {
    "imageMicrousd": "a picture up to 1 megapixel",
    "extraMegapixelMicrousd": "each additional megapixel",
    "referenceMicrousd": "each additional input picture",
    "megapixelMicrousd": "a megapixel",
    "sd": "a second in SD",
    "720p": "in 720p",
    "1080p": "in 1080p",
    "1440p": "in 1440p",
    "2160p": "in 2160p",
    "secondMicrousd": "a second of sound",
    "clipMicrousd": "a clip",
    "minimumMicrousd": "at least",
}
DRAWINGS = tuple(name for name in FILES if name.startswith("img/drawings/"))
TASK_WORDS = {
    "image.generate": "Picture",
    "image.edit": "Edit",
    "image.upscale": "Upscale a picture",
    "video.generate": "Video",
    "video.extend": "Extend a video",
    "video.upscale": "Upscale a video",
    "video.combine": "Join videos",
    "audio.generate": "Sound",
}
FACTOR_WORDS = {"highDetail": "in high detail", "context": "for the context frames"}


class StartPage:
    """The view of the first page; its prices come from the catalogue of tasks."""

    def __init__(self, client: OperationClient, api: str) -> None:
        self._client = client
        self._api = api
        self._results: SharedResults = client.ports.get(SharedResults)

    def routes(self) -> list[Route]:
        """Return the routes of this page."""
        return [Route("/", self._client.public_view(self.show_start), methods=["GET"])]

    async def show_start(self, request: Request) -> Response:
        """Show the page; a client that prefers Markdown is redirected to the reference."""
        if "text/markdown" in request.headers.get("accept", ""):
            return RedirectResponse("/api-docs", 307, headers={"Link": LINK_HEADER})
        tasks = (await self._client.read_wire(list_tasks, request, None))["data"]
        return render_page(
            request,
            "start.html",
            headers={"Link": LINK_HEADER, "Vary": "Accept, HX-Request"},
            api=self._api,
            tasks=[task for task in tasks if task["enabled"]],
            titles={name: TASK_WORDS.get(name, task.title) for name, task in TASKS.items()},
            rates=RATE_WORDS,
            times=FACTOR_WORDS,
            featured=await self._results.list_featured(),
            drawings=DRAWINGS,
        )
