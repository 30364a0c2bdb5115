"""Recounts the verdict of a debate from its ballots. Written from the rules alone."""

import re

from words import (
    answer_and_first_sentence, answers_stated, designations, holds, leans_to_another, may_speak_against, names, norm,
    repeats_prompt, sentences, without_marks,
)


def count(ballots, options):
    """The tally of ballots in the order of participants, over options in the order of ids."""
    votes = [(o, sum(b["option"] == o for b in ballots)) for o in options]
    most = max((v for _, v in votes), default=0)
    return {
        "asked": len(ballots),
        "answered": sum(b["result"] == "vote" for b in ballots),
        "abstained": sum(b["result"] == "abstain" for b in ballots),
        "failed": sum(b["result"] == "none" for b in ballots),
        "votes": [{"option": o, "count": v} for o, v in votes],
        "leaders": [o for o, v in votes if v == most > 0],
        "most": most,
    }


def needed(rule, threshold, n):
    """The votes that a consensus of n participants needs, and the votes for any option."""
    if rule == "majority":
        return n // 2 + 1, 0
    assert rule == "plurality", f"an unknown decision rule: {rule}"
    share = round(threshold * 10**6)
    return max(1, -((1 - share) * n // 10**6)), -(-2 * n // 3)


def silent(log, agents):
    """Participants that never spoke or never voted when asked, with their most frequent cause."""
    named = []
    for agent in agents:
        own = [e for e in log if e["data"].get("agent_id") == agent]
        turns = [e["data"] for e in own if e["type"] == "turn_ended"]
        ballots = [e["data"] for e in own if e["type"] == "ballot_recorded"]
        causes = [e["cause"] for e in (x["data"] for x in own if "cause" in x["data"]) if e["cause"]]
        never_spoke = bool(turns) and all(t["result"] != "spoke" for t in turns)
        never_voted = bool(ballots) and all(b["result"] == "none" for b in ballots)
        if never_spoke or never_voted:
            # Of equally frequent ones the earliest.
            cause = max(causes, key=causes.count, default=None)
            named.append({
                "agent_id": agent,
                "never_spoke": never_spoke,
                "never_voted": never_voted,
                "cause": cause,
            })
    return named


def recount(log):
    """The tallies of all closed rounds, and the expected fields of the verdict."""
    setup = log[0]["data"]
    config, rules = setup["config"], setup["config"]["debate_rules"]
    agents = [p["agent_id"] for p in setup["participants"]]
    # Choices by an earlier revision of the rules are not checked.
    by_these_rules = setup.get("rules_revision", 1) >= 2
    n, last_round = len(agents), config["max_rounds"]
    needs, turnout = needed(rules["decision_rule"], config["consensus_threshold"], n)
    options = [f"O{i + 1}" for i in range(len(rules["options"] or []))]
    texts = {f"O{i + 1}": text for i, text in enumerate(rules["options"] or [])}
    cast, rulings, said = {}, [], []
    for event in log:
        data = event["data"]
        if event["type"] == "options_set":
            options = [o["id"] for o in data["options"]]
            texts = {o["id"]: o["text"] for o in data["options"]}
            if by_these_rules:
                are_distinct_and_supported(data, setup, said)
        elif event["type"] == "turn_ended" and data["result"] == "spoke":
            said.append(data)
        elif event["type"] == "ballot_recorded":
            among, ballots = cast.setdefault((data["round"], data["run_off"]), (options, {}))
            assert data["agent_id"] not in ballots, f"{data['agent_id']} has two ballots"
            ballots[data["agent_id"]] = data
        elif event["type"] == "judge_ruled":
            rulings.append(data["option"])
    tallies, vectors, outcome = [], [], None
    for r in range(last_round + 1):
        among, ballots = cast.get((r, False), ([], {}))
        if len(ballots) < n:
            break
        assert outcome is None, f"round {r} is held after {outcome}"
        ballots = [ballots[a] for a in agents]
        tally = count(ballots, among)
        vectors.append([b["option"] or b["result"] for b in ballots])
        tally["changed"] = [
            a for a, x, y in zip(agents, vectors[r], vectors[r - 1], strict=True)
            if r > 0 and x != y and x in among and y in among
        ]
        late = r >= rules["min_rounds"]
        one_leads = len(tally["leaders"]) == 1 and tally["answered"] >= turnout
        tally["consensus"] = late and one_leads and tally["most"] >= needs
        tallies.append(tally)
        calm = late and not any(b["proposal"] for b in ballots)
        same = lambda i, j: vectors[r - i] == vectors[r - j]
        if tally["answered"] + tally["abstained"] < 2:
            outcome = "quorum_lost"
        elif tally["consensus"]:
            outcome = "consensus"
        elif calm and r >= 2 and same(0, 1) and same(1, 2):
            outcome = "deadlock"
        elif calm and any(
            r >= 2 * p - 1 and all(same(j, j + p) for j in range(p)) and not same(0, 1)
            for p in (2, 3, 4)
        ):
            outcome = "oscillation"
        elif r == last_round:
            outcome = "max_rounds"
    if not tallies:
        return tallies, {
            "outcome": None, "leader": None, "votes": 0, "round": None,
            "silent": silent(log, agents),
        }
    final, broken_by, tied_round = tallies[-1], None, None
    counted = cast[(len(tallies) - 1, False)][1]
    tied = outcome in ("deadlock", "oscillation", "max_rounds") and len(final["leaders"]) > 1
    may_move = any(v not in final["leaders"] for v in vectors[-1])
    run_off = list(cast.get((len(tallies) - 1, True), ([], {}))[1].values())
    assert not run_off or (tied and rules["run_off"] and may_move), "a run-off that is not due"
    leaders = final["leaders"]
    if len(run_off) == n:
        second = count(run_off, leaders)
        if second["answered"]:
            tied_round = tallies[-1]
            final, leaders = {**final, **second}, second["leaders"]
            counted = cast[(len(tallies) - 1, True)][1]
            broken_by = "run_off" if len(leaders) == 1 else None
    if tied and len(leaders) > 1 and len(rulings) == 2 and rulings[0] == rulings[1] is not None:
        leaders, broken_by = rulings[:1], "judge"
    leader = leaders[0] if len(leaders) == 1 else None
    verdict = {
        "outcome": outcome,
        "leader": leader,
        "tie_broken_by": broken_by,
        "votes": final["most"] if leader else 0,
        "needs": needs,
        "of": n,
        "round": len(tallies) - 1,
        "silent": silent(log, agents),
        "panel": {k: final[k] for k in ("asked", "answered", "abstained", "failed")},
    }
    if tied_round:
        verdict["tied_round"] = {k: v for k, v in tied_round.items() if k != "most"}
    if by_these_rules:
        quoted = log[-1]["data"].get("argument")
        verdict["argument"] = leader and argument(leader, agents, counted, said, texts, len(tallies), quoted)
    return tallies, verdict


def argument(leader, agents, counted, said, texts, rounds, quoted):
    """The statement to quote beside the answer. Whether a sentence denies or disapproves of the answer
    is not recounted: a statement with a word that may do so may be left out, as the log (`quoted`) has it."""
    voters = [a for a in agents if counted[a]["option"] == leader]
    spoken = [s for s in said if s["agent_id"] in voters and s["round"] < rounds]
    own = [s for s in spoken if not repeats_prompt(s["text"])]
    left = [s for s in own if not names_another(s["text"], leader, texts)]
    left = [s for s in left if not ends_with_another(s["text"], leader, texts)]
    left = [s for s in left if not leans_to_another(s["text"], leader, texts)]
    while chosen := first_choice(left, spoken, agents, voters, counted):
        argument = {key: chosen[key] for key in ("agent_id", "turn")}
        if argument == quoted or not may_speak_against(chosen["text"]):
            return argument
        left.remove(chosen)
    return None


def first_choice(left, spoken, agents, voters, counted):
    """What moved most voters, else the last statement of the surest voter."""
    moved = lambda s: sum(counted[a]["moved_by"] == s["turn"] for a in voters)
    place = lambda s: (moved(s), -agents.index(s["agent_id"]), s["turn"])
    if named := [s for s in left if moved(s)]:
        return max(named, key=place)
    voters = sorted(voters, key=lambda a: -(counted[a]["confidence"] or 0))
    if not any(s["agent_id"] in voters[:1] for s in spoken):
        return None
    for voter in voters:
        if own := [s for s in left if s["agent_id"] == voter]:
            return max(own, key=lambda s: s["turn"])
    return None


def names_another(statement, leader, texts):
    own = norm(texts[leader])
    for words in answers_stated(statement):
        if own not in (norm(words), norm(without_marks(words))) and norm(words) != leader.lower():
            return True
    for words in answer_and_first_sentence(statement):
        for option, text in texts.items():
            rest = norm(words).replace(own, "\n") if norm(text) in own else words
            if option != leader and names(rest, option, text):
                return True
    return False


def ends_with_another(statement, leader, texts):
    """Whether the last sentence that names an option names another option."""
    for sentence in reversed(sentences(statement)):
        if named := named_in(norm(sentence), texts):
            return named != {leader}
    return False


def named_in(words, texts):
    """The options that a sentence names by id, place or text. A text of one word counts only at the
    end of the sentence, or at the start before a comma or colon."""
    named = set()
    for option, text in ((option, norm(text)) for option, text in texts.items()):
        rest = words
        for longer in map(norm, texts.values()):
            if text != longer and text in longer:
                rest = rest.replace(longer, "\n")
        if len(text) == 1:
            is_named = holds(rest, f"option {text}")
        elif re.search(r"[\W_]", text):
            is_named = holds(rest, text)
        else:
            ends = rest.endswith(text) and holds(rest, text)
            is_named = ends or rest.startswith((f"{text},", f"{text}:"))
        if is_named or any(holds(rest, name) for name in designations(option)):
            named.add(option)
    return named


def are_distinct_and_supported(data, setup, said):
    """Options differ, a clerk is a regular model, and its list contains the answers of the openings."""
    texts = [norm(option["text"]) for option in data["options"]]
    assert len(set(texts)) == len(texts) <= 6, f"one answer twice: {texts}"
    clerk = setup["moderator"] or setup["participants"][0]
    if data["source"] != "ballots":
        asked = clerk["scale"] == "regular"
        assert asked == (data["call"] is not None), f"a clerk of scale {clerk['scale']}"
    if data["source"] == "clerk":
        openings = [answers(s["text"]) for s in said if s["round"] == 0]
        for text in texts:
            assert any(text in norms for norms in openings), f"{text} is the answer of no opening"
        for norms in openings if len(texts) < 6 else []:
            assert norms & {*texts, "abstain", "new"}, f"no option is one of {norms}"


def answers(opening):
    """The normalized answers of an opening: its answer line or, without one, each sentence."""
    stated = answer_and_first_sentence(opening)
    said = stated[:1] if len(stated) > 1 else sentences(opening)
    return {norm(text) for text in said} | {norm(without_marks(text)) for text in said}
