"""Media that the client takes, fields that it leaves out as unknown, and errors that travel."""

import copy
import io
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from killatamata import Client as Sdk
from killatamata import JobFailed, KillaTamataError, PaymentRequired, WaitTimedOut
from killatamata.fields import Media, Step
from tests.gateway import Client, Gateway, draw_picture

SMALL: dict[str, Any] = {"width": 256, "height": 256}


@pytest.fixture
def killa(gateway: Gateway, client: Client) -> Iterator[Sdk]:
    with Sdk(client.key, base_url=gateway.base) as killa:
        yield killa


@pytest.mark.parametrize("inline_bytes", [10 * 2**20, 10])
def test_media_is_a_path_bytes_or_an_open_file_inline_and_uploaded(
    killa: Sdk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inline_bytes: int
) -> None:
    monkeypatch.setattr("killatamata._sync.inputs.INLINE_BYTES", inline_bytes)
    picture, file = draw_picture(256, 256), tmp_path / "base.png"
    file.write_bytes(picture)
    later = io.BytesIO(b"skipped" + picture)
    later.seek(len(b"skipped"))
    with file.open("rb") as opened:
        forms: list[Media] = [file, picture, bytearray(picture), memoryview(picture), opened, later]
        one_each = [killa.jobs.dry_run("image.edit", prompt="x", image=form) for form in forms]
        together = killa.jobs.dry_run("image.edit", prompt="x", images=[opened, picture])
    sums = {each["sha256"] for priced in one_each for each in priced.effective_input["images"]}
    assert len(sums) == 1
    assert [each["sha256"] for each in together.effective_input["images"]] == [*sums] * 2
    assert later.tell() == len(b"skipped")
    with file.open() as text, pytest.raises(TypeError, match="'rb'"):
        killa.quote("image.edit", input={"prompt": "x", "image": text})


def test_steps_of_a_plan_and_assets_take_the_same_media(killa: Sdk) -> None:
    picture = draw_picture(256, 256)
    asset = killa.studio.assets.upload(io.BytesIO(picture))
    assert killa.studio.assets.get(asset.asset_id).kind == "image"
    steps: list[Step] = [{"operation": "image.edit", "input": {"prompt": "x", "image": picture}}]
    (step,) = killa.plans.prepare(steps).steps
    assert step.input["images"][0]["width"] == 256


def test_details_that_were_not_asked_for_are_none_and_a_read_asks_for_them(killa: Sdk) -> None:
    made = killa.run("image.generate", prompt="a fox", width=266, height=256)
    (listed,) = killa.jobs.list()
    bare = killa.jobs.get(made.id, include_details=False)
    read = killa.jobs.get(made.id)
    for job in (listed, bare):
        assert (job.input_adjustments, job.effective_input, job.warnings) == (None, None, None)
        assert (job.upstream, job.attempts) == (None, None)
    assert read.input_adjustments == made.input_adjustments
    assert [each.rule for each in read.input_adjustments or ()] == ["multiple_of_16"]
    assert read.upstream is not None
    assert read.upstream.engine == "sandbox"
    assert read.upstream.result is not None
    assert read.upstream.result.seed == (read.effective_input or {})["seed"]
    assert [(each.attempt, each.charged) for each in read.attempts or ()] == [(1, True)]


def test_every_error_of_a_real_refusal_survives_pickle_and_copy(
    killa: Sdk, gateway: Gateway
) -> None:
    with (
        gateway.account("0.01") as account,
        Sdk(account.key, base_url=gateway.base) as poor,
        pytest.raises(PaymentRequired) as refused,
    ):
        poor.run("image.generate", prompt="a fox", **SMALL)
    with pytest.raises(JobFailed) as failed:
        killa.run("image.generate", prompt="a fox [sandbox:reject]", **SMALL)
    with pytest.raises(WaitTimedOut) as running:
        killa.run("image.generate", prompt="[sandbox:slow=60]", wait_seconds=0.1, **SMALL)
    killa.jobs.cancel(running.value.job)
    caught: list[KillaTamataError] = [refused.value, failed.value, running.value]
    caught[0].add_note("a note")
    for error in caught:
        pickled = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        for twin in (pickled, copy.copy(error), copy.deepcopy(error)):
            assert type(twin) is type(error)
            assert (str(twin), vars(twin)) == (str(error), vars(error))
