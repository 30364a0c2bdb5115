"""Both WebSockets, with the library `websockets`."""

import asyncio
import contextlib
import json
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import websockets
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from bodies import UNKNOWN_ID
from server import PANEL, Server

DEBATES, AGENTS = "/ws/debate-updates", "/ws/agent-updates"
# A debate of several rounds without agreement, so that its log is long.
LONG = {
    "max_rounds": 4,
    "selected_agents": [*PANEL, "visionary", "skeptic"],
    "debate_rules": {"options": ["yes", "no", "later"], "min_rounds": 4},
}
BAD_MESSAGES = {
    "no JSON": "hello",
    "half of it": '{"type":"subscribe"',
    "nothing": "",
    "a list": "[]",
    "a number": "1",
    "null": "null",
    "no type": "{}",
    "a type that is no text": '{"type":1}',
    "an unknown type": '{"type":"dance"}',
    "subscribe without a debate": '{"type":"subscribe"}',
    "an invalid id": '{"type":"subscribe","debate_id":"x"}',
    "an id that is a number": '{"type":"subscribe","debate_id":7}',
    "an unknown debate": json.dumps({"type": "subscribe", "debate_id": UNKNOWN_ID}),
    "after that is not a number": json.dumps({"type": "subscribe", "debate_id": UNKNOWN_ID, "after": "x"}),
    "after below zero": json.dumps({"type": "subscribe", "debate_id": UNKNOWN_ID, "after": -1}),
    "unsubscribe without a debate": '{"type":"unsubscribe"}',
    "depth": '{"type":' * 500 + "1" + "}" * 500,
    "binary": b"\x00\xff\x00",
    "binary that is JSON": b'{"type":"subscribe"}',
}


def checks():
    yield "debate socket: the whole log of one debate, then new events", one_debate
    yield "debate socket: `after` skips events", after
    yield "debate socket: all debates", all_debates
    yield "debate socket: subscribe and unsubscribe", subscriptions
    yield "debate socket: deltas, and none with deltas=false", deltas
    yield "debate socket: an unknown debate is 404 before the upgrade", unknown_debate
    yield "debate socket: an invalid message is answered and does not close it", bad_messages
    yield "debate socket: a frame of a megabyte closes only that socket", huge_frame
    yield "debate socket: fifty sockets get the same events", fifty_sockets
    yield "debate socket: a client that stalls loses no event", stalled_reader
    yield "debate socket: short-lived clients do not disturb others", come_and_go
    yield "agent socket: the status at once, then changes of agents", agent_updates
    yield "agent socket: an invalid message does not close it", agent_socket_stays
    yield "both sockets: 30 s of silence", silence
    yield "both sockets: the connection closes after both close frames", goodbye
    yield "both sockets: 1001 when the server stops", going_away


@contextlib.contextmanager
def opened(server, path=DEBATES, **parameters):
    with connect(server.socket(path, **parameters), max_size=2**24) as ws:
        yield ws


def receive(ws, seconds=10):
    return json.loads(ws.recv(timeout=seconds))


def until_closed(ws, debate_id, seconds=60):
    """All frames until the last event of the debate."""
    frames, end = [], time.monotonic() + seconds
    while True:
        frame = receive(ws, max(0.01, end - time.monotonic()))
        frames.append(frame)
        if frame.get("type") == "debate_closed" and frame["debate_id"] == debate_id:
            return frames


def events(frames):
    return [frame for frame in frames if "seq" in frame]


def seqs(frames, debate_id=None):
    return [f["seq"] for f in events(frames) if debate_id in (None, f["debate_id"])]


def one_debate(fixture):
    with Server(fixture) as server:
        debate_id = server.initialize()
        with opened(server, debate_id=debate_id, after=0) as ws:
            first = receive(ws)
            assert (first["seq"], first["type"], first["v"]) == (1, "debate_initialized", 1), first
            assert first["debate_id"] == debate_id and first["at"].endswith("Z"), first
            server.control(debate_id, "start")
            frames = [first, *until_closed(ws, debate_id)]
        log = server.events(debate_id)
        assert events(frames) == log, "the socket and the log differ"
        assert seqs(frames) == list(range(1, len(log) + 1)), seqs(frames)
        with opened(server, debate_id=debate_id, after=0) as late:
            assert events(until_closed(late, debate_id)) == log, "who comes late sees another log"


