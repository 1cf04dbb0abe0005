"""Pages of threads: the messages, and talking with the agent.

Without a script a form posts and the page is rendered again. With one the answer is streamed, and
rendered by the server once it has ended.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import TypedDict, cast

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.database.sessions import Database
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import NotFound, Problem
from gateway.kit.http.guard import RouteLimits
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller
from gateway.pages.answers import (
    RequestAnswer,
    SentAnswer,
    SnapshotAnswer,
    ThreadAnswer,
)
from gateway.pages.dialogs import next_form_key
from gateway.pages.operation_client import OperationClient
from gateway.pages.render import render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.studio import thread_view
from gateway.pages.studio.plan_cards import PlanCard, PlanCards
from gateway.pages.studio.studio_client import TEXT_LIMITS, StudioClient
from gateway.studio.agent import operations as agent
from gateway.studio.agent.errors import RequestFinished
from gateway.studio.agent.messages import load_quote
from gateway.studio.agent.view import QuoteFields, render_quote
from gateway.studio.snapshots import operations as snapshots
from gateway.studio.threads import operations as threads

STREAM_LIMITS = RouteLimits(handler_seconds=None)
ASSET_PREFIX = "asset."
TALK_PATH = "/library/{project_id}/talks/{thread_id}"
NEWEST_MESSAGES = "30"
OLDER_REQUESTS = "100"  # requests are read too, for the cost of earlier answers
# A refused form is rendered again in its own place, with the text.
BOX_HEADERS = {"HX-Retarget": "#box", "HX-Reswap": "outerHTML"}


class ThreadValues(TypedDict):
    """The values that the page of a thread shows; `here` is its path.

    `embedded` is True where it is a part of another page, whose title stays.
    """

    here: str
    embedded: bool
    thread: ThreadAnswer
    messages: list[thread_view.ShownMessage]
    cards: dict[str, PlanCard]
    going: list[RequestAnswer]
    older: str | None
    refresh: bool


class _BoxValues(thread_view.MessageBox):
    content: str
    typed: str
    attached: frozenset[str]
    key: str
    prepared: Mapping[str, object] | None


class ThreadPages:
    """The views of a project's threads; another page can show one of its own by the same means."""

    template = "thread.html"

    def __init__(self, client: OperationClient) -> None:
        self._client = client
        self._studio = StudioClient(client)
        self._cards = PlanCards(client)
        self._database: Database = client.ports.get(Database)

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person, thread_path = self._client.person_view, TALK_PATH
        answer = f"{thread_path}/requests/{{request_id}}"
        return [
            Route(
                thread_path, person(self.answer_thread), methods=["GET", "POST"], limits=TEXT_LIMITS
            ),
            Route(answer, person(self.show_answer), methods=["GET"]),
            Route(
                f"{answer}/events",
                person(self.stream_events),
                methods=["GET"],
                limits=STREAM_LIMITS,
            ),
        ]

    async def answer_thread(self, request: Request, caller: Caller) -> Response:
        """Show a thread, or carry out one of its forms."""
        problem, posted = None, {}
        if request.method == "POST":
            posted = await self._studio.read_form(request)
            try:
                outcome = await self._act(request, caller, posted)
            except Problem as refused:
                problem = refused
            else:
                return (
                    outcome
                    if isinstance(outcome, Response)
                    else await self._show_sent(request, caller, outcome)
                )
        values = await self.read_thread(request, caller)
        box = await self._build_box(request, caller, posted, problem)
        box["prepared"] = await self._find_prepared_message(request, caller, posted)
        if problem is not None and "hx-request" in request.headers:
            return render_page(
                request,
                "parts/box.html",
                problem=problem,
                headers=BOX_HEADERS,
                **values,
                **box,
                sent="",
            )
        template = self.get_template(request)
        return render_page(request, template, problem=problem, **values, **box, sent="")

    def get_template(self, _request: Request) -> str:
        """Return the template of the whole page."""
        return self.template

    async def get_thread_id(self, request: Request, _caller: Caller) -> str:
        """Return the thread that the page shows."""
        return str(request.path_params["thread_id"])

    def get_way_back(self, request: Request) -> str:
        """Return the address to go to once the thread is archived."""
        return get_shell(request).to("/library", projectId=self.get_project_id(request))

    def get_project_id(self, request: Request) -> str:
        """Return the project of the thread."""
        return str(request.path_params["project_id"])

    async def _act(
        self, request: Request, caller: Caller, posted: Mapping[str, str]
    ) -> Response | SentAnswer:
        """Carry out a form; return the answer to it, or the message that was sent."""
        match posted.get("decision"):
            case "stop":
                return await self._stop_request(request, caller, posted.get("requestId", ""))
            case "name":
                thread_id = await self.get_thread_id(request, caller)
                body = {"threadId": thread_id, "title": posted.get("title")}
                await self._studio.write(threads.update_thread, request, caller, body)
            case "archive":
                ended = {"threadId": await self.get_thread_id(request, caller), "archived": True}
                await self._studio.write(threads.update_thread, request, caller, ended)
                return see_other(self.get_way_back(request))
            case "limit":
                limit = posted.get("maxPriceUsd", "").lstrip("$ ")
                await self._save_agent_settings(request, caller, maxPriceUsd=limit)
            case "enable":
                await self._save_agent_settings(request, caller, enabled=True)
            case "approve":
                body = {"quoteId": posted.get("quoteId", "")}
                key = posted.get("idempotencyKey")
                sent = await self._studio.write(agent.send_message, request, caller, body, key=key)
                return cast("SentAnswer", sent)
            case _:
                return await self.send_message(request, caller, posted)
        return see_other(f"{get_shell(request).to(request.url.path)}#box")

    async def _save_agent_settings(
        self, request: Request, caller: Caller, **agent_settings: str | bool
    ) -> None:
        await self._studio.write(
            threads.update_settings, request, caller, {"agent": agent_settings}
        )

    async def send_message(
        self, request: Request, caller: Caller, posted: Mapping[str, str]
    ) -> SentAnswer:
        """Send a message, for no more than the price on its button."""
        content, attachments = self.build_message(request, posted)
        body = {
            "threadId": await self.get_thread_id(request, caller),
            "content": content,
            "attachments": attachments,
            "maxPriceUsd": posted.get("maxPriceUsd", ""),
        }
        key = posted.get("idempotencyKey")
        sent = await self._studio.write(agent.send_message, request, caller, body, key=key)
        return cast("SentAnswer", sent)

    def build_message(self, _request: Request, posted: Mapping[str, str]) -> tuple[str, list[str]]:
        """Build the words of a message and its attachments from its form."""
        return posted.get("content", ""), _read_attachments(posted)

    async def _show_sent(self, request: Request, caller: Caller, sent: SentAnswer) -> Response:
        """Show a message that was sent.

        The form keeps its key until this answer arrives: if a read here fails, a second press finds
        the message that was sent instead of sending another.
        """
        if "hx-request" not in request.headers:
            return see_other(f"{get_shell(request).to(request.url.path)}#{sent['messageId']}")
        values = await self.read_thread(request, caller)
        sent_messages = (
            each for each in values["messages"] if each["messageId"] == sent["messageId"]
        )
        agent_request = await self._studio.read(
            agent.get_request, request, caller, requestId=sent["requestId"]
        )
        box = await self._build_box(request, caller, {})
        if (
            message := next(sent_messages, None)
        ) is None:  # an old message, sent by an earlier press: not on this page
            return Response(headers={"HX-Refresh": "true"})
        return render_page(
            request,
            "parts/said.html",
            **values,
            **box,
            message=message,
            asked=agent_request,
            sent=sent["messageId"],
        )

    async def _stop_request(self, request: Request, caller: Caller, request_id: str) -> Response:
        """Cancel a request; one that has just ended is shown as it ended."""
        with suppress(RequestFinished):
            body = {"requestId": request_id}
            await self._studio.write(agent.cancel_request, request, caller, body)
        if "hx-request" in request.headers:
            return await self._render_answer(request, caller, request_id)
        return see_other(f"{get_shell(request).to(request.url.path)}#box")

    async def show_answer(self, request: Request, caller: Caller) -> Response:
        """Render the current state of one answer for htmx; a browser gets the whole thread."""
        if "hx-request" not in request.headers:
            thread_path = request.url.path.partition("/requests/")[0]
            return see_other(get_shell(request).to(thread_path))
        return await self._render_answer(request, caller, request.path_params["request_id"])

    async def _render_answer(self, request: Request, caller: Caller, request_id: str) -> Response:
        agent_request = await self._studio.read(
            agent.get_request, request, caller, requestId=request_id
        )
        values = await self.read_thread(request, caller)
        if agent_request["threadId"] != values["thread"]["threadId"]:
            raise NotFound
        answers = (
            each for each in values["messages"] if thread_view.is_answer_to(each, request_id)
        )
        box = await self._build_box(request, caller, {})
        message = next(answers, None)
        return render_page(
            request,
            "parts/answer.html",
            **values,
            **box,
            asked=agent_request,
            message=message,
            oob=True,
        )

    async def stream_events(self, request: Request, caller: Caller) -> Response:
        """Stream an answer as it is written."""
        return await self._client.stream_operation(
            agent.watch_request, request, caller, requestId=request.path_params["request_id"]
        )

    async def read_thread(self, request: Request, caller: Caller) -> ThreadValues:
        """Read a thread and build the values that its page shows."""
        thread_id = await self.get_thread_id(request, caller)
        query = {"threadId": thread_id, "limit": NEWEST_MESSAGES}
        if before := request.query_params.get("before"):
            query["before"] = before
        requests = OLDER_REQUESTS if before else NEWEST_MESSAGES  # each has a message
        requests_answer = await self._studio.read(
            agent.get_request, request, caller, threadId=thread_id, limit=requests
        )
        thread_answer = await self._studio.read(threads.get_thread, request, caller, **query)
        if thread_answer["projectId"] != self.get_project_id(request):
            raise NotFound
        thread = cast("ThreadAnswer", thread_answer)
        open_requests = (
            []
            if before
            else thread_view.list_open_requests(requests_answer["data"], thread["messages"])
        )
        return {
            "here": request.url.path.partition("/requests/")[0],
            "embedded": False,
            "thread": thread,
            "messages": thread_view.to_shown_messages(thread["messages"], requests_answer["data"]),
            "cards": await self._cards.build_thread_cards(request, caller, thread["messages"]),
            "going": open_requests,
            "older": before,
            "refresh": bool(open_requests),
        }

    async def _find_prepared_message(
        self, request: Request, caller: Caller, posted: Mapping[str, str]
    ) -> QuoteFields | None:
        """Find the message that an app or key prepared and this page is to approve, if any.

        Raises:
            NotFound: the message belongs to another thread.
        """
        quote_id = posted.get("quoteId") or request.query_params.get("quoteId")
        if not quote_id:
            return None
        async with self._database.read() as snapshot:
            quote = await load_quote(snapshot, caller, quote_id)
            now = await get_database_time(snapshot)
        if quote.thread_id != await self.get_thread_id(request, caller):
            raise NotFound
        return render_quote(quote, now)

    async def _build_box(
        self,
        request: Request,
        caller: Caller,
        posted: Mapping[str, str],
        problem: Problem | None = None,
    ) -> _BoxValues:
        """Build the values of the message form: its text, limit, attachments and key."""
        snapshot = await self.read_snapshot(request, caller)
        project_values = thread_view.build_message_box(snapshot, self.get_project_id(request))
        return {
            **project_values,
            "content": posted.get("content", ""),
            "typed": posted.get("maxPriceUsd", "") if posted.get("decision") == "limit" else "",
            "attached": frozenset(_read_attachments(posted)),
            "key": next_form_key(posted, problem),
            "prepared": None,
        }

    async def read_snapshot(self, request: Request, caller: Caller) -> SnapshotAnswer:
        """Read what the studio shows around the thread."""
        thread_id = await self.get_thread_id(request, caller)
        snapshot = await self._studio.read(
            snapshots.get_snapshot, request, caller, threadId=thread_id
        )
        return cast("SnapshotAnswer", snapshot)


def _read_attachments(posted: Mapping[str, str]) -> list[str]:
    return [name.removeprefix(ASSET_PREFIX) for name in posted if name.startswith(ASSET_PREFIX)]
