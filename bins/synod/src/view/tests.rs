use anstream::adapter::strip_str;
use synod_debate_engine::CallPhase;
use synod_domain::{AgentId, CallNo, TurnNo};
use textwrap::core::display_width;

use super::*;

mod lines;
mod status;
mod thinking;

const CONSENSUS: &str = include_str!("../../../../crates/transcript/tests/logs/consensus.ndjson");
const MODERATED: &str = include_str!("../../../../crates/transcript/tests/logs/moderated.ndjson");
const HOSTILE: &str = include_str!("../../../../crates/transcript/tests/logs/hostile.ndjson");

fn read(log: &str) -> Vec<Recorded> {
    log.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

/// All lines of a log, without colours.
fn shown(log: &[Recorded], width: usize) -> String {
    let mut view = View::default();
    let lines = log.iter().flat_map(|recorded| view.on_event(recorded, width));
    lines.map(|line| strip_str(&line).to_string() + "\n").collect()
}

fn delta(turn: u32, text: &str) -> TurnDelta {
    TurnDelta {
        debate_id: "0193fb3e-0000-7000-8000-000000000001".parse().expect("an id"),
        call: CallNo(turn),
        turn: TurnNo(turn),
        agent_id: AgentId::new(["ada", "bo", "cy"][turn as usize - 1]).expect("an id"),
        index: 0,
        whole: false,
        text: text.to_owned(),
    }
}

/// A view in which three openings have begun.
fn three_openings() -> View {
    let mut view = View::default();
    for recorded in &read(CONSENSUS)[..5] {
        view.on_event(recorded, 60);
    }
    view
}

#[test]
fn a_debate_on_a_terminal() {
    insta::assert_snapshot!(shown(&read(CONSENSUS), 90));
}

#[test]
fn a_debate_on_a_narrow_terminal() {
    insta::assert_snapshot!(shown(&read(CONSENSUS), 40));
}

#[test]
fn a_moderated_debate_on_a_terminal() {
    insta::assert_snapshot!(shown(&read(MODERATED), 90));
}

#[test]
fn colours_apply_to_names_but_not_to_statements() {
    let mut view = View::default();
    let log = read(CONSENSUS);
    let lines: Vec<_> = log[..8].iter().flat_map(|recorded| view.on_event(recorded, 60)).collect();
    insta::assert_debug_snapshot!(lines);
}

fn progress(turn: u32, phase: CallPhase) -> CallProgress {
    CallProgress {
        call: CallNo(turn),
        purpose: synod_domain::Purpose::Opening,
        turn: Some(TurnNo(turn)),
        agent_id: delta(turn, "").agent_id,
        phase,
    }
}

fn thought(turn: u32, text: &str) -> Thought {
    let TurnDelta { call, turn, agent_id, .. } = delta(turn, "");
    Thought { call, turn: Some(turn), agent_id, whole: false, text: text.to_owned() }
}

fn plain(lines: Vec<String>) -> Vec<String> {
    lines.into_iter().map(|line| strip_str(&line).to_string()).collect()
}

/// An event of the log of [`MODERATED`].
fn event(kind: &str, data: &str) -> Recorded {
    let line = format!(
        r#"{{"v":1,"debate_id":"01939b3e-0000-7000-8000-000000000002","seq":1,"at":"2026-11-23T10:00:04.120Z","type":"{kind}","data":{data}}}"#
    );
    serde_json::from_str(&line).expect("an event")
}

#[test]
fn terminal_control_characters_are_removed() {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\rgone";
    let log = HOSTILE
        .replace(r#""name":"Ada""#, &format!(r#""name":{}"#, serde_json::json!(evil)))
        .replace("Mira", "\\u001b[31mMira")
        .replace("llama3.2:3b", "\u{202e}llama");
    let log = read(&log);
    let mut view = View::default();
    let mut lines = Vec::new();
    for recorded in &log {
        lines.extend(view.on_event(recorded, 70));
        for turn in 1..=3 {
            lines.extend(view.on_delta(&delta(turn, evil), 70));
        }
        let LiveLines { tail, status, menu: _ } = view.live_lines(70);
        lines.extend([tail, status]);
    }
    for line in lines {
        // Replaces the escape of our own colours.
        let text = line.replace("\u{1b}[", "⟦");
        let unsafe_mark =
            text.chars().find(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(c));
        assert_eq!(unsafe_mark, None, "{line:?}");
        let ours =
            |code: &str| code.split(['m', ';']).next().is_some_and(|n| n.parse::<u8>().is_ok());
        assert!(text.split('⟦').skip(1).all(ours), "{line:?}");
        assert!(!line.contains("\u{1b}[2J") && !line.contains("\u{1b}[31mMira"), "{line:?}");
    }
}

#[test]
fn only_the_first_speaker_streams() {
    let mut view = three_openings();
    let text = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| strip_str(line).to_string()).collect()
    };
    assert_eq!(text(view.on_delta(&delta(2, "I am Bo. "), 31)), Vec::<String>::new());
    assert_eq!(
        text(view.on_delta(&delta(1, "I am Ada and I say this:"), 31)),
        ["  [1] Ada │ I am Ada and I say"]
    );
    assert_eq!(strip_str(&view.live_lines(31).tail).to_string(), "          │ this:");

    // The openings end in reverse order.
    let ends: Vec<_> =
        read(CONSENSUS).into_iter().filter(|r| r.event.kind() == "turn_ended").collect();
    assert_eq!(text(view.on_event(&ends[0], 31)), Vec::<String>::new());
    assert_eq!(text(view.on_event(&ends[1], 31)), Vec::<String>::new());
    let lines = text(view.on_event(&ends[2], 31));
    let names: Vec<_> =
        lines.iter().filter_map(|line| line.split('│').next()).map(str::trim).collect();
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    assert_eq!(names, ["[1] Ada", "[2] Bo", "[3] Cy"], "{lines:#?}");
    assert!(lines[0].contains("(restarted)"), "the streamed text differs: {lines:#?}");
}

