"""Folders in which programs of this machine keep their settings."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders of one person on one platform (`sys.platform`)."""

    home: Path
    platform: str
    environment: Mapping[str, str]

    @classmethod
    def of_this_machine(cls) -> "Folders":
        """Return the folders of the person who runs this."""
        return cls(Path.home(), sys.platform, os.environ)

    @property
    def config(self) -> Path:
        """Return `XDG_CONFIG_HOME` or `~/.config`."""
        return self.get_folder("XDG_CONFIG_HOME", self.home / ".config")

    @property
    def desktop(self) -> Path:
        """Return the parent of the folders of desktop programs."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        return self.roaming if self.platform == "win32" else self.config

    @property
    def roaming(self) -> Path:
        """Return `%APPDATA%` of Windows."""
        return self.get_folder("APPDATA", self.home / "AppData" / "Roaming")

    @property
    def packages(self) -> Path:
        """Return the folder of the packaged programs of Windows."""
        return self.get_folder("LOCALAPPDATA", self.home / "AppData" / "Local") / "Packages"

    def get_folder(self, variable: str, default: Path) -> Path:
        """Return the folder that a variable of the environment names, or the default."""
        named = self.environment.get(variable)
        return Path(named) if named else default
