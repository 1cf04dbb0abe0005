"""The page policy allows files from the origins of the storage only."""

from types import SimpleNamespace

import pytest

from gateway.kit.operation import Ports
from gateway.library.uploads.intake import Uploads
from gateway.media.jobs.outputs import OutputUrls
from gateway.pages.page_shell import build_file_origins
from gateway.storage import storage_from_url

SITE = "https://example.com"
BUCKET = "s3://bucket?endpoint=https://objects.example.net&region=eu"


def build_origins(files_url: str, storage_url: str) -> str:
    ports = Ports(OutputUrls(files_url, {"1": b"k"}))
    ports.add(SimpleNamespace(storage=storage_from_url(storage_url)), as_type=Uploads)
    return build_file_origins(ports, SITE)


def test_files_of_the_site_itself_need_no_other_origin(tmp_path: object) -> None:
    assert build_origins(SITE, f"file://{tmp_path}") == ""


def test_a_host_of_files_and_a_bucket_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    files = "https://files.example.com"
    assert build_origins(files, BUCKET) == "https://files.example.com https://objects.example.net"
