"""Corrections of an invoice: which credit notes and further invoices its returns ask for. Pure.

A document that was issued is never changed. A return (a refund, a lost dispute, a payment that left
its chain) is answered by a credit note. If the money comes back (the refund failed, the dispute was
won, the payment is on its chain again), a credit note cannot be withdrawn, and few accounts take a
negative one. So a further invoice with a number of its own charges the same amount again and names
the invoice that it belongs to. The sum of all documents is what was paid.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

Kind = Literal["invoice", "credit_note"]


@dataclass(frozen=True, slots=True)
class ReturnedPart:
    """A reversal: how much goes back for it now, 0 if nothing does or nothing has yet."""

    reversal_id: str
    total_micros: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A document to issue for a reversal."""

    kind: Kind
    reversal_id: str
    total_micros: int
    tax_micros: int


@dataclass(frozen=True, slots=True)
class Credited:
    """Sums of the documents of an invoice: credited less charged again, per reversal and in all."""

    by_reversal: Mapping[str, int]
    tax_micros: int

    @property
    def total_micros(self) -> int:
        """The amount that all documents together returned."""
        return sum(self.by_reversal.values())


def decide_corrections(
    *,
    total_micros: int,
    tax_micros: int,
    minor_unit_micros: int,
    credited: Credited,
    returned: Sequence[ReturnedPart],
) -> list[Correction]:
    """Decide what is still to be issued, so that the documents say what was returned.

    Returns that overlap, such as a refund and a dispute of the same payment, share the invoice: the
    later one gets what the earlier left of it. What is charged again comes first.
    """
    left, targets = total_micros, {}
    for part in returned:
        targets[part.reversal_id] = min(part.total_micros, left)
        left -= targets[part.reversal_id]
    changes = sorted(
        (
            (target - credited.by_reversal.get(reversal_id, 0), reversal_id)
            for reversal_id, target in targets.items()
        ),
        key=lambda change: change[0] > 0,
    )
    gross, tax, corrections = credited.total_micros, credited.tax_micros, []
    for change, reversal_id in changes:
        if change:
            gross += change
            share = calculate_tax_share(tax_micros, gross, total_micros, minor_unit_micros)
            part_tax = min(max(0, (share - tax) * (1 if change > 0 else -1)), abs(change))
            tax += part_tax if change > 0 else -part_tax
            kind: Kind = "credit_note" if change > 0 else "invoice"
            corrections.append(Correction(kind, reversal_id, abs(change), part_tax))
    return corrections


def calculate_tax_share(
    tax_micros: int, part_micros: int, total_micros: int, minor_unit_micros: int
) -> int:
    """Return the tax in a part of a total, in whole minor units; all of it belongs to the whole."""
    if part_micros >= total_micros:
        return tax_micros
    minor_units = Fraction(tax_micros * part_micros, total_micros * minor_unit_micros)
    return min(tax_micros, int(minor_units + Fraction(1, 2)) * minor_unit_micros)
