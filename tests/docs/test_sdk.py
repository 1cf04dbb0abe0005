"""The generated half of the client is up to date."""

import pytest

from gateway.sdk.files import render_files
from gateway.sdk.formatting import ROOT


@pytest.mark.promise("client: one-source")
def test_the_rendered_files_are_fresh() -> None:
    for path, text in render_files().items():
        assert (ROOT / path).read_text() == text, f"{path}: run `python -m gateway.sdk`"
