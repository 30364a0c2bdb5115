"""Invalid input is refused with a message that says what to do."""

import resource
import signal
import subprocess
from functools import partial

from debates import agents
from simulator import Simulator
from synod import Synod, debate

# Invalid arguments, and words that the message must contain.
REFUSED = {
    "a blank question": (debate("  \n "), ["blank"]),
    "a question of 4,097 bytes": (debate("x" * 4_097), ["4096", "question"]),
    "one agent": (debate(agents=agents(1)), ["2"]),
    "seventeen agents": (debate(model=["zmodel"] * 17), ["16"]),
    "an agent twice": (debate(agents=["critic", "critic"]), ["critic", "twice"]),
    "an unknown agent": (debate(agents=["crtic", "analyst"]), ["crtic", "critic"]),
    "an unknown model": (debate(model="zmodle"), ["zmodle", "ollama pull zmodle"]),
    "a judge who takes part": (debate(agents=agents(2), judge=agents(1)), ["judge"]),
    "one option": (debate(option=["Yes"]), ["option"]),
    "an option twice": (debate(option=["Yes", "yes."]), ["same"]),
    "a reserved option": (debate(option=["Yes", "abstain"]), ["abstain"]),
    "seven options": (debate(option=[f"Number {i}" for i in range(7)]), ["6"]),
    "a threshold of 2": (debate(threshold=2), ["threshold", "1"]),
    "a threshold that is not a number": (debate(threshold="nan"), ["threshold"]),
    "no rounds": (debate(rounds=0), ["rounds", "1"]),
    "300 rounds": (debate(rounds=300), ["rounds", "20"]),
    "a time limit of a second": (debate(time_limit=1), ["10"]),
    "a seed that is too large": (debate(seed=2**31), ["seed"]),
    "min_rounds above the rounds": (debate(rounds=1, min_rounds=2), ["rounds"]),
    "a mode that does not exist": (debate(mode="freefrom"), ["freeform"]),
    "a moderator of a structured debate": (debate(moderator="critic"), ["moderator", "autonomous"]),
    "a flag that does not exist": (debate(ruonds=3), ["ruonds", "rounds"]),
    "a config file that does not exist": (debate(config="nowhere.toml"), ["nowhere.toml"]),
    "no question": (["debate"], ["question is missing", "--file"]),
}

# Invalid configuration files.
FILES = {
    "invalid TOML": ("[agents", ["bad.toml", "line 1"]),
    "an unknown table": ("[agnets.ada]\nexpertise = 'x'\n", ["agnets", "agents"]),
    "an unknown key of an agent": ("[agents.ada]\nexpertise = 'x'\nmodle = 'y'\n", ["modle", "model"]),
    "an agent without expertise": ("[agents.ada]\nname = 'Ada'\n", ["ada", "expertise"]),
    "an unknown key of a host": ("[hosts.hall]\nurll = 'http://h'\n", ["urll", "url"]),
    "an invalid URL": ("[hosts.hall]\nurl = 'http://'\n", ["hall"]),
}

# Files that are not logs of a debate.
LOGS = {
    "an empty log": b"",
    "text that is not a log": b"hello\n",
    "half a line": b'{"v":1,"debate_id":"0193',
    "half a character": b"\xe2\x82\n",
}


def checks(_ours):
    for name, (arguments, mentions) in REFUSED.items():
        yield f"refused: {name}", partial(is_refused, arguments=arguments, mentions=mentions)
    for name, (text, mentions) in FILES.items():
        yield f"refused: settings with {name}", partial(file_is_refused, text=text, mentions=mentions)
    for name, content in LOGS.items():
        yield f"not verified: {name}", partial(is_not_verified, content=content)
    yield "not verified: a log that was tampered with", tampered
    yield "output to a full disk is an error", no_room
    yield "config init on a full disk leaves no file", no_room_for_sample


def is_refused(fixture, arguments, mentions):
    synod = Synod(fixture.synod, fixture.folder)
    with Simulator(fixture.simulator, fixture.folder, models="zmodel") as host:
        if not any(a.startswith("--config") for a in arguments):
            synod.settings({"hall": host.url})
        refused(synod.run(*arguments, seconds=20), mentions)
    assert not host.chats(), "a model was called"


def file_is_refused(fixture, text, mentions):
    synod = Synod(fixture.synod, fixture.folder)
    (fixture.folder / "bad.toml").write_text(text, encoding="utf-8")
    refused(synod.run(*debate(config="bad.toml"), seconds=20), mentions)


def refused(run, mentions):
    """The command fails with a short message and writes no log."""
    assert run.code not in (0, 130), f"exit code {run.code}"
    assert not run.stdout, f"stdout: {run.stdout[:200]}"
    message = run.stderr.replace(",", "")
    missing = [m for m in mentions if m.lower() not in message.lower()]
    assert not missing, f"{missing} not mentioned: {run.stderr}"
    assert len(run.stderr) < 1_500, f"the message is too long: {run.stderr[:300]}"


def is_not_verified(fixture, content):
    file = fixture.folder / "log.ndjson"
    file.write_bytes(content)
    run = Synod(fixture.synod, fixture.folder).run("verify", file, seconds=20)
    assert run.code not in (0, 130) and run.stderr.strip(), (run.code, run.text)


def tampered(fixture):
    """A changed vote, a removed event, a repeated event and an appended event are detected."""
    synod = Synod(fixture.synod, fixture.folder)
    with Simulator(fixture.simulator, fixture.folder, models="zmodel", agree_p=1) as host:
        synod.settings({"hall": host.url})
        flags = {"agents": agents(2), "option": ["agree", "disagree"], "rounds": 1}
        run = synod.run(*debate(**flags))
    lines = run.stdout.splitlines(keepends=True)
    ballot = next(i for i, l in enumerate(lines) if b"ballot_recorded" in l)
    moved = lines[ballot].replace(b'"option":"O1"', b'"option":"O2"')
    assert moved != lines[ballot], lines[ballot]
    changed = {
        "a changed vote": [*lines[:ballot], moved, *lines[ballot + 1 :]],
        "a removed event": lines[:ballot] + lines[ballot + 1 :],
        "a repeated event": lines[: ballot + 1] + lines[ballot:],
        "an event after the end": [*lines, lines[-1]],
    }
    for what, tampered_lines in changed.items():
        (fixture.folder / "log.ndjson").write_bytes(b"".join(tampered_lines))
        verified = synod.run("verify", fixture.folder / "log.ndjson", seconds=20)
        assert verified.code not in (0, 130), f"{what} is not detected"


def no_room(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    with Simulator(fixture.simulator, fixture.folder, models="zmodel") as host, open("/dev/full", "wb") as full:
        synod.settings({"hall": host.url})
        command = [str(synod.binary), *debate(agents=agents(2), rounds=1)]
        run = subprocess.run(
            command, cwd=synod.folder, env=synod.environment, stdin=subprocess.DEVNULL,
            stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )
    assert run.returncode == 1 and b"No space left" in run.stderr, (run.returncode, run.stderr)


def no_room_for_sample(fixture):
    """A partial file would block the next attempt."""
    synod = Synod(fixture.synod, fixture.folder)

    def take_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    run = subprocess.run(
        [str(synod.binary), "config", "init"], cwd=synod.folder, env=synod.environment,
        capture_output=True, timeout=20, check=False, preexec_fn=take_room,
    )
    assert run.returncode == 1 and b"cannot write synod.toml" in run.stderr, run.stderr
    assert not (fixture.folder / "synod.toml").exists(), "a partial file is left"
