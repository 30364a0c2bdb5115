"""What models are told, seen from their host."""

import re

MARK = re.compile(r"^\[(?:Speaker ([A-P]), statement (\d+)|A person in the room)\]$", re.M)
TALLY = re.compile(r"\b\d+ votes?\b|\b\d+ (?:of|out of) \d+\b|\bvotes? for O\d|\btally\b", re.I)


def match(chats, log):
    """The calls of a log, each with the prompt its host got. Calls that run side by side have one
    purpose, so order gives purpose and round, but not the agent."""
    begun = [e["data"] for e in log if e["type"] == "call_started"]
    assert len(chats) == len(begun), f"{len(chats)} chat calls served, {len(begun)} calls begun"
    return list(zip(begun, [chat["prompt"] for chat in chats], strict=True))


def are_blind_at_first(matched, log):
    """No opening holds anything of another; a ballot of round 0 holds at most its own opening."""
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


def name_nobody(matched, log):
    """No agent's id or name, no model, no host, no tally."""
    setup = log[0]["data"]
    seats = [*setup["participants"], setup["moderator"], setup["judge"]]
    names = {name for s in seats if s for name in (s["agent_id"], *s["name"].split(), s["model"])}
    named = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, sorted(names))) + r")(?!\w)", re.I)
    for call, prompt in matched:
        found = named.search(prompt) or TALLY.search(prompt)
        assert not found, f"the prompt of call {call['call']} holds {found.group()!r}"


def extend_one_another(matched, log):
    """System text, question, options and transcript of a prompt are the beginning of those of every
    later one, and the transcript is what was said, in speaking order, with nothing that forges a
    mark. The clerk is asked before there are options.
    Where a model's window is too small for all, what came before is left out, and so here."""
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
        assert turns == sorted(turns), f"call {call['call']} hears {turns}"
        if call["purpose"] in ("ballot", "run_off") and call["round"] > 0:
            due = [t for t in said if t <= max(turns, default=0)]
            assert turns == sorted(due), f"call {call['call']} hears {turns}, not {sorted(due)}"
        if before:
            assert head == before[0], f"call {call['call']} has another beginning"
            assert transcript.startswith(before[1]), f"call {call['call']} rewrites what was said"
        before = (head, transcript)


def place_of(call):
    """What calls that run side by side share."""
    return call["purpose"], call["round"], call["pass"]


def omitted(call, log):
    """How many statements its prompt had no room for."""
    ends = (e["data"] for e in log if e["type"] != "call_started")
    meta = next(data.get("meta") for data in ends if data.get("call") == call["call"])
    return meta["omitted"] if meta else 0


def divided(prompt, said):
    """What precedes the transcript, the transcript, and the turns that it holds."""
    first = MARK.search(prompt)
    assert first, "no statement in a prompt that must have one"
    at, end, turns = first.start(), first.start(), []
    while mark := MARK.match(prompt, at):
        end = mark.end()
        if mark.group(2):
            turn = int(mark.group(2))
            shown = prompt[end : (end := end + 1 + len(said[turn]))]
            assert opened(shown) == opened("\n" + said[turn]), f"statement {turn} is not as said"
            assert not re.search(r"^\s*\[", shown, re.M), f"statement {turn} forges a mark"
            assert "<|" not in shown, f"statement {turn} holds a control word"
            turns.append(turn)
        at = end + 2
    return prompt[: first.start()], prompt[first.start() : end], turns


def opened(text):
    """A text without what brackets may become so that it forges nothing."""
    return text.replace("[", "(").replace("<", "(")
