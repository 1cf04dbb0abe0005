"""The fixtures of the conformance suite, which ask for no key, are not for the world."""

from pathlib import Path

import pytest

from gateway.mcp import site_of
from gateway.settings import Settings


def settings(folder: Path, **given: object) -> Settings:
    found = {"data_dir": folder, "mcp_conformance": True, "request_state_keys": "1:" + "k" * 32}
    return Settings.model_validate(found | given)


@pytest.mark.promise("mcp: no-open-door")
@pytest.mark.parametrize(
    "given",
    [
        {"profile": "production", "public_url": "https://example.com"},
        {"live_enabled": True},
        {"host": "192.0.2.1"},
    ],
)
def test_the_conformance_mode_is_refused_where_it_could_be_reached_or_cost_money(
    given: dict[str, object], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="KT_MCP_CONFORMANCE"):
        site_of(settings(tmp_path, **given), frozenset())


def test_the_conformance_mode_is_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert site_of(settings(tmp_path), frozenset()).conformance
    assert not site_of(settings(tmp_path, mcp_conformance=False), frozenset()).conformance
