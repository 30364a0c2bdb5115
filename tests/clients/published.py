"""The server behind proxies that publish it under a path prefix."""

from server import Server, debate


def checks():
    yield "path prefix: the proxy may remove it or keep it", under_a_prefix
    yield "path prefix: a trusted proxy sends it as a header", as_a_proxy_says


def follow(server, prefix, through, headers=None):
    """All links lead to paths below the prefix."""
    created = server.ask("POST", f"{through}/api/v1/debates", debate(), headers)
    assert created.status == 201, created
    assert created.headers["Location"] == f"{prefix}/api/v1/debates/{created.json['debate_id']}"
    server.ask("POST", f"{through}/api/v1/debates", debate(), headers)
    page = server.ask("GET", f"{through}/api/v1/debates?limit=1", headers=headers)
    assert page.headers["Link"].startswith(f"<{prefix}/api/v1/debates?"), page.headers["Link"]
    slash = server.ask("GET", f"{through}/agents/", headers=headers)
    assert (slash.status, slash.headers["Location"]) == (307, f"{prefix}/agents"), slash.headers
    document = server.ask("GET", f"{through}/openapi.json", headers=headers).json
    assert [server["url"] for server in document["servers"]] == [prefix]
    problem = server.ask("GET", f"{through}/api/v1/debates/nothing", headers=headers)
    assert problem.headers["Content-Type"] == "application/problem+json", problem.headers
    for path in ("/", "/docs", "/redoc", "/docs/start.js"):
        page = server.ask("GET", f"{through}{path}", headers=headers).body.decode()
        page = page.replace(f'<base href="{prefix}/">', "")
        for absolute in ('href="/', 'src="/', 'url="/', 'url: "/'):
            assert absolute not in page, (path, absolute)


def under_a_prefix(fixture):
    with Server(fixture, settings={"prefix": "/synod"}) as server:
        follow(server, "/synod", "")
        follow(server, "/synod", "/synod")
        page = server.ask("GET", "/synod")
        assert (page.status, page.headers["Location"]) == (307, "/synod/"), page.headers


def as_a_proxy_says(fixture):
    said = {"X-Forwarded-Prefix": "/elsewhere"}
    with Server(fixture, settings={"proxies": ["127.0.0.0/8"]}) as server:
        follow(server, "/elsewhere", "", said)
        for hostile in ("//evil.example", "https://evil.example", "/a/../b"):
            slash = server.ask("GET", "/agents/", headers={"X-Forwarded-Prefix": hostile})
            assert slash.headers["Location"] == "/agents", slash.headers
    with Server(fixture) as server:
        slash = server.ask("GET", "/agents/", headers=said)
        assert slash.headers["Location"] == "/agents", "the header of an untrusted client is used"
