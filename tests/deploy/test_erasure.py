"""A person's erasure: nothing of theirs is left in any row or file but what the books must keep."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest import mock

import httpx2
import pytest
from sqlalchemy import select, text

from gateway.kit.database.sessions import Session
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import House, get_account_number
from gateway.ledger.transfers import credit_account
from gateway.migrations.metadata import METADATA
from gateway.operator.personal_data.erasure import FIRST_TABLES, STEPS
from gateway.operator.personal_data.tables import build_owner_condition, load_tables
from gateway.storage import StorageUnavailable
from gateway.storage.local import LocalStorage
from tests.admin_commands import REASON_OPTION, run_admin, run_admin_json
from tests.deploy.places import Place, serve_place, use_database
from tests.fakes.anthropic.script import Script, ScriptedTurn
from tests.fakes.stripe.shop import claim_checkout, open_checkout
from tests.flows.oauth_apps import open_app, open_client_elsewhere
from tests.flows.plan_calls import execute_plan, plan_step, prepare_plan, wait_for_plan
from tests.gateway import Client, Gateway, picture_data_uri, picture_input, serve_gateway
from tests.library.files import create_project, make_png, upload_asset
from tests.rows import insert_row
from tests.studio.boards import create_board, create_film, create_text
from tests.studio.messages import prepare_message, send_text, wait_for_request
from tests.studio.talks import change_settings, create_thread

WORD = "quokka"  # in everything that Ada writes
ADDRESS = f"ada-{WORD}@example.com"
FAR_AWAY = 4_000_000_000_000_000  # no sweep asks Stripe before
FORM = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/x-www-form-urlencoded"}
# Tables in which this person has no rows: payments on a chain, disputes, paid commission, months.
KEPT_WHOLE = {
    "account_freeze", "budget_alert", "commission", "credit_grant", "deposit", "deposit_address",
    "member", "payout", "reversal", "statement", "statement_line", "top_up", "x402_payment",
}  # fmt: skip


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with serve_place(request, request.param, tmp_path / "data") as one:
        yield one


def test_each_column_is_erased_or_kept_for_a_reason() -> None:
    tables = load_tables()
    erased_here = {*FIRST_TABLES, *(step.table for step in STEPS)}
    erased_here |= {part for step in STEPS for part in step.parts}
    for name, table in METADATA.tables.items():
        rule = tables[name]
        if "none" in rule:
            continue
        erased = rule.get("erased", {})
        assert (name in erased_here) == bool(erased), name
        if erased == "rows":
            assert "kept" not in rule, name
            continue
        kept = [column for columns in rule["kept"].values() for column in columns]
        assert all(rule["kept"]), name
        assert sorted([*erased, *kept]) == sorted(column.name for column in table.columns), name
        assert not {"transfer", "entry", "audit_log"} & erased_here  # rows are only ever added


def fill_studio(ada: Client, model: Script) -> dict[str, str]:
    """Make a project with documents, a film, a talk, plans and quotes; return ids by kind."""
    project = create_project(ada, f"Project {WORD}")
    change_settings(ada, agent={"instructions": f"Speak {WORD}"})
    asset = upload_asset(ada, project, f"{WORD}.png", make_png(64, 64))
    create_text(ada, project, f"Notes of {WORD}")
    board = create_board(ada, project, name=f"Board {WORD}")
    create_film(ada, board["assetId"])
    link = {"projectId": project, "filename": f"{WORD}.png", "bytes": 1000}
    assert ada.http.post("/api/v1/studio/assets/upload-link", json=link).status_code == 201
    talk = create_thread(ada, project, title=f"Talk {WORD}")
    model.play(ScriptedTurn(text=f"An answer, {WORD}."))
    wait_for_request(ada, send_text(ada, talk, f"Ask {WORD}"))
    assert prepare_message(ada, talk, f"Quoted {WORD}").status_code == 201
    steps = plan_step("image.edit", {"prompt": WORD, "images": [picture_data_uri()]})
    plan = prepare_plan(ada, steps, title=f"Plan {WORD}")
    assert execute_plan(ada, plan).status_code == 202
    wait_for_plan(ada, plan)
    prepare_plan(ada, plan_step("image.generate", picture_input(f"Later {WORD}")))
    item = {"task": "image.generate", "input": picture_input(f"Quoted {WORD}")}
    ada.create_quote(item)
    return {"asset": asset["assetId"], "board": board["assetId"], "plan": plan["planId"]}


def fill_jobs(ada: Client) -> str:
    """Run jobs with inputs, metadata and a webhook; return the id of one with a result."""
    edit = {"prompt": f"Hat {WORD}", "images": [picture_data_uri()]}
    more = {"metadata": {"ticket": WORD}, "webhook": {"url": f"http://127.0.0.1:9/{WORD}"}}
    job_id: str = ada.run_job("image.edit", edit, **more)["jobId"]
    asked = ada.submit("image.generate", picture_input(f"Fox {WORD}"), key="same")
    ada.wait_for_job(asked.json()["jobId"])
    assert ada.http.get("/api/v1/media/webhooks").status_code == 200
    body = {"model": "killatamata-image", "prompt": f"Client {WORD}"}
    ada.http.post("/v1/images/generations", json=body)
    return job_id


def share_and_report(place: Place, ada: Client, bob: Client, job_id: str, others: str) -> None:
    """Share a result of each; report Ada's by a visitor, and Bob's by Ada."""
    contacts = ((ada, job_id, "visitor@example.com"), (bob, others, ADDRESS.upper()))
    with open_client_elsewhere(place.gateway, accept="text/html") as visitor:
        for owner, job, contact in contacts:
            shared = owner.http.post("/api/v1/shares", json={"ref": f"job://{job}/0"}).json()
            form = {"reason": "copyright", "words": f"Mine, {WORD}", "contact": contact}
            sent = visitor.post(f"{shared['url']}/report", data=form, headers=FORM)
            assert sent.status_code == 303, sent.text


def join(place: Place, ada: Client, page: httpx2.Client) -> str:
    """Sign up as affiliate, link a device, connect an app; return the id of the affiliate."""
    body = {"displayName": f"Ada {WORD}", "acceptTerms": True, "promotionPlan": f"Tell {WORD}"}
    applied = page.post("/api/v1/affiliates/me/apply", json=body)
    assert applied.status_code == 201, applied.text
    link = "/api/v1/device/link"
    asked = page.post(f"{link}/start", json={"clientName": f"Laptop {WORD}"}).json()
    said = {"userCode": asked["userCode"], "label": f"Laptop {WORD}"}
    assert page.post(f"{link}/approve", json=said).status_code == 200
    assert page.post(f"{link}/poll", json={"deviceCode": asked["deviceCode"]}).status_code == 200
    with open_app(place.gateway) as app:
        app.connect(page)
    limits = {"spendPolicy": {"totalLimitUsd": "5"}, "mailPlans": True}
    assert page.patch("/api/v1/account/settings", json=limits).status_code == 200
    billing = {"name": f"Ada {WORD}", "email": ADDRESS}
    assert page.put("/api/v1/billing/details", json=billing).status_code == 200
    key = {"label": f"Key {WORD}", "scopes": ["media"]}
    assert ada.http.post("/api/v1/keys", json=key).status_code == 201
    made: str = applied.json()["affiliateId"]
    return made


def buy(place: Place, ada: Client, page: httpx2.Client) -> None:
    """Invite a colleague, set a budget, redeem a code; buy, and leave another checkout open."""
    invited = {"email": f"colleague-{WORD}@example.com", "role": "developer"}
    assert page.post("/api/v1/team/invitations", json=invited).status_code == 201
    assert page.put("/api/v1/budgets", json={"amountUsd": "5"}).status_code == 200
    words = ("code", "create", "--credit-usd", "1", "--mode", "test", *REASON_OPTION)
    code = {"code": run_admin_json(place.gateway, *words)["code"]}
    assert ada.http.post("/api/v1/codes/redeem", json=code).status_code == 200
    for is_paid in (True, False):
        opened = open_checkout(ada, email=ADDRESS)
        if is_paid:
            assert place.bank.http.post(opened["checkoutUrl"]).status_code == 303
            assert claim_checkout(ada, opened).json()["state"] == "credited"


def plant(place: Place, ada: Client, job_id: str, ids: dict[str, str]) -> None:
    """Write rows that take a second account, a crash or a whole film to come about."""
    own = {"job_id": job_id, "asset_id": ids["board"]}
    hers = {"account_id": ada.account_id, "book": "test"}
    rows = (
        ("saved_card", hers | {"payment_method_id": "pm_1", "last4": "4242"}),
        ("card_setup", {"session_id": "cs_0", "account_id": ada.account_id}),
        ("card_removal", hers | {"payment_method_id": "pm_0", "next_try_at": FAR_AWAY}),
        ("top_up_rule", hers | {"state": "off", "threshold_microusd": 1, "monthly_max_micros": 1}),
        ("stripe_customer", hers | {"customer_id": "cus_0"}),
        ("shot_take", own | {"shot_id": WORD, "status": "succeeded"}),
        ("film", {"asset_id": ids["board"]}),
        ("film_render", own),
        ("storyboard_render", {"plan_id": ids["plan"], "asset_id": ids["board"]}),
        ("signup_grant", {"abuse_key": ADDRESS, "book": "live", "account_id": ada.account_id}),
        ("email_challenge", {"id": "chl_0", "email": ADDRESS, "purpose": "sign_in"}),
        ("affiliate_day", {"affiliate_id": ids["affiliate"]}),
        ("openai_call", {"id": "call_0", "account_id": ada.account_id, "route": WORD}),
    )

    async def write(session: Session) -> None:
        numbers = METADATA.tables["ledger_account"].c
        query = select(numbers.id).where(numbers.owner_id == ada.account_id)
        number = await session.scalar(query)
        await insert_row(session, "upload", id="upload_0", account_id=number)
        purchases = METADATA.tables["purchase"].c
        bought = await session.scalar(
            select(purchases.id).where(purchases.account_id == ada.account_id)
        )
        event = {"provider": "stripe", "book": "test", "outcome": "credited"}
        await insert_row(session, "webhook_event", event_id="evt_0", purchase_id=bought, **event)
        for table, values in rows:
            await insert_row(session, table, **values)

    use_database(place.gateway, write)


def count_rows(gateway: Gateway, account_id: str) -> dict[str, int]:
    """Count the rows of an account in each table."""

    async def count(session: Session) -> dict[str, int]:
        counts = {}
        for name, rule in load_tables().items():
            if "none" not in rule:
                owner = build_owner_condition(name)
                query = text(f'SELECT count(*) FROM "{name}" WHERE {owner}')  # noqa: S608 - ours
                counts[name] = await session.scalar(query, {"account": account_id}) or 0
        return counts

    counts: dict[str, int] = use_database(gateway, count)
    return counts


def find_word(gateway: Gateway) -> set[tuple[str, str]]:
    """Return the tables and columns that have Ada's word in any row of any account."""

    async def search(session: Session) -> set[tuple[str, str]]:
        found = set()
        for name, table in METADATA.tables.items():
            for row in (await session.execute(select(table))).mappings():
                found |= {(name, str(column)) for column, value in row.items() if has_word(value)}
        return found

    found: set[tuple[str, str]] = use_database(gateway, search)
    return found


