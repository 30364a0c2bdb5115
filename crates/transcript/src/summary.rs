mod conclusion;
mod dissent;

use synod_domain::{
    BallotRecorded, BallotResult, Hollow, Outcome, Panel, RoundClosed, Scale, Silent, Tally,
    TieBreak, TurnNo, Verdict,
};

use crate::{
    Round, Transcript,
    count::{counted, grouped, span},
    printable::on_one_line,
    words::cause_in_words,
};

/// A description of a verdict, the same in every format. All texts are plain and printable; all but the
/// quoted statement are on one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerdictSummary {
    /// The outcome, such as `Consensus` or `No consensus after the last round`.
    pub outcome: String,
    /// The answer of a consensus.
    pub answer: Option<String>,
    /// The leading option, if there is no consensus.
    pub leader: Option<String>,
    /// The statement to show beside the answer.
    pub argument: Option<QuotedStatement>,
    /// Facts about votes, calls and costs.
    pub facts: Vec<Fact>,
    /// Reasons to doubt the verdict.
    pub cautions: Vec<String>,
    /// The final votes, the changed votes, and how to interpret the count. The conclusion claims no more
    /// than the count supports.
    pub conclusion: String,
}

/// A statement with its speaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuotedStatement {
    /// The speaker's name.
    pub speaker: String,
    /// The number of the statement's turn.
    pub turn: TurnNo,
    /// The text of the statement.
    pub text: String,
}

/// A fact about a verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The subject, such as `Votes`.
    pub label: &'static str,
    /// The value.
    pub text: String,
}

impl VerdictSummary {
    /// Describes the verdict of a debate; `None` if there is no verdict yet.
    #[must_use]
    pub fn of(transcript: &Transcript) -> Option<Self> {
        let verdict = transcript.verdict.as_ref()?;
        let leader = verdict.leader.map(|id| on_one_line(&transcript.option_text(id)));
        let answer = verdict.answer.as_ref().map(|answer| on_one_line(&answer.text));
        Some(Self {
            outcome: outcome_in_words(verdict.outcome).to_owned(),
            leader: leader.filter(|_| answer.is_none()),
            answer,
            argument: argument(transcript, verdict),
            facts: facts(transcript, verdict),
            cautions: cautions(transcript, verdict),
            conclusion: conclusion::in_words(transcript, verdict),
        })
    }
}

const fn outcome_in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Consensus => "Consensus",
        Outcome::Deadlock => "No consensus: deadlock, the votes no longer change",
        Outcome::Oscillation => "No consensus: oscillation, the ballots go round in a circle",
        Outcome::MaxRounds => "No consensus after the last round",
        Outcome::QuorumLost => "No verdict: quorum lost, fewer than two took part",
        Outcome::Budget => "No consensus: the budget of tokens is spent",
        Outcome::Deadline => "No consensus: the deadline has passed",
        Outcome::Stopped => "Stopped before its end",
        Outcome::Failed => "Failed: the debate could not go on",
    }
}

fn argument(transcript: &Transcript, verdict: &Verdict) -> Option<QuotedStatement> {
    let argument = verdict.argument.as_ref()?;
    let turn = transcript.turn(argument.turn)?;
    Some(QuotedStatement {
        speaker: transcript.names().get(&argument.agent_id),
        turn: argument.turn,
        text: crate::printable(&turn.text),
    })
}

fn facts(transcript: &Transcript, verdict: &Verdict) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |label, text: Option<String>| {
        facts.extend(text.map(|text| Fact { label, text }));
    };
    add("Reason", verdict.reason.as_deref().map(on_one_line));
    add("Votes", votes(transcript, verdict));
    add("Tie", tie(transcript, verdict).map(str::to_owned));
    add("Run-off", run_off(transcript, verdict).map(|ballots| run_off_count(transcript, ballots)));
    add("Round", verdict.round.map(|round| round_of(transcript, round)));
    add("Panel", panel_of(transcript, verdict).as_ref().map(panel));
    add("Round-0 vote", verdict.round0.as_ref().map(|tally| round_0(transcript, verdict, tally)));
    for (label, text) in dissent::in_words(transcript, verdict) {
        add(label, Some(text));
    }
    for silent in verdict.silent.iter().flatten() {
        add("Silent", Some(silent_in_words(transcript, silent)));
    }
    add("Calls", Some(calls(transcript, verdict)));
    let failures = Some(transcript.failures()).filter(|failures| failures.has_reasons());
    add("Failures", failures.map(ToString::to_string));
    add("Left out", transcript.left_out().in_words());
    add("Tokens", Some(tokens(transcript, verdict)));
    add("Time", Some(span(verdict.running_ms)));
    facts
}

