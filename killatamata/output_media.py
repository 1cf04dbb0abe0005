"""Outputs, assets and jobs that can be read, saved and shown in a notebook by themselves.

Their address is signed, so no key is needed, and it expires: `client.jobs` renews it. These calls
block; in a loop use those of `client.jobs`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from pydantic import PrivateAttr

from killatamata.model import Model
from killatamata.timeouts import Timeout

if TYPE_CHECKING:
    import numpy as np
    import PIL.Image


class OutputMedia(Model):
    """A stored file: an output of a job, a result or an asset."""

    _job_id: str | None = PrivateAttr(default=None)

    def get_job_id(self) -> str | None:
        """Return the id of the job that made it; None if it came without its job."""
        return self._job_id

    def set_job_id(self, job_id: str) -> None:
        """Note the job that it came with."""
        self._job_id = job_id

    def read(self, *, timeout: Timeout | None = None) -> bytes:
        """Return its bytes, checked by size and, where it is known, by hash.

        Raises:
            DownloadFailed: it is gone, or arrived damaged.
            StatusError: its address has expired; `client.jobs.read` gets a new one.
        """
        from killatamata.output_reads import read_file  # noqa: PLC0415 - it needs the types

        return read_file(self, timeout)

    def save(
        self, to: str | Path | IO[bytes] = "./", *, timeout: Timeout | None = None
    ) -> Path | None:
        """Save it under a path, in a folder or into an open binary file; return the path.

        At a path it appears only when it is complete.

        Raises:
            DownloadFailed: it is gone, or arrived damaged.
            OSError: `to` cannot be written.
        """
        from killatamata.output_reads import save_file  # noqa: PLC0415 - it needs the types

        return save_file(self, to, timeout)

    def to_pil(self, *, timeout: Timeout | None = None) -> "PIL.Image.Image":
        """Return it as a picture of Pillow; of a video its poster.

        Raises:
            ImportError: the extra `images` is not installed.
            ValueError: it is not a picture.
        """
        from killatamata.output_reads import read_picture  # noqa: PLC0415 - it needs the types

        return read_picture(self, timeout)

    def to_numpy(self, *, timeout: Timeout | None = None) -> "np.ndarray[Any, np.dtype[Any]]":
        """Return its pixels as an array: height by width, and channels unless it is gray.

        Raises:
            ImportError: the extra `images` is not installed.
            ValueError: it is not a picture.
        """
        from killatamata.pictures import to_pixels  # noqa: PLC0415 - most programs need none

        return to_pixels(self.to_pil(timeout=timeout))

    def _repr_mimebundle_(
        self,
        include: object = None,  # noqa: ARG002 - IPython passes it
        exclude: object = None,  # noqa: ARG002 - the same
    ) -> Mapping[str, object]:
        """Return a small preview for a notebook; only its text if that cannot be had quickly."""
        from killatamata.notebook import show_file  # noqa: PLC0415 - only a notebook needs it

        return show_file(self)


class HasOutputs(Protocol):
    """A job, as far as its outputs go."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def outputs(self) -> Sequence[OutputMedia]:
        """Its outputs."""


class JobMedia(Model):
    """A job: its outputs know it, and a notebook shows them."""

    def model_post_init(self: HasOutputs, context: Any, /) -> None:  # noqa: ANN401, ARG002 - pydantic's
        """Name their job to the outputs."""
        for each in self.outputs:
            each.set_job_id(self.id)

    def _repr_mimebundle_(
        self: HasOutputs,
        include: object = None,  # noqa: ARG002 - IPython passes it
        exclude: object = None,  # noqa: ARG002 - the same
    ) -> Mapping[str, object]:
        """Return small previews of its outputs for a notebook."""
        from killatamata.notebook import show_job  # noqa: PLC0415 - only a notebook needs it

        return show_job(self)
