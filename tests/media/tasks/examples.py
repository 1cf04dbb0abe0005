"""The worked examples of the design page as data: for the tasks alone, and for the front door."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.media.tasks.helpers import Media, build_clip, build_picture, build_sound


@dataclass(frozen=True, kw_only=True)
class WorkedExample:
    """A request, the media that it names, and the expected part of its answer.

    `changes` are field, requested, effective and rule of each adjustment.
    """

    task: str
    asked: Mapping[str, Any]
    media: Media = field(default_factory=dict)
    effective: Mapping[str, Any]
    changes: tuple[tuple[str, Any, Any, str], ...] = ()
    usd: str


EXAMPLES = {
    "a picture width moves to the grid": WorkedExample(
        task="image.generate",
        asked={"prompt": "cinematic fox astronaut", "width": 1000, "height": 1024},
        effective={"width": 1008, "height": 1024, "steps": 20},
        changes=(("width", 1000, 1008, "multiple_of_16"),),
        usd="0.02",
    ),
    "an edit in high detail with one reference": WorkedExample(
        task="image.edit",
        asked={
            "prompt": "make it night",
            "imageUrls": ["asset://ast_1", "asset://ast_2"],
            "highDetail": True,
        },
        media={"images": [build_picture(1024, 768), build_picture(640, 640)]},
        effective={"width": 1024, "height": 768, "steps": 30},
        usd="0.0495",
    ),
    "an upscale by four": WorkedExample(
        task="image.upscale",
        asked={"imageUrl": "job://job_01J/0", "scale": 4},
        media={"image": [build_picture(1024, 1024)]},
        effective={"width": 4096, "height": 4096},
        usd="0.048",
    ),
    "a continued shot with a voice": WorkedExample(
        task="video.generate",
        asked={
            "prompt": "the fox opens the hatch",
            "width": 1280,
            "height": 720,
            "durationFrames": 121,
            "finalFrameImageUrl": "asset://ast_b",
            "overlapFrameImageUrls": [f"asset://ast_{k}" for k in range(9)],
            "referenceAudioUrl": "https://cdn.example.com/voice.wav",
        },
        media={
            "finalFrameImage": [build_picture()],
            "overlapFrameImages": [build_picture()] * 9,
            "referenceAudio": [build_sound(5)],
        },
        effective={
            "width": 1280,
            "height": 704,
            "fps": 24,
            "durationFrames": 121,
            "firstPassWidth": 640,
            "firstPassHeight": 352,
            "latentFrames": 16,
            "overlapFrames": 9,
            "steps": {"firstPass": 8, "secondPass": 3},
        },
        changes=(("height", 720, 704, "multiple_of_64"),),
        usd="0.15",
    ),
    "a clip extended by five seconds": WorkedExample(
        task="video.extend",
        asked={"jobId": "job_01J", "prompt": "it steps outside", "extendSeconds": 5},
        media={"video": [build_clip()]},
        effective={
            "width": 1280,
            "height": 704,
            "fps": 24,
            "extendFrames": 120,
            "overlapFrames": 9,
            "outputFrames": 241,
        },
        usd="0.225",
    ),
    "a clip upscaled by two": WorkedExample(
        task="video.upscale",
        asked={"jobId": "job_01J", "scale": 2},
        media={"video": [build_clip()]},
        effective={"width": 2560, "height": 1408, "fps": 24, "frames": 121},
        usd="0.09",
    ),
    "three clips combined with an overlap of nine": WorkedExample(
        task="video.combine",
        asked={
            "clips": [{"jobId": "job_A"}, {"jobId": "job_B"}, {"jobId": "job_C"}],
            "overlapFrames": 9,
        },
        media={"clips": [build_clip()] * 3},
        effective={"outputFrames": 345, "fps": 24},
        usd="0.015",
    ),
    "the submit example": WorkedExample(
        task="video.generate",
        asked={"prompt": "fox", "width": 1920, "height": 1080, "durationFrames": 120},
        effective={"width": 1920, "height": 1088, "durationFrames": 121},
        changes=(
            ("height", 1080, 1088, "multiple_of_64"),
            ("durationFrames", 120, 121, "8n+1"),
        ),
        usd="0.2975",
    ),
}
