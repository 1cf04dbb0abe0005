"""A real nginx on loopback, with the site of deploy/proxy and our ports."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import pytest

from tests.gateway import STOP_SECONDS, find_free_port
from tests.style.source import ROOT
from tests.waiting import wait_for_condition

SITE = ROOT / "deploy" / "proxy" / "nginx.conf"
MAIN = """
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 512; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


class Nginx:
    """One nginx in front of gateways on these ports, by its number of a port at `base`."""

    def __init__(self, folder: Path, ports: Sequence[int]) -> None:
        self.program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
        if self.program is None:
            pytest.skip("there is no nginx: apt-get install nginx-light")
        self.folder, self.port = folder, find_free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None
        folder.mkdir()
        user = "user root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(MAIN.format(folder=folder, user=user))
        self._write_site(ports)

    def __enter__(self) -> Self:
        """Start nginx, and return when it has a worker."""
        words = [str(self.program), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]
        self.process = subprocess.Popen([*words, "-g", "daemon off;"])
        wait_for_condition(lambda: bool(self._list_workers()))
        return self

    def __exit__(self, *_: object) -> None:
        """Stop nginx."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(STOP_SECONDS)

    def serve_from(self, ports: Sequence[int]) -> None:
        """Send calls to these gateways only, and return when no worker knows another."""
        self._write_site(ports)
        before = self._list_workers()
        subprocess.run(
            [str(self.program), "-c", str(self.folder / "nginx.conf"), "-s", "reload"], check=True
        )
        wait_for_condition(lambda: bool(self._list_workers()) and not before & self._list_workers())

    def _list_workers(self) -> set[str]:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "error.log").read_text()
        pid = self.process.pid
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())

    def _write_site(self, ports: Sequence[int]) -> None:
        """Write the site with our ports, without TLS and the redirection to it."""
        text = SITE.read_text()
        text = re.sub(
            r"^server \{(?:(?!^\}).)*listen 80;.*?^\}", "", text, flags=re.MULTILINE | re.DOTALL
        )
        text = re.sub(
            r"^ +(listen \[::\].*|http2 on|ssl_.*|server_name .*);\n", "", text, flags=re.MULTILINE
        )
        text = text.replace("listen 443 ssl;", f"listen 127.0.0.1:{self.port};")
        servers = "".join(f"    server 127.0.0.1:{port} max_fails=0;\n" for port in ports)
        text = re.sub(r"(^ +server 127\.0\.0\.1:\d+.*\n)+", servers, text, flags=re.MULTILINE)
        (self.folder / "site.conf").write_text(text)
