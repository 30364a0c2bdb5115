"""`synod serve` as a process, with a fake model host."""

import json
import pathlib
import signal
import subprocess
import sys

sys.path.insert(1, str(pathlib.Path(__file__).resolve().parents[1] / "outside"))

from asking import ask, query
from simulator import Simulator, free_port, until
from synod import Synod

MODEL = "zmodel"
PANEL = ["analyst", "critic", "pragmatist"]


class Server:
    """A context manager that runs the server. `settings` belong to `[server]`, the other ones to the fake host."""

    def __init__(self, fixture, arguments=(), key=None, settings=None, **host):
        host = {"models": MODEL, "tokens": 8, "agree_p": 1, "strict_models": 1} | host
        self.host = Simulator(fixture.simulator, fixture.folder, **host)
        self.synod = Synod(fixture.synod, fixture.folder)
        self.arguments = arguments
        self.settings = dict(settings or {}) | ({"api_key": key} if key else {})
        self.port = free_port()
        self.errors = fixture.folder / f"serve-{self.port}.log"

    def __enter__(self):
        self.host.__enter__()
        config = self.synod.folder / "synod.toml"
        server = "".join(f"{name} = {json.dumps(value)}\n" for name, value in self.settings.items())
        hosts = f'[hosts.hall]\nurl = "{self.host.url}"\n'
        config.write_text(f"[server]\n{server}{hosts}", encoding="utf-8")
        flags = ["serve", "--port", self.port, "--config", config, *self.arguments]
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                [str(self.synod.binary), *map(str, flags)],
                cwd=self.synod.folder, env=self.synod.environment,
                stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
            )
        until(lambda: self.process.poll() is not None or self.answers(), "the server answers")
        assert self.process.poll() is None, self.log()
        return self

    def __exit__(self, *failure):
        ended = self.process.poll() is None and self.stop()
        self.host.stop()
        if failure == (None, None, None):
            assert "panicked" not in self.log(), self.log()
            assert ended in (0, False), f"exit code {ended}: {self.log()}"

    def stop(self, seconds=20):
        """Stops the server as a service manager does, and returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"still running {seconds} s after SIGTERM") from None

    def log(self):
        return self.errors.read_text(errors="replace")[-2000:]

    def answers(self):
        try:
            return self.ask("GET", "/health").status == 200
        except OSError:
            return False

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def ask(self, method, path, body=None, headers=None, **options):
        return ask(self.port, method, path, body, headers, **options)

    def socket(self, path, **parameters):
        """The URL of a WebSocket."""
        return query(f"ws://127.0.0.1:{self.port}{path}", **parameters)

    def initialize(self, **config):
        """Initializes a debate and returns its id."""
        answer = self.ask("POST", "/debate/initialize", debate(**config))
        assert answer.status == 200, answer
        return answer.json["debate_id"]

    def control(self, debate_id, action, **more):
        answer = self.ask("POST", f"/debate/{debate_id}/control", {"action": action} | more)
        assert answer.status == 200, answer
        return answer.json

    def hold(self, **config):
        """Runs a debate to its end and returns its id."""
        debate_id = self.initialize(**config)
        self.control(debate_id, "start")
        self.wait(debate_id)
        return debate_id

    def wait(self, debate_id, status="completed", seconds=60):
        """Waits until a debate has this status, and returns the response of GET."""
        seen = {}

        def reached():
            seen.update(self.ask("GET", f"/debates/{debate_id}").json)
            return seen["status"] == status

        until(reached, f"debate {debate_id} is {status}", seconds)
        return seen

    def events(self, debate_id):
        """The log of a debate, page by page."""
        path, events = f"/api/v1/debates/{debate_id}/events", []
        while True:
            last = events[-1]["seq"] if events else 0
            answer = self.ask("GET", query(path, after=last, limit=100))
            assert answer.status == 200, answer
            page = answer.json["events"]
            if not page:
                return events
            events += page

    def samples(self):
        """The values of `/metrics`, by series."""
        lines = self.ask("GET", "/metrics").body.decode().splitlines()
        pairs = (line.rsplit(" ", 1) for line in lines if line and not line.startswith("#"))
        return {name: float(value) for name, value in pairs}


def debate(**config):
    """The request body of a short debate on a closed question."""
    rules = {"options": ["agree", "disagree"], "min_rounds": 0}
    default = {
        "debate_topic": "Should a small town close its centre to cars?",
        "problem_statement": "Shops fear for their trade.",
        "debate_mode": "structured",
        "max_rounds": 1,
        "max_iterations_per_round": 1,
        "selected_agents": PANEL,
        "debate_rules": rules,
    }
    return default | config
