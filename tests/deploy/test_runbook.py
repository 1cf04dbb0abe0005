"""The runbook of docs/operating.md: each command under "Look" is run on a production gateway."""

import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

import httpx2
import pytest
from sqlalchemy.engine import make_url

from gateway.configuration.settings import SECRET_SETTINGS
from gateway.kit.telemetry.metrics import REGISTRY
from tests.admin_commands import REASON_OPTION, run_admin
from tests.docs.test_documents import ROOT, fits_command
from tests.gateway import Gateway, find_free_port, picture_input, run_worker, serve_gateway
from tests.services.postgres import PostgresServer
from tests.services.valkey import ValkeyServer

PAGE = ROOT / "docs/operating.md"
PUBLIC_HOST = "media.example.com"
SYMPTOMS = {
    "Jobs stay queued",
    "Everything answers 503",
    "Webhooks don't arrive",
    "Sign-in mails don't come",
    "Credit didn't arrive",
    "A customer says they were charged twice",
    "Disk full",
    "A node is up but fails",
    "The database is slow or away",
    "A leaked key",
    "Secrets lost or leaked",
    "Restoring",
}
OF_THE_MACHINE = {"journalctl", "df", "du"}  # Debian's own, which change nothing
CHANGES = {"cancel", "requeue", "refund", "revoke", "freeze", "adjust", "drain", "enable", "replay"}


def read_runbook() -> str:
    """Return the section "By symptom", up to the next one."""
    return PAGE.read_text().partition("\n## By symptom\n")[2].partition("\n## ")[0]


LOOKS = sorted({
    line
    for _, block in re.findall(r"^```(bash)\n(.*?)^```", read_runbook(), re.DOTALL | re.MULTILINE)
    for line in block.splitlines()
})  # fmt: skip


class ProductionGateway(NamedTuple):
    """A production gateway with a worker, and what the page's words in capitals stand for."""

    gateway: Gateway
    postgres: PostgresServer
    worker_metrics: str
    rows: dict[str, str]


@pytest.fixture(scope="module")
def production(
    postgres: PostgresServer, valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProductionGateway]:
    folder = tmp_path_factory.mktemp("runbook")
    secrets = {
        f"KT_{each.upper()}": "1:0123456789abcdef0123456789abcdef" for each in SECRET_SETTINGS
    }
    worker_metrics = f"127.0.0.1:{find_free_port()}"
    settings = secrets | {
        "KT_PROFILE": "production",
        "KT_PUBLIC_URL": f"https://{PUBLIC_HOST}",
        "KT_DATABASE_URL": postgres.create_database(),
        "KT_REDIS_URL": valkey.url,
        "KT_STORAGE_URL": f"file://{folder}/media",
        "KT_WORKER_METRICS": worker_metrics,
    }
    with ExitStack() as stack:
        migrated = Gateway(folder / "data", **settings).run_command("migrate")
        assert migrated.returncode == 0, migrated.stderr
        gateway = stack.enter_context(serve_gateway(folder / "data", **settings))
        stack.enter_context(run_worker(gateway))
        account = stack.enter_context(gateway.account())
        account.http.headers["Host"] = PUBLIC_HOST
        job = account.run_job("image.generate", picture_input())
        run_admin(gateway, "node", "add", "gpu-1", "http://127.0.0.1:9", *REASON_OPTION)
        rows = {"ACCT": account.account_id, "JOB": job["jobId"], "NODE": "gpu-1"}
        rows |= {"KEY": account.key[:16], "TEXT": "test"}
        yield ProductionGateway(gateway, postgres, worker_metrics, rows)


@pytest.mark.slow
@pytest.mark.parametrize("line", LOOKS)
def test_what_the_runbook_looks_at_can_be_looked_at(
    production: ProductionGateway, line: str
) -> None:
    program, *words = shlex.split(line)
    if program == "killatamata":
        assert words[0] == "admin"
        assert not CHANGES.intersection(words), f"{line} changes something: it is no look"
        code = int(line.endswith("node check NODE"))  # no node answers there
        given = (production.rows.get(word, word) for word in words[1:])
        run_admin(production.gateway, *given, code=code)
    elif program == "curl":
        assert send_curl(production, words).status_code == httpx2.codes.OK
    elif program == "psql":
        database = make_url(production.gateway.settings["KT_DATABASE_URL"]).database or ""
        production.postgres.execute(words[words.index("-c") + 1], database=database)
    else:
        assert program in OF_THE_MACHINE


def send_curl(production: ProductionGateway, words: list[str]) -> httpx2.Response:
    """Send the request of a curl line to the gateway's own ports."""
    headers = dict(words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H")
    url = next(word for word in words if word.startswith("http"))
    url = url.replace("127.0.0.1:8787", f"127.0.0.1:{production.gateway.port}")
    url = url.replace("127.0.0.1:9191", production.worker_metrics)
    return httpx2.get(url, headers=headers, trust_env=False)


@pytest.mark.slow
def test_a_call_without_the_public_host_is_refused_as_the_runbook_says(
    production: ProductionGateway,
) -> None:
    base = f"http://127.0.0.1:{production.gateway.port}"
    elsewhere = {"Host": "elsewhere.example"}
    for path, status in {"/readyz": 200, "/healthz": 200, "/api/v1/health": 421}.items():
        answer = httpx2.get(f"{base}{path}", headers=elsewhere, trust_env=False)
        assert answer.status_code == status, path


def test_each_symptom_says_where_to_look() -> None:
    sections = re.split(r"^### ", read_runbook(), flags=re.MULTILINE)[1:]
    assert {each.partition("\n")[0] for each in sections} >= SYMPTOMS
    assert [each.partition("\n")[0] for each in sections if "```bash" not in each] == []


def test_each_operator_command_of_the_table_exists() -> None:
    group, seen = "", 0
    table = PAGE.read_text().partition("| command | what it does |")[2].partition("\n\n")[0]
    for row in re.findall(r"^\| (`.+?) \| ", table, re.MULTILINE):
        for span in re.findall(r"`([^`-][^`]*)`", row):
            words = shlex.split(re.sub(r"[\[\]]", "", span).replace(" …", ""))
            seen += 1
            if not fits_command(["admin", *words]):
                assert fits_command(["admin", group, *words]), span
            else:
                group = words[0]
    assert seen > 40


def test_each_metric_that_a_page_names_is_measured() -> None:
    known = {f"{family.name}{end}" for family in REGISTRY.collect() for end in ("", "_total")}
    known |= {f"{name}{end}" for name in known for end in ("_bucket", "_count", "_sum")}
    for page in sorted(ROOT.glob("docs/*.md")):
        named = set(re.findall(r"\bkillatamata_(?!owner|clients|server)[a-z_]+", page.read_text()))
        assert named <= known, f"{page.name}: {named - known}"
