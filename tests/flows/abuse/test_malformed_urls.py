"""A URL that no parser takes is refused wherever a URL can be given; nothing falls over."""

from typing import Any

import pytest

from tests.gateway import Client, assert_problem, picture_input, quote_item

MALFORMED = (
    "https://[::1",
    "https://[zz]/a",
    "https://[v1.x]/a.png",
    "https://a:99999/x",
    "https://a:b/x",
    "https://xn--/a",
    "https://a..b/x",
    "https://%5B::1/x",
    "https://@/x",
)


def list_url_requests(url: str) -> list[tuple[str, dict[str, Any]]]:
    """Return a request for every place of the REST API that takes a URL."""
    video = {"prompt": "a fox", "startFrameImageUrl": url}
    return [
        ("/api/v1/media/jobs?dryRun=1", quote_item("image.upscale", {"imageUrl": url})),
        ("/api/v1/media/jobs", quote_item("video.combine", {"clips": [{"videoUrl": url}] * 2})),
        ("/api/v1/media/jobs", picture_input() | {"webhook": {"url": url}}),
        ("/api/v1/media/quote", {"items": [quote_item("video.generate", video)]}),
        ("/api/v1/media/webhooks/test", {"url": url}),
        (
            "/api/v1/studio/agent/approval-plans/prepare",
            {"steps": [{"operation": "video.generate", "input": video}]},
        ),
    ]


@pytest.mark.promise("house: malformed-urls")
def test_the_website_of_an_affiliate_is_one(client: Client) -> None:
    asked = {"displayName": "Fox", "acceptTerms": True, "website": MALFORMED[0]}
    answer = client.http.post("/api/v1/affiliates/me/apply", json=asked)
    assert assert_problem(answer, 422, "invalid_input")["field"] == "website"


@pytest.mark.promise("house: malformed-urls")
@pytest.mark.parametrize("url", MALFORMED)
def test_a_malformed_url_is_refused_in_every_place(client: Client, url: str) -> None:
    for path, body in list_url_requests(url):
        answer = client.http.post(path, json=body)
        assert 400 <= answer.status_code < 500, (path, answer.text)
        assert answer.status_code not in {401, 403, 404, 405}, (path, answer.text)
    app = {"redirect_uris": [url], "client_name": "Fox"}
    assert client.http.post("/oauth/register", json=app).status_code < 500
    query = {"response_type": "code", "client_id": f"{url}/a", "redirect_uri": url, "state": "s"}
    assert client.http.get("/oauth/authorize", params=query).status_code < 500
    code = query | {"grant_type": "authorization_code", "code": "a", "code_verifier": "a" * 43}
    assert client.http.post("/oauth/token", data=code).status_code < 500
    for path in ("/login", "/credits", "/device"):
        assert client.http.get(path, params={"next": url, "to": url}).status_code < 500
    origin = client.http.post("/api/v1/keys", json={}, headers={"Origin": url, "Referer": url})
    assert origin.status_code < 500, origin.text
