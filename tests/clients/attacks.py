"""Peers that exhaust connections, memory or time: the server keeps serving other clients, and frees the
resources afterwards."""

import asyncio
import contextlib
import json
import resource
import socket
import struct
import time

import websockets
from server import Server
from simulator import until

KEY = "attack-0123456789abcdef"
LARGE_FILE = "/docs/swagger-ui-5.35.0.js"
MIB = 1 << 20


def checks():
    yield "attack: 1,024 unfinished bodies without the key", unfinished_bodies
    yield "attack: 1,024 unfinished bodies where no key is needed", unfinished_bodies_admitted
    yield "attack: endless bodies end on every kind of route", bodies_end
    yield "attack: a body below the minimum rate is 408", trickling_body
    yield "attack: 120 clients that do not read a large file", readers_that_do_not_read
    yield "attack: busy and quiet streams that are not read", streams_that_are_not_read
    yield "attack: a second head that is not completed", second_head
    yield "attack: a frame of 200 MiB is refused when its length is read", large_frame
    yield "attack: a message of many empty frames", empty_frames
    yield "attack: 1 MiB of JSON costs a small multiple of its size", wide_json


class Attacked(Server):
    """A server whose memory and response times are measured."""

    def __enter__(self):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
        super().__enter__()
        for _ in range(20):
            self.ask("GET", "/livez")
        self.memory_before = self.memory()
        return self

    def memory(self, field="VmRSS"):
        """The memory of the process, in bytes."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith(field))

    def serves(self, seconds=1, **headers):
        """Asserts that another client gets a response in time."""
        began = time.monotonic()
        answer = self.ask("GET", "/agents", headers=headers, seconds=seconds)
        took = time.monotonic() - began
        assert answer.status == 200 and took < seconds, f"{answer.status} after {took:.2f} s"

    def serves_for(self, seconds, **headers):
        """Asserts repeatedly that another client gets a response in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.serves(**headers)
            time.sleep(0.1)

    def grew_less_than(self, most, field="VmRSS"):
        grown = self.memory(field) - self.memory_before
        assert grown < most, f"{field} grew by {grown / MIB:.0f} MiB"

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=5)


@contextlib.contextmanager
def crowd():
    """A context manager that closes connections at its end."""
    with contextlib.ExitStack() as stack:
        yield lambda connection: stack.enter_context(connection)


