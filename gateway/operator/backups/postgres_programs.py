"""The programs of PostgreSQL that copy a database and bring it back: `pg_dump`, `pg_restore`."""

import asyncio
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from gateway.operator.backups.backup_folder import BackupRefused

DEBIAN_FOLDERS = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class PostgresPrograms:
    """The programs in one folder, for one database; `major` is their version."""

    folder: Path
    major: int
    url: URL

    async def run(self, program: str, *arguments: str) -> None:
        """Run a program to its end.

        Raises:
            BackupRefused: it failed; the message is its first line.
        """
        process = await asyncio.create_subprocess_exec(
            self.folder / program,
            *arguments,
            env={"PATH": os.environ.get("PATH", ""), **_build_environment(self.url)},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await process.communicate()
        except BaseException:  # interrupted: the program must not go on alone
            process.kill()
            await process.wait()
            raise
        if process.returncode:
            lines = errors.decode(errors="replace").strip().splitlines() or ["no reason given"]
            raise BackupRefused(f"{program} failed: {lines[0]}")


async def find_programs(url: URL, server_major: int, folder: Path | None) -> PostgresPrograms:
    """Return programs that are not older than the server: an older `pg_dump` refuses it.

    Without a folder they are those of the PATH, else the newest that Debian has installed.

    Raises:
        BackupRefused: there are none.
    """
    for each in [folder] if folder else _list_folders():
        major = await _read_major(each / "pg_dump")
        if major >= server_major and (each / "pg_restore").exists():
            return PostgresPrograms(each, major, url)
    where = f"in {folder}" if folder else "on this machine"
    raise BackupRefused(
        f"there is no pg_dump of PostgreSQL {server_major} or newer {where}: "
        f"install postgresql-client-{server_major}, or give its folder by --pg-bin"
    )


def _list_folders() -> Iterator[Path]:
    if program := shutil.which("pg_dump"):
        yield Path(program).parent
    found = [each for each in DEBIAN_FOLDERS.glob("*/bin") if each.parent.name.isdigit()]
    yield from sorted(found, key=lambda each: int(each.parent.name), reverse=True)


async def _read_major(program: Path) -> int:
    """Return the major version of a program; 0 if it does not run."""
    try:
        process = await asyncio.create_subprocess_exec(
            program, "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
        )
    except OSError:
        return 0
    answer, _ = await process.communicate()
    return int((re.findall(rb"\d+", answer) or [b"0"])[0])


def _build_environment(url: URL) -> Mapping[str, str]:
    """Return the connection as libpq reads it; the password is in no argument that `ps` shows."""
    query = {name: value for name, value in url.query.items() if isinstance(value, str)}
    values = {
        "PGHOST": query.get("host") or url.host,
        "PGPORT": str(query.get("port") or url.port or ""),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("ssl") or query.get("sslmode"),
        "PGAPPNAME": "killatamata backup",
    }
    inherited = {name: os.environ[name] for name in ("PGPASSFILE", "HOME") if name in os.environ}
    return inherited | {name: value for name, value in values.items() if value}
