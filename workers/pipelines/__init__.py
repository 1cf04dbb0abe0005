"""Pipelines, one for each media task: from inputs on disk to finished, measured files."""

from collections.abc import Mapping

from workers.pipelines import (
    audio_generate,
    image_edit,
    image_generate,
    image_upscale,
    video_combine,
    video_extend,
    video_generate,
    video_upscale,
)
from workers.pipelines.base import Output as Output
from workers.pipelines.base import Pipeline as Pipeline
from workers.pipelines.base import Work as Work
from workers.pipelines.errors import PipelineFailed as PipelineFailed

PIPELINES: Mapping[str, Pipeline] = {
    "image.generate": image_generate.run,
    "image.edit": image_edit.run,
    "image.upscale": image_upscale.run,
    "video.generate": video_generate.run,
    "video.extend": video_extend.run,
    "video.upscale": video_upscale.run,
    "video.combine": video_combine.run,
    "audio.generate": audio_generate.run,
}
