"""The client against a real gateway: one call makes a file, and nothing is paid twice."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest
from PIL import Image

from killatamata import (
    AsyncClient,
    Client,
    Conflict,
    JobFailed,
    KillaTamataError,
    NotFound,
    PaymentRequired,
    PermissionDenied,
    Unprocessable,
    WaitTimedOut,
)
from killatamata.fields import Parent
from tests.flows.cutting_proxy import serve_cutting_proxy
from tests.gateway import Gateway, draw_picture

SMALL: dict[str, Any] = {"width": 256, "height": 256}


def test_one_call_makes_a_file(gateway: Gateway, tmp_path: Path) -> None:
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        file = killa.generate("a lighthouse", tmp_path / "lighthouse.png", **SMALL)
        assert killa.balance().available_usd == "4.98"
    assert file == tmp_path / "lighthouse.png"
    with Image.open(file) as picture:
        assert picture.size == (256, 256)
    assert [each.name for each in tmp_path.iterdir()] == ["lighthouse.png"]


def test_a_run_tells_how_far_it_is_and_what_was_changed(gateway: Gateway, tmp_path: Path) -> None:
    seen: list[str] = []
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        job = killa.run(
            "image.generate",
            prompt="two foxes",
            width=250 + 10,
            height=256,
            count=2,
            metadata={"shelf_mark": "a"},
            on_progress=lambda job: seen.append(job.status),
        )
        files = killa.jobs.download(job, tmp_path / "fox.png")
        kept = killa.jobs.download(job.id, f"{tmp_path}/all/")
    assert (seen[0], seen[-1]) == ("queued", "succeeded")
    assert [each.rule for each in job.input_adjustments or ()] == ["multiple_of_16"]
    assert job.billing.charged_microusd == 40_000
    assert job.metadata == {"shelf_mark": "a"}
    assert [file.name for file in files] == ["fox.png", "fox-2.png"]
    assert [file.name for file in kept] == [f"{job.id}-0.png", f"{job.id}-1.png"]
    sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    assert sums == [output.sha256 for output in job.outputs]


@pytest.mark.promise("client: cut-submit")
def test_a_connection_cut_in_the_middle_of_submit_makes_one_job_and_one_charge(
    gateway: Gateway,
) -> None:
    cuts = ("request", "answer", "half")
    with (
        gateway.account() as account,
        serve_cutting_proxy(gateway.base, *cuts) as proxy,
        Client(account.key, base_url=proxy.base, max_retries=2 * len(cuts)) as killa,
    ):
        job = killa.submit("image.generate", prompt="a fox", **SMALL)
        ended = killa.jobs.wait(job)
        jobs = [each.id for each in killa.jobs.list()]
        left = killa.balance()
    assert proxy.connection_count > len(cuts)
    assert ended.status == "succeeded"
    assert jobs == [job.id]
    assert (left.available_usd, left.held_usd) == ("4.98", "0.00")


def test_a_download_that_breaks_begins_anew_and_a_dead_url_is_asked_for_anew(
    gateway: Gateway, tmp_path: Path
) -> None:
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        job = killa.run("image.generate", prompt="a fox", **SMALL)
        url = str(job.outputs[0].url)
        dead = job.outputs[0].model_copy(update={"url": url.replace("sig=", "sig=0")})
        stale = job.model_copy(update={"outputs": [dead]})
        (file,) = killa.jobs.download(stale, tmp_path / "fox.png")
        with serve_cutting_proxy(gateway.base, "half", "half") as proxy:
            broken = dead.model_copy(update={"url": url.replace(gateway.base, proxy.base)})
            cut = job.model_copy(update={"outputs": [broken]})
            again = killa.jobs.download(cut, tmp_path / "2")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == job.outputs[0].sha256
    assert again[0].read_bytes() == file.read_bytes()
    assert not [*tmp_path.glob("*.part")]


def test_a_job_is_followed_to_its_end_though_the_connection_breaks(gateway: Gateway) -> None:
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        job = killa.submit("image.generate", prompt="a fox [sandbox:slow=1]", **SMALL)
        with (
            serve_cutting_proxy(gateway.base, "half") as proxy,
            Client(account.key, base_url=proxy.base) as other,
        ):
            events = [*other.jobs.events(job)]
    assert events[-1].type == "done"
    assert events[-1].job is not None
    assert events[-1].job.status == "succeeded"
    versions = [int(each.version) for each in events]
    assert versions == sorted(versions)


def test_a_file_is_sent_along_and_a_large_one_is_uploaded(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "base.png"
    file.write_bytes(draw_picture(256, 256))
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        prompt = "make it night [sandbox:slow=60]"
        inline = killa.submit("image.edit", prompt=prompt, images=[file, file])
        monkeypatch.setattr("killatamata._sync.inputs.INLINE_BYTES", 10)
        uploaded = killa.submit("image.edit", prompt=prompt, image=file)
        killa.jobs.cancel(inline)
        killa.jobs.cancel(uploaded)
    sources = [each["source"] for each in (inline.effective_input or {})["images"]]
    assert sources == ["inline", "inline"]
    assert (uploaded.effective_input or {})["images"][0]["source"].startswith("asset://ast_")


def test_the_asynchronous_client_does_what_the_blocking_one_does(
    gateway: Gateway, tmp_path: Path
) -> None:
    source = tmp_path / "base.png"
    source.write_bytes(draw_picture(256, 256))

    async def work(key: str, base: str) -> tuple[str, list[str], Path, int]:
        async with AsyncClient(key, base_url=base) as killa:
            job = await killa.submit("image.edit", prompt="make it night", image_url=source)
            told = [event.type async for event in killa.jobs.events(job)]
            (file,) = await killa.jobs.download(job, tmp_path / "night.png")
            found = [each.id async for each in await killa.jobs.list(limit=1)]
            other = await killa.generate("a fox", f"{tmp_path}/", **SMALL)
            source_url = (job.effective_input or {})["images"][0]["source"]
            return source_url, told, file, len(found) + len([other])

    with gateway.account() as account:
        source_url, told, file, seen = anyio.run(work, account.key, gateway.base)
    assert source_url.startswith("asset://ast_")
    assert told[-1] == "done"
    with Image.open(file) as picture:
        assert picture.size == (256, 256)
    assert seen == 2


def test_refusals_and_failures_are_errors_that_say_what_to_do(gateway: Gateway) -> None:
    with gateway.account("0.01") as account, Client(account.key, base_url=gateway.base) as killa:
        with pytest.raises(PaymentRequired) as poor:
            killa.run("image.generate", prompt="a fox", **SMALL)
        with pytest.raises(Unprocessable, match="prompt"):
            killa.run("image.generate", input={"promt": "a fox"})
        with pytest.raises(NotFound):
            killa.jobs.get(f"job_{'0' * 26}")
    assert (poor.value.required_usd, poor.value.balance_usd) == ("0.02", "0.01")
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        with pytest.raises(JobFailed, match="engine") as failed:
            killa.run("image.generate", prompt="a fox [sandbox:reject]", **SMALL)
        with pytest.raises(WaitTimedOut) as running:
            killa.run("image.generate", prompt="[sandbox:slow=60]", wait_seconds=0.1, **SMALL)
        canceled = killa.jobs.cancel(running.value.job)
        with pytest.raises(Conflict):
            killa.jobs.cancel(failed.value.job)
    assert failed.value.job.billing.charged_usd == "0.00"
    assert canceled.status == "canceled"


def test_pages_iterate_to_their_end(gateway: Gateway) -> None:
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        for number in range(3):
            prompt = f"fox {number} [sandbox:slow=60]"
            killa.jobs.cancel(killa.submit("image.generate", prompt=prompt, **SMALL))
        page = killa.jobs.list(limit=2)
        assert (len(page.data), len([*page])) == (2, 3)
        following = page.next_page()
        assert following is not None
        assert following.next_page() is None


def test_each_resource_speaks_to_the_gateway(gateway: Gateway, tmp_path: Path) -> None:
    note = tmp_path / "note.md"
    note.write_text("# A note\n")
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        project = killa.studio.projects.create("Fox")
        asset = killa.studio.assets.upload(note, project_id=project.project_id)
        assert [each.asset_id for each in killa.studio.assets.list(project.project_id)] == [
            asset.asset_id
        ]
        assert killa.studio.assets.get(asset.asset_id).name == asset.name
        assert [each.asset_id for each in killa.studio.assets.search("note")] == [asset.asset_id]
        assert killa.outputs.list_prompts() == []
        assert {each.kind for each in killa.outputs.list_presets()} == {"style", "camera"}
        text = killa.studio.texts.get(asset.asset_id)
        saved = killa.studio.texts.save(asset.asset_id, "# Another\n", etag=text.etag)
        assert (text.content, saved.version) == ("# A note\n", 2)
        board = killa.studio.storyboards.create(project.project_id, "Board")
        markdown = killa.studio.storyboards.export_markdown(board.asset_id).markdown
        assert killa.studio.storyboards.import_text(markdown, project_id=project.project_id)
        thread = killa.studio.threads.create(project.project_id, title="Talk")
        assert killa.studio.threads.get(thread.thread_id).messages == []
        assert [*killa.studio.threads.messages(thread.thread_id, limit=1)] == []
        assert killa.studio.snapshot().projects[0].name == "Fox"
        plan = killa.plans.prepare(
            [
                {
                    "operation": "image.generate",
                    "input": {"prompt": "a fox", "width": 256, "height": 256},
                }
            ]
        )
        assert killa.plans.list(state="pending").data[0].plan_id == plan.plan_id
        assert killa.plans.execute(plan).state == "executed"
        told: list[str | None] = []
        done = killa.plans.wait(plan.plan_id, on_status=lambda now: told.append(now.outcome))
        assert (done.outcome, told[-1]) == ("succeeded", "succeeded")
        codes = [each.code for page in killa.history(limit=1).pages() for each in page.data]
        assert len(codes) > 2
        made = killa.keys.create("second", scopes=["media"], spend_policy={"daily_limit_usd": "1"})
        assert made.spend_policy.daily_limit_usd == "1.00"
        assert killa.keys.revoke(made.id).id == made.id
        assert killa.quote("image.generate", prompt="a fox").total_usd == "0.02"
        assert killa.usage("task").total_usd
        assert killa.webhooks.get().secret.startswith("whsec_")
        assert [each.task for each in killa.tasks("image.edit")] == ["image.edit"]
        assert killa.packages(mode="test") == killa.packages()
        assert killa.request("GET", "/api/v1/health").json()["status"] == "ok"


def test_a_result_is_varied_and_both_are_found(gateway: Gateway) -> None:
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        first = killa.jobs.create("image.generate", prompt="a fox", **SMALL)
        killa.jobs.wait(first)
        origin = killa.outputs.get(first.id)
        parent: Parent = {"job_id": first.id, "output_index": 0, "relation": "vary"}
        chosen = ["style_clay"]
        second = killa.jobs.create(
            "image.generate", prompt="a fox", parent=parent, preset_ids=chosen, **SMALL
        )
        assert killa.jobs.wait(second).preset_ids == chosen
        (made,) = killa.outputs.list(parent=origin)
        assert (made.job_id, made.parent and made.parent.relation) == (second.id, "vary")
        assert killa.outputs.star([origin, made])[1].starred
        assert killa.outputs.rename(made, "Two").name == "Two"
        assert [each.name for each in killa.outputs.list(starred=True)] == ["Two", None]
        assert killa.outputs.delete([(second.id, 0)])[0].state == "deleted"
        assert killa.outputs.restore([made])[0].state == "available"


def test_a_result_is_shared_and_its_link_is_changed_and_revoked(gateway: Gateway) -> None:
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        job = killa.run("image.generate", prompt="a fox", **SMALL)
        made = killa.outputs.get(job.id)
        ends = datetime.now(UTC) + timedelta(days=1)
        share = killa.shares.create(made, show=["prompt", "cost"], expires_at=ends)
        assert share.expires_at.date() == ends.date()
        page = httpx2.get(str(share.url), headers={"accept": "text/html"})
        assert "a fox" in page.text
        assert [each.share_id for each in killa.shares.list(made)] == [share.share_id]
        changed = killa.shares.update(share.share_id, show=["cost"], remix=False)
        assert (changed.show.prompt, changed.show.cost, changed.remix) == (False, True, False)
        assert killa.shares.get(share.share_id) == changed
        assert killa.shares.revoke(share).state == "revoked"
        assert [*killa.shares.list(active=True)] == []
        assert httpx2.get(str(share.url)).status_code == 404
        with pytest.raises(NotFound):
            killa.shares.get("shr_01J8ZQ4V8Y6T3N5R7W9XABCDEF")


def test_a_key_without_a_scope_is_told_so(gateway: Gateway) -> None:
    with gateway.account() as account, Client(account.key, base_url=gateway.base) as killa:
        small = killa.keys.create("reader", scopes=["account:read"])
        with Client(small.api_key, base_url=gateway.base) as reader:
            assert reader.balance().available_usd == "5.00"
            with pytest.raises(PermissionDenied, match="media") as denied:
                reader.submit("image.generate", prompt="a fox")
    assert denied.value.code == "scope_denied"
    assert isinstance(denied.value, KillaTamataError)
