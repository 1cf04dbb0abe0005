"""What counts as a fault of the worker's machine, and what it does then."""

import errno
import logging
from pathlib import Path

import pytest

from gateway.storage.base import StorageUnavailable
from tests.disks import fill_disk, mount_small_disk
from tests.workers.studio import PICTURE_INPUT, PipelineStudio
from workers.engines.sandbox.engine import SandboxEngine
from workers.jobs.machine import Machine, MachineFailed
from workers.pipelines import PIPELINES
from workers.pipelines.base import to_pipeline_error
from workers.pipelines.errors import (
    ContentRejected,
    EngineFailed,
    InputUnreadable,
    OutOfMemory,
    PipelineFailed,
)
from workers.processes.child_process import ChildFailed, ask_child

pytestmark = pytest.mark.anyio
PLENTY = 2**60


def raise_from(error: Exception, cause: BaseException) -> Exception:
    """Return an error with its cause, as `raise … from` leaves it."""
    error.__cause__ = cause
    return error


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path, 0, alone=True)


@pytest.mark.parametrize(
    "error",
    [
        *(
            raise_from(EngineFailed(), OSError(n, "x"))
            for n in (errno.EMFILE, errno.EROFS, errno.EIO)
        ),
        raise_from(StorageUnavailable(), OSError(errno.ENOMEM, "x")),
        raise_from(InputUnreadable(), ChildFailed("machine", "no more processes")),
        to_pipeline_error(ChildFailed("no_space", "No space left on device"), EngineFailed),
        BlockingIOError(errno.EAGAIN, "cannot fork"),
        MemoryError(),
        MachineFailed("no folder"),
    ],
    ids=repr,
)
def test_a_fault_of_the_machine_is_found_wherever_it_is_in_the_chain(
    machine: Machine, error: Exception
) -> None:
    assert machine.find_fault(error)


@pytest.mark.parametrize(
    "error",
    [
        EngineFailed("the engine says no"),
        OutOfMemory("of the node"),
        raise_from(EngineFailed(), ConnectionRefusedError(errno.ECONNREFUSED, "x")),
        StorageUnavailable(),
    ],
    ids=repr,
)
def test_what_others_do_is_none(machine: Machine, error: Exception) -> None:
    assert not machine.find_fault(error)


def test_without_its_reserve_a_disk_is_to_blame_for_all_that_may_end_better_elsewhere(
    tmp_path: Path,
) -> None:
    low = Machine(tmp_path, PLENTY, alone=True)
    assert low.find_fault(EngineFailed("nobody knows why"))
    assert not low.find_fault(ContentRejected())
    assert not low.is_fit()


def test_a_machine_rests_after_a_fault_and_says_so_once(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    assert machine.is_fit()
    with caplog.at_level(logging.WARNING, "workers"):
        machine.rest("EMFILE")
        machine.rest("EMFILE")
        assert not machine.is_fit()
    assert caplog.messages == ["this worker rests: EMFILE"]


async def test_a_child_that_cannot_be_started_is_a_fault_of_the_machine(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.executable", str(tmp_path / "python that an upgrade removed"))
    with pytest.raises(ChildFailed) as caught:
        await ask_child("workers.video.chores.child", {"chores": []})
    assert machine.find_fault(caught.value)


async def test_a_full_disk_under_the_sandbox_is_a_fault_of_the_machine(
    machine: Machine, tmp_path: Path
) -> None:
    with mount_small_disk(tmp_path / "disk") as disk:
        engine = SandboxEngine(disk)
        studio = PipelineStudio(engine, tmp_path)
        try:
            await PIPELINES["image.generate"](studio.prepare_work("image.generate", PICTURE_INPUT))
            fill_disk(disk)
            with pytest.raises(PipelineFailed) as caught:
                await PIPELINES["image.generate"](
                    studio.prepare_work("image.generate", PICTURE_INPUT)
                )
        finally:
            await engine.close()
    assert machine.find_fault(caught.value)
