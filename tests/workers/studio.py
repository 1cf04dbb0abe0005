"""A studio that runs pipelines on an engine as a worker does, and keeps their progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from PIL import Image

from workers.engines.base import Engine, Progress
from workers.pipelines import PIPELINES, Output, Work

SMALL_CANVAS: dict[str, Any] = {"width": 256, "height": 256}
PICTURE_INPUT: dict[str, Any] = {
    "prompt": "a fox on a hill",
    "seed": 7,
    "count": 1,
    "outputFormat": "png",
    **SMALL_CANVAS,
}
FILM_INPUT: dict[str, Any] = {
    "prompt": "the fox walks",
    "seed": 7,
    "fps": 24,
    "durationFrames": 9,
    **SMALL_CANVAS,
}
Files = Mapping[str, Sequence[Path]]


@dataclass
class PipelineStudio:
    engine: Engine
    folder: Path
    patience: int = 1
    progress: list[Progress] = field(default_factory=list)

    def prepare_work(
        self,
        task: str,
        values: dict[str, Any],
        files: Files | None = None,
        *,
        attempt: UUID | None = None,
        adopted: bool = False,
    ) -> Work:
        folder = self.folder / uuid4().hex
        folder.mkdir()
        return Work(
            task=task,
            effective_input=values,
            inputs=files or {},
            folder=folder,
            attempt=attempt or uuid4(),
            engine=self.engine,
            report_progress=self._keep_progress,
            is_adopted=adopted,
            patience=self.patience,
        )

    async def run_pipeline(
        self, task: str, values: dict[str, Any], files: Files | None = None
    ) -> list[Output]:
        return await PIPELINES[task](self.prepare_work(task, values, files))

    async def run_for_one(
        self, task: str, values: dict[str, Any], files: Files | None = None
    ) -> Output:
        [output] = await self.run_pipeline(task, values, files)
        return output

    async def _keep_progress(self, progress: Progress) -> None:
        self.progress.append(progress)

    def write_picture(self, name: str, colour: tuple[int, int, int], side: int = 256) -> Path:
        path = self.folder / f"{name}.png"
        Image.new("RGB", (side, side), colour).save(path)
        return path
