"""The generated half of the client is up to date."""

import pytest

from gateway import sdk


@pytest.mark.promise("client: one-source")
def test_the_rendered_files_are_fresh() -> None:
    for path, text in sdk.render_files().items():
        assert (sdk.ROOT / path).read_text() == text, f"{path}: run `python -m gateway.sdk`"