def after(fixture):
    with Server(fixture) as server:
        debate_id = server.hold()
        m = len(server.events(debate_id))
        for cursor in (0, 1, 5, m - 1):
            with opened(server, debate_id=debate_id, after=cursor) as ws:
                assert seqs(until_closed(ws, debate_id)) == list(range(cursor + 1, m + 1)), cursor
        with opened(server, debate_id=debate_id, after=m) as ws:
            nothing_comes(ws)
        with opened(server, debate_id=debate_id, after=m + 1000) as ws:
            frame = json.loads(ws.recv(timeout=10))
            assert frame == {"type": "reset", "debate_id": debate_id, "last_seq": m}, frame
            nothing_comes(ws)
        for wrong in ("x", "-1", "1.5"):
            status = refusal(server, debate_id=debate_id, after=wrong)
            assert status == 422, f"after={wrong}: {status}"


def all_debates(fixture):
    with Server(fixture) as server:
        before = server.hold()
        with opened(server) as ws:
            one, two = server.initialize(), server.initialize()
            server.control(one, "start"), server.control(two, "start")
            frames = until_closed(ws, one)
            if not any(f["type"] == "debate_closed" and f["debate_id"] == two for f in frames):
                frames += until_closed(ws, two)
        for debate_id in (one, two):
            m = len(server.events(debate_id))
            assert seqs(frames, debate_id) == list(range(1, m + 1)), seqs(frames, debate_id)
        assert not seqs(frames, before), "earlier events are sent again"


def subscriptions(fixture):
    with Server(fixture) as server:
        first, second, third = (server.initialize() for _ in range(3))
        with opened(server, debate_id=first, after=0) as ws:
            assert receive(ws)["debate_id"] == first
            ws.send(json.dumps({"type": "subscribe", "debate_id": second, "after": 0}))
            frame = receive(ws)
            assert (frame["debate_id"], frame["seq"]) == (second, 1), frame
            ws.send(json.dumps({"type": "unsubscribe", "debate_id": first}))
            # Frames are read in order: once this one is answered, the other one was read.
            ws.send(json.dumps({"type": "subscribe", "debate_id": third, "after": 1}))
            ws.send("what is this?")
            assert receive(ws)["type"] == "error"
            server.control(first, "start")
            server.wait(first)
            server.control(second, "start")
            frames = until_closed(ws, second)
            assert {f["debate_id"] for f in frames} == {second}, "who unsubscribed still hears it"
            assert seqs(frames)[0] == 2, seqs(frames)
            server.control(third, "stop")
            frame = receive(ws)
            assert (frame["debate_id"], frame["seq"]) == (third, 2), frame
            ws.send(json.dumps({"type": "subscribe", "debate_id": first, "after": 3}))
            again = until_closed(ws, first)
            assert seqs(again) == list(range(4, 4 + len(again))), seqs(again)


def deltas(fixture):
    with Server(fixture, tokens=40, itl_ms=10) as server:
        debate_id = server.initialize()
        with opened(server, debate_id=debate_id, after=0) as loud:
            with opened(server, debate_id=debate_id, after=0, deltas="false") as quiet:
                server.control(debate_id, "start")
                heard, silent = until_closed(loud, debate_id), until_closed(quiet, debate_id)
        assert seqs(heard) == seqs(silent)
        assert all("seq" in frame for frame in silent), "a delta where none is wanted"
        said = [f for f in heard if f["type"] == "turn_delta"]
        assert said and all("at" not in f and "seq" not in f for f in said), said[:1]
        texts = {f["data"]["call"]: f["data"]["text"] for f in heard if f["type"] == "turn_ended"}
        grew = False
        for call, text in texts.items():
            built = ""
            for delta in (f["data"] for f in said if f["data"]["call"] == call):
                grew |= bool(built) and not delta["whole"]
                built = delta["text"] if delta["whole"] else built + delta["text"]
            # The end of a turn is sent before deltas that a slow reader has not read yet.
            assert text.strip().startswith(built.strip()), f"deltas make {built!r} of {text!r}"
        assert grew, "no turn was heard piece by piece"


