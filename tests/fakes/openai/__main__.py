"""Start a stand-in: `python -m tests.fakes.openai sglang [--port 8091] [--seconds 2]`."""

import argparse
import threading

from tests.fakes.openai import STAND_INS, FakeUpstream


def main() -> None:
    """Serve on loopback until a signal."""
    parser = argparse.ArgumentParser(description="A stand-in for an OpenAI server. No GPU.")
    parser.add_argument("dialect", choices=sorted(STAND_INS))
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    upstream = FakeUpstream(STAND_INS[options.dialect], seconds=options.seconds)
    upstream.port = options.port
    with upstream:
        threading.Event().wait()


if __name__ == "__main__":
    main()
