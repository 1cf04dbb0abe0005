"""A person's export: all that belongs to the account, nothing of another, and no secret."""

import json
from pathlib import Path

import pytest

from gateway.migrations.metadata import METADATA
from gateway.operator.personal_data.export import load_tables
from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.gateway import picture_data_uri, picture_input, serve_gateway
from tests.library.files import create_project, make_png, upload_asset


def test_each_table_and_column_is_decided_on() -> None:
    decided = load_tables()
    assert decided.keys() == METADATA.tables.keys()
    for name, table in METADATA.tables.items():
        rule = decided[name]
        if "none" in rule:
            assert rule.keys() == {"none"}, name
            continue
        exported, withheld = rule["exported"], rule.get("withheld", {})
        assert len(exported) + len(withheld) == len(table.columns), name
        assert {*exported, *withheld} == {column.name for column in table.columns}, name


@pytest.mark.promise("operations: export-is-whole")
def test_an_export_has_all_rows_and_files_of_an_account_and_nothing_of_another(
    tmp_path: Path,
) -> None:
    with (
        serve_gateway(tmp_path / "data") as gateway,
        gateway.account() as ada,
        gateway.account() as bob,
    ):
        gateway.add_address(ada.account_id, "ada@example.com")
        edit = {"prompt": "the hat of Ada", "images": [picture_data_uri()]}
        job = ada.run_job("image.edit", edit)["jobId"]
        asset = upload_asset(ada, create_project(ada), "fox.png", make_png(64, 64))
        others = bob.run_job("image.generate", picture_input("a secret of Bob"))["jobId"]
        words = ("account", "export", "ada@example.com", str(tmp_path / "to"), *REASON_OPTION)
        assert run_admin_json(gateway, *words, "--dry-run")["files"] > 0
        assert not (tmp_path / "to").exists()
        shown = run_admin_json(gateway, *words)
        assert shown["missing"] == []
        assert "not empty" in run_admin(gateway, *words, code=1).output
        (row,) = run_admin_json(gateway, "audit", "list", "--about", "account.export")
        assert row["target"] == ada.account_id
    tables = {each.stem: each.read_text() for each in (tmp_path / "to" / "tables").iterdir()}
    assert [each["id"] for each in json.loads(tables["job"])] == [job]
    assert "the hat of Ada" in tables["job"]
    assert [each["email"] for each in json.loads(tables["identity"])] == ["ada@example.com"]
    assert {"transfer", "entry", "project", "api_key", "job_output"} <= tables.keys()
    whole = "".join(tables.values())
    for foreign in (others, bob.account_id, "a secret of Bob", ada.key, bob.key):
        assert foreign not in whole
    files = tmp_path / "to" / "files"
    assert [*files.glob(f"outputs/{job}/*/0.png")]
    assert [*files.glob(f"assets/{asset['assetId']}/1.png")]
    assert len([*files.glob("inputs/*/0")]) == 1
    assert not [*files.glob(f"outputs/{others}/*")]
