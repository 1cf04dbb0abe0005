"""The proxy of LiteLLM between a client and a gateway, by the configuration of our page.

`KT_TEST_SLOW=1 ./test tests/slow -k openai_clients_proxy` needs a registry.
"""

import base64
import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.gateway import Client, Gateway, find_free_port
from tests.slow.openai_tools import QUIET, fill_in, install_python_client, read_blocks
from tests.slow.test_openai_clients import (
    MP4_BRAND,
    assert_picture,
    list_jobs,
)
from tests.slow.test_openai_clients import client as client
from tests.slow.test_openai_clients import gateway as gateway

pytestmark = pytest.mark.slow
START_SECONDS, STOP_SECONDS = 120, 20
PROXY_KEY = "sk-killatamata-test-of-the-proxy"


@pytest.fixture
def proxy(gateway: Gateway, client: Client, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A client of the LiteLLM proxy, which runs by the configuration of the page."""
    (text,) = read_blocks("LiteLLM proxy", "yaml")
    (tmp_path / "proxy.yaml").write_text(fill_in(text, gateway, client.key))
    port = find_free_port()
    program = install_python_client("litellm-proxy") / "litellm"
    command = [str(program), "--config", "proxy.yaml", "--host", "127.0.0.1", "--port", str(port)]
    settings = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LITELLM_MASTER_KEY": PROXY_KEY}
    with (tmp_path / "proxy.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=tmp_path, env=settings | QUIET, stdout=log, stderr=log
        )
    try:
        with httpx2.Client(
            base_url=f"http://127.0.0.1:{port}",
            headers={"Authorization": f"Bearer {PROXY_KEY}"},
            timeout=120,
            trust_env=False,
        ) as http:
            wait_until_alive(http, process, tmp_path / "proxy.log")
            yield http
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)


def wait_until_alive(http: httpx2.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if "alive" in http.get("/health/liveliness").text:
                return
        except httpx2.HTTPError:
            time.sleep(0.2)
        assert process.poll() is None, log.read_text()[-3000:]
        assert time.monotonic() < deadline, log.read_text()[-3000:]


@pytest.mark.promise("openai: clients")
def test_litellm_proxy(proxy: httpx2.Client, client: Client) -> None:
    ask = {"model": "killatamata-image", "prompt": "a fox", "size": "256x256"}
    made = proxy.post("/v1/images/generations", json=ask)
    assert made.status_code == httpx2.codes.OK, made.text
    assert_picture(base64.b64decode(made.json()["data"][0]["b64_json"]), (256, 256))
    files = [("image", ("fox.png", base64.b64decode(made.json()["data"][0]["b64_json"])))]
    edited = proxy.post("/v1/images/edits", data=ask | {"prompt": "at night"}, files=files)
    assert edited.status_code == httpx2.codes.OK, edited.text
    refused = proxy.post("/v1/images/generations", json=ask | {"max_price_usd": "0.01"})
    assert refused.status_code >= httpx2.codes.BAD_REQUEST
    assert "0.02" in json.dumps(refused.json())
    clip = {"model": "killatamata-video", "prompt": "a fox", "seconds": "1", "size": "512x320"}
    video = proxy.post("/v1/videos", json=clip)
    assert video.status_code == httpx2.codes.OK, video.text
    newest = client.http.get("/v1/videos").json()["data"][0]["id"]
    client.wait_for_job(newest.replace("video_", "job_"))
    read = proxy.get(f"/v1/videos/{video.json()['id']}")
    assert (read.json()["status"], read.json()["seconds"]) == ("completed", "1"), read.text
    content = proxy.get(f"/v1/videos/{video.json()['id']}/content")
    assert content.content[4:8] == MP4_BRAND
    tasks = ["image.generate", "image.edit", "video.generate"]
    assert [job["task"] for job in list_jobs(client)] == tasks
