//! Every field of every event, changed alone: the audit finds it, unless only a model, a person or
//! a clock could say what it should be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use synod_debate_protocol::{Command, audit};
use synod_domain::{
    Brief, CallTask, DebateMode, Event, FailureCause, HostName, PausePolicy, PauseReason, Paused,
    Purpose, Recorded, Scale,
};

use crate::fixture::{DebateFixture, ScriptedReply, agent, in_turns, open, votes};

/// What a log alone cannot tell, as `type path`, or the beginning of a path.
const FREE: [&str; 25] = [
    // The question, the terms and the seats, as they were given.
    "debate_initialized data.config.",
    "debate_initialized data.participants.#.",
    "debate_initialized data.moderator.",
    "debate_initialized data.judge.",
    // An audit by earlier rules asks less.
    "debate_initialized data.rules_revision",
    // What people said, and why they paused or stopped. An event of an unknown type is one of later
    // versions.
    "debate_paused data.policy",
    "debate_paused data.reason",
    "debate_paused data.hosts",
    "debate_paused data.hosts.#",
    "debate_paused data.detail",
    "interjected type",
    "vote_called type",
    "interjected data.text",
    "interjected data.author",
    "debate_closed data.reason",
    "debate_closed data.outcome",
    // What models said.
    "turn_ended data.text",
    "turn_ended data.truncated",
    "ballot_recorded data.confidence",
    "ballot_recorded data.moved_by",
    // A form without a usable confidence says no more than a bare name.
    "ballot_recorded data.via",
    "call_voided data.text",
    "call_voided data.detail",
    // When it was, as far as the running time stays the same.
    "* at",
    // What calls cost, as far as no sum shows it.
    "* data.meta.",
];

#[test]
fn changed_fields_fail_the_audit_unless_they_are_free() {
    let logs = logs();
    let seen = values(&logs);
    let mut missed = BTreeSet::new();
    for log in &logs {
        assert!(audit(log).is_ok());
        for (at, recorded) in log.iter().enumerate() {
            let value = serde_json::to_value(recorded).unwrap();
            for path in leaves(&value) {
                let place = place(recorded, &path);
                for other in others(&value, &path, &seen[&place]) {
                    // What cannot even be read is found.
                    let Ok(changed) = serde_json::from_value::<Recorded>(other) else { continue };
                    let mut log = log.clone();
                    log[at] = changed;
                    if log[at] != *recorded && audit(&log).is_ok() {
                        missed.insert(place.clone());
                    }
                }
            }
        }
    }
    let covers = |free: &str, place: &String| {
        let anywhere = place.split_once(' ').map(|(_, path)| format!("* {path}")).unwrap();
        [place, &anywhere]
            .into_iter()
            .any(|place| if free.ends_with('.') { place.starts_with(free) } else { place == free })
    };
    missed.retain(|place| !FREE.iter().any(|free| covers(free, place)));
    assert_eq!(missed, BTreeSet::new());
}

/// Only people and hosts could say why a debate paused, but the log shows a step that was lost three
/// times.
#[test]
fn a_pause_for_a_lost_step_differs_from_others() {
    let reasons = [
        PauseReason::Command,
        PauseReason::Poison,
        PauseReason::HostsAway,
        PauseReason::HostsRefuse,
    ];
    let mut pauses = BTreeSet::new();
    for log in &logs() {
        for (at, recorded) in log.iter().enumerate() {
            let Event::DebatePaused(paused) = &recorded.event else { continue };
            for reason in reasons {
                let mut log = log.clone();
                log[at].event = Event::DebatePaused(Paused::of(paused.policy, reason).into());
                let is_same_kind =
                    (reason == PauseReason::Poison) == (paused.reason == PauseReason::Poison);
                assert_eq!(audit(&log).is_ok(), is_same_kind, "{:?} as {reason:?}", paused.reason);
            }
            pauses.insert(format!("{:?}", paused.reason));
        }
    }
    assert_eq!(pauses.len(), reasons.len(), "{pauses:?}");
}

