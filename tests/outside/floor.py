"""The speakers of freeform and autonomous debates, recomputed from the log by the rules alone."""

import re

from log import calls


def is_given_by_the_rules(log):
    config = log[0]["data"]["config"]
    if config["debate_mode"] == "structured":
        assert all(c["pass"] for c in calls(log) if c["purpose"] == "argument"), "no pass"
        return
    agents = [p["agent_id"] for p in log[0]["data"]["participants"]]
    floor = Floor(agents, config["max_iterations_per_round"])
    moderated = config["debate_mode"] == "autonomous"
    given, failures, begun = None, 0, set()
    for event in log:
        kind, data = event["type"], event["data"]
        if kind == "call_started":
            floor.round = data["round"]
            if data["purpose"] == "argument" and data["turn"] not in begun:
                begun.add(data["turn"])
                if given is None:
                    assert not (moderated and failures < 2), "the moderator was not asked"
                    given = floor.scheduled(), False
                logged = agents.index(data["agent_id"]), data["evidence"]
                assert logged == given and data["pass"] is None, f"turn {data['turn']}: {logged}, not {given}"
                given = None
            assert data["purpose"] != "move" or (moderated and failures < 2), "a move that is not due"
        elif kind == "move_chosen":
            failures = failures + 1 if data["source"] == "scheduler" else 0
            who = data["agent_id"] and agents.index(data["agent_id"])
            if data["move"] == "call_vote":
                assert who is None and floor.all_had_a_turn(), "the vote is called too early"
            else:
                assert who in floor.candidates(), f"{data['agent_id']} may not speak"
                assert data["source"] == "moderator" or (data["move"], who) == ("speak", floor.scheduled())
                given = who, data["move"] == "ask_evidence"
        elif kind == "turn_ended" and data["round"] > 0:
            said = data["text"] if data["result"] == "spoke" else None
            floor.turns.append((data["round"], agents.index(data["agent_id"]), said))
        elif kind == "ballot_recorded" and not data["run_off"]:
            floor.cast[agents.index(data["agent_id"])] = data["option"]
        elif kind == "round_closed":
            assert data["round"] == 0 or floor.all_had_a_turn(), f"round {data['round']} left out a participant"
            floor.votes, floor.cast, given = floor.cast, {}, None


class Floor:
    def __init__(self, agents, iterations):
        self.n, self.most = len(agents), len(agents) * iterations
        self.turns, self.votes, self.cast, self.round = [], {}, {}, 0

    def here(self):
        return [(who, said) for round, who, said in self.turns if round == self.round]

    def all_had_a_turn(self):
        return {who for who, _ in self.here()} == set(range(self.n))

    def candidates(self):
        turns = self.here()
        left = self.most - len(turns)
        if left <= 0:
            return []
        silent = set()
        for who, said in turns:
            silent = silent | {who} if said is None else set()
        taken = [sum(w == who for w, _ in turns) for who in range(self.n)]
        those = [who for who in range(self.n) if who not in silent]
        new = [who for who in those if taken[who] == 0]
        if left <= len(new):
            those = new
        fewest = min((taken[who] for who in those), default=0)
        those = [who for who in those if taken[who] <= fewest + 1]
        previous = turns[-1][0] if turns else None
        return those if len(those) == 1 else [who for who in those if who != previous]

    def scheduled(self):
        turns = self.here()
        first = turns[-1][0] + 1 if turns else self.round
        circle = [(first + k) % self.n for k in range(self.n)]
        return max((who for who in circle if who in self.candidates()), key=self.score, default=None)

    def score(self, who):
        order = [w for _, w, _ in self.turns]
        waited = order[::-1].index(who) if who in order else len(order)
        said = next((said for _, said in self.here()[::-1] if said is not None), "")
        label = rf"(?<![^\W_])Speaker {'ABCDEFGHIJKLMNOP'[who]}(?![^\W_])"
        option = self.votes.get(who)
        company = sum(v == option for v in self.votes.values()) if option else self.n
        return 4 * waited + 3 * self.n * bool(re.search(label, said)) + 2 * (self.n - company)
