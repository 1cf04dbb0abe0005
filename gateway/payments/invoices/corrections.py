"""Corrections of an invoice: what goes back of it, and what is charged again. Pure.

A document that was issued is never changed. A return (a refund, a lost dispute, a payment that left
its chain) is answered by a credit note. If the money comes back (the refund failed, the dispute was
won, the payment is on its chain again), a credit note cannot be withdrawn, and few accounts take a
negative one. So a further invoice with a number of its own charges the same amount again and names
the invoice that it belongs to. The sum of all documents is what was paid.

Our documents and the journal of sales are both made of these corrections, so each line of the
journal that corrects an invoice of ours has exactly one document, of its amount.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from gateway.payments.tables import Reversal

Kind = Literal["invoice", "credit_note"]


@dataclass(frozen=True, slots=True)
class Correction:
    """A change of what went back of a purchase in all, by a reversal; its amounts are positive."""

    at: int
    reversal: Reversal
    is_restored: bool
    total_micros: int
    tax_micros: int

    @property
    def kind(self) -> Kind:
        """Return the kind of the document that makes this correction."""
        return "invoice" if self.is_restored else "credit_note"


def list_corrections(
    reversals: Sequence[Reversal], *, total_micros: int, tax_micros: int, minor_unit_micros: int
) -> list[Correction]:
    """List the corrections that the reversals of a purchase make, the oldest first.

    Each follows from what came before it, so nothing later changes it. Returns that overlap, such
    as a refund and a dispute, share the total: the later one gets what the earlier left of it. One
    that changes nothing in all is no correction.
    """
    standing: dict[str, int] = {}
    returned = returned_tax = 0
    corrections = []
    for at, is_restored, row in list_changes(reversals):
        standing[row.id] = 0 if is_restored else row.returned_micros
        before, returned = returned, min(total_micros, sum(standing.values()))
        if returned == before:
            continue
        sign, part = (-1, before - returned) if is_restored else (1, returned - before)
        share = calculate_tax_share(tax_micros, returned, total_micros, minor_unit_micros)
        part_tax = min(max(0, (share - returned_tax) * sign), part)
        returned_tax += sign * part_tax
        corrections.append(Correction(at, row, is_restored, part, part_tax))
    return corrections


def list_changes(reversals: Sequence[Reversal]) -> list[tuple[int, bool, Reversal]]:
    """List when money went back for good, and when it came back (True), the oldest change first.

    One that was undone before such times were written is no change.
    """
    rows = [row for row in reversals if row.settled_micros or row.restored_at is not None]
    changes = [(row.returned_at or row.created_at, False, row) for row in rows]
    changes += [(row.restored_at, True, row) for row in rows if row.restored_at is not None]
    return sorted(changes, key=lambda change: (change[0], change[1], change[2].id))


def calculate_tax_share(
    tax_micros: int, part_micros: int, total_micros: int, minor_unit_micros: int
) -> int:
    """Return the tax in a part of a total, in whole minor units; all of it belongs to the whole."""
    if part_micros >= total_micros:
        return tax_micros
    minor_units = Fraction(tax_micros * part_micros, total_micros * minor_unit_micros)
    return min(tax_micros, int(minor_units + Fraction(1, 2)) * minor_unit_micros)
