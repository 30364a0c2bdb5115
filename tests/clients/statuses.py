"""Every documented status, one request per line."""

import contextlib
import re
import socket
from dataclasses import dataclass, field
from functools import partial

from bodies import UNKNOWN_ID
from departures import CHAT, TASK, send
from server import MODEL, Server, debate, until

PROBLEM = r"application/problem\+json"
V1 = "/api/v1/debates"


@dataclass
class Row:
    """A request and its expected response; `{…}` in a path is replaced by an id of the server."""

    ask: str
    status: int
    body: object = None
    headers: dict = field(default_factory=dict)
    says: object = None  # the whole body, or a text that it holds
    shows: dict = field(default_factory=dict)  # headers, as regular expressions

    @property
    def name(self):
        body = "" if self.body is None else f" {str(self.body)[:60]}"
        headers = f" {self.headers}" if self.headers else ""
        return f"{self.ask}{body}{headers} → {self.status}"


NOT_FOUND, NO_METHOD = {"detail": "Not Found"}, {"detail": "Method Not Allowed"}
NO_DEBATE, NO_AGENT, NO_TASK = ({"detail": f"{noun} not found"} for noun in ("Debate", "Agent", "Task"))

ADA = {"agent_id": "ada", "expertise": "an engineer who has run such systems"}

COMPAT = [
    Row("GET /agents", 200, says='"agents":['),
    Row("GET /agents/critic/status", 200, says='"agent_id":"critic"'),
    Row("GET /agents/nobody/status", 404, says=NO_AGENT),
    Row("GET /agents/%00/status", 404, says=NO_AGENT),
    Row("GET /agents/%F0%9F%A6%80/status", 404, says=NO_AGENT),
    Row("POST /agents/critic/execute", 200, TASK, says='"status":"completed"'),
    Row("POST /agents/nobody/execute", 404, TASK, says=NO_AGENT),
    Row("POST /agents/nobody/execute", 422, {"operation": 1}, says="string_type"),
    Row("POST /agents/critic/execute", 422, TASK | {"operation": "fly"}, says="critique"),
    Row("POST /agents/critic/execute", 422, TASK | {"priority": "soon"}, says="string_pattern_mismatch"),
    Row("POST /agents/critic/execute", 422, TASK | {"timeout_seconds": 0}, says="greater_than_equal"),
    Row("GET /tasks", 200, says='"tasks":['),
    Row("GET /tasks?status=completed&limit=1", 200, says='"tasks":['),
    Row("GET /tasks?limit=500", 200),
    Row("GET /tasks?limit=0", 422, says="greater_than_equal"),
    Row("GET /tasks?limit=501", 422, says="less_than_equal"),
    Row("GET /tasks?limit=x", 422, says="int_parsing"),
    Row("GET /tasks?status=sleeping", 422, says='"query","status"'),
    Row("GET /tasks/{task}", 200, says='"task_id":"{task}"'),
    Row(f"GET /tasks/{UNKNOWN_ID}", 404, says=NO_TASK),
    Row("GET /tasks/x", 404, says=NO_TASK),
    Row("POST /ollama/chat", 200, CHAT, says='"done_reason":'),
    Row("POST /ollama/chat", 404, CHAT | {"model": "nobody"}, says="ollama pull nobody"),
    Row("POST /ollama/chat", 422, {"model": MODEL}, says='"message"'),
    Row("POST /ollama/chat", 422, CHAT | {"temperature": 2.1}, says="less_than_equal"),
    Row("GET /ollama/models", 200, says=f'"name":"{MODEL}:latest"'),
    Row("POST /debate/initialize", 200, debate(), says='"status":"initialized"'),
    Row("POST /debate/initialize", 404, debate(selected_agents=["critic", "nobody"]), says="nobody"),
    Row("POST /debate/initialize", 422, {}, says='"loc":["body","debate_topic"]'),
    Row("POST /debate/initialize", 422, debate(selected_agents=["critic"]), says="selected_agents"),
    Row("POST /debate/initialize", 422, debate(selected_agents=["critic"] * 2), says="selected_agents"),
    Row("POST /debate/initialize", 422, debate(debate_topic=" "), says="debate_topic"),
    Row("POST /debate/initialize", 422, debate(debate_topic="x" * 4_097), says="debate_topic"),
    Row("POST /debate/initialize", 422, debate(debate_rules={"optoins": []}), says="options"),
    Row("POST /debate/initialize", 422, debate(debate_rules={"options": ["a", "A."]}), says="options"),
    Row("POST /debate/initialize", 422, debate(debate_rules={"min_rounds": 9}), says="min_rounds"),
    Row("POST /debate/initialize", 422, debate(debate_rules={"judge": "critic"}), says="judge"),
    Row("POST /debate/initialize", 422, "{", says="json_invalid"),
    Row("POST /debate/initialize", 422, "", says="missing"),
    Row("POST /debate/initialize", 422, '{"debate_topic":"\\ud800"}', says="detail"),
    Row("POST /debate/initialize", 422, '{"consensus_threshold":NaN}', says="detail"),
    Row("POST /debate/initialize", 422, b'{"debate_topic":"\xff"}', says="detail"),
    Row("POST /debate/initialize", 422, "[" * 100_000, says="detail"),
    Row("POST /debate/initialize", 413, b" " * (2**20 + 1)),
    Row("POST /debate/{initialized}/control", 409, {"action": "pause"}, says='"allowed":["start","stop"]'),
    Row("POST /debate/{initialized}/control", 422, {"action": "dance"}, says="string_pattern_mismatch"),
    Row("POST /debate/{initialized}/control", 422, {"action": "pause", "policy": "x"}, says="policy"),
    Row("POST /debate/{closed}/control", 409, {"action": "start"}, says='"allowed":[]'),
    Row("POST /debate/{closed}/control", 200, {"action": "stop"}, says='"action":"stop"'),
    Row(f"POST /debate/{UNKNOWN_ID}/control", 404, {"action": "start"}, says=NO_DEBATE),
    Row("POST /debate/x/control", 404, {"action": "start"}, says=NO_DEBATE),
    Row("GET /debates/{closed}", 200, says='"status":"completed"', shows={"ETag": r'W/"\d+"'}),
    Row("GET /debates/{initialized}", 200, says='"status":"initialized"', shows={"ETag": r'W/"1"'}),
    Row("GET /debates/{initialized}", 304, headers={"If-None-Match": 'W/"1"'}),
    Row(f"GET /debates/{UNKNOWN_ID}", 404, says=NO_DEBATE),
    Row("GET /debates/%00", 404, says=NO_DEBATE),
    Row("GET /system/status", 200, says='"system_status":"operational"'),
    Row("GET /health", 200, says='"status":"healthy"'),
    Row("GET /docs", 200, says="<", shows={"Content-Type": "text/html"}),
    Row("GET /redoc", 200, says="<", shows={"Content-Type": "text/html"}),
    Row("GET /openapi.json", 200, says='"openapi":"3.1', shows={"Content-Type": "application/json"}),
]