def has_word(value: object) -> bool:
    if isinstance(value, bytes):
        return WORD.encode() in value.lower()
    return isinstance(value, str) and WORD in value.lower()


def list_stored(gateway: Gateway) -> set[str]:
    folder = gateway.data_dir / "files"
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


@pytest.mark.promise("operations: erasure-is-whole")
def test_an_erased_person_is_in_no_row_and_no_file_but_in_what_the_books_keep(place: Place) -> None:
    gateway = place.gateway
    with ExitStack() as stack:
        ada, bob = (stack.enter_context(gateway.account()) for _ in range(2))
        gateway.add_address(ada.account_id, ADDRESS)
        page = stack.enter_context(gateway.browser(ada.account_id))
        asked = bob.submit("image.generate", picture_input("Bob"), key="same")
        others = bob.wait_for_job(asked.json()["jobId"])["jobId"]
        bobs = count_rows(gateway, bob.account_id)
        not_hers = list_stored(gateway)
        job_id = fill_jobs(ada)
        ids = fill_studio(ada, place.model)
        share_and_report(place, ada, bob, job_id, others)
        ids["affiliate"] = join(place, ada, page)
        buy(place, ada, page)
        plant(place, ada, job_id, ids)
        before = count_rows(gateway, ada.account_id)
        assert {name for name, count in before.items() if not count} <= KEPT_WHOLE
        assert len(find_word(gateway)) > 30
        words = ("account", "erase", ADDRESS, *REASON_OPTION)
        dry = run_admin_json(gateway, *words, "--dry-run")
        written = {(each["verb"], each["table"]) for each in dry["rows"]}
        assert {("delete", "asset"), ("update", "job"), ("delete", "identity")} <= written
        assert count_rows(gateway, ada.account_id) == before

        away = mock.patch.object(LocalStorage, "delete_folder", side_effect=StorageUnavailable)
        with away:  # it is cut off in the middle: the account is closed, its files are there
            assert ada.account_id in str(run_admin(gateway, *words, code=1).exception)
        assert gateway.list_findings() == []
        words = ("account", "erase", ada.account_id, *REASON_OPTION)
        assert run_admin_json(gateway, *words)["changed"] is True
        again = run_admin_json(gateway, *words)
        assert (again["changed"], again["erasedRows"]) == (False, {})

        found = {place for place in find_word(gateway) if place[0] != "audit_log"}
        assert found == {("purchase", "email"), ("invoice", "document_json")}
        after = count_rows(gateway, ada.account_id)
        for name, rule in load_tables().items():
            if rule.get("erased") == "rows":
                assert after[name] == 0, name
            elif "none" not in rule:
                assert after[name] >= before[name], name
        assets = bob.http.get("/api/v1/studio/assets").json()["data"]  # a share kept one
        kept_of_bob = {others, *(each["assetId"] for each in assets)}
        left = list_stored(gateway) - not_hers
        assert not [each for each in left if each.split("/")[1] not in kept_of_bob], left
        assert run_admin(gateway, "check", "--storage").stdout.strip() == "clean"
        assert bob.get_job(others)["outputs"][0]["url"]
        left_of_bob = count_rows(gateway, bob.account_id)
        assert not [name for name, count in bobs.items() if left_of_bob[name] < count]
        (row,) = run_admin_json(gateway, "audit", "list", "--about", "account.erase")
        assert row["target"] == ada.account_id
        assert WORD not in json.dumps(row)
        assert run_admin_json(gateway, "audit", "verify")["wrong"] == []


