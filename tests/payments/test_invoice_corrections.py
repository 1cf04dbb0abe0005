"""Corrections of invoices: whatever goes back and returns, the documents add up."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.payments.invoices.corrections import Correction, list_corrections
from gateway.payments.states import DisputeOutcome, ReversalState
from gateway.payments.tables import Reversal

CENT = 10_000
CENTS = st.integers(1, 1_000_000)
STEPS = st.lists(st.tuples(st.integers(0, 3), st.booleans()), max_size=16)


class Books:
    """A purchase with two refunds and two disputes, and the documents issued for them in turn."""

    def __init__(self, total: int, tax: int, amounts: list[int]) -> None:
        self.total, self.tax, self.now = total, tax, 10
        self.documents: list[Correction] = []
        # The rows are in the order of their ids, in which nobody settles them.
        self.rows = [
            Reversal(
                id=f"rev_{number}", purchase_id="pur_1", provider="stripe",
                kind=("refund", "dispute")[number % 2], provider_reference=None,
                state=ReversalState.WANTED, outcome=None, amount_microusd=amount,
                credit_taken_microusd=0, bonus_taken_microusd=0, reason=None, created_at=number,
            )
            for number, amount in enumerate(amounts)
        ]  # fmt: skip

    def move(self, number: int, *, returns: bool) -> None:
        """Let money go back for a reversal, or come back, if it can; issue what that asks for."""
        row = self.rows[number]
        self.now += 1
        if returns and row.state == ReversalState.WANTED:
            row.state, row.outcome = ReversalState.TAKEN, DisputeOutcome.LOST
            row.returned_at = self.now
        elif not returns and row.state != ReversalState.UNDONE:
            row.restored_at = self.now if row.state == ReversalState.TAKEN else None
            row.state = ReversalState.UNDONE
        self.issue()

    def issue(self) -> None:
        """Issue the documents that are still missing; those before stay as they are."""
        corrections = list_corrections(
            self.rows, total_micros=self.total, tax_micros=self.tax, minor_unit_micros=CENT
        )
        assert corrections[: len(self.documents)] == self.documents
        assert len(corrections) <= len(self.documents) + 1
        self.documents = corrections
        assert len({(each.reversal.id, each.kind) for each in corrections}) == len(corrections)
        for each in corrections:
            assert each.total_micros > 0
            assert 0 <= each.tax_micros <= each.total_micros

    def sum_credited(self) -> tuple[int, int]:
        """Return the total and the tax that all documents credit together."""
        signs = [1 if each.kind == "credit_note" else -1 for each in self.documents]
        pairs = list(zip(signs, self.documents, strict=True))
        return sum(s * d.total_micros for s, d in pairs), sum(s * d.tax_micros for s, d in pairs)

    def sum_standing(self) -> int:
        """Return what went back in all, of no more than the total."""
        return min(self.total, sum(row.settled_micros for row in self.rows))


@given(CENTS, st.integers(0, 100), st.lists(CENTS, min_size=4, max_size=4), STEPS)
def test_documents_say_what_was_returned_and_never_more_than_the_invoice(
    cents: int, percent: int, parts: list[int], steps: list[tuple[int, bool]]
) -> None:
    total, tax = cents * CENT, cents * percent // (100 + percent) * CENT
    books = Books(total, tax, [part * CENT for part in parts])
    for number, returns in steps:
        books.move(number, returns=returns)
        credited, credited_tax = books.sum_credited()
        assert credited == books.sum_standing()
        assert 0 <= credited_tax <= tax
        assert credited < total or credited_tax == tax
    for number in range(4):
        books.move(number, returns=False)
    assert books.sum_credited() == (0, 0)


@given(
    st.integers(1, 10**12),
    st.integers(0, 10**12),
    st.lists(st.integers(1, 10**12), min_size=4, max_size=4),
    STEPS,
)
def test_amounts_in_no_whole_units_add_up_too(
    total: int, tax: int, parts: list[int], steps: list[tuple[int, bool]]
) -> None:
    books = Books(total, min(tax, total), parts)
    for number, returns in steps:
        books.move(number, returns=returns)
        credited, credited_tax = books.sum_credited()
        assert credited == books.sum_standing()
        assert 0 <= credited_tax <= books.tax


def test_what_a_refund_left_is_all_that_a_dispute_of_the_whole_credits() -> None:
    books = Books(100 * CENT, 0, [1, 100 * CENT, 40 * CENT, 1])
    books.move(2, returns=True)
    books.move(1, returns=True)  # the older row, which was an inquiry
    assert [(each.reversal.id, each.total_micros // CENT) for each in books.documents] == [
        ("rev_2", 40), ("rev_1", 60),
    ]  # fmt: skip
    books.move(2, returns=False)
    assert len(books.documents) == 2, "the dispute has all of it"