FRAME = [
    Row("GET /nowhere", 404, says=NOT_FOUND),
    Row("GET /debate", 404, says=NOT_FOUND),
    Row("GET /debate/initialize", 405, says=NO_METHOD, shows={"Allow": "POST"}),
    Row("DELETE /agents", 405, says=NO_METHOD, shows={"Allow": "GET"}),
    Row("PUT /ollama/chat", 405, says=NO_METHOD, shows={"Allow": "POST"}),
    Row("GET /agents/", 307, shows={"Location": "/agents$"}),
    Row("GET /tasks/?limit=3", 307, shows={"Location": r"/tasks\?limit=3$"}),
    Row("GET /agents", 200, headers={"Origin": "{url}"}),
    Row("GET /agents", 403, headers={"Origin": "http://evil.example"}),
    Row("GET /agents", 403, headers={"Origin": "null"}),
    Row("POST /ollama/chat", 403, CHAT, {"Origin": "http://evil.example"}),
    Row("GET /agents", 421, headers={"Host": "evil.example"}),
    Row("GET /health", 421, headers={"Host": "evil.example:8000"}),
    Row("GET /health", 200, headers={"X-Request-Id": "abc-123"}, shows={"X-Request-Id": "^abc-123$"}),
    Row("GET /health", 200, shows={"X-Request-Id": ".", "X-Response-Time": r"^\d+\.\d+$"}),
    Row("GET /nowhere", 404, shows={"X-Request-Id": ".", "X-Response-Time": r"^\d+\.\d+$"}),
]

