"""The page of invoices: who they are made out to, and those that were issued."""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from gateway.kit.errors import CrossSiteRefused, Problem
from gateway.kit.http.routing import Route
from gateway.kit.operation import Caller, authorise_call, operation_from_handler
from gateway.pages.dialogs import to_field_problems
from gateway.pages.operation_client import (
    OperationClient,
    read_form,
    redirect_to_sign_in,
)
from gateway.pages.render import PRIVATE_HEADERS, render_page, see_other
from gateway.pages.shell import get_shell
from gateway.pages.toasts import Toast, add_toast
from gateway.payments.billing import operations as billing
from gateway.payments.billing.countries import load_countries
from gateway.payments.invoices import operations as invoices

INVOICES_PATH = "/credits/invoices"
PDF_PATH = f"{INVOICES_PATH}/pdf"
PAGE_LINES = "20"
DETAIL_FIELDS = (
    *("name", "line1", "line2", "postalCode", "city", "region", "country", "taxId", "email"),
)


class InvoicePages:
    """The views of billing details and invoices."""

    def __init__(self, client: OperationClient) -> None:
        self._client = client

    def routes(self) -> list[Route]:
        """Return the routes of these pages."""
        person = self._client.person_view
        return [
            Route(INVOICES_PATH, person(self.show_invoices), methods=["GET"]),
            Route(f"{INVOICES_PATH}/details", person(self.change_details), methods=["POST"]),
            Route(PDF_PATH, self._client.public_view(self.download_pdf), methods=["GET"]),
        ]

    async def show_invoices(self, request: Request, caller: Caller) -> Response:
        """Show the page."""
        return await self._page(request, caller)

    async def _page(
        self,
        request: Request,
        caller: Caller,
        problem: Problem | None = None,
        typed: Mapping[str, str] | None = None,
    ) -> Response:
        details = typed or await self._client.read_wire(
            billing.get_billing_details, request, caller
        )
        cursor = request.query_params.get("cursor")
        page_of = {"limit": PAGE_LINES} | ({"cursor": cursor} if cursor else {})
        listed = await self._client.read_model(invoices.list_invoices, request, caller, **page_of)
        return render_page(
            request,
            "invoices.html",
            invoices=listed.data,
            older=listed.next_cursor,
            paged=cursor is not None,
            problem=problem,
            wrong=to_field_problems(problem),
            form_kept=True,
            mode=caller.book,
            details={name: details.get(name) or "" for name in DETAIL_FIELDS},
            countries=load_countries(),
        )

    async def download_pdf(self, request: Request) -> Response:
        """Return the PDF of a document; mails link to it, so a visitor signs in first."""
        caller = await self._client.find_caller(request)
        if caller is None:
            return redirect_to_sign_in(request)
        authorise_call(operation_from_handler(invoices.get_invoice_pdf), caller)
        query = {"invoiceId": request.query_params.get("invoiceId", "")}
        answer = await self._client.call_operation(
            invoices.get_invoice_pdf, request, None, caller, query=query
        )
        return Response(answer.body, headers=PRIVATE_HEADERS | dict(answer.headers))

    async def change_details(self, request: Request, caller: Caller) -> Response:
        """Replace who the next invoices are made out to."""
        posted = await read_form(request)
        typed = {name: posted.get(name, "").strip() for name in DETAIL_FIELDS}
        body = {name: value or None for name, value in typed.items()}
        try:
            await self._client.call_from_form(billing.change_billing_details, request, caller, body)
        except CrossSiteRefused:
            raise
        except Problem as problem:
            return await self._page(request, caller, problem, typed)
        answer = see_other(get_shell(request).to(INVOICES_PATH))
        return add_toast(request, answer, Toast(words="Billing details saved."))
