"""`python -m gateway.sdk` writes the generated files of the client into the checkout."""

import sys

from gateway.sdk.files import render_files
from gateway.sdk.formatting import ROOT


def main() -> None:
    """Write the generated files into the checkout."""
    (ROOT / "killatamata" / "_sync").mkdir(exist_ok=True)
    for path, text in render_files().items():
        (ROOT / path).write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path}\n")


if __name__ == "__main__":
    main()