/// Debates in which everything happens that can.
fn logs() -> Vec<Vec<Recorded>> {
    let modes = [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous];
    let mut logs: Vec<_> = modes.into_iter().map(eventful).collect();
    logs.extend([
        tied(["1122-", "1122-"]),
        tied(["11222", "112!-"]),
        poisoned(),
        stopped(),
        late(),
    ]);
    logs
}

/// Pauses, crashes, interjections, repairs, proposals, failures and a vote that is called.
fn eventful(mode: DebateMode) -> Vec<Recorded> {
    let mut config = in_turns(mode, 4, &[]);
    config.debate_rules.judge = Some(agent("j"));
    config.debate_rules.max_total_tokens = Some(1_000_000);
    config.debate_rules.deadline_seconds = Some(600);
    config.debate_rules.moderator = (mode == DebateMode::Autonomous).then(|| agent("m"));
    let mut fixture = DebateFixture::started(config);
    let (policy, reason) = (PausePolicy::Abort, PauseReason::Command);
    let mut replies = 0;
    while fixture.debate.verdict().is_none() {
        for brief in fixture.begin_due() {
            replies += 1;
            let (text, author) = ("Hear me.".to_owned(), Some("Ann".to_owned()));
            let happens: &[Command] = match replies {
                3 => &[Command::Interject { text, author }],
                9 | 20 => &[Command::Recover],
                12 => &[Command::Pause { policy, reason }, Command::Resume],
                22 => &[without(PauseReason::HostsAway, &["far", "near"]), Command::Resume],
                30 => &[without(PauseReason::HostsRefuse, &[]), Command::Resume],
                26 => &[Command::CallVote],
                _ => &[],
            };
            happens.iter().for_each(|command| drop(fixture.command(command.clone())));
            if fixture.debate.open_calls().any(|open| open.call == brief.call) {
                fixture.end(brief.call, said(&brief, replies));
            }
        }
    }
    fixture.log
}

/// A pause for these hosts.
fn without(reason: PauseReason, hosts: &[&str]) -> Command {
    let hosts = hosts.iter().map(|host| HostName::new(*host).unwrap()).collect();
    Command::PauseForHosts { reason, hosts, detail: Some("gone".into()) }
}

fn said(brief: &Brief, replies: usize) -> ScriptedReply {
    match (brief.purpose, brief.label.map(|label| label.index()), &brief.task) {
        (Purpose::Ballot, Some(index), CallTask::Vote(form)) => {
            let cause = form.moved_by.as_deref().map_or(String::new(), |turns| {
                let named = turns.first().map_or("none".to_owned(), |turn| format!("S{}", turn.0));
                format!(r#","moved_by":"{named}""#)
            });
            match (index, brief.round, &brief.repair) {
                (3, 0, _) => r#"{"choice":"new","new_option":"Third","confidence":0.5}"#.into(),
                (2, _, None) => "Hard to say.".into(),
                (2, 1, _) => ScriptedReply::Failed(FailureCause::ModelError),
                (2, ..) => "abstain".into(),
                _ => format!(r#"{{"choice":"O{}","confidence":0.5{cause}}}"#, index % 2 + 1).into(),
            }
        }
        (Purpose::RunOff, Some(index), _) => format!("O{}", index % 2 + 1).into(),
        (Purpose::Judge, ..) => "O2".into(),
        (Purpose::Argument, ..) if replies.is_multiple_of(5) => "PASS".into(),
        (Purpose::Argument, ..) if replies.is_multiple_of(7) => {
            ScriptedReply::Late(format!("Half a {replies}"))
        }
        (Purpose::Argument, ..) if replies.is_multiple_of(8) => {
            ScriptedReply::Failed(FailureCause::Context)
        }
        _ => votes(&["1111"; 4])(brief),
    }
}

/// A tie of the last round, and its run-off; a judge rules if that is tied as well.
fn tied(rows: [&str; 2]) -> Vec<Recorded> {
    let mut config = in_turns(DebateMode::Structured, 5, &["A", "B", "C"]);
    (config.max_rounds, config.max_iterations_per_round) = (1, 1);
    config.debate_rules.judge = Some(agent("j"));
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match brief.purpose {
        Purpose::Judge => ScriptedReply::from("O2"),
        _ => votes(&["1122-", rows[0], rows[1]])(brief),
    });
    fixture.log
}

/// Lost three times, then resumed; a tiny clerk is not asked.
fn poisoned() -> Vec<Recorded> {
    let mut fixture = DebateFixture::with(open(2), |profile| profile.scale = Scale::Tiny);
    fixture.command(Command::Start).unwrap();
    for _ in 0..3 {
        fixture.begin_due();
        fixture.command(Command::Recover).unwrap();
    }
    fixture.command(Command::Resume).unwrap();
    fixture.hold(votes(&["12"; 4]));
    fixture.log
}

fn stopped() -> Vec<Recorded> {
    let mut fixture = DebateFixture::started(in_turns(DebateMode::Freeform, 3, &["A", "B"]));
    let begun = fixture.begin_due();
    fixture.end(begun[0].call, "An opening.");
    fixture.command(Command::Stop { reason: Some("Enough.".to_owned()) }).unwrap();
    fixture.log
}

fn late() -> Vec<Recorded> {
    let mut config = in_turns(DebateMode::Structured, 3, &["A", "B"]);
    config.debate_rules.deadline_seconds = Some(60);
    let mut fixture = DebateFixture::started(config);
    fixture.begin_due();
    fixture.now = fixture.now.after(std::time::Duration::from_secs(60));
    fixture.command(Command::DeadlinePassed).unwrap();
    fixture.log
}

/// The paths of all values that hold no others by name.
fn leaves(value: &Value) -> Vec<Vec<String>> {
    let below = |key: String, value: &Value| {
        leaves(value).into_iter().map(move |path| [vec![key.clone()], path].concat())
    };
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(key, value)| below(key.clone(), value)).collect()
        }
        Value::Array(items) => {
            let items = items.iter().enumerate().flat_map(|(i, item)| below(i.to_string(), item));
            [vec![]].into_iter().chain(items).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => vec![vec![]],
    }
}

