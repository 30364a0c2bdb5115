"""The log of a debate as an event stream, read like a browser's EventSource."""

import random
import threading
import time

from bodies import UNKNOWN_ID
from event_source import EventSource
from server import Server, query
from sockets import LONG


def checks():
    yield "event stream: the whole log, then new events", whole
    yield "event stream: `after` and Last-Event-ID", cursors
    yield "event stream: a connection cut two hundred times leaves no gap and repeats nothing", cut
    yield "event stream: refusals", refused
    yield "event stream: a browser does not reconnect to a closed debate", read_to_its_end
    yield "event stream: a comment at least every ten seconds", keeps_alive
    yield "event stream: it ends when the server stops", going_away
    yield "event page: `after` and `limit`", pages


def stream(server, debate_id, headers=None, **parameters):
    path = query(f"/api/v1/debates/{debate_id}/events", **parameters)
    return EventSource(server.port, path, headers)


def until_closed(source, most_bytes=None):
    """The events of one connection, up to the last of the debate."""
    events = []
    for event in source.events(most_bytes):
        events.append(event)
        if event.type == "debate_closed":
            break
    return events


def durable(events):
    return [event.json for event in events if event.type != "turn_delta"]


def whole(fixture):
    with Server(fixture, tokens=30, itl_ms=3) as server:
        debate_id = server.initialize()
        source = stream(server, debate_id)
        response = source.connect()
        assert response.status == 200, response.status
        kind = response.getheader("Content-Type")
        assert kind.split(";")[0] == "text/event-stream", kind
        assert "no-cache" in (response.getheader("Cache-Control") or "no-store"), "it may be cached"
        server.control(debate_id, "start")
        events = until_closed(source)
        source.lose()
        assert durable(events) == server.events(debate_id)
        ids = [int(e.id) for e in events if e.type != "turn_delta"]
        assert ids == list(range(1, len(ids) + 1)), ids
        assert all(e.json["type"] == e.type for e in events)
        said = [e for e in events if e.type == "turn_delta"]
        assert said, "no delta"
        latest = 0
        for event in events:
            if event.type == "turn_delta":
                assert int(event.id) == latest, "a delta has an id of its own"
            else:
                latest = int(event.id)


def cursors(fixture):
    with Server(fixture) as server:
        debate_id = server.hold()
        m = len(server.events(debate_id))
        for headers, parameters, first in (
            ({}, {}, 1),
            ({}, {"after": 0}, 1),
            ({}, {"after": 7}, 8),
            ({"Last-Event-ID": "3"}, {}, 4),
            ({"Last-Event-ID": "0"}, {}, 1),
            # A browser sends the last id it has seen; `after` in its URL is older.
            ({"Last-Event-ID": "9"}, {"after": 2}, 10),
        ):
            source = stream(server, debate_id, headers, **parameters)
            source.connect()
            ids = [int(event.id) for event in until_closed(source)]
            source.lose()
            assert ids == list(range(first, m + 1)), f"{headers} {parameters}: {ids}"


def cut(fixture):
    draw = random.Random(1)
    with Server(fixture, ttft_ms=10, itl_ms=3, tokens=40) as server:
        debate_id = server.initialize(**LONG)
        server.control(debate_id, "start")
        source, events = stream(server, debate_id), []
        while not events or events[-1].type != "debate_closed":
            assert source.connections < 2_000, "it makes no way"
            assert source.connect().status == 200
            most = draw.choice([0, 50, 700, 2_000, 9_000]) if source.connections <= 200 else None
            events += until_closed(source, most)
            source.lose()
        log = durable(events)
        assert source.connections > 20, f"the debate was over after {source.connections}"
        assert [e["seq"] for e in log] == list(range(1, len(log) + 1)), [e["seq"] for e in log]
        assert log == server.events(debate_id)


def refused(fixture):
    with Server(fixture) as server:
        path = f"/api/v1/debates/{UNKNOWN_ID}/events"
        answer = server.ask("GET", path, headers={"Accept": "text/event-stream"})
        assert answer.status == 404, answer
        assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.headers
        debate_id = server.hold()
        source = stream(server, debate_id, {"Last-Event-ID": "what"})
        assert source.connect().status in (200, 422), "neither ignored nor refused"
        source.lose()
        for wrong in ("x", "-1"):
            source = stream(server, debate_id, after=wrong)
            assert source.connect().status == 422, wrong
            source.lose()


def read_to_its_end(fixture):
    """An EventSource reconnects after every response but 204."""
    with Server(fixture) as server:
        debate_id = server.hold()
        source, statuses = stream(server, debate_id), []
        while len(statuses) < 5 and (not statuses or statuses[-1] == 200):
            statuses.append(source.connect().status)
            for _ in source.events():
                pass
            source.lose()
        assert statuses == [200, 204], statuses


def keeps_alive(fixture):
    with Server(fixture) as server:
        debate_id = server.initialize()
        source = stream(server, debate_id)
        source.connect()
        source.connection.sock and source.connection.sock.settimeout(12)
        began = time.monotonic()
        stop = threading.Timer(22, server.control, (debate_id, "stop"))
        stop.start()
        events = until_closed(source)
        source.lose()
        assert [e.type for e in events] == ["debate_initialized", "debate_closed"]
        heard = [began, *source.comments, time.monotonic()]
        silences = [b - a for a, b in zip(heard, heard[1:], strict=False)]
        assert len(source.comments) >= 2 and max(silences) <= 10.5, silences


def going_away(fixture):
    with Server(fixture) as server:
        debate_id = server.initialize()
        source = stream(server, debate_id)
        source.connect()
        reading = source.events()
        assert next(reading).type == "debate_initialized"
        assert server.stop() == 0, server.log()
        assert list(reading) == [], "something comes after the end"


def pages(fixture):
    with Server(fixture) as server:
        debate_id = server.hold()
        path = f"/api/v1/debates/{debate_id}/events"
        log = server.events(debate_id)
        assert [e["seq"] for e in log] == list(range(1, len(log) + 1))
        page = server.ask("GET", query(path, after=3, limit=2)).json["events"]
        assert page == log[3:5], page
        for wrong in ({"after": "x"}, {"after": -1}, {"limit": 0}, {"limit": "x"}, {"limit": 10**9}):
            answer = server.ask("GET", query(path, **wrong))
            assert answer.status == 422, f"{wrong}: {answer}"
            assert answer.headers["Content-Type"].startswith("application/problem+json"), wrong
