"""The page of a shared result, its report form, and the way into a remix.

Links that do not work answer alike, whatever the reason: see `gateway.shares.shared_results`.
"""

from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import InvalidInput
from gateway.kit.http.rate_limit import RateLimits, to_network
from gateway.kit.http.routing import Route
from gateway.kit.wire.plain_text import shorten_text
from gateway.kit.wire.request_reader import refuse_control_characters
from gateway.pages.create.grid import CREATE_PATH
from gateway.pages.create.remix import REMIX_FIELD
from gateway.pages.field_words import list_options
from gateway.pages.operation_client import OperationClient, client_ip, read_form
from gateway.pages.render import render_page, see_other
from gateway.shares.links import SHARE_PATH
from gateway.shares.reports import MOST_CONTACT_CHARACTERS, MOST_WORDS, ShareReports
from gateway.shares.shared_results import SharedPage, SharedResults
from gateway.shares.states import ReportReason

MOST_TITLE_CHARACTERS = 90
# The link is a secret: no other site may learn it from a visitor, and no search engine lists it.
SECRET_HEADERS = {"Referrer-Policy": "no-referrer", "X-Robots-Tag": "noindex"}
REASON_WORDS = list_options("report.reason")
KIND_TITLES = {
    "image": "A shared picture",
    "video": "A shared film",
    "audio": "A shared sound",
}


class SharePages:
    """The views of shared results; they need no sign-in."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._results: SharedResults = client.ports.get(SharedResults)
        self._reports: ShareReports = client.ports.get(ShareReports)
        self._limits: RateLimits = client.ports.get(RateLimits)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        public, page = self._client.public_view, f"{SHARE_PATH}/{{token}}"
        return [
            Route(page, public(self.show_share), methods=["GET"]),
            Route(f"{page}/remix", public(self.open_remix), methods=["GET"]),
            Route(f"{page}/report", public(self.answer_report), methods=["GET", "POST"]),
        ]

    async def show_share(self, request: Request) -> Response:
        """Show a shared result."""
        token = request.path_params["token"]
        shared = await self._results.get_page(token)
        return render_page(
            request,
            "share/page.html",
            headers=SECRET_HEADERS,
            shared=shared,
            heading=build_title(shared),
            path=f"{SHARE_PATH}/{token}",
            site=self._client.callers.site.public_url,
        )

    async def open_remix(self, request: Request) -> Response:
        """Open the prompt bar, which reads the recipe by the same link: a prompt may be long."""
        token = request.path_params["token"]
        await self._results.get_remix(token)
        response = see_other(f"{CREATE_PATH}?{urlencode({REMIX_FIELD: token})}")
        response.headers.update(SECRET_HEADERS)
        return response

    async def answer_report(self, request: Request) -> Response:
        """Show the form of a report, or take it."""
        token = request.path_params["token"]
        await self._results.get_result(token)
        path = f"{SHARE_PATH}/{token}"
        if request.method == "POST":
            self._client.callers.site.refuse_cross_site(request.method, request.headers)
            fields = await read_form(request)
            for name in ("words", "contact"):
                refuse_control_characters(fields.get(name, ""), name)
            reason = fields.get("reason", "")
            if reason not in REASON_WORDS:
                raise InvalidInput("Choose a reason.", field="reason", hint="Then send it again.")
            network = to_network(client_ip(request))
            (await self._limits.count_request("report", network)).check()
            await self._reports.add_report(
                token,
                ReportReason(reason),
                words=fields.get("words", "").strip(),
                contact=fields.get("contact", "").strip(),
            )
            return see_other(f"{path}/report?sent=1")
        return render_page(
            request,
            "share/report.html",
            headers={"X-Robots-Tag": "noindex"},
            path=path,
            reasons=REASON_WORDS,
            sent="sent" in request.query_params,
            most_words=MOST_WORDS,
            most_contact=MOST_CONTACT_CHARACTERS,
        )


def build_title(shared: SharedPage) -> str:
    """Build the title of a share: the beginning of its prompt if that is shown, else its kind."""
    words = shorten_text(shared.prompt or "", MOST_TITLE_CHARACTERS)
    return words or KIND_TITLES[shared.result.asset.kind]
