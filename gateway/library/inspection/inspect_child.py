"""The child process that opens hostile media: limited before it imports a decoder.

`python -I -m gateway.library.inspection.inspect_child '{…order…}'`. Files come as open descriptors;
the answer is one JSON line on stdout: facts, or `refused` with the words for the caller.
"""

import contextlib
import ctypes
import errno
import json
import os
import resource
import sys
from typing import cast

from gateway.library.inspection.child_protocol import (
    ChildAnswer,
    InspectionOrder,
    Measures,
    MediaRefused,
)

MIB = 2**20
MEMORY_BYTES = 1024 * MIB
CPU_SECONDS = 20
OPEN_FILES = 64
UNDECODABLE = "The file cannot be decoded."
NICENESS = 5  # the gateway answers others meanwhile
CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000


def confine(target_bytes: int) -> bool:
    """Limit memory, processor time, file size and network; return True if the network is cut."""
    for limit, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, target_bytes),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        hard = resource.getrlimit(limit)[1]
        lowest = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(limit, (lowest, lowest))
    os.nice(NICENESS)
    # Kernels and containers may forbid new namespaces; the other limits still hold then.
    with contextlib.suppress(OSError, AttributeError):
        return int(ctypes.CDLL(None).unshare(CLONE_NEWUSER | CLONE_NEWNET)) == 0
    return False


def execute_order(order: InspectionOrder) -> Measures:
    """Carry out an order: decode the source, write the target, return the measurements."""
    if order["kind"] == "nothing":
        return {}
    if order["kind"] in {"preview", "previews", "poster", "card", "frames"}:
        return _draw_pictures(order)
    if order["kind"] in {"image", "mask"}:
        from gateway.library.inspection import image_encoding  # noqa: PLC0415 - only after `confine`

        work = image_encoding.recode_image
        return (work if order["kind"] == "image" else image_encoding.draw_mask)(order)
    from gateway.library.inspection.stream_copy import copy_streams  # noqa: PLC0415 - only after `confine`

    return copy_streams(order)


def _draw_pictures(order: InspectionOrder) -> Measures:
    """Carry out an order for previews, or for frames of a video."""
    if order["kind"] == "preview":
        from gateway.library.inspection.preview_drawing import draw_preview  # noqa: PLC0415 - only after `confine`

        return draw_preview(order)
    if order["kind"] == "previews":
        from gateway.library.inspection.preview_set import draw_preview_set  # noqa: PLC0415 - only after `confine`

        return draw_preview_set(order)
    if order["kind"] == "frames":
        from gateway.library.inspection.frame_cutting import cut_frames  # noqa: PLC0415 - only after `confine`

        return cut_frames(order)
    from gateway.library.inspection.preview_drawing import draw_large  # noqa: PLC0415 - only after `confine`

    return draw_large(order)


def read_peak_kib() -> int:
    """Return the peak memory of this process in KiB."""
    with open("/proc/self/status", encoding="ascii") as status:  # noqa: PTH123 - keep pathlib out
        return next((int(line.split()[1]) for line in status if line.startswith("VmHWM")), 0)


def main() -> None:
    """Carry out the order of the command line; an exception of a decoder is a refusal."""
    order: InspectionOrder = json.loads(sys.argv[1])
    isolated = confine(order["target_bytes"])
    try:
        answer = cast("ChildAnswer", execute_order(order))
    except MediaRefused as refused:
        answer = {"refused": str(refused), "hint": refused.hint, "wrongKind": refused.wrong_kind}
    except Exception as error:  # noqa: BLE001 - decoders raise anything; the name goes to the log
        full = isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
        answer = {"refused": UNDECODABLE, "error": type(error).__name__, "full": full}
    answer |= {"isolated": isolated, "peakKib": read_peak_kib()}
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    os._exit(0)  # skip finalizers: those of a decoder could still crash or hang


if __name__ == "__main__":
    main()
