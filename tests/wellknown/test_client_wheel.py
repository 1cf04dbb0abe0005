"""The wheel of the client that each gateway serves."""

import base64
import hashlib
import io
import zipfile

import pytest

from gateway.kit.release import CLIENT_WHEEL_PATH, VERSION
from wellknown.client_wheel import build_wheel, get_lasting_path

INFO = f"killatamata-{VERSION}.dist-info"


@pytest.fixture(scope="module")
def wheel() -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(build_wheel()))


@pytest.mark.promise("client: one-package")
def test_the_wheel_holds_one_package_and_its_metadata(wheel: zipfile.ZipFile) -> None:
    assert {name.partition("/")[0] for name in wheel.namelist()} == {"killatamata", INFO}
    assert {
        "killatamata/py.typed",
        "killatamata/_bundled/mcp_server/__main__.py",
        "killatamata/_bundled/mcp_server/apps/static/page.js",
        f"{INFO}/entry_points.txt",
        f"{INFO}/licenses/LICENSE",
    } <= {*wheel.namelist()}
    assert f"Version: {VERSION}\n" in wheel.read(f"{INFO}/METADATA").decode()


def test_its_record_has_the_digest_of_each_file(wheel: zipfile.ZipFile) -> None:
    lines = wheel.read(f"{INFO}/RECORD").decode().splitlines()
    recorded = {name: (digest, size) for name, digest, size in (line.split(",") for line in lines)}
    assert recorded.keys() == {*wheel.namelist()}
    assert recorded.pop(f"{INFO}/RECORD") == ("", "")
    for name, (digest, size) in recorded.items():
        data = wheel.read(name)
        own = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        assert (digest, size) == (f"sha256={own}", str(len(data))), name


def test_the_path_that_lasts_has_the_digest_and_the_same_file_name() -> None:
    digest = hashlib.sha256(build_wheel()).hexdigest()
    assert get_lasting_path().split("/")[2] == digest[:12]
    assert get_lasting_path().split("/")[3] == CLIENT_WHEEL_PATH.split("/")[2]
