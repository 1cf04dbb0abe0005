"""A person's export: all that belongs to the account, nothing of another, and no secret."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import update

from gateway.kit.audit_log import Actor
from gateway.migrations.metadata import METADATA
from gateway.operator import accounts
from gateway.operator.acts import OperatorOrder
from gateway.operator.personal_data.tables import load_tables
from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.deploy.places import serve_place, use_database
from tests.fakes.stripe.client import StripeStandIn
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.gateway import Client, Gateway, picture_data_uri, picture_input, serve_gateway
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
        for part in rule.get("withheld_where", {}).values():
            assert {*part["columns"]} <= {*exported}, name
            assert part["reason"], name


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
    (made,) = json.loads(tables["job"])
    assert (made["id"], made["created_at"][-1]) == (job, "Z")
    assert made["effective_input_json"]["prompt"] == "the hat of Ada"
    guide = (tmp_path / "to" / "READ_ME.txt").read_text()
    assert {f"  {name}.json (" for name in tables} <= {
        f"{line.partition('(')[0]}(" for line in guide.splitlines()
    }
    assert "  api_key: hash, pepper (a secret, or its hash)" in guide
    assert [each["email"] for each in json.loads(tables["identity"])] == ["ada@example.com"]
    assert {"transfer", "entry", "project", "api_key", "job_output"} <= tables.keys()
    whole = "".join(tables.values())
    for foreign in (others, bob.account_id, "a secret of Bob", ada.key, bob.key):
        assert foreign not in whole
    files = tmp_path / "to" / "files"
    assert [*files.glob(f"outputs/{job}/*/0.png")]
    assert [*files.glob(f"assets/{asset['assetId']}/1.png")]
    assert len([*files.glob("inputs/*/0.png")]) == 1
    assert not [*files.glob(f"outputs/{others}/*")]


def join_as_affiliate(gateway: Gateway, account_id: str) -> tuple[str, str]:
    """Make an account an approved affiliate; return its id and its code."""
    body = {"displayName": "Ann", "acceptTerms": True, "desiredCode": "ANN-10"}
    with gateway.browser(account_id) as page:
        applied = page.post("/api/v1/affiliates/me/apply", json=body)
    assert applied.status_code == 201, applied.text
    affiliate: str = applied.json()["affiliateId"]
    run_admin_json(gateway, "affiliate", "approve", affiliate, *REASON_OPTION)
    return affiliate, applied.json()["code"]


def buy_as_referred(gateway: Gateway, bank: StripeStandIn, buyer: Client, code: str) -> None:
    """Bind an account to a code, and buy a package with it."""
    accounts = METADATA.tables["account"]
    bound = update(accounts).where(accounts.c.id == buyer.account_id).values(referral_code=code)
    use_database(gateway, lambda session: session.execute(bound))
    opened = open_checkout(buyer)
    assert bank.http.post(opened["checkoutUrl"]).status_code == 303
    assert claim_checkout(buyer, opened).json()["state"] == "credited"


def freeze_by_page(gateway: Gateway, account_id: str, operator_id: str) -> None:
    """Freeze an account as an operator does on the pages."""
    actor = Actor(kind="operator", id=operator_id, ip="203.0.113.9", request_id="req_operator")
    order = OperatorOrder(reason="odd", where=gateway.data_dir, actor=actor)
    gateway.run_as_operator(lambda: accounts.freeze(order, account_id, "case"))


def export_tables(gateway: Gateway, account_id: str, target: Path) -> dict[str, str]:
    """Export an account; return the texts of its tables."""
    run_admin_json(gateway, "account", "export", account_id, str(target), *REASON_OPTION)
    return {each.stem: each.read_text() for each in (target / "tables").iterdir()}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_affiliate_a_buyer_and_an_operator_are_kept_apart_in_their_exports(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    with ExitStack() as stack:
        place = stack.enter_context(serve_place(request, kind, tmp_path / "data"))
        gateway = place.gateway
        ann, bob, eve = (stack.enter_context(gateway.account()) for _ in range(3))
        affiliate, code = join_as_affiliate(gateway, ann.account_id)
        buy_as_referred(gateway, place.bank, bob, code)
        for account in (ann, bob):
            freeze_by_page(gateway, account.account_id, eve.account_id)
        of_ann, of_bob, of_eve = (
            export_tables(gateway, each.account_id, tmp_path / each.account_id)
            for each in (ann, bob, eve)
        )
    (bought,) = json.loads(of_bob["purchase"])
    foreign_to_ann = (bob.account_id, bought["id"], bought["checkout_id"], bought["natural_key"])
    for tables, foreign in (
        (of_ann, (*foreign_to_ann, eve.account_id)),
        (of_bob, (ann.account_id, affiliate, "commission", eve.account_id)),
        (of_eve, (ann.account_id, bob.account_id, "account.freeze")),
    ):
        whole = "".join(tables.values())
        assert [each for each in (*foreign, "203.0.113.9", "req_operator") if each in whole] == []
    (earned,) = json.loads(of_ann["commission"])
    (promised,) = (each for each in json.loads(of_ann["transfer"]) if each["code"] == "commission")
    assert (promised["id"], promised["reference"]) == (earned["transfer_id"], None)
    acts = {(each["action"], each["actor_kind"]) for each in json.loads(of_ann["audit_log"])}
    assert {("account.freeze", "operator"), ("affiliate.approve", "operator")} <= acts
    assert ("affiliate.apply", "session") in acts
