"""`/metrics`, validated by promtool."""

import subprocess

from departures import CHAT, TASK
from server import Server
from sockets import opened


def checks():
    yield "promtool reports no problem of /metrics", promtool
    yield "counters increase and never decrease", counters


def promtool(fixture):
    with Server(fixture) as server:
        accept(server.ask("GET", "/metrics"))
        server.hold()
        server.ask("POST", "/ollama/chat", CHAT)
        server.ask("POST", "/agents/critic/execute", TASK)
        server.ask("GET", "/nowhere")
        server.ask("GET", "/" + "x" * 200 + '"\\')
        with opened(server):
            accept(server.ask("GET", "/metrics"))


def accept(answer):
    assert answer.status == 200, answer
    kind = answer.headers["Content-Type"]
    assert kind.startswith("text/plain; version=0.0.4"), kind
    run = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
    said = (run.stdout + run.stderr).decode().strip()
    assert run.returncode == 0 and not said, f"{said}\n{answer.body.decode()[:1500]}"


def counters(fixture):
    """No counter decreases, and activity changes some sample."""
    with Server(fixture) as server:
        before = server.samples()
        server.hold()
        after = server.samples()
        fallen = [name for name, value in before.items() if counts(name) and after[name] < value]
        assert not fallen, fallen
        assert any("debate" in name and value != before.get(name) for name, value in after.items()), (
            "no sample tells that a debate was held"
        )


def counts(name):
    return name.split("{")[0].endswith(("_total", "_count", "_bucket"))