def test_an_account_in_use_or_with_real_money_is_not_erased(tmp_path: Path) -> None:
    with serve_gateway(tmp_path / "data") as gateway, gateway.account() as ada:
        slow = ada.submit("image.generate", picture_input("[sandbox:slow=60]")).json()["jobId"]
        words = ("account", "erase", ada.account_id, *REASON_OPTION)
        assert "account_in_use" in run_admin(gateway, *words, code=1).output
        assert ada.cancel_job(slow).is_success
        ada.wait_for_job(slow)

        async def pay(session: Session) -> None:
            number = await get_account_number(session, ada.account_id, "live")
            await credit_account(
                session, Ids(), account=number, book="live", code="promo", reference="one",
                amount_microusd=2_000_000, source=House.PROMO, category="paid", description="one",
            )  # fmt: skip

        use_database(gateway, pay)
        assert "--forfeit-usd 2.00" in run_admin(gateway, *words, code=1).output
        assert ada.get_job(slow)["status"] == "canceled"  # nothing was changed
        done = run_admin_json(gateway, *words, "--forfeit-usd", "2.00")
        assert (done["changed"], done["closedNow"]) == (True, True)
        key = run_admin_json(gateway, "key", "list", ada.account_id)[0]
        assert key["revokedAt"] is not None
        assert run_admin(gateway, "check").stdout.strip() == "clean"
