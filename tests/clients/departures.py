"""Work for clients that disconnect is cancelled."""

import contextlib
import json
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

from server import MODEL, Server, until

CHAT = {"model": MODEL, "message": "What do you think?"}
TASK = {"operation": "chat", "parameters": {"message": "What do you think?"}}


def checks():
    for way in (close, reset, half_close):
        name = way.__name__.replace("_", "-")
        yield f"a client disconnects in mid-reply of a chat: {name}", left(way, "/ollama/chat", CHAT, itl_ms=20)
        yield f"a client disconnects before a chat begins: {name}", left(way, "/ollama/chat", CHAT, ttft_ms=60_000)
        yield f"a client of a task disconnects: {name}", left(way, "/agents/critic/execute", TASK, itl_ms=20)
    yield "a client that disconnects in the queue is not served", leaves_the_queue
    yield "the deadline of a task ends the call to the host", task_deadline
    yield "a debate continues without clients", debate_stays


def send(server, path, body):
    """A socket that has sent a request and reads nothing."""
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Type: application/json\r\n"
    asked = socket.create_connection(("127.0.0.1", server.port))
    asked.sendall(f"{head}Content-Length: {len(text)}\r\n\r\n{text}".encode())
    return asked


def close(asked):
    asked.close()


def reset(asked):
    asked.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    asked.close()


def half_close(asked):
    asked.shutdown(socket.SHUT_WR)


def left(way, path, body, **host):
    def check(fixture):
        with Server(fixture, tokens=2_000, **host) as server:
            for _ in range(3):
                before = server.host.stats()
                with contextlib.closing(send(server, path, body)) as asked:
                    until(lambda: server.host.in_service() == 1, "the host is asked")
                    time.sleep(0.15)
                    began = time.monotonic()
                    way(asked)
                    until(lambda: server.host.in_service() == 0, "the host is left", 5)
                    took = time.monotonic() - began
                assert took < 0.5, f"the host's connection closes after {took * 1000:.0f} ms"
                now = server.host.stats()
                assert now["cancelled"] == before["cancelled"] + 1, (before, now)
            if "/execute" in path:
                tasks = server.ask("GET", "/tasks").json["tasks"]
                assert [t["status"] for t in tasks] == ["cancelled"] * 3, tasks

    return check


def leaves_the_queue(fixture):
    with Server(fixture, tokens=2_000, itl_ms=20) as server:
        first = send(server, "/ollama/chat", CHAT)
        until(lambda: server.host.in_service() == 1, "the first is served")
        asked = [send(server, "/ollama/chat", CHAT) for _ in range(11)]
        until(lambda: waiting(server) == 11, "the others wait")
        for each in asked:
            each.close()
        until(lambda: waiting(server) == 0, "none waits", 5)
        first.close()
        until(lambda: server.host.in_service() == 0, "the host is left", 5)
        time.sleep(0.5)
        served = server.host.stats()["generations"]
        assert served == 1, f"{served} were asked for"


def waiting(server):
    return sum(value for name, value in server.samples().items() if name.startswith("synod_calls_waiting"))


def task_deadline(fixture):
    with Server(fixture, ttft_ms=60_000) as server:
        began = time.monotonic()
        answer = server.ask("POST", "/agents/critic/execute", TASK | {"timeout_seconds": 1})
        took = time.monotonic() - began
        assert answer.status == 200 and answer.json["status"] == "timed_out", answer
        assert 0.9 < took < 2, f"{took:.2f} s"
        until(lambda: server.host.in_service() == 0, "the host is left", 0.5)


def debate_stays(fixture):
    with Server(fixture, itl_ms=5) as server, ThreadPoolExecutor() as pool:
        debate_id = server.initialize()
        server.control(debate_id, "start")
        visits = pool.submit(lambda: [server.ask("GET", f"/debates/{debate_id}") for _ in range(20)])
        visits.result()
        assert server.wait(debate_id)["verdict"]["outcome"] == "consensus"
