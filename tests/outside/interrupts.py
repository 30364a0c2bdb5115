"""Ctrl-C, once and twice, at chosen and at random moments."""

import random
import time

import log as logs
from debates import agents, is_verified
from recount import recount
from simulator import Simulator, until
from synod import Ended, Synod, debate, interrupt

FLAGS = {"agents": agents(3), "option": ["Yes", "No"], "rounds": 3, "seed": 5, "model": "zmodel"}


def checks(_ours):
    yield "Ctrl-C once: what is being said is heard, then it ends", once
    yield "Ctrl-C twice: connections close at once", twice
    yield "Ctrl-C at thirty moments", at_many_moments


class Interrupted:
    """A debate with slow models, and the moment in which one of them speaks."""

    def __init__(self, stage, **settings):
        settings = {"ttft_ms": 20, "itl_ms": 30, "tokens": 40, "models": "zmodel"} | settings
        self.simulator = Simulator(stage.simulator, stage.folder, **settings)
        self.synod = Synod(stage.synod, stage.folder)

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
        until(lambda: self.simulator.in_service() > 0, "a model is asked")


def once(stage):
    with Interrupted(stage) as debate_:
        debate_.speaks()
        interrupt(debate_.process)
        run = Ended(debate_.process)
    ends_well(stage, run, codes=(130,))
    log = run.log
    ended = [t for t in logs.of_type(log, "turn_ended") if t["result"] == "spoke"]
    assert ended, f"what was being said is lost: {logs.kinds(log)}"
    assert all(v["cause"] == "closed" for v in logs.of_type(log, "call_voided"))


def twice(stage):
    with Interrupted(stage, itl_ms=500, tokens=200) as debate_:
        debate_.speaks()
        interrupt(debate_.process)
        time.sleep(0.1)
        assert debate_.process.poll() is None, "the first Ctrl-C ends it at once"
        began = interrupt(debate_.process)
        until(lambda: debate_.simulator.in_service() == 0, "connections close", seconds=2)
        took = time.monotonic() - began
        run = Ended(debate_.process, 10)
    assert took < 0.25, f"connections close after {took * 1000:.0f} ms"
    ends_well(stage, run, codes=(130,))
    assert logs.of_type(run.log, "call_voided"), "the call that was cut is not told"


def at_many_moments(stage):
    draw = random.Random(1)
    for attempt in range(30):
        first, second = draw.uniform(0, 1.2), draw.choice([None, draw.uniform(0, 0.3)])
        with Interrupted(stage, ttft_ms=5, itl_ms=1) as debate_:
            time.sleep(first)
            interrupt(debate_.process)
            if second is not None:
                time.sleep(second)
                interrupt(debate_.process)
            run = Ended(debate_.process, 60)
        try:
            ends_well(stage, run, codes=(0, 130))
        except AssertionError as error:
            raise AssertionError(f"attempt {attempt}, {first:.3f} s, {second}: {error}") from error


def ends_well(stage, run, codes):
    """The log that is there is whole and says how it ended."""
    assert run.code in codes, f"exit code {run.code}: {run.stderr}"
    if not run.stdout and run.code == 130:
        return  # before it began
    logs.is_sound(run.log)
    logs.keeps_its_limits(run.log)
    logs.counts_right(run.log, recount)
    if run.code == 130:
        assert logs.verdict(run.log)["outcome"] == "stopped"
    is_verified(stage, run, run.log)
