"""The server as proxies publish it: under a path of theirs."""

from house import House, debate


def checks():
    yield "published under a prefix: whether or not the proxy takes it away", under_a_prefix
    yield "published under a prefix: as a proxy that is trusted says", as_a_proxy_says


def follow(house, prefix, through, headers=None):
    """Everything that leads somewhere leads there below the prefix."""
    created = house.ask("POST", f"{through}/api/v1/debates", debate(), headers)
    assert created.status == 201, created
    assert created.headers["Location"] == f"{prefix}/api/v1/debates/{created.json['debate_id']}"
    house.ask("POST", f"{through}/api/v1/debates", debate(), headers)
    page = house.ask("GET", f"{through}/api/v1/debates?limit=1", headers=headers)
    assert page.headers["Link"].startswith(f"<{prefix}/api/v1/debates?"), page.headers["Link"]
    slash = house.ask("GET", f"{through}/agents/", headers=headers)
    assert (slash.status, slash.headers["Location"]) == (307, f"{prefix}/agents"), slash.headers
    document = house.ask("GET", f"{through}/openapi.json", headers=headers).json
    assert [server["url"] for server in document["servers"]] == [prefix]
    problem = house.ask("GET", f"{through}/api/v1/debates/nothing", headers=headers)
    assert problem.headers["Content-Type"] == "application/problem+json", problem.headers
    for path in ("/", "/docs", "/redoc", "/docs/start.js"):
        page = house.ask("GET", f"{through}{path}", headers=headers).body.decode()
        for absolute in ('href="/', 'src="/', 'url="/', 'url: "/'):
            assert absolute not in page, (path, absolute)


def under_a_prefix(stage):
    with House(stage, settings={"prefix": "/synod"}) as house:
        follow(house, "/synod", "")
        follow(house, "/synod", "/synod")
        page = house.ask("GET", "/synod")
        assert (page.status, page.headers["Location"]) == (307, "/synod/"), page.headers


def as_a_proxy_says(stage):
    said = {"X-Forwarded-Prefix": "/elsewhere"}
    with House(stage, settings={"proxies": ["127.0.0.0/8"]}) as house:
        follow(house, "/elsewhere", "", said)
        for hostile in ("//evil.example", "https://evil.example", "/a/../b"):
            slash = house.ask("GET", "/agents/", headers={"X-Forwarded-Prefix": hostile})
            assert slash.headers["Location"] == "/agents", slash.headers
    with House(stage) as house:
        slash = house.ask("GET", "/agents/", headers=said)
        assert slash.headers["Location"] == "/agents", "whoever asks is believed"
