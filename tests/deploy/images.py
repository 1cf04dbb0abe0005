"""The container image, built on a Debian made here and run as a container engine would run it.

No engine is needed, and no registry of images: mmdebstrap makes the base, buildah builds in a
chroot, and a mount namespace gives the read-only root.
"""

import json
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.deploy_files import DEPLOY, find_tool

BUILD_SECONDS, RUN_SECONDS, STOP_SECONDS = 900, 120, 60
MANY = 65_536
BASE, IMAGE = "localhost/base", "localhost/killatamata"
CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"
# The system's own certificates are trusted in the build too: registries may be behind a mirror.
TRUST = (
    f'cp {CERTIFICATES} "$1/usr/local/share/ca-certificates/host.crt"'
    ' && chroot "$1" update-ca-certificates'
)
# Where a process may not raise its limits, buildah must not try to.
LIMITS = '[containers]\ndefault_ulimits = ["nofile={0}:{0}", "nproc={1}:{1}"]\n'
# What an engine does with --read-only and --tmpfs: only two folders, in memory, can be written.
ENTER = """
set -e; mount --bind "$0" "$0"; mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"
mount -t tmpfs -o mode=1777 tmpfs "$0/tmp"
mount -t tmpfs -o mode=700,uid=65532,gid=65532 tmpfs "$0/var/lib/killatamata"
mount -o remount,ro,bind "$0"; exec /usr/sbin/chroot --userspec=65532:65532 "$0" "$@"
"""


def check_tools() -> None:
    """Skip unless it is asked for, as it takes minutes, and where an image cannot be built."""
    if os.environ.get("KT_TEST_IMAGE") != "1":
        pytest.skip("KT_TEST_IMAGE=1 builds the image, which takes minutes")
    if os.geteuid() != 0:
        pytest.skip("building an image in a chroot needs root")
    for tool in ("buildah", "mmdebstrap", "unshare"):
        find_tool(tool)


@dataclass(frozen=True)
class Image:
    """A built image, unpacked at `root`."""

    root: Path
    config: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment that the image gives its processes."""
        return dict(line.split("=", 1) for line in self.config["Env"])

    def start(self, *words: str, log: Path, **environment: str) -> "subprocess.Popen[bytes]":
        """Start a program of the image with a read-only root, as the user of the image."""
        command = [find_tool("unshare"), "--mount", "sh", "-c", ENTER, str(self.root), *words]
        given = self.environment | environment
        with log.open("wb") as output:
            return subprocess.Popen(command, env=given, stdout=output, stderr=output)

    def run(self, *words: str, log: Path, **environment: str) -> tuple[int, str]:
        """Run a program of the image to its end; return its exit code and output."""
        code = self.start(*words, log=log, **environment).wait(RUN_SECONDS)
        return code, log.read_text()


@contextmanager
def build_image(folder: Path) -> Iterator[Image]:
    """Build the image of this checkout below a folder; unpack it for the block."""
    check_tools()
    _make_base(folder / "base.tar")
    buildah = Buildah(folder)
    try:
        base = buildah.run("from", "scratch")
        buildah.run("add", "--quiet", base, str(folder / "base.tar"), "/")
        buildah.run("commit", "--quiet", "--rm", base, BASE)
        buildah.run(
            *("build", "--isolation", "chroot", "--network", "host", "--format", "docker"),
            *("--build-arg", f"BASE={BASE}", "--file", str(DEPLOY / "Containerfile")),
            *("--tag", IMAGE, str(DEPLOY.parent)),
        )
        container = buildah.run("from", IMAGE)
        config = json.loads(buildah.run("inspect", "--type", "image", IMAGE))["Docker"]["config"]
        yield Image(Path(buildah.run("mount", container)), config)
    finally:
        buildah.remove()


@dataclass(frozen=True)
class Buildah:
    """buildah with a store of its own below a folder."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def run(self, *words: str) -> str:
        """Run a command of buildah; return what it printed last."""
        limits = self.folder / "containers.conf"
        if not limits.exists():
            limits.write_text(
                LIMITS.format(
                    _read_limit(resource.RLIMIT_NOFILE), _read_limit(resource.RLIMIT_NPROC)
                )
            )
        store = ("--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"))
        done = subprocess.run(
            [find_tool("buildah"), *store, *words],
            env=os.environ | {"CONTAINERS_CONF": str(limits)},
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout.strip()

    def remove(self) -> None:
        """Unmount and delete all that was built."""
        self.run("umount", "--all")
        self.run("rm", "--all")
        self.run("rmi", "--all", "--force")
        shutil.rmtree(self.folder / "store", ignore_errors=True)


def wait_for_line(log: Path, text: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a log has this text; fail if the process ends before."""
    deadline = time.monotonic() + RUN_SECONDS
    while text not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def _make_base(tar: Path) -> None:
    """Make a Debian as small as a base image."""
    options: Sequence[str] = ("--quiet", "--mode=root", "--variant=minbase")
    included = ("--include=ca-certificates", f"--customize-hook={TRUST}")
    command = [find_tool("mmdebstrap"), *options, *included, "trixie", str(tar)]
    subprocess.run(command, check=True, capture_output=True, timeout=BUILD_SECONDS)


def _read_limit(kind: int) -> int:
    soft, _ = resource.getrlimit(kind)
    return MANY if soft == resource.RLIM_INFINITY else soft
