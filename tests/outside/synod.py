"""The command `synod` as a process."""

import json
import os
import signal
import subprocess
import time

# Names that do not occur in prompts by chance.
AGENTS = {
    "zerlinda": ("Zerlinda Vossberg", "an economist who counts what things cost"),
    "quillon": ("Quillon Ashgrove", "a physician who asks what does harm"),
    "mortimer": ("Mortimer Hollenbeck", "an engineer who wants it simple"),
    "xanthippe": ("Xanthippe Oddfellow", "a lawyer who looks for what is fair"),
    "baldric": ("Baldric Quimby", "a teacher who explains with examples"),
    "hesperia": ("Hesperia Dunmore", "a judge who weighs both sides"),
}


class Synod:
    """The binary in a folder of its own, isolated from the user's configuration."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "LANG", "TMPDIR")}
        self.environment = keep | {"HOME": str(folder), "NO_COLOR": "1", "RUST_BACKTRACE": "0"}

    def settings(self, hosts, name="synod.toml"):
        """Writes a configuration file with these hosts by name and the agents above."""
        host = '[hosts.{}]\nurl = "{}"\naway_seconds = 5\n'
        text = "".join(host.format(name, url) for name, url in hosts.items())
        for agent, (full_name, expertise) in AGENTS.items():
            text += f'[agents.{agent}]\nname = "{full_name}"\nexpertise = "{expertise}"\n'
        (self.folder / name).write_text(text, encoding="utf-8")
        return self.folder / name

    def start(self, *arguments, stdin=subprocess.DEVNULL):
        pipes = {"stdin": stdin, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [str(self.binary), *map(str, arguments)]
        place = {"cwd": self.folder, "env": self.environment}
        return subprocess.Popen(command, bufsize=0, **place, **pipes)

    def run(self, *arguments, seconds=120):
        return Ended(self.start(*arguments), seconds)

    def verify(self, run):
        """Runs `synod verify` on the log of a run."""
        file = self.folder / "verified.ndjson"
        file.write_bytes(run.stdout)
        return self.run("verify", file)


class Ended:
    """A process that has ended, with its output; `read` is output that was read before."""

    def __init__(self, process, seconds=120, read=b""):
        try:
            stdout, stderr = process.communicate(timeout=seconds)
            self.stdout = read + (stdout or b"")
        except subprocess.TimeoutExpired:
            process.kill()
            stdout, _ = process.communicate()
            raise AssertionError(f"not done after {seconds} s: {stdout[-300:]!r}") from None
        self.code, self.stderr = process.returncode, stderr.decode()
        assert "panicked" not in self.stderr, self.stderr
        assert self.code >= 0, f"killed by signal {-self.code}"

    @property
    def text(self):
        return self.stdout.decode()

    @property
    def log(self):
        assert self.stdout, f"no output, but: {self.stderr}"
        assert self.stdout.endswith(b"\n"), "the last line is incomplete"
        return [json.loads(line) for line in self.stdout.decode().splitlines()]


def debate(question="Should a small town close its centre to cars?", **flags):
    """The arguments of a debate that writes its log to stdout. `min_rounds=0` becomes
    `--min-rounds=0`; a list repeats its flag."""
    arguments = ["debate", question]
    for flag, value in ({"output": "ndjson"} | flags).items():
        values = value if isinstance(value, list) else [value]
        name = "--" + flag.replace("_", "-")
        for value in values:
            arguments += [name] if value is True else [f"{name}={value}"]
    return arguments


def read_until(process, kind):
    """Reads the output of a process up to the first event of this type."""
    read = b""
    while f'"type":"{kind}"'.encode() not in read:
        line = process.stdout.readline()
        assert line, f"the log ends before {kind}"
        read += line
    return read


def interrupt(process):
    process.send_signal(signal.SIGINT)
    return time.monotonic()
