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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.deploy_files import DEPLOY, find_tool

BUILD_SECONDS, RUN_SECONDS, STOP_SECONDS = 1800, 300, 60
MANY = 65_536
BASE, IMAGE = "localhost/base", "localhost/killatamata"
ISOLATION = ("--isolation", "chroot", "--network", "host")
# Where there is no network, one is told soon.
HASTE = ("--aptopt=Acquire::http::Timeout 20", "--aptopt=Acquire::Retries 1")
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
    """Skip where an image cannot be built."""
    if os.geteuid() != 0:
        pytest.skip("building an image in a chroot needs root")
    for tool in ("buildah", "mmdebstrap", "unshare"):
        find_tool(tool)
    run_or_skip("no mount namespace can be made here", "unshare", "--mount", "true")


def run_or_skip(trouble: str, *command: str) -> str:
    """Run what none of our files has a part in, for its output; skip where it does not work."""
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=BUILD_SECONDS
        )
    except subprocess.CalledProcessError as error:
        pytest.skip(f"{trouble}: {error.stderr.strip()[-300:]}")
    except subprocess.TimeoutExpired:
        pytest.skip(f"{trouble}: no end after {BUILD_SECONDS} seconds")
    return done.stdout.strip()


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
    buildah = Buildah(folder)
    try:
        _make_base(buildah)
        buildah.run(
            *("build", *ISOLATION, "--format", "docker", "--build-arg", f"BASE={BASE}"),
            *("--file", str(DEPLOY / "Containerfile"), "--tag", IMAGE, str(DEPLOY.parent)),
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

    @property
    def command(self) -> tuple[str, ...]:
        """Return the command with its options, to add words to."""
        limits = self.folder / "containers.conf"
        kinds = (resource.RLIMIT_NOFILE, resource.RLIMIT_NPROC)
        limits.write_text(LIMITS.format(*map(_read_limit, kinds)))
        store = ("--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"))
        return ("env", f"CONTAINERS_CONF={limits}", find_tool("buildah"), *store)

    def run(self, *words: str) -> str:
        """Run a command of buildah; return what it printed last."""
        done = subprocess.run(
            [*self.command, *words],
            capture_output=True,
            text=True,
            timeout=BUILD_SECONDS,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout.strip()

    def remove(self) -> None:
        """Unmount and delete all that was built."""
        for words in (("umount", "--all"), ("rm", "--all"), ("rmi", "--all", "--force")):
            command = [*self.command, *words]
            subprocess.run(command, check=False, capture_output=True, timeout=BUILD_SECONDS)
        shutil.rmtree(self.folder / "store", ignore_errors=True)


def wait_for_line(log: Path, text: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a log has this text; fail if the process ends before."""
    deadline = time.monotonic() + RUN_SECONDS
    while text not in log.read_text():
        assert process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def _make_base(buildah: Buildah) -> None:
    """Make a Debian as small as a base image; skip where Debian or a chroot is out of reach."""
    base = run_or_skip("buildah does not start here", *buildah.command, "from", "scratch")
    run_or_skip(
        "Debian's packages cannot be fetched here",
        *(find_tool("mmdebstrap"), "--quiet", "--mode=root", "--variant=minbase", *HASTE),
        *("--include=ca-certificates", f"--customize-hook={TRUST}"),
        *("trixie", buildah.run("mount", base)),
    )
    trial = (*buildah.command, "run", *ISOLATION, base, "true")
    run_or_skip("buildah may run no program in a chroot here", *trial)
    buildah.run("commit", "--quiet", "--rm", base, BASE)


def _read_limit(kind: int) -> int:
    soft, _ = resource.getrlimit(kind)
    return MANY if soft == resource.RLIM_INFINITY else soft
