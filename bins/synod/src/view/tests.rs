use anstream::adapter::strip_str;
use synod_domain::{AgentId, CallNo, TurnNo};
use textwrap::core::display_width;

use super::*;

const CONSENSUS: &str = include_str!("../../../../crates/transcript/tests/logs/consensus.ndjson");
const MODERATED: &str = include_str!("../../../../crates/transcript/tests/logs/moderated.ndjson");
const HOSTILE: &str = include_str!("../../../../crates/transcript/tests/logs/hostile.ndjson");

fn read(log: &str) -> Vec<Recorded> {
    log.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

/// All lines of a log, without colours.
fn shown(log: &[Recorded], width: usize) -> String {
    let mut view = View::default();
    let lines = log.iter().flat_map(|recorded| view.record(recorded, width));
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
        view.record(recorded, 60);
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
fn colours_stand_around_names_and_never_in_what_is_said() {
    let mut view = View::default();
    let log = read(CONSENSUS);
    let lines: Vec<_> = log[..8].iter().flat_map(|recorded| view.record(recorded, 60)).collect();
    insta::assert_debug_snapshot!(lines);
}

#[test]
fn lines_fit_terminals_of_every_width() {
    for log in [CONSENSUS, MODERATED, HOSTILE] {
        for width in 24..120 {
            for line in shown(&read(log), width).lines() {
                assert!(display_width(line) < width, "{width}: {line}");
            }
        }
    }
}

#[test]
fn nothing_that_a_terminal_obeys_gets_through() {
    let evil = "\u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\rgone";
    let log = HOSTILE
        .replace(r#""name":"Ada""#, &format!(r#""name":{}"#, serde_json::json!(evil)))
        .replace("Mira", "\\u001b[31mMira")
        .replace("llama3.2:3b", "\u{202e}llama");
    let log = read(&log);
    let mut view = View::default();
    let mut lines = Vec::new();
    for recorded in &log {
        lines.extend(view.record(recorded, 70));
        for turn in 1..=3 {
            lines.extend(view.hear(&delta(turn, evil), 70));
        }
        let Live { tail, status } = view.live(70);
        lines.extend([tail, status]);
    }
    for line in lines {
        // What remains of a line without the colours that are ours.
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
fn the_first_speaker_streams_and_the_others_wait_for_their_turn() {
    let mut view = three_openings();
    let text = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| strip_str(line).to_string()).collect()
    };
    assert_eq!(text(view.hear(&delta(2, "I am Bo. "), 30)), Vec::<String>::new());
    assert_eq!(
        text(view.hear(&delta(1, "I am Ada and I say this:"), 30)),
        ["     Ada │ I am Ada and I say"]
    );
    assert_eq!(strip_str(&view.live(30).tail).to_string(), "         │ this:");

    // The openings end in another order: the third, the second, the first.
    let ends: Vec<_> =
        read(CONSENSUS).into_iter().filter(|r| r.event.kind() == "turn_ended").collect();
    assert_eq!(text(view.record(&ends[0], 30)), Vec::<String>::new());
    assert_eq!(text(view.record(&ends[1], 30)), Vec::<String>::new());
    let lines = text(view.record(&ends[2], 30));
    let names: Vec<_> =
        lines.iter().filter_map(|line| line.split('│').next()).map(str::trim).collect();
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    assert_eq!(names, ["Ada", "Bo", "Cy"], "{lines:#?}");
    assert!(lines[0].contains("(begins again)"), "what streamed was another text: {lines:#?}");
}

#[test]
fn the_status_says_that_the_moderator_chooses() {
    let mut view = View::default();
    let log = read(MODERATED);
    let is_move = |recorded: &Recorded| matches!(&recorded.event, Event::CallStarted(call) if call.purpose == synod_domain::Purpose::Move);
    let first = log.iter().position(is_move).expect("a move");
    for recorded in &log[..=first] {
        view.record(recorded, 90);
    }
    let status = view.live(90).status;
    assert!(
        status.starts_with("round 1 of 2 · the moderator chooses a speaker · 7 calls"),
        "{status}"
    );
}

#[test]
fn the_status_says_who_is_at_work_and_what_it_costs() {
    let mut view = three_openings();
    assert_eq!(
        view.live(90).status,
        "round 0 of 2 · Ada speaks (2 more) · 3 calls · 0 tokens · ^C stops"
    );
    view.reach(&CallProgress {
        call: CallNo(1),
        purpose: synod_domain::Purpose::Opening,
        turn: Some(TurnNo(1)),
        agent_id: AgentId::new("ada").expect("an id"),
        phase: synod_debate_engine::CallPhase::Loading,
    });
    assert_eq!(view.live(40).status, "round 0 of 2 · llama3.2:3b is load…");
}