API_V1 = [
    Row(f"GET {V1}", 200, says='"debates":['),
    Row(f"GET {V1}?limit=1", 200, shows={"Link": 'rel="?next"?'}),
    Row(f"GET {V1}?status=completed", 200),
    Row(f"GET {V1}?since=7d&before=2999-01-01", 200, says='"debates":[{'),
    Row(f"GET {V1}?since=soon", 422, says="write an age", shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}?status=asleep", 422, says='"errors":', shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}?limit=0", 422, says='"errors":', shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}?cursor=nonsense", 422, shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}", 201, debate(), says='"debate_id":', shows={"Location": "/debates/"}),
    Row(f"POST {V1}", 422, {}, says='"errors":', shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}", 404, debate(selected_agents=["critic", "nobody"]), says="nobody"),
    Row(f"GET {V1}/{{closed}}", 200, says='"status":"completed"', shows={"ETag": r'W/"\d+"'}),
    Row(f"GET {V1}/{{initialized}}", 304, headers={"If-None-Match": 'W/"1"'}),
    Row(f"GET {V1}/{UNKNOWN_ID}", 404, shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{{closed}}/events", 200, says='"seq":1,'),
    Row(f"GET {V1}/{{closed}}/events?after=-1", 422, shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{{closed}}/events?after=1000000", 422, shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{{closed}}/events?after={{last}}", 204, headers={"Accept": "text/event-stream"}),
    Row(f"GET {V1}/{UNKNOWN_ID}/events", 404, shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}/{{initialized}}/interjections", 202, {"text": "Mind the shops."}, says='"seq":'),
    Row(f"POST {V1}/{{initialized}}/interjections", 422, {"text": ""}, says='"errors":'),
    Row(f"POST {V1}/{{initialized}}/interjections", 422, {"text": "x" * 4_001}, says='"errors":'),
    Row(f"POST {V1}/{{initialized}}/interjections", 422, {}, says='"errors":'),
    Row(f"POST {V1}/{{closed}}/interjections", 409, {"text": "too late"}, shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}/{UNKNOWN_ID}/interjections", 404, {"text": "hello"}, shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}/{{initialized}}/vote", 409, shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}/{{closed}}/vote", 409, shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}/{UNKNOWN_ID}/vote", 404, shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{{closed}}/transcript", 200),
    Row(f"GET {V1}/{{closed}}/transcript?format=markdown", 200, shows={"Content-Type": "text/markdown"}),
    Row(f"GET {V1}/{{closed}}/transcript?format=json", 200, shows={"Content-Type": "application/json"}),
    Row(f"GET {V1}/{{closed}}/transcript?format=html", 200, shows={"Content-Type": "text/html"}),
    Row(f"GET {V1}/{{closed}}/transcript", 200, headers={"Accept": "text/html"}, shows={"Content-Type": "text/html"}),
    Row(f"GET {V1}/{{closed}}/transcript?format=docx", 422, shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{UNKNOWN_ID}/transcript", 404, shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{{closed}}/export", 200, shows={"Content-Type": "text/plain"}),
    Row(f"GET {V1}/{{closed}}/export", 200, headers={"Accept": "application/x-ndjson"}, says='"chain":'),
    Row(f"GET {V1}/{UNKNOWN_ID}/export", 404, shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{{closed}}/export?format=html", 200, says="synod-log", shows={"Content-Type": "text/html"}),
    Row(f"GET {V1}/{{closed}}/export?format=docx", 422, shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}/estimate", 200, debate(), says='"max_calls":'),
    Row(f"POST {V1}/estimate", 404, debate(selected_agents=["critic", "nobody"]), says="nobody"),
    Row(f"POST {V1}/estimate", 422, {}, says='"errors":', shows={"Content-Type": PROBLEM}),
    Row(f"GET {V1}/{{closed}}/shares", 404, says="shares", shows={"Content-Type": PROBLEM}),
    Row(f"POST {V1}/{{closed}}/shares", 404, says="shares", shows={"Content-Type": PROBLEM}),
    Row(f"DELETE {V1}/{{closed}}/shares/x", 404, says="shares", shows={"Content-Type": PROBLEM}),
    Row("GET /share/x/debate", 404, says="detail"),
    Row("GET /share/x/events", 404, says="detail"),
    Row("GET /api/v1/hosts", 200, says='"hosts":['),
    Row("GET /api/v1/page", 200, says='"shares":false'),
    Row(f"DELETE {V1}/{{initialized}}", 409, shows={"Content-Type": PROBLEM}),
    Row(f"DELETE {V1}/{UNKNOWN_ID}", 404, shows={"Content-Type": PROBLEM}),
    Row("GET /api/v1/agents", 200, says='"agents":['),
    Row("GET /api/v1/agents/critic", 200, says='"agent_id":"critic"'),
    Row("GET /api/v1/agents/nobody", 404, shows={"Content-Type": PROBLEM}),
    Row("POST /api/v1/agents", 201, ADA, says='"agent_id":"ada"', shows={"Location": "/agents/ada"}),
    Row("POST /api/v1/agents", 409, ADA, shows={"Content-Type": PROBLEM}),
    Row("POST /api/v1/agents", 422, {}, says='"errors":'),
    Row("POST /api/v1/agents", 422, ADA | {"agent_id": "a b"}, says='"errors":'),
    Row("POST /api/v1/agents", 422, ADA | {"agent_id": "bob", "expertise": " "}, says='"errors":'),
    Row("PATCH /api/v1/agents/ada", 200, {"voice": "loudly"}, says='"voice":"loudly"'),
    Row("PATCH /api/v1/agents/ada", 422, {"voice": 1}, says='"errors":'),
    Row("PATCH /api/v1/agents/nobody", 404, {"voice": "loudly"}, shows={"Content-Type": PROBLEM}),
    Row("GET /agents/ada/status", 200, says='"status":"idle"'),
    Row("DELETE /api/v1/agents/ada", 204),
    Row("DELETE /api/v1/agents/ada", 404, shows={"Content-Type": PROBLEM}),
    Row("GET /api/v1/schemas/debate-rules", 200, says='"min_rounds"'),
    Row("GET /api/v1/nowhere", 404, shows={"Content-Type": PROBLEM}),
    Row(f"PUT {V1}", 405, shows={"Content-Type": PROBLEM, "Allow": "GET"}),
    Row("GET /livez", 200),
    Row("GET /readyz", 200),
    Row("GET /metrics", 200, shows={"Content-Type": "text/plain"}),
]