/// The numbers of participants that voted, abstained and failed.
fn panel(panel: &Panel) -> String {
    let others = [(panel.abstained, "abstained"), (panel.failed, "failed")];
    let others = others.iter().filter(|(count, _)| *count > 0);
    let others: String = others.map(|(count, what)| format!(", {count} {what}")).collect();
    format!("{} voted{others}", panel.answered)
}

/// The count of the last closed round: the votes of a run-off are no votes for a consensus.
fn votes(transcript: &Transcript, verdict: &Verdict) -> Option<String> {
    let Verdict { of, needs, .. } = verdict;
    if let Some(leader) = verdict.leader {
        let last = closed_round(transcript, verdict);
        let (votes, tied) = match last.filter(|_| verdict.tie_broken_by.is_some()) {
            Some(closed) => (closed.tally.votes_for(leader), " before the tie was broken"),
            None => (verdict.votes, ""),
        };
        return Some(format!("{votes} of {of} for it{tied}, and a consensus needs {needs}"));
    }
    let tally = &closed_round(transcript, verdict)?.tally;
    let count = transcript.count_in_words(tally);
    let is_voted = tally.votes.iter().any(|votes| votes.count > 0);
    Some(if is_voted { format!("no option leads: {count}") } else { count })
}

fn round_of(transcript: &Transcript, round: u8) -> String {
    match &transcript.setup {
        Some(setup) => format!("{round} of at most {}", setup.config.max_rounds),
        None => round.to_string(),
    }
}

/// The last closed round.
fn last_round<'a>(transcript: &'a Transcript, verdict: &Verdict) -> Option<&'a Round> {
    transcript.rounds.iter().find(|round| Some(round.round) == verdict.round)
}

fn closed_round<'a>(transcript: &'a Transcript, verdict: &Verdict) -> Option<&'a RoundClosed> {
    last_round(transcript, verdict)?.closed.as_ref()
}

/// The ballots by result of the last closed round. A run-off's are those of the verdict, if it brought a
/// vote.
fn panel_of(transcript: &Transcript, verdict: &Verdict) -> Option<Panel> {
    let ran_off = run_off(transcript, verdict)
        .is_some_and(|ballots| ballots.iter().any(|ballot| conclusion::voted(ballot).is_some()));
    let closed = closed_round(transcript, verdict).filter(|_| ran_off);
    closed.map(|closed| Panel::from(&*closed.tally)).or(verdict.panel)
}

/// The ballots of the run-off that followed the last closed round, if it was completed.
fn run_off<'a>(transcript: &'a Transcript, verdict: &Verdict) -> Option<&'a [BallotRecorded]> {
    let ballots = &last_round(transcript, verdict)?.run_off[..];
    (!ballots.is_empty() && ballots.len() == usize::from(verdict.of)).then_some(ballots)
}

/// The count of a run-off: `“Sell” 3, “Keep” 1, 1 abstained`.
fn run_off_count(transcript: &Transcript, ballots: &[BallotRecorded]) -> String {
    let mut parts: Vec<_> = conclusion::by_option(ballots)
        .iter()
        .map(|(id, voters)| {
            format!("“{}” {}", on_one_line(&transcript.option_text(*id)), voters.len())
        })
        .collect();
    if parts.is_empty() {
        parts.push("no votes".to_owned());
    }
    let count = |result| ballots.iter().filter(|ballot| ballot.result == result).count();
    let others = [(BallotResult::Abstain, "abstained"), (BallotResult::None, "failed")];
    let others = others.map(|(result, what)| (count(result), what));
    parts.extend(
        others.iter().filter(|(n, _)| *n > 0).map(|(count, what)| format!("{count} {what}")),
    );
    parts.join(", ")
}

