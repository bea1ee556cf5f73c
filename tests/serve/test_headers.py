"""What every reply forbids a browser, and whose requests are refused."""

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from raglan.serve.addresses import known_as
from raglan.serve.headers import POLICY, OwnSite, SafeHeaders

OWN = "http://127.0.0.1:8080"


def asked(method="GET", path="/v1/x", hosts=("localhost",), origins=(), base=OWN, **headers):
    made = OwnSite(SafeHeaders(PlainTextResponse("seen")), hosts=hosts, origins=origins)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return TestClient(made, base_url=base).request(method, path, headers=named)


def test_every_reply_has_them(client):
    for path in ("/", "/static/page.js", "/v1/about", "/v1/documents/none", "/none", "/healthz", "/openapi.json"):
        headers = client.get(path).headers
        assert headers["content-security-policy"] == POLICY
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "access-control-allow-origin" not in headers
        assert "server" not in headers
    assert client.get("/v1/about").headers["cache-control"] == "no-store"


def test_only_over_https_is_more_asked_for():
    assert "strict-transport-security" not in asked().headers
    secure = TestClient(SafeHeaders(PlainTextResponse("x")), base_url="https://a").get("/")
    assert "max-age" in secure.headers["strict-transport-security"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8080", "[::1]:8080", "127.9.9.9"])
def test_its_own_names_are_answered(host):
    assert asked(host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "",
        "192.168.0.1",
        "localhost@evil",
        "localhost:x",
        "a b",
        "[::1",
        "::1:80",
    ],
)
def test_other_names_are_not(host):
    """A name of somebody else's that leads to this machine (DNS rebinding)."""
    reply = asked(host=host)
    assert reply.status_code == 421
    assert reply.json()["error"]["code"] == "host"
    assert asked(host=host, path="/healthz").status_code == 200


def test_names_can_be_added_and_any_be_allowed():
    assert asked(hosts=("localhost", "raglan.example"), host="raglan.example:443").status_code == 200
    assert asked(hosts=None, host="whatever").status_code == 200
    assert asked(hosts=("raglan.example",), host="127.0.0.1").status_code == 421
    assert known_as("127.0.0.1") == frozenset({"localhost"})
    assert known_as("0.0.0.0") is None


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:9999", "http://[", ""])
def test_pages_of_other_sites_may_not_ask(method, origin):
    reply = asked(method, origin=origin)
    assert reply.status_code == 403
    assert reply.text != "seen"
    assert "access-control-allow-origin" not in reply.headers


def test_its_own_page_may():
    assert asked("POST", origin=OWN).status_code == 200
    assert asked("POST", origins=("https://intranet.example",), origin="https://intranet.example").status_code == 200
    behind = asked("POST", hosts=("localhost", "raglan.example"), origin="https://raglan.example")
    assert behind.status_code == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_browser_fetches_for_another_site_is_refused(site):
    assert asked(sec_fetch_site=site, sec_fetch_mode="no-cors").status_code == 403
    assert asked(sec_fetch_site=site, sec_fetch_mode="navigate", path="/v1/files/a").status_code == 403
    assert asked(sec_fetch_site=site, sec_fetch_mode="navigate", path="/").status_code == 200
    assert asked(sec_fetch_site="same-origin").status_code == 200
    assert asked(sec_fetch_site="none").status_code == 200


def test_a_site_that_was_named_may_read(service):
    from raglan.serve.app import app
    from raglan.serve.guard import Guard

    made = app(service, Guard(origins=("https://intranet.example",)))
    with TestClient(made, base_url=OWN) as client:
        reply = client.get("/v1/about", headers={"origin": "https://intranet.example"})
        assert reply.headers["access-control-allow-origin"] == "https://intranet.example"
        assert "access-control-allow-credentials" not in reply.headers
        asks = {
            "origin": "https://intranet.example",
            "access-control-request-method": "DELETE",
            "access-control-request-headers": "authorization",
        }
        assert client.options("/v1/documents/a", headers=asks).status_code == 200
        assert client.options("/v1/documents/a", headers={**asks, "origin": "https://evil"}).status_code == 403
