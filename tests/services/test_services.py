"""The services are what they say: real, quick, alone, and gone afterwards."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import redis
from sqlalchemy.engine import make_url

from gateway.migrations.extras import KT_NOW
from tests.databases import DatabaseCopies
from tests.services.folder import is_running, wait_until_gone
from tests.services.loopback import DialledOutError
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

ROOT = Path(__file__).parents[2]


@pytest.mark.promise("house: services")
def test_postgres_is_durable_and_new_enough(postgres: PostgresServer) -> None:
    ((version,),) = postgres.execute("SELECT current_setting('server_version_num')::int")
    ((fsync, commit),) = postgres.execute(
        "SELECT current_setting('fsync'), current_setting('synchronous_commit')"
    )
    assert version >= 15_00_00
    assert (fsync, commit) == ("on", "on")


def test_a_database_is_a_copy_of_its_template_and_alone(postgres: PostgresServer) -> None:
    template = make_url(postgres.create_database()).database or ""
    postgres.execute("CREATE TABLE word (text text)", database=template)
    copies = [make_url(postgres.create_database(template)).database or "" for _ in range(2)]
    postgres.execute("INSERT INTO word VALUES ('here')", database=copies[0])
    assert postgres.execute("SELECT text FROM word", database=copies[0]) == [("here",)]
    assert postgres.execute("SELECT text FROM word", database=copies[1]) == []
    for name in (template, *copies):
        postgres.drop_database(name)


def test_a_copy_that_was_used_is_as_new(
    postgres: PostgresServer, postgres_copies: DatabaseCopies
) -> None:
    def seen(url: str) -> list[object]:
        name = make_url(url).database or ""
        said = [
            postgres.execute(f"TABLE {table}", database=name)
            for table in ("mail_outbox", "audit_head", "alembic_version")
        ]
        ((now,),) = postgres.execute("SELECT kt_now() / 3600000000", database=name)
        return [*said, abs(now - time.time() // 3_600) <= 1]

    url = postgres_copies.take()
    name, new = make_url(url).database or "", seen(url)
    moved = KT_NOW.replace("CREATE", "CREATE OR REPLACE").replace("::bigint", "::bigint * 2")
    mail = "INSERT INTO mail_outbox VALUES ('m', 's', 0, 0, 0, 0)"
    for change in (mail, "UPDATE audit_head SET hash = 'x'", moved):
        postgres.execute(change, database=name)
    assert seen(url) != new
    postgres_copies.give_back(url)
    assert postgres_copies.take() == url
    assert seen(url) == new
    postgres.execute("CREATE TABLE word (text text)", database=name)
    postgres_copies.give_back(url)
    assert postgres_copies.take() != url


def test_pgbench_runs_against_a_database(postgres: PostgresServer) -> None:
    url = postgres.create_database()
    name = make_url(url).database or ""
    postgres.pgbench("-i", "-q", database=name)
    report = postgres.pgbench("-t", "10", database=name).stdout
    assert "number of transactions actually processed: 10/10" in report
    postgres.drop_database(url)


@pytest.mark.slow
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_what_was_committed_outlives_the_server(end: str, postgres: PostgresServer) -> None:
    if not postgres.is_ours:
        pytest.skip("the server of KT_TEST_DATABASE_URL is not ours to stop")
    url = postgres.create_database()
    name = make_url(url).database or ""
    postgres.execute("CREATE TABLE word AS SELECT 'here' AS text", database=name)
    if end == "kill":
        postgres.postmaster.kill()
    else:
        postgres.postmaster.stop("immediate")
    postgres.postmaster.start()
    assert postgres.execute("SELECT text FROM word", database=name) == [("here",)]
    postgres.drop_database(url)


def test_valkey_comes_back_on_the_same_port(valkey: ValkeyServer) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        assert client.ping()
    if valkey.is_ours:
        valkey.kill()
        valkey.start()
        with redis.Redis.from_url(valkey.url) as client:
            assert client.ping()


OWNER = """
import os, sys
from tests.services.{module} import {server}
server = {server}().__enter__()
print(server.{pid}, server.{folder}.path, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.promise("house: services")
@pytest.mark.parametrize(
    ("module", "server", "pid", "folder"),
    [
        ("postgres", "PostgresServer", "postmaster.pid", "postmaster.folder"),
        ("valkey", "ValkeyServer", "pid", "folder"),
    ],
    ids=["postgres", "valkey"],
)
def test_what_a_killed_owner_left_is_ended_by_the_next(
    module: str, server: str, pid: str, folder: str, request: pytest.FixtureRequest
) -> None:
    request.getfixturevalue(module)  # skips where the services are left out
    environment = {name: value for name, value in os.environ.items() if "KT_TEST" not in name}
    program = OWNER.format(module=module, server=server, pid=pid, folder=folder)

    def start() -> tuple[subprocess.Popen[str], int, str]:
        command = [sys.executable, "-c", program]
        pipe = subprocess.PIPE
        owner = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdin=pipe, stdout=pipe
        )
        assert owner.stdout is not None
        number, path = owner.stdout.readline().split()
        return owner, int(number), path

    first, first_pid, first_path = start()
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=10)
    assert is_running(first_pid, first_path)

    second, second_pid, second_path = start()
    assert wait_until_gone(first_pid, first_path, seconds=5)
    assert not Path(first_path).exists()

    second.communicate(timeout=20)
    assert wait_until_gone(second_pid, second_path, seconds=5)
    assert not Path(second_path).exists()


def test_dialling_out_is_refused_and_noted(refused_hosts: list[str]) -> None:
    with socket.socket() as client, pytest.raises(DialledOutError):
        client.connect(("192.0.2.1", 80))
    with socket.socket(type=socket.SOCK_DGRAM) as client, pytest.raises(DialledOutError):
        client.sendto(b"hello", ("192.0.2.2", 53))
    with pytest.raises(DialledOutError):
        socket.getaddrinfo("example.com", 443)
    assert refused_hosts == ["192.0.2.1", "192.0.2.2", "example.com"]
    refused_hosts.clear()


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        socket.create_connection(("localhost", address[1]), timeout=5).close()
