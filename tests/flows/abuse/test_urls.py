"""No URL in any field makes the gateway dial what is not public, and a refusal leaves nothing."""

import io
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import httpcore2
import httpx2
import pytest
from PIL import Image

from gateway import app, operator
from gateway.kit.outgoing.safe_fetch import SafeFetch
from tests.flows.loopback_hosts import LoopbackCanary, Site, listen_as_canary, serve_site
from tests.gateway import Client, Gateway, assert_problem, serve_gateway
from tests.library.files import create_project, list_assets
from tests.media.made_media import write_film

KEEP = "/api/v1/studio/assets/keep"
# Each is tried as an image, as audio and as video; PORT is where the canary listens.
TRICKS = [
    "http://127.0.0.1:PORT/x", "https://127.0.0.1:PORT/x", "https://127.0.0.1/x",
    "https://user@127.0.0.1:PORT/x", "https://example.com@127.0.0.1:PORT/x",
    "https://127.0.0.1:PORT#@example.com/x", "https://127.0.0.1:PORT\\@example.com/x",
    "https://2130706433:PORT/x", "https://0x7f000001:PORT/x", "https://0177.0.0.1:PORT/x",
    "https://127.1:PORT/x", "https://0:PORT/x", "https://0.0.0.0:PORT/x", "https://2130706433/x",
    "https://%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1:PORT/x", "https://127%2E0%2E0%2E1:PORT/x",
    "https://[::1]:PORT/x", "https://[::]:PORT/x", "https://[::127.0.0.1]:PORT/x",
    "https://[::ffff:127.0.0.1]:PORT/x", "https://[::ffff:7f00:1]:PORT/x",
    "https://[2002:7f00:1::]:PORT/x", "https://[64:ff9b::127.0.0.1]:PORT/x",
    "https://[64:ff9b:1::7f00:1]:PORT/x", "https://[fe80::1%25lo]:PORT/x", "https://[::1%25lo]:PORT/x",
    "https://[2001:0:7f00:1::]/x", "https://[fec0::1]/x", "https://[ff02::1]/x",
    "https://localhost:PORT/x", "http://localhost:PORT/x", "https://LocalHost.:PORT/x",
    "https://localhost/x", "https://127.0.0.1.:PORT/x",
    "https://10.0.0.1/x", "https://169.254.169.254/latest/meta-data/", "https://168.63.129.16/x",
    "https://192.0.0.9/x", "https://100.64.0.1/x", "https://224.0.0.1/x", "https://255.255.255.255/x",
    "file:///etc/passwd", "file://127.0.0.1:PORT/etc/passwd", "ftp://127.0.0.1:PORT/x",
    "gopher://127.0.0.1:PORT/_GET", "ws://127.0.0.1:PORT/x", "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/x", "job://../../etc/passwd", "job://job_1/0",
]  # fmt: skip
NOT_REFERENCES = [
    "data:image/png;base64,iVBORw0KGgo=", "https://\uff11\uff12\uff17.0.0.1:PORT/x",
    "https://127\u30020\u30020\u30021/x", "//127.0.0.1:PORT/x", "/etc/passwd", "x", "",
    "https://127.0.0.1:PORT/x y", "javascript:alert(1)",
]  # fmt: skip
SENT_ON = [
    "http://127.0.0.1:PORT/x", "https://127.0.0.1:PORT/x", "//127.0.0.1:PORT/x", "https://[::1]:PORT/x",
    "https://localhost:PORT/x", "https://10.0.0.1/x", "file:///etc/passwd", "ftp://127.0.0.1:PORT/x",
    "", "https://", "http://user:word@127.0.0.1:OWN/good", "/again",
]  # fmt: skip
SPOKEN = {"prompt": "on"}
FIELDS: list[tuple[str, dict[str, Any]]] = [
    ("image.edit", SPOKEN | {"imageUrl": "URL"}),
    ("image.edit", SPOKEN | {"imageUrls": ["URL"]}),
    ("image.edit", SPOKEN | {"imageUrl": "GOOD", "maskUrl": "URL"}),
    ("image.upscale", {"imageUrl": "URL"}),
    ("video.generate", SPOKEN | {"startFrameImageUrl": "URL"}),
    ("video.generate", SPOKEN | {"finalFrameImageUrl": "URL"}),
    ("video.generate", SPOKEN | {"overlapFrameImageUrls": ["GOOD", "URL"]}),
    ("video.generate", SPOKEN | {"startFrameImageUrl": "GOOD", "referenceAudioUrl": "URL"}),
    ("video.extend", SPOKEN | {"videoUrl": "URL"}),
    ("video.extend", SPOKEN | {"videoUrl": "FILM", "referenceAudioUrl": "URL"}),
    ("video.upscale", {"videoUrl": "URL"}),
    ("video.combine", {"videoUrls": ["FILM", "URL"]}),
    ("video.combine", {"clips": [{"videoUrl": "FILM"}, {"videoUrl": "URL"}]}),
]
KINDS = [
    ("image.edit", SPOKEN | {"imageUrl": "URL"}),
    ("video.generate", SPOKEN | {"startFrameImageUrl": "GOOD", "referenceAudioUrl": "URL"}),
    ("video.extend", SPOKEN | {"videoUrl": "URL"}),
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with serve_site() as served:
        picture = io.BytesIO()
        Image.new("RGB", (256, 256)).save(picture, "PNG")
        served.pages["/good"] = picture.getvalue()
        served.pages["/film"] = write_film(folder / "film.mp4").read_bytes()
        served.pages["/again"] = "/again"
        yield served


@pytest.fixture(scope="module")
def bird() -> Iterator[LoopbackCanary]:
    with listen_as_canary() as one:
        yield one


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("scratch")


@pytest.fixture(scope="module")
def gateway(
    site: Site, scratch: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateway]:
    data = tmp_path_factory.mktemp("urls") / "data"
    allow = f"127.0.0.1:{site.port}"
    with serve_gateway(data, KT_FETCH_ALLOW=allow, TMPDIR=str(scratch)) as one:
        yield one


@pytest.fixture(autouse=True)
def _leaves_nothing(
    gateway: Gateway, client: Client, bird: LoopbackCanary, scratch: Path
) -> Iterator[None]:
    yield
    assert not bird.was_dialled(), "somebody dialled what must not be dialled"
    assert client.http.get("/api/v1/media/jobs").json()["data"] == []
    balance = client.get_balance()
    assert (balance["availableMicrousd"], balance["heldMicrousd"]) == (5_000_000, 0)
    assert [path for path in (gateway.data_dir / "files").rglob("*") if path.is_file()] == []
    assert list(scratch.iterdir()) == []


def fill_placeholders(value: Any, words: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Return JSON with each placeholder replaced."""
    if isinstance(value, dict):
        return {name: fill_placeholders(each, words) for name, each in value.items()}
    if isinstance(value, list):
        return [fill_placeholders(each, words) for each in value]
    return words.get(value, value)


def list_refusals(
    client: Client, site: Site, task: str, given: dict[str, Any], urls: list[str]
) -> list[dict[str, Any]]:
    """Submit each URL; return the bodies of the refusals without their request ids."""
    told = []
    for url in urls:
        words = {"URL": url, "GOOD": site.url("/good"), "FILM": site.url("/film")}
        answer = client.submit(task, fill_placeholders(given, words))
        assert answer.status_code == 422, (url, answer.text)
        body = assert_problem(answer, 422, answer.json()["code"])
        assert "etc/passwd" not in answer.text
        told.append({name: body[name] for name in body if name != "requestId"})
    return told


@pytest.mark.promise("jobs: refused-url-not-contacted")
@pytest.mark.parametrize(("task", "given"), KINDS, ids=lambda each: str(each)[:30])
def test_no_trick_with_an_address_is_contacted_and_all_are_told_the_same(
    gateway: Gateway, site: Site, bird: LoopbackCanary, task: str, given: dict[str, Any]
) -> None:
    urls, told = [url.replace("PORT", str(bird.port)) for url in TRICKS], []
    for start in range(0, len(urls), 25):  # an account may fetch 60 files in a minute
        with gateway.account() as account:
            told += list_refusals(account, site, task, given, urls[start : start + 25])
    assert {each["code"] for each in told} == {"source_unreachable"}
    assert all(each == told[0] for each in told)


@pytest.mark.promise("jobs: refused-url-not-contacted")
@pytest.mark.promise("jobs: refused-leaves-nothing")
@pytest.mark.parametrize(("task", "given"), FIELDS, ids=lambda each: str(each)[:60])
def test_every_field_that_takes_an_address_is_guarded(
    client: Client, site: Site, bird: LoopbackCanary, task: str, given: dict[str, Any]
) -> None:
    site.pages["/away"] = f"http://127.0.0.1:{bird.port}/x"
    urls = [f"https://[::1]:{bird.port}/x", "https://169.254.169.254/x", site.url("/away")]
    told = list_refusals(client, site, task, given, urls)
    assert [each["code"] for each in told] == ["source_unreachable"] * 3
    assert told[0]["field"].startswith("input.")
    assert "rl" in told[0]["field"]


@pytest.mark.promise("jobs: refused-url-not-contacted")
def test_no_trick_with_an_address_to_keep_is_contacted(
    gateway: Gateway, site: Site, bird: LoopbackCanary
) -> None:
    site.pages["/away"] = f"http://127.0.0.1:{bird.port}/x"
    urls, told = [url.replace("PORT", str(bird.port)) for url in TRICKS], []
    for start in range(0, len(urls), 25):  # an account may fetch 60 files in a minute
        with gateway.account() as account:
            home = create_project(account)
            for url in [*urls[start : start + 25], site.url("/away")]:
                answer = account.http.post(KEEP, json={"projectId": home, "url": url})
                told.append(assert_problem(answer, 422, "source_unreachable"))
                del told[-1]["requestId"]
            assert list_assets(account, home) == []
    assert all(each == told[0] for each in told)
    assert list((gateway.data_dir / "uploads").iterdir()) == []


def test_a_file_at_a_public_address_is_kept(gateway: Gateway, client: Client, site: Site) -> None:
    home = create_project(client)
    body = {"projectId": home, "url": site.url("/good"), "name": "Good"}
    key = {"X-Idempotency-Key": "keep"}
    first, again = (client.http.post(KEEP, json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.content) == (201, again.content), first.text
    asset = first.json()
    assert (asset["kind"], asset["filename"], asset["source"]["type"]) == ("image", "good", "url")
    other = client.http.post(KEEP, json=body | {"url": site.url("/film")}, headers=key)
    assert_problem(other, 409, "idempotency_conflict")
    shutil.rmtree(gateway.data_dir / "files" / "assets" / asset["assetId"])


def test_what_is_no_reference_is_told_before_anything_is_fetched(
    client: Client, site: Site, bird: LoopbackCanary
) -> None:
    urls = [url.replace("PORT", str(bird.port)) for url in NOT_REFERENCES]
    before = len(site.requested_paths)
    given = {"prompt": "on", "imageUrls": ["GOOD", "URL"]}
    told = list_refusals(client, site, "image.edit", given, urls)
    assert {(each["code"], each["field"]) for each in told} == {
        ("invalid_input", "input.imageUrls.1")
    }
    assert len(site.requested_paths) == before


@pytest.mark.promise("jobs: refused-url-not-contacted")
def test_a_host_that_may_be_asked_sends_nobody_where_it_may_not(
    client: Client, site: Site, bird: LoopbackCanary
) -> None:
    urls = []
    for number, target in enumerate(SENT_ON):
        words = target.replace("PORT", str(bird.port)).replace("OWN", str(site.port))
        site.pages[f"/on{number}"] = words
        urls.append(site.url(f"/on{number}"))
    told = list_refusals(client, site, "image.edit", SPOKEN | {"imageUrl": "URL"}, urls)
    assert {each["code"] for each in told} == {"source_unreachable"}
    assert all(each == told[0] for each in told)
    assert all(f"/on{number}" in site.requested_paths for number in range(len(SENT_ON)))


def make_fetching_media(url: str, folder: Path) -> dict[str, bytes]:
    """Return files that would make a careless decoder dial this address."""
    return {
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\n{url}\n#EXT-X-ENDLIST\n".encode(),
        "ffconcat": f"ffconcat version 1.0\nfile '{url}'\n".encode(),
        "sdp": b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\n"
        b"t=0 0\r\nm=video 5004 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n",
        "dash": f"<MPD><BaseURL>{url}</BaseURL></MPD>".encode(),
        "asx": f'<asx version="3.0"><entry><ref href="{url}"/></entry></asx>'.encode(),
        "svg": f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}"/></svg>'.encode(),
        "html": f'<!doctype html><img src="{url}">'.encode(),
        "hls in mp4": b"\0\0\0\x18ftypisom\0\0\0\0isommp42" + f"#EXTM3U\n{url}\n".encode(),
        "hls in wav": b"RIFF\xff\0\0\0WAVE" + f"#EXTM3U\n#EXTINF:5,\n{url}\n".encode(),
        "hls in mkv": b"\x1aE\xdf\xa3" + f"#EXTM3U\n#EXTINF:5,\n{url}\n".encode(),
    }


@pytest.mark.promise("jobs: refused-url-not-contacted")
@pytest.mark.promise("jobs: refused-leaves-nothing")
@pytest.mark.parametrize(("task", "given"), KINDS, ids=lambda each: str(each)[:30])
def test_a_file_that_names_an_address_has_nobody_dial_it(
    client: Client,
    site: Site,
    bird: LoopbackCanary,
    tmp_path: Path,
    task: str,
    given: dict[str, Any],
) -> None:
    url = f"http://127.0.0.1:{bird.port}/a.ts"
    for name, data in make_fetching_media(url, tmp_path).items():
        site.pages["/list.m3u8"] = data
        words = {"URL": site.url("/list.m3u8"), "GOOD": site.url("/good")}
        answer = client.submit(task, fill_placeholders(given, words))
        told = answer.json()
        refusal = (answer.status_code, told["code"])
        assert refusal in {(415, "unsupported_media"), (422, "media_unreadable")}, (name, told)
        assert str(bird.port) not in answer.text


def make_referring_film(path: Path, url: str) -> bytes:
    """Return a film whose data lie, by its own words, at an address: a dref that is not its own."""
    data = path.read_bytes()
    at = data.index(b"dref") - 4
    name = struct.pack(">I4sI", 12 + len(url) + 1, b"url ", 0) + url.encode() + b"\0"
    entry = struct.pack(">I4sII", 16 + len(name), b"dref", 0, 1) + name
    grown = len(entry) - struct.unpack_from(">I", data, at)[0]
    whole = bytearray(data[:at] + entry + data[at + len(entry) - grown :])
    for box in (b"moov", b"trak", b"mdia", b"minf", b"dinf"):
        place = data.rindex(box, 0, at) - 4
        struct.pack_into(">I", whole, place, struct.unpack_from(">I", data, place)[0] + grown)
    return bytes(whole)


@pytest.mark.promise("jobs: refused-url-not-contacted")
def test_a_film_whose_data_lie_elsewhere_has_nobody_look_there(
    client: Client, site: Site, bird: LoopbackCanary, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{bird.port}/data.mov"
    data = make_referring_film(write_film(tmp_path / "film.mp4"), url)
    assert url.encode() in data
    with av.open(io.BytesIO(data)) as container:
        assert container.streams.video
    site.pages["/film.mov"] = data
    given = {"prompt": "on", "videoUrl": site.url("/film.mov")}
    answer = client.submit("video.extend", given, dry=True)
    assert answer.status_code in {200, 415, 422}
    assert str(bird.port) not in answer.text


@pytest.mark.promise("jobs: refused-url-not-contacted")
def test_a_host_that_may_be_asked_is_asked_once_for_each_address(
    client: Client, site: Site
) -> None:
    before = site.requested_paths.count("/good")
    given = {"prompt": "on", "imageUrl": site.url("/good")}
    assert client.submit("image.edit", given, dry=True).status_code == 200
    assert site.requested_paths.count("/good") == before + 1


class RebindingNames:
    """A name server that answers with a public address once and with a private one after."""

    def __init__(self) -> None:
        self.asked = 0

    async def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return ["93.184.216.34"] if self.asked == 1 else ["127.0.0.1"]


class RecordingDialler(httpcore2.AsyncNetworkBackend):
    """A network backend that keeps the addresses it would have dialled."""

    def __init__(self) -> None:
        self.dialled: list[str] = []

    async def connect_tcp(self, host: str, *_: object, **__: object) -> Any:  # noqa: ANN401
        self.dialled.append(host)
        raise httpcore2.ConnectError(host)


@pytest.mark.anyio
@pytest.mark.promise("jobs: refused-url-not-contacted")
async def test_a_name_that_moves_is_dialled_where_it_was_judged_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names, dialler = RebindingNames(), RecordingDialler()
    fetcher = SafeFetch(resolver=names, dialler=dialler)
    monkeypatch.setattr(app, "build_fetcher", lambda *_: fetcher)
    data_dir = tmp_path / "data"
    async with (
        app.run_application(operator.load_settings(data_dir)) as application,
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(application.asgi), base_url="http://127.0.0.1"
        ) as http,
    ):
        made = await operator.create_account(data_dir, "5", "test", "moving")
        http.headers["Authorization"] = f"Bearer {made['apiKey']}"
        given = SPOKEN | {"imageUrl": "https://moving.example/x.png"}
        for _ in range(2):
            body = {"task": "image.edit", "input": given}
            answer = await http.post("/api/v1/media/jobs", json=body)
            assert_problem(answer, 422, "source_unreachable")
    assert (names.asked, dialler.dialled) == (2, ["93.184.216.34"])
