"""The rendered half of the client is what the code says now."""

from gateway import sdk


def test_the_rendered_files_are_fresh() -> None:
    for path, text in sdk.files().items():
        assert (sdk.ROOT / path).read_text() == text, f"{path}: run `python -m gateway.sdk`"