# Covered by separate checks.
ELSEWHERE = {
    ("POST", "/debate/initialize", 409),
    ("POST", "/api/v1/debates", 409),
    ("POST", "/agents/{agent_id}/execute", 409),
    ("POST", "/ollama/chat", 409),
    ("DELETE", "/api/v1/debates/{debate_id}", 204),
    ("POST", "/api/v1/debates/{debate_id}/vote", 200),
    ("POST", "/ollama/chat", 502),
    ("GET", "/ollama/models", 503),
    # They need shares, which these servers do not allow; those of a share are answered like those of a debate.
    ("GET", "/api/v1/debates/{debate_id}/shares", 200),
    ("POST", "/api/v1/debates/{debate_id}/shares", 201),
    ("POST", "/api/v1/debates/{debate_id}/shares", 409),
    ("DELETE", "/api/v1/debates/{debate_id}/shares/{token}", 204),
    ("GET", "/share/{token}/debate", 200),
    ("GET", "/share/{token}/debate", 304),
    ("GET", "/share/{token}/events", 200),
    ("GET", "/share/{token}/events", 204),
    ("GET", "/share/{token}/events", 422),
    # Covered by `bins/synod/tests/serve/stopping.rs`.
    ("GET", "/readyz", 503),
}


def checks():
    for name, rows in (("the seed's routes", COMPAT), ("the frame", FRAME), ("/api/v1 and operations", API_V1)):
        yield f"statuses: {name}", partial(table, rows=rows)
    yield "statuses: every documented status is covered", nothing_left_out
    yield "statuses: refusals of any request", anywhere
    yield "statuses: malformed HTTP is 400 on every route", malformed
    yield "statuses: a slow body is 408 on every route with a body", slow_bodies
    yield "statuses: a large body is 413, and 503 when all bodies are too large", bodies_without_room
    yield "statuses: a vote can be called", vote
    yield "statuses: idempotency keys", idempotency
    yield "statuses: a host that is away, busy or broken", hosts
    yield "statuses: a full queue is 503 with Retry-After", full_queue
    yield "statuses: a chunked body of a megabyte is 413", chunked
    yield "statuses: malformed HTTP is a client error", no_http
    yield "statuses: a closed debate can be deleted", deletion


