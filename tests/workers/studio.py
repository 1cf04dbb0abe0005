"""A studio that runs pipelines on an engine as a worker does, and keeps their progress."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from PIL import Image

from workers.engines.base import Engine, Progress
from workers.pipelines import TASKS, Output, Work

SMALL: dict[str, Any] = {"width": 256, "height": 256}
PICTURE: dict[str, Any] = {
    "prompt": "a fox on a hill",
    "seed": 7,
    "count": 1,
    "outputFormat": "png",
    **SMALL,
}
FILM: dict[str, Any] = {
    "prompt": "the fox walks",
    "seed": 7,
    "fps": 24,
    "durationFrames": 9,
    **SMALL,
}
Files = Mapping[str, Sequence[Path]]


@dataclass
class Studio:
    engine: Engine
    folder: Path
    patience: int = 1
    progress: list[Progress] = field(default_factory=list)

    def work(
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
            report=self._note,
            adopted=adopted,
            patience=self.patience,
        )

    async def make(
        self, task: str, values: dict[str, Any], files: Files | None = None
    ) -> list[Output]:
        return await TASKS[task](self.work(task, values, files))

    async def one(self, task: str, values: dict[str, Any], files: Files | None = None) -> Output:
        [output] = await self.make(task, values, files)
        return output

    async def _note(self, progress: Progress) -> None:
        self.progress.append(progress)

    def picture(self, name: str, colour: tuple[int, int, int], side: int = 256) -> Path:
        path = self.folder / f"{name}.png"
        Image.new("RGB", (side, side), colour).save(path)
        return path