fn pointer(path: &[String]) -> String {
    path.iter().map(|key| format!("/{key}")).collect()
}

fn place(recorded: &Recorded, path: &[String]) -> String {
    let is_number = |key: &String| key.parse::<usize>().is_ok();
    let keys = path.iter().map(|key| if is_number(key) { "#" } else { key });
    format!("{} {}", recorded.event.kind(), keys.collect::<Vec<_>>().join("."))
}

/// The values at each place in any log.
fn values(logs: &[Vec<Recorded>]) -> BTreeMap<String, Vec<Value>> {
    let mut seen = BTreeMap::<_, Vec<Value>>::new();
    for recorded in logs.iter().flatten() {
        let value = serde_json::to_value(recorded).unwrap();
        for path in leaves(&value) {
            let here = seen.entry(place(recorded, &path)).or_default();
            let there = value.pointer(&pointer(&path)).unwrap();
            if here.len() < 8 && !here.contains(there) {
                here.push(there.clone());
            }
        }
    }
    seen
}

/// The event with other values at a path: those that stand there elsewhere, and near ones.
fn others<'a>(
    value: &'a Value,
    path: &'a [String],
    seen: &'a [Value],
) -> impl Iterator<Item = Value> + 'a {
    let near = match value.pointer(&pointer(path)).unwrap() {
        Value::Number(number) if number.is_f64() => vec![json!(0.25), json!(0.875)],
        Value::Number(number) => {
            let number = number.as_i64().unwrap();
            vec![json!(number + 1), json!(number - 1), json!(0)]
        }
        Value::String(text) => vec![json!(format!("{text}x")), json!("")],
        Value::Bool(flag) => vec![json!(!flag)],
        Value::Array(items) => {
            let repeated = [items.clone(), items.last().cloned().into_iter().collect()].concat();
            let reversed = items.iter().rev().cloned().collect();
            vec![json!([]), Value::Array(repeated), Value::Array(reversed)]
        }
        Value::Null => vec![json!("x"), json!(1), json!("invalid")],
        Value::Object(_) => vec![],
    };
    near.into_iter().chain([Value::Null]).chain(seen.iter().cloned()).map(move |other| {
        let mut changed = value.clone();
        *changed.pointer_mut(&pointer(path)).unwrap() = other;
        changed
    })
}
