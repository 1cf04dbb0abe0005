"""`python -m bench`: what it prints, records and exits with."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import __main__ as bench
from bench.record import load_record
from bench.table import BrokenInvariantError, Options, Row

FAST_RATIO, SLOW_RATIO = 3.0, 2.0


def measure_fast(options: Options) -> Iterator[Row]:
    """Measure something that reaches its goal."""
    yield Row("http.submit", "submit", must=1, goal=2, values=[FAST_RATIO] * options.rounds)


def measure_slow(options: Options) -> Iterator[Row]:
    """Measure the same after it became slower; it reaches what it must."""
    yield Row("http.submit", "submit", must=1, goal=2, values=[SLOW_RATIO] * options.rounds)


def measure_missed(_options: Options) -> Iterator[Row]:
    """Measure something that misses what it must reach."""
    yield Row("ledger.tail", "p99 / p50", must=4, lower_is_better=True, values=[5.0])


def measure_broken(_options: Options) -> Iterator[Row]:
    """Measure something, and find the ledger broken afterwards."""
    yield Row("ledger.hold", "hold", values=[1.0])
    raise BrokenInvariantError("I01")


@pytest.fixture(autouse=True)
def measures(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("fast", "slow", "missed", "broken")
    monkeypatch.setattr(bench, "MEASURES", {n: f"{__name__}:measure_{n}" for n in names})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "last.json"


def test_a_recorded_run_is_what_the_next_one_is_compared_with(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["fast", "--record"], path) == 0
    assert load_record(path).rows["http.submit"].median == FAST_RATIO
    assert bench.main(["fast"], path) == 0
    assert "3.00, +0% (noise 5%)" in capsys.readouterr().out


def test_a_ratio_that_fell_is_named_and_ends_with_1(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.main(["fast", "--record"], path)
    assert bench.main(["slow"], path) == 1
    assert "http.submit fell: 3.00, -33% (noise 5%) FELL" in capsys.readouterr().out


def test_the_table_of_another_machine_is_shown_and_not_judged(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.main(["fast", "--record"], path)
    cores = load_record(path).machine["cores"]
    path.write_text(path.read_text().replace(f'"cores": "{cores}"', '"cores": "0"'))
    assert bench.main(["slow"], path) == 0
    assert "Not judged by the committed table" in capsys.readouterr().out


def test_a_missed_row_ends_with_1(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert bench.main(["missed"], path) == 1
    assert "ledger.tail misses what it must reach" in capsys.readouterr().out


def test_a_measure_that_fails_loses_neither_its_rows_nor_those_of_others(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert bench.main(["broken", "fast", "--record"], path) == 1
    assert set(load_record(path).rows) == {"ledger.hold", "http.submit"}
    assert "broken failed" in capsys.readouterr().out