def table(fixture, rows):
    with Server(fixture) as server:
        closed = server.hold()
        names = {
            "closed": closed,
            "last": str(len(server.events(closed))),
            "initialized": server.initialize(),
            "task": server.ask("POST", "/agents/critic/execute", TASK).json["task_id"],
            "url": server.url,
        }
        wrong = [said for row in rows if (said := mistake(server, row, names))]
    assert not wrong, f"{len(wrong)} of {len(rows)}:\n  " + "\n  ".join(wrong)


def mistake(server, row, names):
    """None, or the error of the response."""
    method, path = filled(row.ask, names).split(" ", 1)
    headers = {name: filled(value, names) for name, value in row.headers.items()}
    try:
        answer = server.ask(method, path, row.body, headers)
    except OSError as error:
        return f"{row.name}: {error!r}"
    if answer.status != row.status:
        return f"{row.name}: {answer}"
    text = answer.body.decode(errors="replace")
    if isinstance(row.says, dict) and answer.json != row.says:
        return f"{row.name}: says {text[:200]}"
    if isinstance(row.says, str) and filled(row.says, names) not in text.replace('": ', '":'):
        return f"{row.name}: does not say {row.says}: {text[:300]}"
    for header, pattern in row.shows.items():
        value = answer.headers[header] or ""
        if not re.search(pattern, value):
            return f"{row.name}: {header} is {value!r}"
    return None


def filled(text, names):
    for name, value in names.items():
        text = text.replace("{" + name + "}", value)
    return text


def nothing_left_out(fixture):
    """The tables above contain every status of the document."""
    with Server(fixture) as server:
        paths = server.ask("GET", "/openapi.json").json["paths"]
    shown = [(*filled(row.ask, {}).split("?")[0].split(" ", 1), row.status) for row in COMPAT + API_V1]
    missing = []
    for path, methods in paths.items():
        pattern = re.compile(re.sub(r"\\\{[^}]*\\\}", r"[^/]+", re.escape(path)) + "$")
        for method, operation in methods.items():
            for status in set(map(int, operation["responses"])) - ANYWHERE - BELOW - ONLY_IN_RUST:
                here = method.upper(), path, status
                known = any(m == method.upper() and pattern.match(p) and s == status for m, p, s in shown)
                known = known or here in ELSEWHERE or status in OF_BODIES and "requestBody" in operation
                if not known and may_be(operation, status):
                    missing.append(" ".join(map(str, here)))
    assert not missing, "no row asks for\n  " + "\n  ".join(missing)


ANYWHERE = {401, 403, 421}
# Statuses of requests that have no route yet.
BELOW = {400}
# Statuses of every route with a body.
OF_BODIES = {408, 413, 503}
# Tested in `crates/http-api`: 500 in `src/router/tests.rs`, 504 in `tests/http/ollama.rs`, 507 in `tests/http/failures.rs`.
ONLY_IN_RUST = {500, 504, 507}


def anywhere(fixture):
    """Refusals of every route: an unknown origin, an unknown host, and a missing key."""
    server = Server(fixture)
    server.synod.environment["SYNOD__SERVER__API_KEY"] = "0123456789abcdef-key"
    with server:
        paths = server.ask("GET", "/openapi.json").json["paths"]
        for template, methods in paths.items():
            path = re.sub(r"\{[^}]*\}", UNKNOWN_ID, template)
            for method, operation in methods.items():
                promised = {int(status) for status in operation["responses"]} & ANYWHERE
                met = {
                    server.ask(method.upper(), path, headers=headers).status
                    for headers in ({}, {"Origin": "http://evil.example"}, {"Host": "evil.example"})
                }
                assert met & ANYWHERE == promised, (method, path, met, promised)


