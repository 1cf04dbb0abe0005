"""Start the stand-in: `python -m tests.fakes.comfyui --folder DIR [--port 8188] [--seconds 2]`."""

import argparse
import threading
from pathlib import Path

from tests.fakes.comfyui.server import FakeComfy


def main() -> None:
    """Serve on loopback until a signal."""
    parser = argparse.ArgumentParser(description="A stand-in for ComfyUI. No GPU.")
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--port", type=int, default=8188)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    node = FakeComfy(options.folder, seconds=options.seconds)
    node.port = options.port
    with node:
        threading.Event().wait()


if __name__ == "__main__":
    main()
