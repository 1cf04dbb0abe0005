"""Real proxies with the files of `deploy/proxy`, in front of gateways of a test.

Only what belongs to a place is put in: addresses, ports, certificates and folders.
"""

import re
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx2

from tests.deploy.deploy_files import DEPLOY, find_tool, make_certificate
from tests.gateway import find_free_port
from tests.waiting import wait_for_condition

START_SECONDS, STOP_SECONDS = 30, 10
LIVE_FOLDER = "/etc/letsencrypt/live/media.example.com"
NGINX_FRAME = """
daemon off; pid {folder}/pid; error_log {folder}/error.log info; user root;
events {{}}
http {{ access_log {folder}/access.log; client_body_temp_path {folder}/body;
proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi; include {folder}/site; }}
"""
CADDY_GLOBALS = "{\n\tadmin off\n\tskip_install_trust\n\tauto_https disable_redirects\n"
Proxy = Callable[[Path, int, Sequence[int]], AbstractContextManager[object]]


class Nginx:
    """One nginx with our file, in front of gateways on these ports."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port, self.plain_port = folder, port, find_free_port()
        config = str(folder / "nginx.conf")
        self.command = [find_tool("nginx"), "-p", str(folder), "-c", config]
        make_certificate(folder)
        Path(config).write_text(NGINX_FRAME.format(folder=folder))

    def write_site(self, gateways: Sequence[int]) -> None:
        """Write our file with our addresses, ports and certificate."""
        text = (DEPLOY / "proxy/nginx.conf").read_text().replace(LIVE_FOLDER, str(self.folder))
        servers = "".join(f"    server 127.0.0.1:{each} max_fails=0;\n" for each in gateways)
        text, count = re.subn(
            r"(^ +server 127\.0\.0\.1:\d+ max_fails=0;\n)+", servers, text, flags=re.MULTILINE
        )
        assert count == 1
        for line in (f"    listen [::]:{line};\n" for line in ("443 ssl", "80")):
            assert line in text
            text = text.replace(line, "")
        text = text.replace("listen 443", f"listen 127.0.0.1:{self.port}")
        text = text.replace("listen 80;", f"listen 127.0.0.1:{self.plain_port};")
        (self.folder / "site").write_text(text.replace("media.example.com", "_"))

    def serve_from(self, gateways: Sequence[int]) -> None:
        """Send calls to these gateways only, and return when no process of nginx knows another."""
        before = self._list_workers()
        self.write_site(gateways)
        subprocess.run([*self.command, "-s", "reload"], check=True)
        wait_for_condition(lambda: bool(self._list_workers()) and not before & self._list_workers())

    def _list_workers(self) -> set[str]:
        pid = (self.folder / "pid").read_text().strip()
        return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


@contextmanager
def run_nginx(folder: Path, port: int, gateways: Sequence[int]) -> Iterator[Nginx]:
    """Run nginx with our file on this port for the block."""
    nginx = Nginx(folder, port)
    nginx.write_site(gateways)
    with _run_server(nginx.command, {}, folder / "nginx.log", port):
        yield nginx


@contextmanager
def run_caddy(folder: Path, port: int, gateways: Sequence[int]) -> Iterator[None]:
    """Run Caddy with our file on this port for the block; it makes its own certificate."""
    text = (DEPLOY / "proxy/Caddyfile").read_text()
    (folder / "Caddyfile").write_text(text.replace("{\n", CADDY_GLOBALS, 1))
    environment = {
        "SITE_HOST": f"localhost:{port}",
        "GATEWAYS": " ".join(f"127.0.0.1:{each}" for each in gateways),
        "HOME": str(folder),
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    caddy, file = find_tool("caddy"), str(folder / "Caddyfile")
    command = [caddy, "run", "--adapter", "caddyfile", "--config", file]
    with _run_server(command, environment, folder / "caddy.log", port):
        yield


def open_client(port: int, key: str, *, kept_connections: int = 20) -> httpx2.Client:
    """Return a client that reaches the gateways through the proxy; the caller closes it."""
    return httpx2.Client(
        base_url=f"https://localhost:{port}",
        headers={"Authorization": f"Bearer {key}"},
        verify=_trust_anyone(),
        timeout=60,
        trust_env=False,
        limits=httpx2.Limits(max_keepalive_connections=kept_connections),
    )


def negotiate_protocol(port: int) -> str | None:
    """Return the HTTP protocol that the proxy chooses if it may."""
    context = _trust_anyone()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        return wrapped.selected_alpn_protocol()


@contextmanager
def _run_server(
    command: Sequence[str], environment: dict[str, str], log: Path, port: int
) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _speaks_tls(port):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def _speaks_tls(port: int) -> bool:
    try:
        negotiate_protocol(port)
    except OSError:
        return False
    return True


def _trust_anyone() -> ssl.SSLContext:
    """Return a TLS context for certificates that the proxies made for themselves."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
