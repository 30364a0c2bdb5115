"""Properties of every log of a debate."""

ENDINGS = {
    "turn_ended", "options_set", "move_chosen", "ballot_recorded", "judge_ruled", "call_voided",
}


def of_type(log, kind):
    return [event["data"] for event in log if event["type"] == kind]


def calls(log):
    return of_type(log, "call_started")


def verdict(log):
    assert log and log[-1]["type"] == "debate_closed", f"the log ends with {kinds(log)[-3:]}"
    return log[-1]["data"]


def kinds(log):
    return [event["type"] for event in log]


def is_sound(log):
    """Checks sequence numbers, envelopes, the first and the last event, and one end per call."""
    assert log, "the log is empty"
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1)), "a gap in seq"
    assert {event["v"] for event in log} == {1}
    assert len({event["debate_id"] for event in log}) == 1
    assert kinds(log)[0] == "debate_initialized" and kinds(log)[-1] == "debate_closed"
    assert kinds(log).count("debate_initialized") == kinds(log).count("debate_closed") == 1
    begun, ended = [], []
    for event in log:
        if event["type"] == "call_started":
            begun.append(event["data"]["call"])
        elif event["type"] in ENDINGS and event["data"]["call"] is not None:
            assert event["data"]["call"] in begun, "a call ends before it begins"
            ended.append(event["data"]["call"])
    assert begun == list(range(1, len(begun) + 1)), "calls are not 1, 2, 3…"
    assert sorted(ended) == begun, "not every call ends exactly once"
    turns = [call["turn"] for call in calls(log) if call["turn"] and not call["repair"]]
    assert turns == sorted(set(turns)), "turns do not increase"


def keeps_its_limits(log):
    limits = log[0]["data"]["limits"]
    lost = [v for v in of_type(log, "call_voided") if v["cause"] in ("lost", "aborted")]
    assert len(calls(log)) - len(lost) <= limits["most_calls"], "more calls than most_calls"
    assert len({c["turn"] for c in calls(log) if c["turn"]}) <= limits["most_turns"]
    assert len(of_type(log, "ballot_recorded")) <= limits["most_ballots"]
    for ballot in of_type(log, "ballot_recorded"):
        assert (ballot["option"] is not None) == (ballot["result"] == "vote"), ballot


def counts_right(log, recount):
    """Compares tallies and verdict with a recount."""
    tallies, counted = recount(log)
    closed = of_type(log, "round_closed")
    assert len(closed) == len(tallies), f"{len(closed)} rounds closed, {len(tallies)} have ballots"
    for i, (logged, own) in enumerate(zip(closed, tallies, strict=True)):
        assert logged["round"] == i
        own = {k: own[k] for k in logged["tally"]}
        assert logged["tally"] == own, f"round {i}: logged {logged['tally']}, counted {own}"
    logged = verdict(log)
    if tallies:
        assert logged["round0"] == closed[0]["tally"]
    same = counted.keys() - {"outcome", "needs", "of"} if counted["round"] is None else counted
    if logged["outcome"] in ("stopped", "failed", "budget", "deadline"):
        same = same - {"outcome"} if isinstance(same, set) else set(same) - {"outcome"}
    for field in same:
        assert logged[field] == counted[field], f"{field}: {logged[field]}, counted {counted[field]}"
    answers = logged["answer"] and logged["answer"]["id"]
    assert answers == (logged["leader"] if logged["outcome"] == "consensus" else None)
    begun, voided = len(calls(log)), len(of_type(log, "call_voided"))
    assert logged["calls"] == {"begun": begun, "voided": voided}, logged["calls"]


def without_time(log):
    """The log without times, in which two runs with one seed are equal. Parallel calls end in any
    order, so their events are sorted by call."""
    events, group = [], []

    def settle():
        events.extend(sorted(group, key=lambda e: (e["data"]["call"], e["type"] in ENDINGS)))
        group.clear()

    for event in log:
        event = {"type": event["type"], "data": scrubbed(event["data"])}
        if event["data"].get("call") is None:
            settle()
            events.append(event)
        else:
            group.append(event)
    settle()
    return events


def scrubbed(data):
    times = {"queued_ms", "load_ms", "first_token_ms", "generation_ms", "running_ms", "debate_id"}
    if isinstance(data, dict):
        return {k: scrubbed(v) for k, v in data.items() if k not in times}
    return [scrubbed(v) for v in data] if isinstance(data, list) else data
