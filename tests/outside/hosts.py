"""Hosts that die and models that misbehave: each costs its own voice, and the panel says so."""

from functools import partial

import log as logs
import prompts
from debates import agents, is_verified
from recount import recount
from simulator import Simulator, free_port, until
from synod import Ended, Synod, debate, read_until

YES_NO = ["agree", "disagree"]
GOOD = "zmodel"

# What a model does wrong, and what becomes of its opening and of its ballot.
WRONG = {
    "busy": ("forfeited", "none"),
    "error-line": ("forfeited", "none"),
    "reset": ("forfeited", "none"),
    "eof": ("forfeited", "none"),
    "stall": ("spoke", "none"),
    "empty": ("forfeited", "none"),
    "prose": ("spoke", "none"),
    "half-utf8": (None, None),
    "split-utf8": ("spoke", "vote"),
    "megabyte": ("spoke", "vote"),
    "foreign-ballot": ("spoke", "vote"),
    "marks": ("spoke", "vote"),
    "pass": ("forfeited", "vote"),
    "think-in-content": ("spoke", "vote"),
    "open-thought": ("spoke", "vote"),
    "endless-thought": ("forfeited", "none"),
    "channels": ("spoke", "vote"),
    "load": ("spoke", "vote"),
}


def checks(ours):
    yield "a host that dies in mid-stream costs one voice", a_host_dies
    yield "of two hosts with the same model one dies: its calls move", one_of_two_dies
    yield "the only host dies", the_only_host_dies
    yield "an unreachable host", unreachable
    yield "the first calls answer 503", busy_at_first
    if ours:
        for word, fate in WRONG.items():
            yield f"one model of three: {word}", partial(one_is_wrong, word=word, fate=fate)
        yield "nobody moves any more: deadlock", deadlock
        yield "no model can fill a ballot", nobody_votes
        yield "no model says anything", nobody_speaks


def a_host_dies(stage):
    synod = Synod(stage.synod, stage.folder)
    slow = {"itl_ms": 20, "tokens": 40, "agree_p": 1}
    near = Simulator(stage.simulator, stage.folder, models=GOOD, **slow)
    far = Simulator(stage.simulator, stage.folder, models="zfar", **slow)
    with near, far:
        config = synod.settings({"near": near.url, "far": far.url})
        models = [f"near/{GOOD}", f"near/{GOOD}", "far/zfar"]
        flags = {"agents": agents(3), "option": YES_NO, "threshold": 0.6, "rounds": 1}
        process = synod.start(*debate(**flags, model=models, seed=3, config=config))
        until(lambda: far.in_service() > 0, "the far model is asked")
        far.kill()
        run = Ended(process)
    assert run.code == 0, f"exit code {run.code}: {run.stderr}"
    ends_well(stage, run)
    panel = logs.verdict(run.log)["panel"]
    assert panel == {"asked": 3, "answered": 2, "abstained": 0, "failed": 1}, panel
    lost = [t for t in logs.of_type(run.log, "turn_ended") if t["agent_id"] == agents(3)[2]]
    assert {(t["result"], t["cause"]) for t in lost} == {("forfeited", "model_error")}, lost


def one_of_two_dies(stage):
    synod = Synod(stage.synod, stage.folder)
    slow = {"itl_ms": 20, "tokens": 40, "agree_p": 1, "models": GOOD}
    near = Simulator(stage.simulator, stage.folder, **slow)
    far = Simulator(stage.simulator, stage.folder, **slow)
    with near, far:
        config = synod.settings({"near": near.url, "far": far.url})
        flags = {"agents": agents(4), "option": YES_NO, "threshold": 0.6, "rounds": 1}
        process = synod.start(*debate(**flags, model=GOOD, seed=3, config=config))
        until(lambda: far.in_service() > 0, "the far host shares the calls")
        far.kill()
        run = Ended(process)
    assert run.code == 0, f"exit code {run.code}: {run.stderr}"
    ends_well(stage, run)
    assert "; calls may also go to " in run.stderr, run.stderr
    lost = [t for t in logs.of_type(run.log, "turn_ended") if t["result"] != "spoke"]
    assert len(lost) <= 1, f"more than the one that was speaking: {lost}"
    panel = logs.verdict(run.log)["panel"]
    assert panel["answered"] == 4, panel
    assert all(seat["pooled"] for seat in run.log[0]["data"]["participants"]), run.log[0]


