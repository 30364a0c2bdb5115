"""Calls to hosts that cannot hold all models are grouped, which avoids loads."""

import re

from debates import agents, is_verified
from simulator import Simulator
from synod import Synod, debate

MODELS = ["zmodel-a", "zmodel-b", "zmodel-c"]
# Six participants: openings, ballots, statements and ballots.
CALLS = 24
FLAGS = {
    "agents": agents(6),
    "model": MODELS,
    "option": ["agree", "disagree"],
    "rounds": 1,
    "iterations": 1,
    "no_run_off": True,
}


def checks(ours):
    yield "loads of a host that holds all models are not reported", nothing_is_avoided
    if ours:
        yield "a host that holds one model, with models_at_once = 1", one_that_is_configured
        yield "a host that holds one model, without models_at_once", one_that_is_learnt
        yield "a host that holds one model, with models_at_once = 9", one_that_is_misconfigured


def nothing_is_avoided(fixture):
    run, stats = held(fixture, None, None)
    assert stats["generations"] >= CALLS, stats
    assert "avoided" not in run.stderr, run.stderr


def one_that_is_configured(fixture):
    run, stats = held(fixture, 1, 1)
    # On a busy machine, calls that begin together may arrive apart.
    assert 9 <= stats["loads"] <= 14, f"{stats['loads']} loads"
    report = re.search(r"hall: (\d+) model loads; .* avoided (\d+) more", run.stderr)
    assert report, run.stderr
    made, avoided = map(int, report.groups())
    assert made == stats["loads"] and made + avoided >= 20, (report.group(), stats["loads"])


def one_that_is_learnt(fixture):
    _, stats = held(fixture, 1, None)
    assert 9 <= stats["loads"] <= 14, f"{stats['loads']} loads"


def one_that_is_misconfigured(fixture):
    run, stats = held(fixture, 1, 9)
    assert stats["loads"] > 14, f"{stats['loads']} loads although calls are not grouped"
    assert "avoided" not in run.stderr, run.stderr


def held(fixture, holds, models_at_once):
    """Runs a debate of six participants on three models. Returns the process and the counts of the host."""
    synod = Synod(fixture.synod, fixture.folder)
    if models_at_once:
        synod.environment["SYNOD__HOSTS__HALL__MODELS_AT_ONCE"] = str(models_at_once)
    settings = {"tokens": 30, "itl_ms": 2, "models": ",".join(MODELS)}
    if holds:
        settings |= {"max_loaded_models": holds, "load_ms": 200}
    with Simulator(fixture.simulator, fixture.folder, **settings) as host:
        config = synod.settings({"hall": host.url})
        run = synod.run(*debate(**FLAGS, seed=3, config=config))
        stats = host.stats()
    assert run.code == 0, run.stderr
    is_verified(fixture, run, run.log)
    return run, stats
