"""The last released server in an environment of its own."""

import json
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

from tests.gateway import Gateway
from tests.processes import run_command

(ARCHIVE,) = (Path(__file__).parent / "released").glob("killatamata-*.tar.xz")
COMMAND = """#!{python}
from killatamata.__main__ import main
main()
"""


def install_released(folder: Path) -> Path:
    """Install the last release as pip would, and return its command.

    Its dependencies are the checkout's. A plain path in a .pth file adds their folder, but not the
    checkout itself, which other .pth files in there name.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    site /= "site-packages"
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(site, filter="data")
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    command = folder / "bin" / "killatamata"
    command.write_text(COMMAND.format(python=folder / "bin" / "python"))
    command.chmod(0o755)
    return command


class ReleasedGateway(Gateway):
    """A gateway of the last release; the fixture `released` installs its `program`."""

    def run_command(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command of that release with this gateway's settings."""
        settings = self.settings | {"KT_LOG_LEVEL": "error"}
        return run_command(words, settings, self.program)

    def create_account(self) -> tuple[str, str]:
        """Create an account by the command; return its key and id. Ours would migrate first."""
        words = ("admin", "account", "create", "--mode", "test", "--credit-usd", "500", "--json")
        created = self.run_command(*words)
        assert created.returncode == 0, created.stderr
        account = json.loads(created.stdout)
        return account["apiKey"], account["accountId"]
