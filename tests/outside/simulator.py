"""A simulator of Ollama as a process."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request


class Simulator:
    """A context manager that runs the simulator. Settings are its environment variables, without `SIM_`."""

    def __init__(self, binary, folder, **settings):
        self.port = free_port()
        self.log = folder / f"simulator-{self.port}.jsonl"
        variables = {f"SIM_{name.upper()}": str(value) for name, value in settings.items()}
        variables |= {"SIM_ADDR": f"127.0.0.1:{self.port}", "SIM_LOG": str(self.log)}
        self.command, self.environment = [str(binary)], os.environ | variables
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(self.command, env=self.environment, **quiet)
        until(lambda: self.answers() or self.process.poll() is not None, "the simulator answers")
        assert self.process.poll() is None, f"{self.command[0]} does not start"
        return self

    def __exit__(self, *_):
        self.stop()

    def answers(self):
        try:
            return bool(self.get("/api/version"))
        except OSError:
            return False

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return json.load(answer)

    def stats(self):
        return self.get("/stats")

    def in_service(self):
        return self.stats()["active"]

    def stop(self):
        """Stops the process after its log is complete."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)

    def kill(self):
        """Kills the process, which cuts every connection."""
        self.process.kill()
        self.process.wait(10)

    def chats(self):
        """The chat calls that were served, in order of arrival. Call it after `stop`."""
        with open(self.log, encoding="utf-8") as lines:
            calls = [json.loads(line) for line in lines]
        # A prompt without messages only loads the model.
        return [call for call in calls if "<|user|>" in call["prompt"]]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(condition, what, seconds=20.0):
    """Polls a condition every few milliseconds until it holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{seconds:g} s passed before {what}"
        time.sleep(0.004)
