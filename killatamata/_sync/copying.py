"""A file from the gateway into its destination; a damaged or broken one starts over."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import sleep

from killatamata.errors import ConnectionFailed, DownloadFailed
from killatamata.output_files import PartFile, PromisedFile, StreamSink
from killatamata.retries import pause_seconds


def copy_file(
    read: Callable[[], Iterator[bytes]],
    open_target: Callable[[], PartFile | StreamSink],
    promised: PromisedFile,
    max_retries: int,
) -> Path:
    """Copy a file; `read` and `open_target` are called for each try.

    Not again into a pipe that already holds bytes: a second try would repeat them.

    Raises:
        DownloadFailed: it is gone, or arrived damaged.
        ConnectionFailed: the connection broke each time.
    """
    tries = 0
    while True:
        sink = open_target()
        try:
            for chunk in read():
                sink.write(chunk)
            return sink.finish(promised)
        except (ConnectionFailed, DownloadFailed):
            tries += 1
            if tries > max_retries or not sink.can_restart:
                raise
            sleep(pause_seconds(tries, {}))
        finally:
            sink.discard()