#[test]
fn interrupted_speaker_is_named_again() {
    let mut view = three_openings();
    assert_eq!(
        plain(view.on_delta(&delta(1, "I say it now and"), 27)),
        ["  [1] Ada │ I say it now"]
    );
    let message = event("interjected", r#"{"text":"Winter.","author":null}"#);
    assert_eq!(plain(view.on_event(&message, 27)), ["", "      You │ Winter.", ""]);
    assert_eq!(
        plain(view.on_delta(&delta(1, " then once more"), 27)),
        ["  [1] Ada │ and then once"]
    );
}

#[test]
fn new_options_are_listed_and_gaps_are_single_lines() {
    let mut view = three_openings();
    let set = |options: &str, source: &str| {
        let data =
            format!(r#"{{"call":null,"options":{options},"source":"{source}","meta":null}}"#);
        event("options_set", &data)
    };
    let first = r#"[{"id":"O1","text":"Now"},{"id":"O2","text":"Never"}]"#;
    view.on_event(&set(first, "fallback"), 90);
    let more =
        r#"[{"id":"O1","text":"Now"},{"id":"O2","text":"Never"},{"id":"O3","text":"Later"}]"#;
    let lines = plain(view.on_event(&set(more, "ballots"), 90)).join("\n");
    assert!(lines.contains("With proposals from ballots the options are: O1, O2, O3"), "{lines}");
    assert!(lines.contains("O3 Later") && !lines.contains("O2 Never"), "{lines}");
    for log in [CONSENSUS, MODERATED, HOSTILE] {
        assert!(!shown(&read(log), 90).contains("\n\n\n"));
    }
}

#[test]
fn long_name_of_a_moderator_is_not_cut() {
    let log = MODERATED.replace(r#""name":"Mo""#, r#""name":"The Moderator""#);
    assert_ne!(log, MODERATED);
    assert!(shown(&read(&log), 90).contains("The Moderator │"));
}
