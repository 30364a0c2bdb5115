"""Hosts that cannot hold the models of all participants: calls are grouped, and loads avoided."""

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
    yield "a host that holds all models is not told of", nothing_is_avoided
    if ours:
        yield "a host that holds one model and is said to", one_that_is_told
        yield "a host that holds one model and is not", one_that_is_learnt
        yield "a host that holds one model and is said to hold all", one_that_is_misjudged


def nothing_is_avoided(stage):
    run, stats = held(stage, None, None)
    assert stats["generations"] >= CALLS, stats
    assert "avoided" not in run.stderr, run.stderr


def one_that_is_told(stage):
    run, stats = held(stage, 1, 1)
    # By the clock of a busy machine calls that begin together may come apart.
    assert 9 <= stats["loads"] <= 14, f"{stats['loads']} loads"
    told = re.search(r"hall made (\d+) loads; .* has avoided (\d+) more", run.stderr)
    assert told, run.stderr
    made, avoided = map(int, told.groups())
    assert made == stats["loads"] and made + avoided >= 20, (told.group(), stats["loads"])


def one_that_is_learnt(stage):
    _, stats = held(stage, 1, None)
    assert 9 <= stats["loads"] <= 14, f"{stats['loads']} loads"


def one_that_is_misjudged(stage):
    run, stats = held(stage, 1, 9)
    assert stats["loads"] > 14, f"{stats['loads']} loads: what is it grouped for?"
    assert "avoided" not in run.stderr, run.stderr


def held(stage, holds, told):
    """A debate among six with three models; its process, and what the host counted."""
    synod = Synod(stage.synod, stage.folder)
    if told:
        synod.environment["SYNOD__HOSTS__HALL__MODELS_AT_ONCE"] = str(told)
    settings = {"tokens": 30, "itl_ms": 2, "models": ",".join(MODELS)}
    if holds:
        settings |= {"max_loaded_models": holds, "load_ms": 200}
    with Simulator(stage.simulator, stage.folder, **settings) as host:
        config = synod.settings({"hall": host.url})
        run = synod.run(*debate(**FLAGS, seed=3, config=config))
        stats = host.stats()
    assert run.code == 0, run.stderr
    is_verified(stage, run, run.log)
    return run, stats
