"""What Prometheus reads, judged by Prometheus' own tool."""

import subprocess

from departures import CHAT, TASK
from house import House
from sockets import opened


def checks():
    yield "promtool finds nothing to say about /metrics", promtool
    yield "counters count", counters


def promtool(stage):
    with House(stage) as house:
        accept(house.ask("GET", "/metrics"))
        house.hold()
        house.ask("POST", "/ollama/chat", CHAT)
        house.ask("POST", "/agents/critic/execute", TASK)
        house.ask("GET", "/nowhere")
        house.ask("GET", "/" + "x" * 200 + '"\\')
        with opened(house):
            accept(house.ask("GET", "/metrics"))


def accept(answer):
    assert answer.status == 200, answer
    kind = answer.headers["Content-Type"]
    assert kind.startswith("text/plain; version=0.0.4"), kind
    run = subprocess.run(["promtool", "check", "metrics"], input=answer.body, capture_output=True, check=False)
    said = (run.stdout + run.stderr).decode().strip()
    assert run.returncode == 0 and not said, f"{said}\n{answer.body.decode()[:1500]}"


def counters(stage):
    """No sample goes down, and what happened shows in some sample."""
    with House(stage) as house:
        before = house.samples()
        house.hold()
        after = house.samples()
        fallen = [name for name, value in before.items() if counts(name) and after[name] < value]
        assert not fallen, fallen
        assert any("debate" in name and value != before.get(name) for name, value in after.items()), (
            "no sample tells that a debate was held"
        )


def counts(name):
    return name.split("{")[0].endswith(("_total", "_count", "_bucket"))
