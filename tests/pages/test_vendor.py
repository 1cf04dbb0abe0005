"""Vendored files are unchanged and listed, and the folder has no others."""

import hashlib
import json
from pathlib import Path

import pytest

from gateway.pages.assets import STATIC_FOLDER

FOLDERS = [STATIC_FOLDER / "vendor", Path(__file__).parent / "vendor"]


@pytest.mark.parametrize("folder", FOLDERS, ids=str)
def test_each_vendored_file_is_the_one_that_is_listed(folder: Path) -> None:
    listed = json.loads((folder / "VENDOR.json").read_text())
    for each in listed:
        digest = hashlib.sha256((folder / each["file"]).read_bytes()).hexdigest()
        assert digest == each["sha256"], each["file"]
        assert (folder / each["licenceText"]).exists()
    named = {each[key] for each in listed for key in ("file", "licenceText")}
    assert {path.name for path in folder.iterdir()} == {"VENDOR.json", *named}
