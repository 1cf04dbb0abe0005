"""The last released server in an environment of its own."""

import sys
import sysconfig
import tarfile
import venv
from pathlib import Path

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