def operations(server):
    """Method, path and description of each operation; the path names an agent and a debate that exist."""
    names = {"agent_id": "critic", "debate_id": server.initialize(), "task_id": UNKNOWN_ID}
    for template, methods in server.ask("GET", "/openapi.json").json["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), filled(template, names), operation


def malformed(fixture):
    with Server(fixture) as server:
        both = "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"
        for method, path, operation in operations(server):
            assert "400" in operation["responses"], (method, path)
            status, _ = raw(server, f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{both}")
            assert status == 400, (method, path, status)


def promising(server, status):
    """The routes with a body. Each of them, and no other route, documents this status."""
    found = []
    for method, path, operation in operations(server):
        has_body = "requestBody" in operation
        if status in OF_BODIES - {503}:
            assert (str(status) in operation["responses"]) == has_body, (method, path)
        if has_body:
            assert str(status) in operation["responses"], (method, path)
            found.append((method, path))
    return found


def begun(server, stack, method, path, headers, body=b""):
    """A connection with an incomplete request body."""
    connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=20))
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}{headers}\r\n\r\n".encode() + body)
    return connection


def status_on(connection):
    return int(connection.recv(65_536).split(b" ", 2)[1])


def slow_bodies(fixture):
    with Server(fixture, settings={"body_seconds": 1}) as server, contextlib.ExitStack() as stack:
        asked = [
            (method, path, begun(server, stack, method, path, "Content-Length: 100", b"{"))
            for method, path in promising(server, 408)
        ]
        met = {(method, path): status_on(connection) for method, path, connection in asked}
    assert set(met.values()) == {408}, met


def bodies_without_room(fixture):
    with Server(fixture, settings={"body_bytes": 4096}) as server, contextlib.ExitStack() as stack:
        for method, path in promising(server, 413):
            refused = begun(server, stack, method, path, "Content-Length: 4097")
            assert status_on(refused) == 413, (method, path)
        routes = promising(server, 503)
        # All bodies together may take 64 times `body_bytes`.
        for _ in range(66):
            begun(server, stack, "POST", "/debate/initialize", "Content-Length: 4096", b" " * 4000)

        def is_full(method, path):
            connection = begun(server, stack, method, path, "Content-Length: 4096", b" " * 4000)
            connection.settimeout(1)
            with contextlib.suppress(TimeoutError):
                return status_on(connection) == 503
            return False

        for method, path in routes:
            until(lambda method=method, path=path: is_full(method, path), f"{method} {path} is refused")


def may_be(operation, status):
    """Whether a route can return a documented status. FastAPI documents 422 for every parameter, also for
    one without invalid values."""
    reads = "requestBody" in operation or any(p["in"] == "query" for p in operation.get("parameters", []))
    return status != 422 or reads


def vote(fixture):
    """A vote can be called during a discussion."""
    with Server(fixture, ttft_ms=50, itl_ms=5) as server:
        rules = {"options": ["yes", "no"], "min_rounds": 3}
        debate_id = server.initialize(max_rounds=3, max_iterations_per_round=10, debate_rules=rules)
        server.control(debate_id, "start")
        until(lambda: server.ask("GET", f"/debates/{debate_id}").json["stage"] == "discussion", "the discussion begins")
        answer = server.ask("POST", f"{V1}/{debate_id}/vote")
        assert answer.status == 200 and answer.json["debate_id"] == debate_id, answer
        seen = server.wait(debate_id)
        turns = [s for s in seen["statements"] if s["round"] == 1]
        assert len(turns) < 3 * 10, f"{len(turns)} statements although the vote was called"


def idempotency(fixture):
    with Server(fixture) as server:
        for path, status in (("/debate/initialize", 200), (V1, 201)):
            key = {"Idempotency-Key": f"key of {path}"}
            first = server.ask("POST", path, debate(), key)
            again = server.ask("POST", path, debate(), key)
            assert first.status == again.status == status, (first, again)
            assert first.json == again.json, "the same key makes another debate"
            other = server.ask("POST", path, debate(max_rounds=2), key)
            assert other.status == 422, other
            free = server.ask("POST", path, debate())
            assert free.json["debate_id"] != first.json["debate_id"]