/// The result of a tie, if there was one.
fn tie(transcript: &Transcript, verdict: &Verdict) -> Option<&'static str> {
    match verdict.tie_broken_by {
        Some(TieBreak::RunOff) => Some("broken by a run-off, which makes no consensus"),
        Some(TieBreak::Judge) => Some("broken by the judge, which makes no consensus"),
        None => {
            let counted = [Outcome::MaxRounds, Outcome::Deadlock, Outcome::Oscillation];
            if !counted.contains(&verdict.outcome) {
                return None;
            }
            let last = last_round(transcript, verdict)?;
            match (last.run_off.is_empty(), last.rulings.is_empty()) {
                (true, true) => None,
                (false, true) => Some("not broken by a run-off"),
                (_, false) => Some("not broken: the judge did not name the same option both times"),
            }
        }
    }
}

fn round_0(transcript: &Transcript, verdict: &Verdict, tally: &Tally) -> String {
    let change = match verdict.leader_changed {
        Some(true) => "; the debate changed the leader",
        Some(false) => "; the debate did not change the leader",
        None => "",
    };
    format!("{}{change}", transcript.count_in_words(tally))
}

/// A participant that did not take part, with the cause: `Bo: never spoke and never voted, mostly because
/// the clock ran out`.
fn silent_in_words(transcript: &Transcript, silent: &Silent) -> String {
    let what = match (silent.never_spoke, silent.never_voted) {
        (true, true) => "never spoke and never voted",
        (true, false) => "never spoke",
        (false, _) => "never voted",
    };
    let why = silent
        .cause
        .map_or_else(String::new, |cause| format!(", mostly because {}", cause_in_words(cause)));
    format!("{}: {what}{why}", transcript.names().get(&silent.agent_id))
}

fn calls(transcript: &Transcript, verdict: &Verdict) -> String {
    let mut calls = grouped(verdict.calls.begun.into());
    if verdict.calls.voided > 0 {
        calls += &format!(", of these {} voided", grouped(verdict.calls.voided.into()));
    }
    for (host, served) in transcript.served_elsewhere() {
        let were = if *served == 1 { "was" } else { "were" };
        calls += &format!("; {} {were} served by {host}", counted(*served, "call"));
    }
    calls
}

fn tokens(transcript: &Transcript, verdict: &Verdict) -> String {
    let t = verdict.tokens;
    let (unread, unread_0) = transcript.unread();
    let (read, read_0) =
        (t.prompt.saturating_sub(unread), t.round0_prompt.saturating_sub(unread_0));
    let [prompt, output, prompt_0, output_0] =
        [read, t.output, read_0, t.round0_output].map(grouped);
    let about = if transcript.has_estimates() { "about " } else { "" };
    let all = format!("{about}{prompt} read and {output} written");
    if (read, t.output) == (read_0, t.round0_output) {
        return all;
    }
    format!("{all}; in round 0 alone {prompt_0} and {output_0}")
}

fn cautions(transcript: &Transcript, verdict: &Verdict) -> Vec<String> {
    let hollow = verdict.hollow.map(|hollow| match hollow {
        Hollow::Unexplained => {
            "This consensus may be hollow: half or more of those who came over named no statement \
             that moved them."
        }
        Hollow::SameModel => {
            "This consensus may be hollow: all participants are one model, and they agreed before \
             they had heard each other."
        }
    });
    let tiny = verdict.demo.then(|| tiny_voted(transcript));
    hollow.map(str::to_owned).into_iter().chain(tiny).collect()
}

/// The host of the embedded demo model.
const EMBEDDED: &str = "embedded";

/// The caution that a tiny model voted. Only the model of the embedded host is called the demo model.
fn tiny_voted(transcript: &Transcript) -> String {
    let seats = transcript.setup.iter().flat_map(|setup| &setup.participants);
    let mut tiny: Vec<_> = seats.filter(|seat| seat.scale == Scale::Tiny).collect();
    tiny.sort_by_key(|seat| (&seat.host, &seat.model));
    tiny.dedup_by_key(|seat| (&seat.host, &seat.model));
    let voter = match tiny[..] {
        [only] if only.host.as_str() == EMBEDDED => "The small demo model".to_owned(),
        [only] => format!("A tiny model, {},", on_one_line(only.model.as_str())),
        [_, _, ..] | [] => "A tiny model".to_owned(),
    };
    format!(
        "{voter} voted: its ballots are near chance. Use a larger model for a verdict that means \
         something."
    )
}
