"""Clients that leave: what they asked for is not worked on any more."""

import contextlib
import json
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

from house import MODEL, House, until

CHAT = {"model": MODEL, "message": "What do you think?"}
TASK = {"operation": "chat", "parameters": {"message": "What do you think?"}}


def checks():
    for way in (close, reset, half_close):
        name = way.__name__.replace("_", "-")
        yield f"a chat's client leaves in mid-answer: {name}", left(way, "/ollama/chat", CHAT, itl_ms=20)
        yield f"a chat's client leaves before the first word: {name}", left(way, "/ollama/chat", CHAT, ttft_ms=60_000)
        yield f"a task's client leaves: {name}", left(way, "/agents/critic/execute", TASK, itl_ms=20)
    yield "a client that leaves while it waits is not served", leaves_the_queue
    yield "a task's time ends the call to the host", task_deadline
    yield "a debate outlives every client", debate_stays


def send(house, path, body):
    """A socket that has asked and reads nothing."""
    text = json.dumps(body)
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{house.port}\r\nContent-Type: application/json\r\n"
    asked = socket.create_connection(("127.0.0.1", house.port))
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
    def check(stage):
        with House(stage, tokens=2_000, **host) as house:
            for _ in range(3):
                before = house.host.stats()
                with contextlib.closing(send(house, path, body)) as asked:
                    until(lambda: house.host.in_service() == 1, "the host is asked")
                    time.sleep(0.15)
                    began = time.monotonic()
                    way(asked)
                    until(lambda: house.host.in_service() == 0, "the host is left", 5)
                    took = time.monotonic() - began
                assert took < 0.5, f"the host's connection closes after {took * 1000:.0f} ms"
                now = house.host.stats()
                assert now["cancelled"] == before["cancelled"] + 1, (before, now)
            if "/execute" in path:
                tasks = house.ask("GET", "/tasks").json["tasks"]
                assert [t["status"] for t in tasks] == ["cancelled"] * 3, tasks

    return check


def leaves_the_queue(stage):
    with House(stage, tokens=2_000, itl_ms=20) as house:
        first = send(house, "/ollama/chat", CHAT)
        until(lambda: house.host.in_service() == 1, "the first is served")
        asked = [send(house, "/ollama/chat", CHAT) for _ in range(11)]
        until(lambda: waiting(house) == 11, "the others wait")
        for each in asked:
            each.close()
        until(lambda: waiting(house) == 0, "none waits", 5)
        first.close()
        until(lambda: house.host.in_service() == 0, "the host is left", 5)
        time.sleep(0.5)
        served = house.host.stats()["generations"]
        assert served == 1, f"{served} were asked for"


def waiting(house):
    return sum(value for name, value in house.samples().items() if name.startswith("synod_calls_waiting"))


def task_deadline(stage):
    with House(stage, ttft_ms=60_000) as house:
        began = time.monotonic()
        answer = house.ask("POST", "/agents/critic/execute", TASK | {"timeout_seconds": 1})
        took = time.monotonic() - began
        assert answer.status == 200 and answer.json["status"] == "timed_out", answer
        assert 0.9 < took < 2, f"{took:.2f} s"
        until(lambda: house.host.in_service() == 0, "the host is left", 0.5)


def debate_stays(stage):
    with House(stage, itl_ms=5) as house, ThreadPoolExecutor() as pool:
        debate_id = house.initialize()
        house.control(debate_id, "start")
        visits = pool.submit(lambda: [house.ask("GET", f"/debates/{debate_id}") for _ in range(20)])
        visits.result()
        assert house.wait(debate_id)["verdict"]["outcome"] == "consensus"
