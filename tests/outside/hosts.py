"""Hosts that die and models that misbehave cost one participant, which the panel shows."""

from functools import partial

import log as logs
import prompts
from debates import agents, is_verified
from recount import recount
from simulator import Simulator, free_port, until
from synod import Ended, Synod, debate, read_until

YES_NO = ["agree", "disagree"]
GOOD = "zmodel"

# Misbehaviour of a model, with the results of its opening and its ballot.
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
    yield "a host that dies in mid-stream costs one participant", a_host_dies
    yield "calls of a dead host move to a host with the same model", one_of_two_dies
    yield "a debate whose only host dies stays paused in a pipe", the_only_host_dies
    yield "an unreachable host is named in the error", unreachable
    yield "calls are repeated after 503", busy_at_first
    if ours:
        for word, fate in WRONG.items():
            yield f"one model of three: {word}", partial(one_is_wrong, word=word, fate=fate)
        yield "unchanged votes end as a deadlock", deadlock
        yield "ballots that are all unreadable end as quorum_lost", nobody_votes
        yield "replies that are all empty end as quorum_lost", nobody_speaks


def a_host_dies(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    slow = {"itl_ms": 20, "tokens": 40, "agree_p": 1}
    near = Simulator(fixture.simulator, fixture.folder, models=GOOD, **slow)
    far = Simulator(fixture.simulator, fixture.folder, models="zfar", **slow)
    with near, far:
        config = synod.settings({"near": near.url, "far": far.url})
        models = [f"near/{GOOD}", f"near/{GOOD}", "far/zfar"]
        flags = {"agents": agents(3), "option": YES_NO, "threshold": 0.6, "rounds": 1}
        process = synod.start(*debate(**flags, model=models, seed=3, config=config))
        read = read_until(process, "call_started")
        until(lambda: far.in_service() > 0, "the far model is asked")
        far.kill()
        run = Ended(process, read=read)
    assert run.code == 0, f"exit code {run.code}: {run.stderr}"
    ends_well(fixture, run)
    panel = logs.verdict(run.log)["panel"]
    assert panel == {"asked": 3, "answered": 2, "abstained": 0, "failed": 1}, panel
    lost = [t for t in logs.of_type(run.log, "turn_ended") if t["agent_id"] == agents(3)[2]]
    assert {(t["result"], t["cause"]) for t in lost} == {("forfeited", "model_error")}, lost


def one_of_two_dies(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    slow = {"itl_ms": 20, "tokens": 40, "agree_p": 1, "models": GOOD}
    near = Simulator(fixture.simulator, fixture.folder, **slow)
    far = Simulator(fixture.simulator, fixture.folder, **slow)
    with near, far:
        config = synod.settings({"near": near.url, "far": far.url})
        flags = {"agents": agents(4), "option": YES_NO, "threshold": 0.6, "rounds": 1}
        process = synod.start(*debate(**flags, model=GOOD, seed=3, config=config))
        read = read_until(process, "call_started")
        until(lambda: far.in_service() > 0, "the far host shares the calls")
        far.kill()
        run = Ended(process, read=read)
    assert run.code == 0, f"exit code {run.code}: {run.stderr}"
    ends_well(fixture, run)
    assert "; calls may also go to " in run.stderr, run.stderr
    lost = [t for t in logs.of_type(run.log, "turn_ended") if t["result"] != "spoke"]
    assert len(lost) <= 1, f"more than the interrupted turn: {lost}"
    panel = logs.verdict(run.log)["panel"]
    assert panel["answered"] == 4, panel
    assert all(seat["pooled"] for seat in run.log[0]["data"]["participants"]), run.log[0]


def the_only_host_dies(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    with Simulator(fixture.simulator, fixture.folder, models=GOOD, itl_ms=10, tokens=30) as host:
        config = synod.settings({"hall": host.url})
        flags = {"agents": agents(3), "option": YES_NO, "model": GOOD, "config": config}
        process = synod.start(*debate(**flags))
        read = read_until(process, "turn_ended")
        host.kill()
        run = Ended(process, read=read)
    paused = logs.of_type(run.log, "debate_paused")
    assert [pause["reason"] for pause in paused] == ["hosts_away"], paused
    assert run.log[-1]["type"] == "debate_paused", run.log[-1]
    assert run.code == 4, f"exit code {run.code}"
    assert "`synod resume " in run.stderr, run.stderr
    assert "hall could not be reached" in run.stderr, run.stderr
    spoke = [t for t in logs.of_type(run.log, "turn_ended") if t["result"] == "spoke"]
    assert spoke, "earlier statements are lost"


def unreachable(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    url = f"http://127.0.0.1:{free_port()}"
    run = synod.run(*debate(config=synod.settings({"hall": url})))
    assert run.code not in (0, 130) and not run.stdout, (run.code, run.text)
    assert url.removeprefix("http://") in run.stderr, run.stderr
    assert len(run.stderr.strip().splitlines()) <= 4, run.stderr


def busy_at_first(fixture):
    synod = Synod(fixture.synod, fixture.folder)
    with Simulator(fixture.simulator, fixture.folder, models=GOOD, fail_first=2) as host:
        config = synod.settings({"hall": host.url})
        flags = {"agents": agents(2), "option": YES_NO, "rounds": 1, "model": GOOD}
        run = synod.run(*debate(**flags, config=config))
    ends_well(fixture, run)
    assert run.code == 0, run.stderr
    assert logs.verdict(run.log)["panel"]["failed"] == 0, "the call was not repeated"


def one_is_wrong(fixture, word, fate):
    # Debates with slow failures end after the blind ballots.
    flags = {"min_rounds": 0} if word in ("busy", "stall") else {}
    run, chats = with_models(fixture, [GOOD, GOOD, f"z:{word}"], **flags)
    assert run.code == 0, f"exit code {run.code}: {run.stderr}"
    wrong = agents(3)[2]
    by = lambda kind: [d for d in logs.of_type(run.log, kind) if d["agent_id"] == wrong]
    opening, ballot = by("turn_ended")[0], by("ballot_recorded")[0]
    for result, expected in zip((opening["result"], ballot["result"]), fate, strict=True):
        assert expected in (None, result), f"{result}, expected {expected}: {opening['text'][:80]!r}"
    verdict = logs.verdict(run.log)
    assert verdict["outcome"] == "consensus" and verdict["answer"]["text"] == "agree", verdict
    assert verdict["panel"]["failed"] == (ballot["result"] == "none"), verdict["panel"]
    said = [t["text"] for t in by("turn_ended")]
    assert max(map(len, said)) <= 32_768, "a text is too long"
    texts = said + [c["prompt"] for c in chats]
    assert not any("Secretly" in text for text in texts), "a thought is part of a statement or a prompt"
    if word == "split-utf8":
        assert all("Ça coûte 5 € – très cher 🦀." in text for text in said), said
    if word in ("split-utf8", "foreign-ballot", "marks", "megabyte", "prose", "pass"):
        prompts.extend_one_another(prompts.match(chats, run.log), run.log)


def deadlock(fixture):
    run, _ = with_models(fixture, [GOOD, GOOD, "z:prose"], threshold=1, rounds=9)
    verdict = logs.verdict(run.log)
    assert (verdict["outcome"], verdict["round"], verdict["votes"]) == ("deadlock", 2, 2), verdict


def nobody_votes(fixture):
    run, _ = with_models(fixture, ["z:prose"])
    verdict = logs.verdict(run.log)
    assert verdict["outcome"] == "quorum_lost" and verdict["panel"]["failed"] == 3, verdict
    assert len([t for t in logs.of_type(run.log, "turn_ended") if t["result"] == "spoke"]) == 3


def nobody_speaks(fixture):
    run, _ = with_models(fixture, ["z:empty"])
    verdict = logs.verdict(run.log)
    assert verdict["outcome"] == "quorum_lost" and verdict["panel"] is None, verdict


def with_models(fixture, models, **flags):
    """Runs a debate of three in which all voters agree. Returns the process and the prompts."""
    synod = Synod(fixture.synod, fixture.folder)
    settings = {"tokens": 30, "agree_p": 1, "models": ",".join(dict.fromkeys(models))}
    with Simulator(fixture.simulator, fixture.folder, **settings) as host:
        config = synod.settings({"hall": host.url})
        flags = {"agents": agents(3), "option": YES_NO, "threshold": 0.6, "rounds": 2} | flags
        run = synod.run(*debate(**flags, model=models, seed=3, time_limit=10, config=config))
    ends_well(fixture, run)
    return run, host.chats()


def ends_well(fixture, run):
    logs.is_sound(run.log)
    logs.keeps_its_limits(run.log)
    logs.counts_right(run.log, recount)
    is_verified(fixture, run, run.log)
