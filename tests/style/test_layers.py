"""Rules of layers that import-linter cannot check."""

import importlib.util
import subprocess
import sys
import tomllib

import pytest

from tests.style.source import PACKAGES, ROOT, to_place

LOADED = "import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"


@pytest.mark.parametrize("module", ["killatamata", "killatamata.cli"])
def test_the_client_loads_nothing_of_the_server(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"{module} is not built yet")
    command = [sys.executable, "-c", LOADED.format(module=module)]
    loaded = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert not {"gateway", "workers", "sqlalchemy", "starlette", "av"}.intersection(loaded.split())


def test_each_package_carries_its_types() -> None:
    """Else a type checker takes all that is imported from it for `Any`."""
    assert [name for name in PACKAGES if not (ROOT / name / "py.typed").is_file()] == []


def test_each_slice_with_tables_may_use_them_by_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(one for one in settings["contracts"] if one["id"] == "tables")
    for tables in (ROOT / "gateway").glob("*/tables.py"):
        module = to_place(tables).removesuffix(".py").replace("/", ".")
        slice_name = module.removesuffix(".tables")
        assert f"{slice_name}.** -> {module}" in contract["ignore_imports"]


def test_each_package_of_ours_is_held_by_the_layers() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    layers = " ".join(next(one for one in settings["contracts"] if one["id"] == "layers")["layers"])
    held = set(layers.replace("(", " ").replace(")", " ").split())
    folders = [path.parent for path in (ROOT / "gateway").glob("*/__init__.py")]
    free = {"gateway.migrations"}
    assert {to_place(folder).replace("/", ".") for folder in folders} - free <= held