def hosts(fixture):
    with Server(fixture, models=f"{MODEL},z:busy,z:error-line,z:eof,z:reset") as server:
        for model in ("z:error-line", "z:eof", "z:reset"):
            answer = server.ask("POST", "/ollama/chat", CHAT | {"model": model})
            assert answer.status == 502, f"{model}: {answer}"
        answer = server.ask("POST", "/ollama/chat", CHAT | {"model": "z:busy"})
        assert answer.status == 503, answer
        assert answer.headers["Retry-After"], "503 without Retry-After"
        server.host.kill()
        answer = server.ask("POST", "/ollama/chat", CHAT)
        assert answer.status == 503, answer
        task = server.ask("POST", "/agents/critic/execute", TASK)
        assert task.status == 200 and task.json["status"] == "failed" and task.json["error"], task
        assert server.ask("GET", "/health").status == 200
        ready = server.ask("GET", "/readyz")
        assert ready.status == 200 and "degraded" in str(ready) and "hall" in str(ready), ready
        status = lambda: server.ask("GET", "/system/status").json["system_status"]
        until(lambda: status() == "degraded", "the system says that it is degraded")
        models = server.ask("GET", "/ollama/models")
        assert models.status == 503, models


def full_queue(fixture):
    with Server(fixture, ttft_ms=60_000) as server:
        asked, places = [], 256 + 64
        for _ in range(places):
            asked.append(send(server, "/agents/critic/execute", TASK))
        until(lambda: server.host.in_service() > 0, "the host is asked")
        answers = []

        # The queue may have a free place until all requests have been read, and gains one when the first of
        # them leaves it for the host.
        def is_refused():
            asked.append(send(server, "/agents/critic/execute", TASK))
            answers.append(server.ask("POST", "/agents/critic/execute", TASK | {"timeout_seconds": 1}))
            return answers[-1].status == 503

        until(is_refused, "one more is refused")
        assert int(answers[-1].headers["Retry-After"]) > 0, answers[-1]
        for each in asked:
            each.close()
        until(lambda: server.host.in_service() == 0, "the host is left")


def chunked(fixture):
    with Server(fixture) as server:
        pieces = (b" " * 65_536 for _ in range(20))
        answer = server.ask("POST", "/debate/initialize", pieces_of(pieces), {"Transfer-Encoding": "chunked"})
        assert answer.status == 413, answer
        assert server.answers()


def pieces_of(pieces):
    """A body in chunked encoding."""
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def no_http(fixture):
    with Server(fixture) as server:
        host = f"Host: 127.0.0.1:{server.port}\r\n"
        long = "x" * 200_000
        for text in (
            "\x16\x03\x01\x02\x00\x01\x00",
            "GET /health\r\n\r\n",
            "GET /health HTTP/1.1\r\n\r\n",
            f"GET /health HTTP/1.1\r\n{host}{host}\r\n",
            f"GET /{long} HTTP/1.1\r\n{host}\r\n",
            f"GET /health HTTP/1.1\r\n{host}X-Long: {long}\r\n\r\n",
            f"POST /ollama/chat HTTP/1.1\r\n{host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        ):
            status, _ = raw(server, text)
            assert status in (400, 431), (status, text[:60])
        head = f"POST /ollama/chat HTTP/1.1\r\n{host}Content-Type: application/json\r\n"
        status, body = raw(server, f"{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert status == 400 and b"ends too early" in body and b"EOF" not in body, body
        foreign, _ = raw(server, "GET http://evil.example/health HTTP/1.0\r\n\r\n")
        assert foreign == 421, foreign
        assert server.answers()
        assert "ERROR" not in server.log(), server.log()


def raw(server, text):
    """The status and the bytes of the response to these bytes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as asked:
        with contextlib.suppress(OSError):  # refused before all of it is sent
            asked.sendall(text.encode("latin-1"))
        answer = asked.recv(65_536)
    return int(answer.split(b" ", 2)[1]), answer


def deletion(fixture):
    with Server(fixture) as server:
        debate_id = server.hold()
        answer = server.ask("DELETE", f"{V1}/{debate_id}")
        assert answer.status in (200, 204), answer
        assert server.ask("GET", f"/debates/{debate_id}").status == 404
        assert server.ask("GET", f"{V1}/{debate_id}/events").status == 404
        listed = [each["debate_id"] for each in server.ask("GET", V1).json["debates"]]
        assert debate_id not in listed, listed
