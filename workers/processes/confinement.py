"""The child's side of a child process: it limits itself first, then answers in JSON lines.

Media files are hostile, and the libraries that decode them are large C code. So they are opened
only here: with little memory, few file handles and no network, in a process whose crash costs one
file. What goes wrong becomes one `error` line; a killed child writes none, and its exit status says
so.
"""

import ctypes
import errno
import json
import os
import resource
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

MIB = 1024 * 1024
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_PR_SET_PDEATHSIG = 1
_TRACE_CHARACTERS = 2000
_NICENESS = 10
# Errors of system calls where the machine is at fault and not the file: the worker then gives its
# job back instead of failing it (`workers.jobs.machine`).
MACHINE_ERRNOS = frozenset(
    {
        *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO),
        *(errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EAGAIN),
    }
)
MACHINE_FAULT_CODES = frozenset({"no_space", "machine"})


class ChildError(Exception):
    """The child cannot do its work; `code` tells the parent why."""

    code = "failed"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        """Keep a short `code` for the parent beside the message, which is for the operator."""
        super().__init__(message)
        self.code = code or type(self).code


class UnreadableError(ChildError):
    """The file is no media that we read, or is broken."""

    code = "unreadable"


def confine_process(*, address_space: int = 2048 * MIB, cpu_seconds: int | None = None) -> None:
    """Limit this process to `address_space` bytes of memory, 64 file handles and no network.

    Call it before anything untrusted is opened and while there is one thread: the kernel refuses
    a new user namespace to a process with threads. Where it refuses anyway (some containers do)
    the other limits still hold, so its answer is not looked at.
    """
    _lower_limit(resource.RLIMIT_AS, address_space)
    _lower_limit(resource.RLIMIT_NOFILE, 64)
    _lower_limit(resource.RLIMIT_CORE, 0)
    if cpu_seconds is not None:
        _lower_limit(resource.RLIMIT_CPU, cpu_seconds)
    ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def end_with_parent(parent: int) -> None:
    """Have the kernel kill this process when the one that forked it, `parent`, ends (Linux).

    Call it once confined: a new user namespace makes the kernel forget it.
    """
    with suppress(AttributeError):  # another system has no prctl
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def lower_priority() -> None:
    """Lower the priority of this process: a film takes minutes of CPU, a request moments."""
    os.nice(_NICENESS)


def _lower_limit(limit: int, value: int) -> None:
    """Set soft and hard limit to `value`; a hard limit that is lower already stays."""
    hard = resource.getrlimit(limit)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def emit_line(line: Mapping[str, object]) -> None:
    """Write one JSON line to the parent; end this process if the parent is gone."""
    try:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None  # else the interpreter flushes it at exit, and fails a second time
        raise SystemExit(1) from None


@contextmanager
def report_errors() -> Iterator[None]:
    """Write an exception of the block as one `{"error": {code, message, trace}}` line; exit 1."""
    try:
        yield
    except ChildError as error:
        _exit_with_error(error.code, error)
    except MemoryError as error:
        _exit_with_error("out_of_memory", error)
    except OSError as error:
        _exit_with_error(_error_code(error), error)
    except Exception as error:  # noqa: BLE001 - a broken file raises anything
        _exit_with_error("unreadable", error)


def _error_code(error: OSError) -> str:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return "no_space"
    return "machine" if error.errno in MACHINE_ERRNOS else "unreadable"


def _exit_with_error(code: str, error: BaseException) -> None:
    foreseen = isinstance(error, ChildError)
    trace = "" if foreseen else traceback.format_exc()[-_TRACE_CHARACTERS:]
    emit_line({"error": {"code": code, "message": str(error)[:500], "trace": trace}})
    raise SystemExit(1) from None


def read_peak_bytes() -> int:
    """Return the largest resident size of this process since it was started, in bytes.

    `ru_maxrss` would also count the process that started this one: it survives exec.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text("ascii", "replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def run_child(main: Callable[[Any], None], *, address_space: int = 2048 * MIB) -> None:
    """Confine this process, then run `main` on the JSON spec from stdin."""
    confine_process(address_space=address_space)
    with report_errors():
        main(json.load(sys.stdin))
