"""Corrections of invoices: whatever goes back and returns, the documents add up."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.payments.invoices.corrections import Credited, ReturnedPart, decide_corrections

CENT = 10_000
CENTS = st.integers(1, 1_000_000)
STEPS = st.lists(st.lists(st.integers(0, 1_000_000), min_size=3, max_size=3), max_size=8)


class Ledger:
    """The documents of one invoice, as they are issued step by step."""

    def __init__(self, total: int, tax: int) -> None:
        self.total, self.tax = total, tax
        self.credited: dict[str, int] = {}
        self.credited_tax = 0

    def settle(self, returned: dict[str, int]) -> int:
        """Issue what these returns ask for; return how many documents that were."""
        decided = decide_corrections(
            total_micros=self.total,
            tax_micros=self.tax,
            minor_unit_micros=CENT,
            credited=Credited(dict(self.credited), self.credited_tax),
            returned=[ReturnedPart(name, amount) for name, amount in returned.items()],
        )
        for each in decided:
            sign = 1 if each.kind == "credit_note" else -1
            assert each.total_micros > 0
            assert 0 <= each.tax_micros <= each.total_micros
            before = self.credited.get(each.reversal_id, 0)
            self.credited[each.reversal_id] = before + sign * each.total_micros
            self.credited_tax += sign * each.tax_micros
        return len(decided)


@given(CENTS, st.integers(0, 100), STEPS)
def test_documents_say_what_was_returned_and_never_more_than_the_invoice(
    cents: int, percent: int, steps: list[list[int]]
) -> None:
    total = cents * CENT
    tax = cents * percent // (100 + percent) * CENT
    books = Ledger(total, tax)
    for amounts in steps:
        returned = {f"rev_{number}": cents * CENT for number, cents in enumerate(amounts)}
        books.settle(returned)
        assert sum(books.credited.values()) == min(total, sum(returned.values()))
        assert 0 <= books.credited_tax <= tax
        assert books.settle(returned) == 0
    books.settle({"rev_0": total, "rev_1": 0, "rev_2": 0})
    assert (sum(books.credited.values()), books.credited_tax) == (total, tax)
    books.settle({"rev_0": 0, "rev_1": 0, "rev_2": 0})
    assert (sum(books.credited.values()), books.credited_tax) == (0, 0)


@given(st.integers(1, 10**12), st.integers(0, 10**12), STEPS)
def test_amounts_in_no_whole_units_add_up_too(total: int, tax: int, steps: list[list[int]]) -> None:
    books = Ledger(total, min(tax, total))
    for amounts in steps:
        books.settle({f"rev_{number}": amount for number, amount in enumerate(amounts)})
        assert 0 <= books.credited_tax <= books.tax
        assert 0 <= sum(books.credited.values()) <= total
