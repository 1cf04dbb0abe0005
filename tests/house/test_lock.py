"""The lock file, as the Pythons that we promise meet it."""

import tomllib
from collections import defaultdict
from pathlib import Path

import pytest
from packaging.tags import compatible_tags, cpython_tags
from packaging.utils import parse_wheel_filename

ROOT = Path(__file__).parents[2]
LOCK = tomllib.loads((ROOT / "uv.lock").read_text())
OTHER_VERSIONS = {
    "clients/typescript/src/version.ts": 'VERSION = "{}";',
    "deploy/kubernetes/kustomization.yaml": "newTag: {}\n",
    "server.json": '"version": "{}"',
    "wellknown/npm_package/package.json": '"version": "{}"',
}
PLATFORMS = [f"manylinux{each}_x86_64" for each in ("_2_28", "_2_17", "2014", "1")]


def wheels_by_package() -> dict[str, set[str]]:
    """Return the wheels of each package, over all of its locked versions."""
    wheels: dict[str, set[str]] = defaultdict(set)
    for package in LOCK["package"]:
        if "sdist" in package:  # without one it is for other systems, and never compiled here
            names = {each["url"].rpartition("/")[2] for each in package.get("wheels", ())}
            wheels[package["name"]] |= names
    return wheels


@pytest.mark.promise("house: bare-machine")
@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_nothing_has_to_be_compiled_on_a_promised_python(minor: int) -> None:
    python = (3, minor)
    fitting = {*cpython_tags(python, platforms=PLATFORMS)}
    fitting |= {*compatible_tags(python, f"cp3{minor}", platforms=PLATFORMS)}
    compiled = {
        package
        for package, wheels in wheels_by_package().items()
        if not any(parse_wheel_filename(each)[3] & fitting for each in wheels)
    }
    assert compiled == set()


def test_what_we_call_has_one_major_version_on_every_python() -> None:
    ours = [each for each in LOCK["package"] if each["name"] in LOCK["manifest"]["members"]]
    assert len(ours) == 2
    called = [
        dependency
        for each in ours
        for listed in (each["dependencies"], *each["optional-dependencies"].values())
        for dependency in listed
    ]
    majors: dict[str, set[str]] = defaultdict(set)
    for each in LOCK["package"]:
        if each["name"] in {dependency["name"] for dependency in called}:
            majors[each["name"]].add(each["version"].partition(".")[0])
    assert {name: found for name, found in majors.items() if len(found) > 1} == {}


def test_all_that_a_release_publishes_has_one_version() -> None:
    client, server = (
        tomllib.loads((ROOT / file).read_text())["project"]
        for file in ("pyproject.toml", "server/pyproject.toml")
    )
    assert client["version"] == server["version"]
    assert server["dependencies"][0] == f"killatamata[mcp]=={client['version']}"
    for file, words in OTHER_VERSIONS.items():
        assert words.format(client["version"]) in (ROOT / file).read_text(), file
    assert client["requires-python"] == server["requires-python"]
    assert (ROOT / "LICENSE").read_text() == (ROOT / "server" / "LICENSE").read_text()
