"""The files of tests that a whole `./test` leaves to the slow suite, because they take long.

They are listed in `long_files.txt`, and chosen by their time in a run of all of them:

    ./test -n 4 --dist loadfile --junitxml=all.xml
    .venv/bin/python -m tests.long_files all.xml

A file that is named on the command line is run whatever the list says.
"""

import sys
from collections import defaultdict
from pathlib import Path
from xml.etree import ElementTree as ET

LIST = Path(__file__).with_name("long_files.txt")
# What no change may break is in every whole run.
KEPT_FOLDERS = {"contract", "house", "ledger", "promises", "style"}
# Of the time of all workers. On two cores it makes a run of about six minutes.
KEPT_SHARE = 0.28


def read_long_files() -> frozenset[str]:
    """Return the listed files, relative to this folder."""
    return frozenset(LIST.read_text().split())


def choose_long_files(report: Path) -> list[str]:
    """Return the longest files of a report, so many that the others take the kept share."""
    seconds: dict[str, float] = defaultdict(float)
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own report
        module = case.attrib["classname"].removeprefix("tests.")
        seconds[f"{module.replace('.', '/')}.py"] += float(case.attrib["time"])
    chosen, left = [], sum(seconds.values())
    kept = left * KEPT_SHARE
    for file, took in sorted(seconds.items(), key=lambda each: -each[1]):
        if left <= kept:
            break
        if Path(file).parts[0] not in KEPT_FOLDERS:
            chosen.append(file)
            left -= took
    return sorted(chosen)


if __name__ == "__main__":
    LIST.write_text("".join(f"{file}\n" for file in choose_long_files(Path(sys.argv[1]))))
