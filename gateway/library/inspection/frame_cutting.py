"""One frame of a video, written as a PNG. Runs in the child only."""

import os

from av.container import InputContainer
from av.video.frame import VideoFrame
from PIL import Image

from gateway.library.inspection.child_protocol import InspectionOrder, Measures, MediaRefused
from gateway.library.inspection.containers import open_container


def cut_frame(order: InspectionOrder) -> Measures:
    """Write the frame with the number `frames` of the order, from 0, pixel for pixel.

    Raises:
        MediaRefused: the video has no such frame.
    """
    with (
        os.fdopen(order["source"], "rb") as source,
        os.fdopen(order["target"], "wb") as target,
        open_container(source, order["format"]) as container,
    ):
        frame = _find_frame(container, order["frames"])
        picture = Image.fromarray(frame.to_ndarray(format="rgb24"))
        picture.save(target, "PNG", compress_level=3)
        return {"mimeType": "image/png", "width": picture.width, "height": picture.height}


def _find_frame(container: InputContainer, number: int) -> VideoFrame:
    """Return a frame by its place in the order in which frames are shown.

    The packets tell when each frame is shown, without decoding. So only the frames since the key
    frame before it are decoded, whose times need not be regular.

    Raises:
        MediaRefused: there is none.
    """
    video = container.streams.video[0]
    video.thread_count = 1
    times = sorted(
        packet.pts
        for packet in container.demux(video)
        if packet.size and packet.pts is not None and not packet.is_discard
    )
    if number >= len(times):
        raise MediaRefused(f"The video has {len(times)} frames.")
    # A seek may end behind a frame that is shown before its key frame: then from the start.
    for start in (times[number], times[0]):
        container.seek(start, stream=video)
        for frame in container.decode(video):
            if frame.pts == times[number]:
                return frame
            if frame.pts is not None and frame.pts > times[number]:
                break
    raise MediaRefused("The frame cannot be decoded.")
