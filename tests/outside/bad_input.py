"""What cannot be meant is refused in a sentence that says what to do."""

import resource
import signal
import subprocess
from functools import partial

from debates import agents
from simulator import Simulator
from synod import Synod, debate

# Arguments that are refused, and what the refusal must mention.
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
    "a threshold that is no number": (debate(threshold="nan"), ["threshold"]),
    "no rounds": (debate(rounds=0), ["rounds", "1"]),
    "300 rounds": (debate(rounds=300), ["rounds", "20"]),
    "a time limit of a second": (debate(time_limit=1), ["10"]),
    "a seed that is too large": (debate(seed=2**31), ["seed"]),
    "more rounds asked for than held": (debate(rounds=1, min_rounds=2), ["rounds"]),
    "a mode that does not exist": (debate(mode="freefrom"), ["freeform"]),
    "a moderator of a structured debate": (debate(moderator="critic"), ["moderator", "autonomous"]),
    "a flag that does not exist": (debate(ruonds=3), ["ruonds", "rounds"]),
    "a config file that does not exist": (debate(config="nowhere.toml"), ["nowhere.toml"]),
    "no question": (["debate"], ["question is missing", "--file"]),
}

# Files of settings that are refused.
FILES = {
    "no TOML": ("[agents", ["bad.toml", "line 1"]),
    "an unknown table": ("[agnets.ada]\nexpertise = 'x'\n", ["agnets", "agents"]),
    "an unknown key of an agent": ("[agents.ada]\nexpertise = 'x'\nmodle = 'y'\n", ["modle", "model"]),
    "an agent without expertise": ("[agents.ada]\nname = 'Ada'\n", ["ada", "expertise"]),
    "an unknown key of a host": ("[hosts.hall]\nurll = 'http://h'\n", ["urll", "url"]),
    "an URL that is none": ("[hosts.hall]\nurl = 'http://'\n", ["hall"]),
}

# Logs that are no logs of a debate.
LOGS = {
    "an empty log": b"",
    "no log at all": b"hello\n",
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
    yield "there is no room for the output", no_room
    yield "there is no room for the sample of settings", no_room_for_sample


def is_refused(stage, arguments, mentions):
    synod = Synod(stage.synod, stage.folder)
    with Simulator(stage.simulator, stage.folder, models="zmodel") as host:
        if not any(a.startswith("--config") for a in arguments):
            synod.settings({"hall": host.url})
        refused(synod.run(*arguments, seconds=20), mentions)
    assert not host.chats(), "a model was asked all the same"


def file_is_refused(stage, text, mentions):
    synod = Synod(stage.synod, stage.folder)
    (stage.folder / "bad.toml").write_text(text, encoding="utf-8")
    refused(synod.run(*debate(config="bad.toml"), seconds=20), mentions)


def refused(run, mentions):
    """It ends with an error, writes no log, and says in few words what to change."""
    assert run.code not in (0, 130), f"exit code {run.code}"
    assert not run.stdout, f"stdout: {run.stdout[:200]}"
    said = run.stderr.replace(",", "")
    missing = [m for m in mentions if m.lower() not in said.lower()]
    assert not missing, f"{missing} not mentioned: {run.stderr}"
    assert len(run.stderr) < 1_500, f"too much to read: {run.stderr[:300]}"


def is_not_verified(stage, content):
    file = stage.folder / "log.ndjson"
    file.write_bytes(content)
    run = Synod(stage.synod, stage.folder).run("verify", file, seconds=20)
    assert run.code not in (0, 130) and run.stderr.strip(), (run.code, run.text)


def tampered(stage):
    """A vote moved to another option, an event left out, an event twice."""
    synod = Synod(stage.synod, stage.folder)
    with Simulator(stage.simulator, stage.folder, models="zmodel", agree_p=1) as host:
        synod.settings({"hall": host.url})
        flags = {"agents": agents(2), "option": ["agree", "disagree"], "rounds": 1}
        run = synod.run(*debate(**flags))
    lines = run.stdout.splitlines(keepends=True)
    ballot = next(i for i, l in enumerate(lines) if b"ballot_recorded" in l)
    moved = lines[ballot].replace(b'"option":"O1"', b'"option":"O2"')
    assert moved != lines[ballot], lines[ballot]
    changed = {
        "a vote moved": [*lines[:ballot], moved, *lines[ballot + 1 :]],
        "an event left out": lines[:ballot] + lines[ballot + 1 :],
        "an event twice": lines[: ballot + 1] + lines[ballot:],
        "something after the end": [*lines, lines[-1]],
    }
    for what, tampered_lines in changed.items():
        (stage.folder / "log.ndjson").write_bytes(b"".join(tampered_lines))
        verified = synod.run("verify", stage.folder / "log.ndjson", seconds=20)
        assert verified.code not in (0, 130), f"{what} is not noticed"


def no_room(stage):
    synod = Synod(stage.synod, stage.folder)
    with Simulator(stage.simulator, stage.folder, models="zmodel") as host, open("/dev/full", "wb") as full:
        synod.settings({"hall": host.url})
        command = [str(synod.binary), *debate(agents=agents(2), rounds=1)]
        run = subprocess.run(
            command, cwd=synod.folder, env=synod.environment, stdin=subprocess.DEVNULL,
            stdout=full, stderr=subprocess.PIPE, timeout=60, check=False,
        )
    assert run.returncode == 1 and b"No space left" in run.stderr, (run.returncode, run.stderr)


def no_room_for_sample(stage):
    """Nothing half is left, which would be in the way of the next attempt."""
    synod = Synod(stage.synod, stage.folder)

    def take_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

    run = subprocess.run(
        [str(synod.binary), "config", "init"], cwd=synod.folder, env=synod.environment,
        capture_output=True, timeout=20, check=False, preexec_fn=take_room,
    )
    assert run.returncode == 1 and b"cannot write synod.toml" in run.stderr, run.stderr
    assert not (stage.folder / "synod.toml").exists(), "half a file is left"
