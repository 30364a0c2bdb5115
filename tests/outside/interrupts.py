"""Ctrl-C, once and twice, at fixed and at random times."""

import random
import time

import log as logs
from debates import agents, is_verified
from recount import recount
from simulator import Simulator, until
from synod import Ended, Synod, debate, interrupt, read_until

FLAGS = {"agents": agents(3), "option": ["Yes", "No"], "rounds": 3, "seed": 5, "model": "zmodel"}


def checks(_ours):
    yield "Ctrl-C once: turns in progress finish, then the debate stops", once
    yield "Ctrl-C twice: connections close at once", twice
    yield "Ctrl-C at thirty random times", at_many_moments


class Interrupted:
    """A debate with slow models."""

    def __init__(self, fixture, **settings):
        settings = {"ttft_ms": 20, "itl_ms": 30, "tokens": 40, "models": "zmodel"} | settings
        self.simulator = Simulator(fixture.simulator, fixture.folder, **settings)
        self.synod = Synod(fixture.synod, fixture.folder)

    def __enter__(self):
        self.simulator.__enter__()
        config = self.synod.settings({"hall": self.simulator.url})
        self.process = self.synod.start(*debate(**FLAGS, config=config))
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.simulator.stop()

    def speaks(self):
        # Before that, a simulator may have the load of the model in service.
        self.read = read_until(self.process, "call_started")
        until(lambda: self.simulator.in_service() > 0, "a model is asked")


def once(fixture):
    with Interrupted(fixture) as debate_:
        debate_.speaks()
        interrupt(debate_.process)
        run = Ended(debate_.process, read=debate_.read)
    ends_well(fixture, run, codes=(130,))
    log = run.log
    ended = [t for t in logs.of_type(log, "turn_ended") if t["result"] == "spoke"]
    assert ended, f"the turn in progress is lost: {logs.kinds(log)}"
    # Calls that waited for the host were not sent to it any more.
    assert all(v["cause"] in ("aborted", "closed") for v in logs.of_type(log, "call_voided"))


def twice(fixture):
    with Interrupted(fixture, itl_ms=500, tokens=200) as debate_:
        debate_.speaks()
        interrupt(debate_.process)
        time.sleep(0.1)
        assert debate_.process.poll() is None, "the first Ctrl-C ends the process at once"
        began = interrupt(debate_.process)
        until(lambda: debate_.simulator.in_service() == 0, "connections close", seconds=2)
        took = time.monotonic() - began
        run = Ended(debate_.process, 10, read=debate_.read)
    assert took < 0.25, f"connections close after {took * 1000:.0f} ms"
    ends_well(fixture, run, codes=(130,))
    assert logs.of_type(run.log, "call_voided"), "the cancelled call is not in the log"


def at_many_moments(fixture):
    draw = random.Random(1)
    for attempt in range(30):
        first, second = draw.uniform(0, 1.2), draw.choice([None, draw.uniform(0, 0.3)])
        with Interrupted(fixture, ttft_ms=5, itl_ms=1) as debate_:
            time.sleep(first)
            interrupt(debate_.process)
            if second is not None:
                time.sleep(second)
                interrupt(debate_.process)
            run = Ended(debate_.process, 60)
        try:
            ends_well(fixture, run, codes=(0, 130))
        except AssertionError as error:
            raise AssertionError(f"attempt {attempt}, {first:.3f} s, {second}: {error}") from error


def ends_well(fixture, run, codes):
    """The log is complete and has the outcome."""
    assert run.code in codes, f"exit code {run.code}: {run.stderr}"
    if not run.stdout and run.code == 130:
        return  # interrupted before the debate began
    logs.is_sound(run.log)
    logs.keeps_its_limits(run.log)
    logs.counts_right(run.log, recount)
    if run.code == 130:
        assert logs.verdict(run.log)["outcome"] == "stopped"
    is_verified(fixture, run, run.log)