def the_only_host_dies(stage):
    synod = Synod(stage.synod, stage.folder)
    with Simulator(stage.simulator, stage.folder, models=GOOD, itl_ms=10, tokens=30) as host:
        config = synod.settings({"hall": host.url})
        flags = {"agents": agents(3), "option": YES_NO, "model": GOOD, "config": config}
        process = synod.start(*debate(**flags))
        read = read_until(process, "turn_ended")
        host.kill()
        run = Ended(process, read=read)
    ends_well(stage, run)
    paused = logs.of_type(run.log, "debate_paused")
    assert [pause["reason"] for pause in paused] == ["hosts_away"], paused
    assert logs.verdict(run.log)["outcome"] == "stopped", run.log[-1]
    assert run.code == 4, f"exit code {run.code}"
    assert "hall could not be reached" in run.stderr, run.stderr
    spoke = [t for t in logs.of_type(run.log, "turn_ended") if t["result"] == "spoke"]
    assert spoke, "what was said before is lost"


def unreachable(stage):
    synod = Synod(stage.synod, stage.folder)
    url = f"http://127.0.0.1:{free_port()}"
    run = synod.run(*debate(config=synod.settings({"hall": url})))
    assert run.code not in (0, 130) and not run.stdout, (run.code, run.text)
    assert url.removeprefix("http://") in run.stderr, run.stderr
    assert len(run.stderr.strip().splitlines()) <= 4, run.stderr


def busy_at_first(stage):
    synod = Synod(stage.synod, stage.folder)
    with Simulator(stage.simulator, stage.folder, models=GOOD, fail_first=2) as host:
        config = synod.settings({"hall": host.url})
        flags = {"agents": agents(2), "option": YES_NO, "rounds": 1, "model": GOOD}
        run = synod.run(*debate(**flags, config=config))
    ends_well(stage, run)
    assert run.code == 0, run.stderr
    assert logs.verdict(run.log)["panel"]["failed"] == 0, "a retry would have had it"


def one_is_wrong(stage, word, fate):
    # What takes its time is over after the blind ballots.
    flags = {"min_rounds": 0} if word in ("busy", "stall") else {}
    run, chats = with_models(stage, [GOOD, GOOD, f"z:{word}"], **flags)
    assert run.code == 0, f"exit code {run.code}: {run.stderr}"
    wrong = agents(3)[2]
    by = lambda kind: [d for d in logs.of_type(run.log, kind) if d["agent_id"] == wrong]
    opening, ballot = by("turn_ended")[0], by("ballot_recorded")[0]
    for told, expected in zip((opening["result"], ballot["result"]), fate, strict=True):
        assert expected in (None, told), f"{told} and not {expected}: {opening['text'][:80]!r}"
    verdict = logs.verdict(run.log)
    assert verdict["outcome"] == "consensus" and verdict["answer"]["text"] == "agree", verdict
    assert verdict["panel"]["failed"] == (ballot["result"] == "none"), verdict["panel"]
    said = [t["text"] for t in by("turn_ended")]
    assert max(map(len, said)) <= 32_768, "a text is longer than it may be"
    texts = said + [c["prompt"] for c in chats]
    assert not any("Secretly" in text for text in texts), "a thought is told as a statement"
    if word == "split-utf8":
        assert all("Ça coûte 5 € – très cher 🦀." in text for text in said), said
    if word in ("split-utf8", "foreign-ballot", "marks", "megabyte", "prose", "pass"):
        prompts.extend_one_another(prompts.match(chats, run.log), run.log)


def deadlock(stage):
    run, _ = with_models(stage, [GOOD, GOOD, "z:prose"], threshold=1, rounds=9)
    verdict = logs.verdict(run.log)
    assert (verdict["outcome"], verdict["round"], verdict["votes"]) == ("deadlock", 2, 2), verdict


def nobody_votes(stage):
    run, _ = with_models(stage, ["z:prose"])
    verdict = logs.verdict(run.log)
    assert verdict["outcome"] == "quorum_lost" and verdict["panel"]["failed"] == 3, verdict
    assert len([t for t in logs.of_type(run.log, "turn_ended") if t["result"] == "spoke"]) == 3


def nobody_speaks(stage):
    run, _ = with_models(stage, ["z:empty"])
    verdict = logs.verdict(run.log)
    assert verdict["outcome"] == "quorum_lost" and verdict["panel"] is None, verdict


def with_models(stage, models, **flags):
    """A debate of three in which those who can vote agree; its process and the prompts."""
    synod = Synod(stage.synod, stage.folder)
    settings = {"tokens": 30, "agree_p": 1, "models": ",".join(dict.fromkeys(models))}
    with Simulator(stage.simulator, stage.folder, **settings) as host:
        config = synod.settings({"hall": host.url})
        flags = {"agents": agents(3), "option": YES_NO, "threshold": 0.6, "rounds": 2} | flags
        run = synod.run(*debate(**flags, model=models, seed=3, time_limit=10, config=config))
    ends_well(stage, run)
    return run, host.chats()


def ends_well(stage, run):
    logs.is_sound(run.log)
    logs.keeps_its_limits(run.log)
    logs.counts_right(run.log, recount)
    is_verified(stage, run, run.log)
