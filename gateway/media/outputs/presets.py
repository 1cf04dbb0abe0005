"""The presets of this gateway, read once from `presets.toml`."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gateway.kit.errors import InvalidInput
from gateway.media.outputs.schemas import Preset


def _parse_presets(text: str) -> dict[str, Preset]:
    parsed: Mapping[str, Any] = tomllib.loads(text)
    return {
        preset_id: Preset.model_validate(
            {"presetId": preset_id, "kind": preset_id.partition("_")[0], "sample": None, **fields}
        )
        for preset_id, fields in parsed.items()
    }


PRESETS = _parse_presets(Path(__file__).with_name("presets.toml").read_text())
"""Every preset by its id: styles first, then cameras."""


def check_preset_ids(preset_ids: Sequence[str]) -> None:
    """Check that there are such presets.

    Raises:
        InvalidInput: one is unknown; its `field` says which.
    """
    for number, preset_id in enumerate(preset_ids):
        if preset_id not in PRESETS:
            raise InvalidInput(
                "There is no such preset.",
                field=f"presetIds.{number}",
                hint="GET /api/v1/media/presets lists them.",
            )
