"""What is vendored is what it says it is, and nothing else lies there."""

import hashlib
import json

from gateway.pages.render import HERE

VENDOR = HERE / "static" / "vendor"
LISTED = json.loads((VENDOR / "VENDOR.json").read_text())


def test_each_vendored_file_is_the_one_that_is_listed() -> None:
    for each in LISTED:
        digest = hashlib.sha256((VENDOR / each["file"]).read_bytes()).hexdigest()
        assert digest == each["sha256"], each["file"]
        assert (VENDOR / each["licenceText"]).exists()


def test_nothing_unlisted_is_vendored() -> None:
    named = {each[key] for each in LISTED for key in ("file", "licenceText")}
    assert {path.name for path in VENDOR.iterdir()} == {"VENDOR.json", *named}
