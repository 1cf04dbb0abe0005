"""A folder, and a bucket of a real S3 stand-in spoken to over HTTP."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.storage import Storage, storage_from_url
from tests.fakes.buckets import BUCKET_KEYS, serve_bucket


@pytest.fixture
def s3_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in BUCKET_KEYS.items():
        monkeypatch.setenv(name, value)
    with serve_bucket("eu-central-1") as endpoint:
        yield f"s3://media/killa?endpoint={endpoint}&region=eu-central-1"


@pytest.fixture(params=["folder", "bucket"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "folder":
        return storage_from_url(f"file://{tmp_path}/store%20here")
    return storage_from_url(request.getfixturevalue("s3_url"))