def head(method, path, **headers):
    headers = {"Host": "localhost"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{method} {path} HTTP/1.1"] + [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


CHUNKED = {"Content_Type": "application/json", "Transfer_Encoding": "chunked"}


def ends(connection, seconds):
    """The bytes of the response until the connection is closed."""
    end, said = time.monotonic() + seconds, b""
    while (left := end - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            more = connection.recv(65536)
        except TimeoutError:
            break
        except ConnectionError:
            return said
        if not more:
            return said
        said += more
    raise AssertionError(f"still open after {seconds} s: {said[:200]}")


def send_unfinished(server, keep, count, **headers):
    sent = []
    for _ in range(count):
        connection = keep(server.connect())
        with contextlib.suppress(ConnectionError):
            connection.sendall(head("POST", "/debate/initialize", **CHUNKED, **headers) + b"5\r\n{\"a\":\r\n")
        sent.append(connection)
    return sent


def unfinished_bodies(fixture):
    with Attacked(fixture, key=KEY) as server, crowd() as keep:
        send_unfinished(server, keep, 1024)
        server.serves_for(3, **{"X-API-Key": KEY})
        server.grew_less_than(40 * MIB)


def unfinished_bodies_admitted(fixture):
    with Attacked(fixture) as server, crowd() as keep:
        for connection in send_unfinished(server, keep, 1024):
            with contextlib.suppress(ConnectionError):
                connection.sendall(b"1\r\n \r\n")
        send_unfinished(server, keep, 256)
        server.serves_for(3)
        server.grew_less_than(40 * MIB)


def bodies_end(fixture):
    with Attacked(fixture, key=KEY) as server, crowd() as keep:
        asked = []
        for method, path, key in (
            ("POST", "/debate/initialize", None),
            ("GET", "/livez", None),
            ("GET", "/agents", KEY),
            ("POST", "/nothing", KEY),
            ("PUT", "/agents", KEY),
            ("GET", "/docs/", None),
            ("DELETE", "/api/v1/agents/nobody", KEY),
            ("OPTIONS", "/agents", KEY),
        ):
            for length in ({"Transfer_Encoding": "chunked"}, {"Content_Length": "1000"}):
                headers = length | ({"X_API_Key": key} if key else {})
                connection = keep(server.connect())
                connection.sendall(head(method, path, **headers) + b"3\r\nabc\r\n")
                asked.append((f"{method} {path} {length}", connection))
        for name, connection in asked:
            said = ends(connection, 4)
            assert said.startswith(b"HTTP/1.1 "), (name, said)
            assert b"connection: close" in said.lower(), (name, said)


def trickling_body(fixture):
    with Attacked(fixture, settings={"body_seconds": 2}) as server, crowd() as keep:
        connection = keep(server.connect())
        connection.sendall(head("POST", "/debate/initialize", Content_Length="1000"))
        for _ in range(30):
            connection.settimeout(0.2)
            with contextlib.suppress(TimeoutError):
                if connection.recv(1, socket.MSG_PEEK):
                    break
            connection.sendall(b" ")
        said = ends(connection, 4)
        assert said.startswith(b"HTTP/1.1 408"), said
        # A body that arrives at the minimum rate is read to its end.
        connection = keep(server.connect())
        body = b'{"action":"start"}'.ljust(16384)
        path = "/debate/01930000-0000-7000-8000-000000000000/control"
        connection.sendall(head("POST", path, Content_Type="application/json", Content_Length=len(body), Connection="close"))
        for at in range(0, len(body), 1024):
            connection.sendall(body[at : at + 1024])
            time.sleep(0.25)
        assert ends(connection, 4).startswith(b"HTTP/1.1 404")


def readers_that_do_not_read(fixture):
    with Attacked(fixture, settings={"write_seconds": 3}) as server, crowd() as keep:
        readers = []
        for _ in range(120):
            connection = keep(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(head("GET", LARGE_FILE) * 4)
            readers.append(connection)
        server.serves_for(2)
        server.grew_less_than(60 * MIB)
        until(lambda: connections_of(server) <= 2, "the readers are closed", 15)
        server.grew_less_than(60 * MIB)
        # A client that reads gets the whole response.
        assert len(server.ask("GET", LARGE_FILE).body) > MIB


def streams_that_are_not_read(fixture):
    """A quiet stream ends too, once the peer's buffer is full, because bytes stay unacknowledged."""
    with Attacked(fixture, settings={"write_seconds": 3}, tokens=200, itl_ms=5, num_ctx=32_768) as server, crowd() as keep:
        # The first event is larger than the buffer of the peer, and smaller than that of the server.
        quiet, busy = server.initialize(problem_statement="x " * 6_000), server.initialize()
        for debate_id in [quiet, busy] * 20:
            connection = keep(socket.socket())
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            connection.connect(("127.0.0.1", server.port))
            connection.sendall(head("GET", f"/api/v1/debates/{debate_id}/events", Accept="text/event-stream"))
        until(lambda: connections_of(server) >= 40, "the streams are open")
        server.control(busy, "start")
        server.serves_for(1)
        until(lambda: connections_of(server) <= 2, "the streams are closed", 20)
        server.wait(busy)


def connections_of(server):
    """The number of connections of the server, as counted by the system."""
    port, held = f":{server.port:04X}", 0
    with open("/proc/net/tcp", encoding="ascii") as table:
        for line in list(table)[1:]:
            local, _, state = line.split()[1:4]
            held += local.endswith(port) and state == "01"
    return held


def second_head(fixture):
    with Attacked(fixture, settings={"head_seconds": 1, "keep_alive_seconds": 1}) as server, crowd() as keep:
        connection = keep(server.connect())
        connection.sendall(head("GET", "/livez") + b"GET /livez HT")
        began = time.monotonic()
        for byte in b"TP/1.1\r\nHost: localhost\r\nX-Slow: " + b"y" * 100:
            time.sleep(0.2)
            try:
                connection.sendall(bytes([byte]))
            except ConnectionError:
                break
        assert time.monotonic() - began < 8, "a head was read for as long as it trickled"


def large_frame(fixture):
    with Attacked(fixture) as server:
        asyncio.run(large_frames(server))


async def large_frames(server):
    for path in ("/ws/debate-updates", "/ws/agent-updates"):
        for opcode in (0x81, 0x82, 0x01):
            async with websockets.connect(server.socket(path), ping_interval=None) as peer:
                length = 200 * MIB
                wire_head = struct.pack("!BBQ", opcode, 0xFF, length) + b"\0\0\0\0"
                peer.transport.write(wire_head + b"x" * 100)
                # Refused before the payload has arrived.
                await asyncio.wait_for(peer.wait_closed(), 3)
                assert peer.close_code == 1009, (path, opcode, peer.close_code)
        async with websockets.connect(server.socket(path), ping_interval=None) as peer:
            frame = struct.pack("!BBQ", 0x81, 0xFF, 200 * MIB) + b"\0\0\0\0"
            peer.transport.write(frame)
            with contextlib.suppress(Exception):
                for _ in range(200):
                    peer.transport.write(b"x" * MIB)
                    await asyncio.sleep(0)
    server.grew_less_than(30 * MIB, "VmHWM")


def empty_frames(fixture):
    async def send(server):
        for path in ("/ws/debate-updates", "/ws/agent-updates"):
            async with websockets.connect(server.socket(path), ping_interval=None) as peer:
                peer.transport.write(bytes([0x01, 0x80, 0, 0, 0, 0]) + bytes([0, 0x80, 0, 0, 0, 0]) * 5000)
                await asyncio.wait_for(peer.wait_closed(), 3)
                assert peer.close_code == 1009, (path, peer.close_code)

    with Attacked(fixture) as server:
        asyncio.run(send(server))


def wide_json(fixture):
    ones = lambda room: "[" + ",".join(["1"] * (room // 2)) + "]"
    with Attacked(fixture) as server:
        room = MIB - 400
        base = '"debate_topic":"t","problem_statement":"p"'
        bodies = {
            "agents": "{%s,\"selected_agents\":%s}" % (base, ones(room)),
            "unknown": "{%s,\"other\":%s}" % (base, ones(room)),
            "rules": "{%s,\"selected_agents\":[],\"debate_rules\":{%s}}"
            % (base, ",".join(f'"k{n}":{n}' for n in range(room // 15))),
            "options": "{%s,\"selected_agents\":[],\"debate_rules\":{\"options\":%s}}" % (base, ones(room)),
            "nested": "{%s,\"selected_agents\":%s}" % (base, "[" * 60 + "[]," * (room // 4) + "[]" + "]" * 60),
            "text": json.dumps({"debate_topic": "t" * room}),
            "key": '{"debate_rules":{"%s":1}}' % ("k" * room),
            "number": '{"max_rounds":%s}' % ("9" * room),
            "text of a number": '{"max_rounds":"%s"}' % ("9" * room),
            "doubled": "{%s}" % ",".join(['"debate_topic":1'] * (room // 17)),
        }
        for name, body in bodies.items():
            answer = server.ask("POST", "/debate/initialize", body)
            assert answer.status == 422, (name, answer)
            assert len(answer.body) < 64 << 10, (name, len(answer.body))
        history = ",".join(["1"] * 5000)
        answer = server.ask("POST", "/ollama/chat", '{"model":"m","message":"m","conversation_history":[%s]}' % history)
        assert answer.status == 422 and "more" in answer.json["detail"][-1]["msg"], answer
        server.serves()
        server.grew_less_than(24 * MIB, "VmHWM")
