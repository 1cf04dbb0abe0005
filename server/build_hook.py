"""Puts the packages of the gateway into its distribution: they lie beside this folder."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGES = ("agent_skill", "gateway", "mcp_server", "wellknown", "workers")


class PackagesHook(BuildHookInterface):  # type: ignore[misc]  # only the build has its types
    """Maps each package to the top of the wheel, and of the source archive."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the packages, except to an editable install, which puts their folder on the path."""
        if version == "editable":
            return
        here = Path(self.root)
        # In an unpacked source archive they are in this folder itself.
        folder = here if (here / PACKAGES[0]).is_dir() else here.parent
        build_data["force_include"] |= {str(folder / name): name for name in PACKAGES}
