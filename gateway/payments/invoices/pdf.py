"""The drawing of an invoice or credit note: A4, the same bytes each time.

Nothing but the row goes into it: no clock, no setting, no random number. Text is set in Noto Sans;
characters that it lacks come from DejaVu Sans (Armenian, Georgian, Hebrew, Arabic) and Droid Sans
Fallback (Chinese, Japanese, Korean), and are embedded as far as they are used. Letters are not
joined, and a character that no font has is drawn as a replacement mark; the JSON of the document
keeps the exact text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal, cast

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, WrapMode

from gateway.kit.clock import SECOND
from gateway.payments.billing.billing_details import Buyer
from gateway.payments.billing.countries import load_countries
from gateway.payments.currencies import render_amount
from gateway.payments.invoices.documents import Document, clean_line, render_invoice_number
from gateway.payments.invoices.tables import Invoice

FONTS = Path(__file__).parent / "fonts"
FAMILY, REGULAR, BOLD = "Noto Sans", "NotoSans-Regular.ttf", "NotoSans-SemiBold.ttf"
FALLBACKS = {"DejaVu": "DejaVuSans.ttf", "Droid": "DroidSansFallback.ttf"}
UNKNOWN, MINUS = "\ufffd", "\u2212"
MARGIN, WIDTH, GUTTER = 22, 166, 12
COLUMN = (WIDTH - GUTTER) / 2
RIGHT, FACT_LABEL, MOST_BODY_CHARACTERS = MARGIN + COLUMN + GUTTER, 22, 30
LINE_HEIGHT, SMALL, BODY, LARGE = 5, 8, 9.5, 22
INK, QUIET, RULE, WATERMARK = (28, 25, 23), (110, 104, 98), (222, 217, 211), (240, 236, 231)
TITLES = {"invoice": "Invoice", "credit_note": "Credit note"}
TEST_NOTE = "TEST: play money, no payment was made. This is no tax document."


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """All that is drawn of a document; equal papers have equal bytes."""

    kind: str
    number: str
    is_test: bool
    currency: str
    net_micros: int
    tax_micros: int
    total_micros: int
    issued_at: int
    document_json: str


def paper_from_invoice(row: Invoice) -> Paper:
    """Return what is drawn of an invoice or credit note."""
    return Paper(
        kind=row.kind,
        number=render_invoice_number(row),
        is_test=row.book != "live",
        currency=row.currency,
        net_micros=row.net_micros,
        tax_micros=row.tax_micros,
        total_micros=row.total_micros,
        issued_at=row.issued_at,
        document_json=row.document_json,
    )


# Drawing takes a tenth of a second of computing, and an account has as many documents as it bought
# credit: with the last ones at hand, asking again and again costs nothing.
@lru_cache(maxsize=64)
def render_pdf(paper: Paper) -> bytes:
    """Draw a document and return the bytes of its PDF."""
    sheet = Sheet(paper)
    sheet.draw_head()
    sheet.draw_parties()
    sheet.draw_lines()
    sheet.draw_sums()
    sheet.draw_notes()
    return bytes(sheet.output())


class Sheet(FPDF):
    """The pages of one document."""

    def __init__(self, paper: Paper) -> None:
        super().__init__(format="A4")
        self._paper, self._document = paper, Document.from_json(paper.document_json)
        self.set_margins(MARGIN, MARGIN, MARGIN)
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=MARGIN + 6)
        self.set_creation_date(datetime.fromtimestamp(paper.issued_at // SECOND, UTC))
        self.set_title(f"{TITLES[paper.kind]} {paper.number}")
        self.set_author(to_drawable(self._document.seller.name))
        self.set_lang("en")
        self._add_fonts()
        self.add_page()

    def _add_fonts(self) -> None:
        """Add the fonts; those of other scripts only if a character asks for them."""
        self.add_font(FAMILY, "", FONTS / REGULAR)
        self.add_font(FAMILY, "B", FONTS / BOLD)
        used = {ord(each) for each in self._paper.document_json} - load_coverage(REGULAR)
        needed = [name for name, file in FALLBACKS.items() if used & load_coverage(file)]
        for name in needed:
            self.add_font(name, "", FONTS / FALLBACKS[name])
        self.set_fallback_fonts(needed, exact_match=False)

    def header(self) -> None:
        """Draw the watermark of play money below everything else."""
        if self._paper.is_test:
            self._use_font(150, WATERMARK, bold=True)
            with self.rotation(45, x=self.w / 2, y=self.h / 2):
                width = self.get_string_width("TEST")
                self.text((self.w - width) / 2, self.h / 2 + 18, "TEST")

    def footer(self) -> None:
        """Draw the number of document and page."""
        self.set_y(-MARGIN)
        self._draw_text(self._paper.number, MARGIN, COLUMN, SMALL, QUIET)
        self.set_y(-MARGIN)
        self._draw_text(f"Page {self.page_no()}", RIGHT, COLUMN, SMALL, QUIET, align="R")

    def draw_head(self) -> None:
        """Draw the seller beside the title."""
        seller = self._document.seller
        tax_id = [f"Tax id {seller.tax_id}"] if seller.tax_id else []
        self.set_y(MARGIN)
        self._draw_text(TITLES[self._paper.kind], RIGHT, COLUMN, LARGE, INK, bold=True, align="R")
        self.set_y(MARGIN)
        self._draw_column([seller.name, *seller.address, *tax_id])
        self.set_y(max(self.get_y(), MARGIN + 20) + 8)
        self._draw_rule()

    def draw_parties(self) -> None:
        """Draw the buyer beside number, dates and payment."""
        top = self.get_y() + 6
        self.set_y(top)
        self._draw_text("Billed to", MARGIN, COLUMN, SMALL, QUIET)
        self._draw_column(list_buyer_lines(self._document.buyer))
        bottom = self.get_y()
        self.set_y(top)
        for label, value in self._list_facts():
            self._draw_fact(label, value)
        self.set_y(max(bottom, self.get_y()) + 10)

    def _list_facts(self) -> list[tuple[str, str]]:
        document, paper = self._document, self._paper
        facts = [("Number", paper.number), ("Issued", format_day(paper.issued_at))]
        if document.invoice_number is not None:
            facts.append(("For invoice", document.invoice_number))
        facts.append(("Paid", format_day(document.paid_at)))
        facts.append(("Paid through", document.provider))
        facts.append(("Payment", document.reference))
        return facts

    def draw_lines(self) -> None:
        """Draw what was bought or returned."""
        included = self._document.tax_included and self._document.tax_name
        amount = f"Amount, with {self._document.tax_name}" if included else "Amount"
        top = self.get_y()
        self._draw_text("Description", MARGIN, WIDTH - 50, SMALL, QUIET)
        self.set_y(top)
        self._draw_text(amount, MARGIN + WIDTH - 50, 50, SMALL, QUIET, align="R")
        self._draw_rule()
        for line in self._document.lines:
            top = self.get_y() + 2
            self.set_y(top)
            self._draw_amount(line.amount_micros, BODY)
            self.set_y(top)
            self._draw_text(line.description, MARGIN, WIDTH - 50, BODY, INK)
            self.set_y(self.get_y() + 2)
            self._draw_rule()

    def draw_sums(self) -> None:
        """Draw net amount, tax and total."""
        paper = self._paper
        self.set_y(self.get_y() + 4)
        if self._document.tax_name is not None or paper.tax_micros:
            self._draw_sum("Net amount", paper.net_micros)
            self._draw_sum(describe_tax(self._document), paper.tax_micros)
        total = "Total returned" if paper.kind == "credit_note" else "Total"
        self._draw_sum(total, paper.total_micros, bold=True)

    def draw_notes(self) -> None:
        """Draw what the law or the reader wants to be said in words."""
        self.set_y(self.get_y() + 10)
        for note in self._list_notes():
            self._draw_text(note, MARGIN, WIDTH, BODY, INK)
            self.set_y(self.get_y() + 1)

    def _list_notes(self) -> list[str]:
        document, paper = self._document, self._paper
        notes = [TEST_NOTE] if paper.is_test else []
        if document.reason is not None:
            notes.append(f"{document.reason}. It belongs to invoice {document.invoice_number}.")
        elif paper.kind == "invoice":
            notes.append("Paid in full. Nothing is due.")
        if document.reverse_charge:
            notes.append("Reverse charge: the recipient owes the tax.")
        elif document.tax_name is None and not paper.tax_micros:
            notes.append("No tax was charged.")
        if document.note is not None:
            notes.append(document.note)
        return notes

    def _draw_column(self, lines: Sequence[str]) -> None:
        """Draw lines below each other on the left, the first one bold."""
        for position, line in enumerate(lines):
            self._draw_text(line, MARGIN, COLUMN, BODY, INK, bold=position == 0)

    def _draw_fact(self, label: str, value: str) -> None:
        top = self.get_y()
        self._draw_text(label, RIGHT, FACT_LABEL, SMALL, QUIET)
        self.set_y(top)
        size = BODY if len(value) <= MOST_BODY_CHARACTERS else SMALL
        self._draw_text(value, RIGHT + FACT_LABEL, COLUMN - FACT_LABEL, size, INK)

    def _draw_sum(self, label: str, amount_micros: int, *, bold: bool = False) -> None:
        top, size = self.get_y() + 1, BODY + (2 if bold else 0)
        self.set_y(top)
        self._draw_amount(amount_micros, size, bold=bold)
        self.set_y(top)
        self._draw_text(label, MARGIN + COLUMN, COLUMN - 35, size, INK, bold=bold)

    def _draw_amount(self, amount_micros: int, size: float, *, bold: bool = False) -> None:
        amount = render_amount(amount_micros, self._paper.currency).replace("-", MINUS)
        text = f"{self._paper.currency.upper()} {amount}"
        self._draw_text(text, MARGIN + WIDTH - 50, 50, size, INK, bold=bold, align="R")

    def _draw_text(
        self,
        text: str,
        left: float,
        width: float,
        size: float,
        color: tuple[int, int, int],
        *,
        bold: bool = False,
        align: Literal["L", "R"] = "L",
    ) -> None:
        """Draw a text from here down, broken into lines of a width."""
        height = max(LINE_HEIGHT, size / 2)
        self._use_font(size, color, bold=bold)
        lines = self.multi_cell(
            width, height, to_drawable(text), align="L", dry_run=True,
            output=MethodReturnValue.LINES, wrapmode=WrapMode.WORD,
        )  # fmt: skip
        for line in cast("list[str]", lines):
            self._use_font(size, color, bold=bold)
            self.set_x(left)
            self.cell(width, height, line.strip(), align=align)
            self.set_y(self.get_y() + height)

    def _draw_rule(self) -> None:
        self.set_draw_color(*RULE)
        self.line(MARGIN, self.get_y(), MARGIN + WIDTH, self.get_y())

    def _use_font(self, size: float, color: tuple[int, int, int], *, bold: bool = False) -> None:
        # After a line that ends in another script, fpdf2 goes on in that font without saying so.
        # Asked for another size first, it names the font again.
        self.set_font_size(size + 1)
        self.set_font(FAMILY, "B" if bold else "", size)
        self.set_text_color(*color)


@cache
def load_coverage(file: str) -> frozenset[int]:
    """Load the characters that a font has."""
    with TTFont(FONTS / file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def to_drawable(text: str) -> str:
    """Return a text as one line, with a mark for each character that no font has."""
    line = clean_line(text) or ""
    known = load_coverage(REGULAR)
    if all(ord(each) in known for each in line):
        return line
    fonts = [known, *(load_coverage(file) for file in FALLBACKS.values())]
    return "".join(each if any(ord(each) in font for font in fonts) else UNKNOWN for each in line)


def list_buyer_lines(buyer: Buyer) -> list[str]:
    """List the lines of a buyer: name, address, country, tax id and e-mail address."""
    country = load_countries().get(buyer.country or "", buyer.country)
    place = " ".join(part for part in (buyer.postal_code, buyer.city) if part)
    lines = (buyer.name, buyer.line1, buyer.line2, place, buyer.region, country)
    tax = f"Tax id {buyer.tax_id}" if buyer.tax_id else None
    return [line for line in (*lines, tax, buyer.email) if line] or ["Not given"]


def describe_tax(document: Document) -> str:
    """Describe the tax of a document: its name and its rate, if it has a single one."""
    name = document.tax_name or "Tax"
    return name if document.tax_percent is None else f"{name} {document.tax_percent} %"


def format_day(at: int) -> str:
    """Format a day in UTC, such as 2026-11-05, which no reader takes for another."""
    return f"{datetime.fromtimestamp(at // SECOND, UTC):%Y-%m-%d}"
