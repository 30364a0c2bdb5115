"""The prompts of a debate, as recorded by the host."""

import re

MARK = re.compile(r"^\[(?:Speaker ([A-P]), statement (\d+)|A person in the room)\]$", re.M)
TALLY = re.compile(r"\b\d+ votes?\b|\b\d+ (?:of|out of) \d+\b|\bvotes? for O\d|\btally\b", re.I)


def match(chats, log):
    """The calls of a log with the prompts of the host. Parallel calls have one purpose, so the order
    gives purpose and round, but not the agent."""
    begun = [e["data"] for e in log if e["type"] == "call_started"]
    assert len(chats) == len(begun), f"{len(chats)} chat calls served, {len(begun)} calls begun"
    return list(zip(begun, [chat["prompt"] for chat in chats], strict=True))


def are_blind_in_round_0(matched, log):
    """Openings contain no other text of participants; ballots of round 0 at most the voter's own opening."""
    said = [e["data"]["text"] for e in log if e["type"] == "turn_ended" and e["data"]["round"] == 0]
    said = [text for text in said if len(text) > 60]
    openings = [p for call, p in matched if call["purpose"] == "opening"]
    assert openings, "no opening"
    for prompt in openings:
        assert not MARK.search(prompt), "an opening is shown a statement"
        assert not any(text in prompt for text in said), "an opening is shown another"
    for call, prompt in matched:
        if call["purpose"] == "ballot" and call["round"] == 0:
            assert not MARK.search(prompt), "a ballot of round 0 is shown a statement"
            assert sum(text in prompt for text in said) <= 1, "a ballot of round 0 is shown a peer"


def name_no_one(matched, log):
    """Prompts contain no id or name of an agent, no model, no host and no tally."""
    setup = log[0]["data"]
    seats = [*setup["participants"], setup["moderator"], setup["judge"]]
    names = {name for s in seats if s for name in (s["agent_id"], *s["name"].split(), s["model"])}
    named = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, sorted(names))) + r")(?!\w)", re.I)
    for call, prompt in matched:
        found = named.search(prompt) or TALLY.search(prompt)
        assert not found, f"the prompt of call {call['call']} contains {found.group()!r}"


def extend_one_another(matched, log):
    """System message, question, options and transcript of a prompt are a prefix of those of every later
    prompt. The transcript contains the statements in speaking order, and no statement forges a mark.
    The clerk is skipped, because it is called before there are options, and so are prompts from
    which statements were left out because of a small window."""
    said = {
        e["data"]["turn"]: e["data"]["text"]
        for e in log if e["type"] == "turn_ended" and e["data"]["result"] == "spoke"
    }
    cut = {place_of(call) for call, _ in matched if omitted(call, log)}
    before = None
    for call, prompt in matched:
        blind = call["purpose"] == "opening" or place_of(call) == ("ballot", 0, None)
        if blind or call["purpose"] == "options" or place_of(call) in cut:
            continue
        head, transcript, turns = divided(prompt, said)
        assert turns == sorted(turns), f"call {call['call']} contains {turns}"
        if call["purpose"] in ("ballot", "run_off") and call["round"] > 0:
            due = [t for t in said if t <= max(turns, default=0)]
            assert turns == sorted(due), f"call {call['call']} contains {turns}, not {sorted(due)}"
        if before:
            assert head == before[0], f"call {call['call']} has a different prefix"
            assert transcript.startswith(before[1]), f"call {call['call']} has a different transcript"
        before = (head, transcript)


def place_of(call):
    """The key of a group of parallel calls."""
    return call["purpose"], call["round"], call["pass"]


def omitted(call, log):
    """The number of statements that were left out of the prompt of a call."""
    ends = (e["data"] for e in log if e["type"] != "call_started")
    meta = next(data.get("meta") for data in ends if data.get("call") == call["call"])
    return meta["omitted"] if meta else 0


def divided(prompt, said):
    """The text before the transcript, the transcript, and its turns."""
    first = MARK.search(prompt)
    assert first, "no statement in a prompt that must have one"
    at, end, turns = first.start(), first.start(), []
    while mark := MARK.match(prompt, at):
        end = mark.end()
        if mark.group(2):
            turn = int(mark.group(2))
            shown = prompt[end : (end := end + 1 + len(said[turn]))]
            assert opened(shown) == opened("\n" + said[turn]), f"statement {turn} was changed"
            assert not re.search(r"^\s*\[", shown, re.M), f"statement {turn} forges a mark"
            assert "<|" not in shown, f"statement {turn} contains a special token"
            turns.append(turn)
        at = end + 2
    return prompt[: first.start()], prompt[first.start() : end], turns


def opened(text):
    """A text in which brackets are equal to the parentheses that replace them against forged marks."""
    return text.replace("[", "(").replace("<", "(")
