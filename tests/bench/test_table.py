"""The table of the benchmarks: bounds of a row, and what fell since the committed one."""

from pathlib import Path

from bench.record import Record, RecordedRow, compare_row, load_record, save_record
from bench.table import Row


def make_row(*ratios: float, lower_is_better: bool = False) -> Row:
    row = Row("http.submit", "submit", must=2, goal=3, lower_is_better=lower_is_better)
    for ratio in ratios:
        row.add_round(100, 100 * ratio)
    return row


def record_row(low: float, median: float, high: float) -> RecordedRow:
    return RecordedRow(median=median, low=low, high=high, commit="b5b3beef12")


def test_the_median_of_the_rounds_decides_and_one_bad_round_does_not() -> None:
    row = make_row(2.5, 0.1, 2.6)
    assert (row.median, row.low, row.high) == (2.5, 0.1, 2.6)
    assert not row.is_missed
    assert row.verdict == "ok"


def test_a_row_says_whether_its_median_reaches_the_goal_or_misses_what_it_must() -> None:
    assert make_row(3.0).verdict == "goal"
    assert make_row(1.9).verdict == "MISSED"
    assert make_row(2.5, lower_is_better=True).verdict == "MISSED"
    assert make_row(2.0, lower_is_better=True).verdict == "goal"  # its goal is the looser bound
    assert Row("idle.worker", "worker", values=[1.0]).verdict == ""


def test_a_ratio_fell_if_it_is_worse_by_more_than_half_of_both_ranges() -> None:
    last = record_row(3.8, 4.0, 4.2)  # a tenth of its median
    fallen = compare_row(make_row(3.4, 3.4, 3.4), last)
    assert fallen
    assert fallen.has_fallen
    assert str(fallen) == "4.00, -15% (noise 5%) FELL"
    blurred = compare_row(make_row(2.8, 3.4, 4.0), last)
    assert blurred
    assert not blurred.has_fallen


def test_a_difference_below_five_percent_is_never_a_fall() -> None:
    change = compare_row(make_row(3.85), record_row(4, 4, 4))
    assert change
    assert not change.has_fallen


def test_a_ratio_that_should_be_low_falls_by_rising() -> None:
    last = record_row(1.1, 1.1, 1.1)
    risen = compare_row(make_row(1.3, lower_is_better=True), last)
    sunken = compare_row(make_row(0.9, lower_is_better=True), last)
    assert risen
    assert sunken
    assert (risen.has_fallen, sunken.has_fallen) == (True, False)


def test_a_row_that_was_never_committed_has_nothing_to_fall_from() -> None:
    assert compare_row(make_row(1.0), None) is None
    assert compare_row(make_row(1.0), record_row(0, 0, 0)) is None


def test_a_record_reads_back_as_it_was_saved(tmp_path: Path) -> None:
    record = Record().add_rows([make_row(2.0, 2.5, 3.0)], "b5b3beef12")
    save_record(record, tmp_path / "last.json")
    assert load_record(tmp_path / "last.json") == record
    assert record.rows["http.submit"] == record_row(2, 2.5, 3)
    assert load_record(tmp_path / "missing.json") == Record()


def test_a_short_run_keeps_what_was_recorded_of_the_other_rows_on_this_machine() -> None:
    whole = Record().add_rows([make_row(2.0)], "b5b3beef12")
    other = Row("ledger.hold", "hold", values=[1.5])
    assert set(whole.add_rows([other], "c6c4cfff12").rows) == {"http.submit", "ledger.hold"}
    elsewhere = whole.model_copy(update={"machine": {"processor": "another one"}})
    assert set(elsewhere.add_rows([other], "c6c4cfff12").rows) == {"ledger.hold"}