def refusal(server, path=DEBATES, headers=None, **parameters):
    """The status with which an upgrade is refused."""
    try:
        with connect(server.socket(path, **parameters), additional_headers=headers):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def unknown_debate(fixture):
    with Server(fixture) as server:
        for wrong in (UNKNOWN_ID, "x", "", "%00"):
            status = refusal(server, debate_id=wrong)
            assert status in ((404,) if wrong else (404, 422)), f"{wrong!r}: {status}"
        answer = server.ask("GET", f"{DEBATES}?debate_id={UNKNOWN_ID}", headers=UPGRADE)
        assert answer.status == 404 and answer.json == {"detail": "Debate not found"}, answer
        assert refusal(server, headers={"Origin": "http://evil.example"}) == 403
        assert refusal(server, headers={"Origin": "null"}) == 403
        assert refusal(server, headers={"Origin": server.url}) == 101


UPGRADE = {
    "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def bad_messages(fixture):
    with Server(fixture) as server:
        debate_id = server.initialize()
        with opened(server, debate_id=debate_id, after=0) as ws:
            receive(ws)
            for name, message in BAD_MESSAGES.items():
                ws.send(message)
                frame = receive(ws)
                assert frame["type"] == "error" and isinstance(frame["detail"], str), f"{name}: {frame}"
            server.control(debate_id, "start")
            assert seqs(until_closed(ws, debate_id))[0] == 2


def huge_frame(fixture):
    with Server(fixture) as server:
        debate_id = server.initialize()
        with opened(server, debate_id=debate_id, after=0) as bystander:
            for payload in ("x" * 2**20, b"x" * 2**20):
                with opened(server, debate_id=debate_id, after=1) as ws:
                    try:
                        ws.send(payload)
                        ws.recv(timeout=10)
                        raise AssertionError("a megabyte is taken")
                    except ConnectionClosed as closed:
                        code = closed.rcvd and closed.rcvd.code
                        assert code in (1009, None), f"close code {code}"
            server.control(debate_id, "start")
            assert seqs(until_closed(bystander, debate_id))[0] == 1


def fifty_sockets(fixture):
    async def watch(server, debate_id, after):
        url = server.socket(DEBATES, debate_id=debate_id, after=after)
        frames = []
        async with websockets.connect(url) as ws:
            async for message in ws:
                frames.append(json.loads(message))
                if frames[-1]["type"] == "debate_closed":
                    return frames

    async def all_of(server, debate_id):
        watching = [asyncio.create_task(watch(server, debate_id, 0)) for _ in range(25)]
        await asyncio.sleep(0.3)
        await asyncio.to_thread(server.control, debate_id, "start")
        for _ in range(25):  # while it runs
            watching.append(asyncio.create_task(watch(server, debate_id, 0)))
            await asyncio.sleep(0.01)
        return await asyncio.wait_for(asyncio.gather(*watching), 60)

    with Server(fixture, ttft_ms=10, itl_ms=2, tokens=30) as server:
        debate_id = server.initialize(**LONG)
        seen = asyncio.run(all_of(server, debate_id))
        log = server.events(debate_id)
        assert len(log) > 60, len(log)
        for number, frames in enumerate(seen):
            assert events(frames) == log, f"socket {number} saw {seqs(frames)}"


def stalled_reader(fixture):
    with Server(fixture, tokens=4_000) as server:
        rules = LONG["debate_rules"] | {"max_tokens_per_turn": 4_096}
        debate_id = server.initialize(**LONG | {"debate_rules": rules})
        raw = socket.socket()
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        raw.connect(("127.0.0.1", server.port))
        url = server.socket(DEBATES, debate_id=debate_id, after=0)
        with connect(url, sock=raw, max_queue=1, ping_interval=None) as stalled:
            server.control(debate_id, "start")
            server.wait(debate_id, seconds=100)
            log = server.events(debate_id)
            frames = until_closed(stalled, debate_id)
        assert events(frames) == log, f"of {len(log)} events it saw {seqs(frames)}"
        for lagged in (f for f in frames if f["type"] == "lagged"):
            assert {"missed", "next_seq"} <= lagged.keys(), lagged


def come_and_go(fixture):
    with Server(fixture, ttft_ms=5, itl_ms=2, tokens=30) as server:
        debate_id = server.initialize(**LONG)
        with opened(server, debate_id=debate_id, after=0) as faithful:
            server.control(debate_id, "start")
            for visit in range(40):
                # Some disconnect silently, some close, some reset the connection.
                raw = upgraded(server, debate_id)
                if visit % 3 == 1:
                    raw.sendall(b"\x88\x82\0\0\0\0\x03\xe8")
                elif visit % 3 == 2:
                    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                raw.close()
            frames = until_closed(faithful, debate_id)
        assert events(frames) == server.events(debate_id)


def upgraded(server, debate_id):
    """A raw connection that receives frames."""
    raw = socket.create_connection(("127.0.0.1", server.port))
    head = "".join(f"{name}: {value}\r\n" for name, value in UPGRADE.items())
    path = f"{DEBATES}?debate_id={debate_id}&after=0"
    raw.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n{head}\r\n".encode())
    assert raw.recv(65_536).startswith(b"HTTP/1.1 101")
    return raw


def agent_updates(fixture):
    with Server(fixture, ttft_ms=200) as server:
        with opened(server, AGENTS) as ws:
            first = receive(ws, 2)
            assert first["event_type"] == "system_status", first
            status = first["data"]
            assert status["system_status"] in ("operational", "degraded"), status
            assert set(PANEL) <= status["agents"].keys(), status["agents"].keys()
            assert all(isinstance(n, int) for n in status["api_metrics"].values()), status
            answer = server.ask(
                "POST", "/agents/critic/execute",
                {"operation": "chat", "parameters": {"message": "What do you think?"}},
            )
            assert answer.status == 200 and answer.json["status"] == "completed", answer
            changes = []
            while not changes or changes[-1]["status"] != "idle":
                frame = receive(ws)
                assert frame["event_type"] == "agent_status", frame
                if frame["data"]["agent_id"] == "critic":
                    changes.append(frame["data"])
            assert changes[0]["status"] == "busy", [c["status"] for c in changes]
            now = server.ask("GET", "/agents/critic/status").json
            assert changes[-1] == now, f"{changes[-1]} and not {now}"
            assert now["task_count"] == now["success_count"] == 1, now


def agent_socket_stays(fixture):
    with Server(fixture) as server:
        with opened(server, AGENTS) as ws:
            receive(ws)
            for message in ("hello", "{}", b"\x00", "ping"):
                ws.send(message)
            assert ws.ping().wait(5), "no pong"


def silence(fixture):
    def debates(server, debate_id):
        with opened(server, debate_id=debate_id, after=0) as ws:
            receive(ws)
            began = time.monotonic()
            frame = receive(ws, 40)
            assert frame == {"type": "heartbeat"}, frame
            assert 25 < time.monotonic() - began < 35, time.monotonic() - began

    def agents(server):
        with opened(server, AGENTS) as ws:
            receive(ws)
            began = time.monotonic()
            frame = receive(ws, 40)
            assert frame["event_type"] == "status_update", frame
            assert 25 < time.monotonic() - began < 35, time.monotonic() - began

    with Server(fixture) as server, ThreadPoolExecutor() as pool:
        debate_id = server.initialize()
        for waiting in [pool.submit(debates, server, debate_id), pool.submit(agents, server)]:
            waiting.result()


def goodbye(fixture):
    with Server(fixture) as server:
        for path in (DEBATES, AGENTS):
            for _ in range(3):
                with opened(server, path) as ws:
                    began = time.monotonic()
                    ws.close()
                    took = time.monotonic() - began
                assert ws.protocol.close_code == 1000, ws.protocol.close_code
                assert took < 0.5, f"{path}: the connection closes after {took * 1000:.0f} ms"


def going_away(fixture):
    with Server(fixture) as server:
        debate_id = server.initialize()
        with opened(server, debate_id=debate_id, after=0) as debates, opened(server, AGENTS) as agents:
            receive(debates), receive(agents)
            began = time.monotonic()
            assert server.stop() == 0, server.log()
            took = time.monotonic() - began
            for ws in (debates, agents):
                try:
                    ws.recv(timeout=5)
                    raise AssertionError("the socket is still open")
                except ConnectionClosed as closed:
                    assert closed.rcvd and closed.rcvd.code == 1001, closed
        assert took < 10, f"it took {took:.1f} s to stop"


def nothing_comes(ws):
    try:
        frame = ws.recv(timeout=0.3)
    except TimeoutError:
        return
    raise AssertionError(f"nothing should come, but {frame}")
