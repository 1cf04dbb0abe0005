"""The npm package of the TypeScript client that each gateway serves."""

import gzip
import hashlib
import io
import json
import tarfile

import pytest

from gateway.kit.release import NPM_PACKAGE_PATH, VERSION
from tests.style.source import ROOT
from wellknown.npm_package_file import build_npm_package, get_lasting_path, wrap_in_gzip


@pytest.fixture(scope="module")
def files() -> dict[str, bytes]:
    found = {}
    with tarfile.open(fileobj=io.BytesIO(build_npm_package())) as bundle:
        for entry in bundle:
            content = bundle.extractfile(entry)
            assert content is not None
            found[entry.name.removeprefix("package/")] = content.read()
    return found


def test_the_package_has_the_version_of_the_gateway(files: dict[str, bytes]) -> None:
    assert json.loads(files["package.json"])["version"] == VERSION
    assert f'VERSION = "{VERSION}"'.encode() in files["version.js"]
    assert f"killatamata-{VERSION}.tgz" in NPM_PACKAGE_PATH
    assert get_lasting_path().split("/")[-1] == NPM_PACKAGE_PATH.split("/")[-1]


def test_the_package_holds_each_module_with_its_types(files: dict[str, bytes]) -> None:
    sources = {each.stem for each in (ROOT / "clients/typescript/src").glob("*.ts")}
    names = {*files} - {"package.json", "README.md", "LICENSE"}
    assert {f"{each}{end}" for each in sources for end in (".js", ".d.ts")} <= names
    assert {name.partition(".")[0] for name in names} == sources | {"types", "operations"}
    exports = json.loads(files["package.json"])["exports"].values()
    targets = {each for entry in exports if isinstance(entry, dict) for each in entry.values()}
    assert {each.removeprefix("./") for each in targets} <= names


def test_the_package_knows_each_operation_of_the_document(files: dict[str, bytes]) -> None:
    document = json.loads((ROOT / "docs/openapi.json").read_text())
    for path, methods in document["paths"].items():
        for method in {"get", "post", "patch", "put", "delete"} & {*methods}:
            line = f'{methods[method]["operationId"]}: ["{method.upper()}", "{path}"'
            assert line.encode() in files["operations.js"], line


def test_the_package_is_the_one_of_these_sources_and_this_document() -> None:
    record = json.loads((ROOT / "clients/typescript/sources.json").read_text())
    folder = ROOT / "clients/typescript"
    rendered = {"types.ts", "operations.ts"}
    sources = [each for each in folder.glob("src/*.ts") if each.name not in rendered]
    sources += [folder / "generate.mjs", ROOT / "docs/openapi.json"]
    package = ROOT / "wellknown/npm_package"
    sources += [*package.glob("*.js"), *package.glob("*.d.ts")]
    digests = {
        str(each.relative_to(ROOT)): hashlib.sha256(each.read_bytes()).hexdigest()
        for each in sources
    }
    assert record == digests, "npm ci && npm run build in clients/typescript"


def test_wrapped_bytes_are_equal_on_each_python() -> None:
    content = bytes(range(256)) * 1024  # more than one block
    wrapped = wrap_in_gzip(content)
    assert gzip.decompress(wrapped) == content
    assert (
        hashlib.sha256(wrapped).hexdigest()
        == "dd45dcfb6d0c2cae48d11079f5ac5984981891006b8ff7e6cb6ef99921e1e0ce"
    )
