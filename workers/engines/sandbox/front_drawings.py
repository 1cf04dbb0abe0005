"""The drawings of the front page, shown until an operator has picked shared results for it.

`python -m workers.engines.sandbox.front_drawings` draws them again into the static files of the
pages. They are landscapes of the sandbox, without lettering, and the page says so.
"""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from workers.engines.sandbox.scene import Scene

FOLDER = Path(__file__).parents[3] / "gateway" / "pages" / "static" / "img" / "drawings"
SCENES = ((9, 7), (21, 2), (12, 4))
"""Seed and number of hills of each drawing: each has other colours and another shape."""
WIDTH, HEIGHT = 720, 480
QUALITY = 78


def draw_front_pictures() -> Iterator[tuple[str, Image.Image]]:
    """Draw each picture; yield its file name and the picture."""
    for number, (seed, layers) in enumerate(SCENES, 1):
        scene = Scene(seed=[seed], width=WIDTH, height=HEIGHT, layers=layers)
        yield f"{number}.webp", Image.fromarray(scene.draw(0))


def main() -> None:
    """Draw all into the checkout."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, picture in draw_front_pictures():
        picture.save(FOLDER / name, "WEBP", quality=QUALITY, method=6)


if __name__ == "__main__":
    main()
