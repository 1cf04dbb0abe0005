"""Routes of the reference: for people, for models, and the explorer that tries calls out."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.kit.http.fixed_documents import FixedDocument, answer_document
from gateway.kit.http.routing import Route
from gateway.pages.assets import FILES
from gateway.pages.docs.reference import ReferencePages
from gateway.pages.render import ENVIRONMENT, POLICY

Endpoint = Callable[[Request], Awaitable[Response]]
HTML, MARKDOWN = "text/html; charset=utf-8", "text/markdown; charset=utf-8"
EXPLORER_SCRIPT = "vendor/scalar.js"
LINK_HEADER = (
    '</.well-known/api-catalog>; rel="api-catalog", </openapi.json>; rel="service-desc", '
    '</api-docs>; rel="service-doc", </llms.txt>; rel="describedby"'
)
# The explorer sets inline styles and HTML by itself, so its policy allows those two; scripts of
# other sites stay forbidden.
EXPLORER_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").partition(
    "; require-trusted-types-for"
)[0]


def routes(document: Mapping[str, Any], tasks: Sequence[Mapping[str, Any]]) -> list[Route]:
    """Build the routes of the reference, and of the page of each operation and task."""
    reference = ReferencePages(document, tasks)
    explorer = build_fixed_page(
        "docs/interactive.html", reference.build_whole, HTML, EXPLORER_POLICY
    )
    return [
        *build_page_and_markdown_routes("/api-docs", "docs/reference", reference.build_whole),
        Route(
            "/api-docs/interactive",
            explorer if EXPLORER_SCRIPT in FILES else _redirect_to_reference,
        ),
        *(
            route
            for name in reference.operation_ids
            for route in build_page_and_markdown_routes(
                f"/api-docs/{name}", "docs/operation_page", partial(reference.build_operation, name)
            )
        ),
        *(
            route
            for name in reference.task_names
            for route in build_page_and_markdown_routes(
                f"/api-docs/tasks/{name}", "docs/task_page", partial(reference.build_task, name)
            )
        ),
    ]


def build_page_and_markdown_routes(
    path: str, template: str, build_values: Callable[[], Mapping[str, Any]]
) -> list[Route]:
    """Build the routes of a page and of its Markdown twin.

    The address of the page answers in Markdown too, if `Accept` asks for it.
    """

    def values() -> Mapping[str, Any]:
        return {**build_values(), "markdown": f"{path}.md", "explorer": EXPLORER_SCRIPT in FILES}

    page = build_fixed_page(f"{template}.html", values, HTML, POLICY)
    markdown = build_fixed_page(f"{template}.md", values, MARKDOWN, POLICY)

    async def negotiate(request: Request) -> Response:
        accepted = request.headers.get("accept", "")
        return await (markdown if "text/markdown" in accepted else page)(request)

    return [Route(path, negotiate), Route(f"{path}.md", markdown)]


def build_fixed_page(
    template: str, build_values: Callable[[], Mapping[str, Any]], media_type: str, policy: str
) -> Endpoint:
    """Build the endpoint of a page that is rendered once, at its first request."""

    @cache
    def drawn() -> FixedDocument:
        body = ENVIRONMENT.get_template(template).render(**build_values()).encode()
        headers = {"Link": LINK_HEADER, "Content-Security-Policy": policy, "Vary": "Accept"}
        return FixedDocument(build=lambda: body, media_type=media_type, headers=headers)

    async def endpoint(request: Request) -> Response:
        return await answer_document(request, drawn())

    return endpoint


async def _redirect_to_reference(_request: Request) -> Response:
    return RedirectResponse("/api-docs", 307)
