"""The health of this worker's machine: a sick one takes no job, and no job pays for it.

A full or read-only disk, no more file handles, no memory: each job that such a machine touches
fails at once, three attempts in half a second, while healthy workers stand beside it. So a failure
of the machine uses no attempt, and the machine rests until it can write again, longer each time
that a job fails all the same. A job that failed here for another reason goes to others first.
"""

import errno
import logging
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from gateway.kit.disk import DiskReserve
from gateway.kit.telemetry import metrics
from workers.pipelines.errors import PipelineFailed, StorageFailed
from workers.processes.child_process import ChildFailed
from workers.processes.confinement import MACHINE_ERRNOS, MACHINE_FAULT_CODES

FIRST_REST_SECONDS, LONGEST_REST_SECONDS = 5.0, 60.0
AVOID_SECONDS = 5.0
PROBE_BYTES = 2**20
log = logging.getLogger("workers")


class MachineFailed(Exception):  # noqa: N818 - what happened to it
    """This machine cannot give a job what it needs; nothing is wrong with the job."""


class Machine:
    """The disks that jobs pass through, the rest after a fault, and the jobs that failed here."""

    def __init__(self, data_dir: Path, reserve_bytes: int, *, alone: bool) -> None:
        """Watch the disks of `data_dir` and of temporary files; if `alone`, avoid no job."""
        folders = (Path(tempfile.gettempdir()), data_dir)
        self._disks = {folder: DiskReserve(folder, reserve_bytes) for folder in folders}
        self.is_alone = alone
        self._rest_until, self._rest_seconds = 0.0, FIRST_REST_SECONDS
        self._resting = False
        self._avoided: dict[str, float] = {}
        self._lock = threading.Lock()  # the event loop and the threads of the broker ask at once

    def is_fit(self) -> bool:
        """Return True if a job may be taken now; log when that changes."""
        with self._lock:
            if time.monotonic() < self._rest_until:
                return False
            fault = self._find_low_disk() or (self._probe_disks() if self._resting else "")
            if fault and self._resting:
                self._rest_until = time.monotonic() + FIRST_REST_SECONDS
            self._log_change(fault)
            return not fault

    def find_fault(self, error: BaseException) -> str:
        """Return the fault of this machine that made a job fail, empty if it was something else.

        Few libraries say that a disk was full. So a disk below its reserve is taken for the cause
        of every failure that another attempt might mend.
        """
        cause: BaseException | None = error
        while cause is not None:
            if fault := _find_machine_fault(cause):
                return fault
            cause = cause.__cause__
        final = isinstance(error, PipelineFailed) and not error.retryable_elsewhere
        return "" if final else self._find_low_disk()

    def rest(self, fault: str) -> None:
        """Take no job for a while: five seconds after a first fault, up to a minute after many."""
        metrics.WORKER_FAULTS.inc()
        with self._lock:
            if time.monotonic() < self._rest_until:
                return  # several jobs failed of the same fault: it counts once
            self._rest_until = time.monotonic() + self._rest_seconds
            self._rest_seconds = min(2 * self._rest_seconds, LONGEST_REST_SECONDS)
            self._log_change(fault)

    def recover(self) -> None:
        """Forget earlier faults, since a job has succeeded here."""
        self._rest_seconds = FIRST_REST_SECONDS

    def avoid_job(self, job_id: str) -> None:
        """Leave a job that failed here to other workers for five seconds, if there may be any."""
        if not self.is_alone:
            self._avoided[job_id] = time.monotonic() + AVOID_SECONDS

    def list_avoided_jobs(self) -> Sequence[str]:
        """List the jobs that are left to other workers now."""
        now = time.monotonic()
        self._avoided = {job_id: until for job_id, until in self._avoided.items() if until > now}
        return [*self._avoided]

    def may_leave_jobs(self) -> bool:
        """Return True if another worker might take a job that this one leaves now."""
        return bool(self.list_avoided_jobs() or not self.is_fit())

    def _find_low_disk(self) -> str:
        """Describe the first disk that has less than its reserve; empty if none has."""
        low = [str(folder) for folder, disk in self._disks.items() if not _has_room(disk)]
        return f"too little room on the disk of {low[0]}" if low else ""

    def _probe_disks(self) -> str:
        """Write to each disk as a job would; describe the fault, empty if there is none."""
        for folder in self._disks:
            try:
                with tempfile.TemporaryFile(dir=folder) as file:
                    file.write(bytes(PROBE_BYTES))
            except OSError as error:
                return f"{folder}: {error.strerror}"
        return ""

    def _log_change(self, fault: str) -> None:
        if bool(fault) == self._resting:
            return
        self._resting = bool(fault)
        metrics.WORKER_FIT.set(not fault)
        if fault:
            log.error("this worker rests: %s", fault)
        else:
            log.warning("this worker takes jobs again")


def _has_room(disk: DiskReserve) -> bool:
    try:
        return disk.has_room()
    except OSError:  # the folder or its disk is gone
        return False


def _find_machine_fault(error: BaseException) -> str:
    """Describe the fault of the machine in one error of a chain; empty if it is none."""
    if isinstance(error, OSError) and error.errno in MACHINE_ERRNOS:
        return error.strerror or errno.errorcode[error.errno]
    if isinstance(error, ChildFailed) and error.code in MACHINE_FAULT_CODES:
        return f"a child process says: {error.message}"
    if isinstance(error, (MachineFailed, MemoryError, StorageFailed)):
        return str(error) or type(error).__name__
    return ""
