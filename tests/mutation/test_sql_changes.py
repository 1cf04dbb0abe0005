import pytest

from tests.mutation.rooms import ROOMS
from tests.mutation.sql_changes import list_sql_changes
from tests.mutation.survivors import ROOT, list_survivors


def list_changed(text: str) -> list[str]:
    return [
        text[: change.start] + change.replacement + text[change.end :]
        for change in list_sql_changes(text)
    ]


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("SELECT a FROM t WHERE b < c", ["SELECT a FROM t WHERE b <= c"]),
        ("SELECT a + b FROM t", ["SELECT a - b FROM t"]),
        ("DELETE FROM t WHERE a IS NOT NULL", ["DELETE FROM t WHERE a IS NULL"]),
        (
            "SELECT a FROM t WHERE b > c AND d <> e",
            [
                "SELECT a FROM t WHERE b >= c AND d <> e",
                "SELECT a FROM t WHERE b > c OR d <> e",
                "SELECT a FROM t WHERE b > c AND d = e",
            ],
        ),
    ],
)
def test_each_operator_of_a_statement_is_changed_alone(text: str, changed: list[str]) -> None:
    assert list_changed(text) == changed


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE t SET a = b",
        "SELECT a FROM t WHERE b BETWEEN c AND d",
        "a text for people, which says: above 0 AND below 1",
    ],
)
def test_what_would_be_no_sql_or_is_none_stays_as_it_is(text: str) -> None:
    assert list_changed(text) == []


def test_an_assignment_stays_and_the_condition_after_it_is_changed() -> None:
    text = "UPDATE t SET a = b WHERE c = d"
    assert list_changed(text) == ["UPDATE t SET a = b WHERE c <> d"]


def test_every_room_has_files_and_no_file_has_two_rooms() -> None:
    files = [path for room in ROOMS for path in room.list_files(ROOT)]
    assert all(room.list_files(ROOT) for room in ROOMS)
    assert len(files) == len(set(files))


def test_each_listed_survivor_changes_lines_that_the_code_still_has() -> None:
    for survivor in list_survivors():
        lines = {line.strip() for line in (ROOT / survivor.file).read_text().splitlines()}
        assert set(survivor.before.splitlines()) <= lines, f"{survivor.file}: {survivor.before}"


def test_each_listed_survivor_says_why_it_is_left() -> None:
    assert all(
        survivor.kind in {"equivalent", "left"} and survivor.reason.partition(": ")[2]
        for survivor in list_survivors()
    )
