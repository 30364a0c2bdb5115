use anstream::adapter::strip_str;
use synod_debate_engine::CallPhase;
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
fn no_line_of_a_statement_ends_within_a_word_at_40_80_and_200_columns() {
    let words = "Ask qwen2.5-coder:7b-instruct, as https://example.org/a-b?c=d says: well-known \
                 facts, Straßenverkehrs-Ordnung and --require-consensus (도심을 폐쇄) count.";
    let spaceless = "センターは車に閉鎖すべきです。答えは「はい」。";
    let mut log = read(CONSENSUS);
    for recorded in &mut log {
        if let Event::TurnEnded(turn) = &mut recorded.event {
            std::sync::Arc::make_mut(turn).text = format!("{words} {words} {spaceless}").into();
        }
    }
    for width in [40, 80, 200] {
        let mut view = View::default();
        let lines: Vec<_> = log.iter().flat_map(|recorded| view.record(recorded, width)).collect();
        assert!(lines.iter().any(|line| line.contains('\u{1b}')), "there are colours");
        let lines: Vec<_> = lines.iter().map(|line| strip_str(line).to_string()).collect();
        assert!(lines.iter().all(|line| display_width(line) < width), "{width}: {lines:#?}");
        let text = |line: &String| line.split_once("│ ").map(|(_, text)| text.to_owned());
        let said: Vec<_> = lines.iter().filter_map(text).collect();
        for word in words.split(' ') {
            // Only what is wider than the column is broken.
            let fits = display_width(word) < width - 18;
            let is_whole = said.iter().any(|line| line.split(' ').any(|shown| shown == word));
            assert!(is_whole || !fits, "{width}: {word} in {said:#?}");
        }
        assert!(said.concat().contains(spaceless), "{width}: {said:#?}");
        let begins = |line: &String| line.starts_with(['。', '」', '、']);
        assert!(!said.iter().any(begins), "{width}: {said:#?}");
    }
}

/// The log among models with ids as servers list them: of 300 characters and with spaces.
fn with_long_models(log: &str) -> Vec<Recorded> {
    let mut log = read(log);
    for recorded in &mut log {
        let Event::DebateInitialized(setup) = &mut recorded.event else { continue };
        let seats = &mut std::sync::Arc::make_mut(setup).participants;
        for (index, seat) in seats.iter_mut().enumerate() {
            let id = format!("org/A-Model{index}-{}", "雪x".repeat(40));
            std::sync::Arc::make_mut(seat).model = id.parse().expect("an id");
        }
    }
    log
}

#[test]
fn long_model_ids_and_what_was_left_out_or_failed_fit_every_width() {
    let mut log = with_long_models(CONSENSUS);
    for recorded in &mut log {
        if let Event::TurnEnded(turn) = &mut recorded.event {
            std::sync::Arc::make_mut(turn).meta.omitted = 4;
        }
        if let Event::BallotRecorded(ballot) = &mut recorded.event {
            let ballot = std::sync::Arc::make_mut(ballot);
            ballot.cause = Some(synod_domain::FailureCause::ModelError);
            ballot.meta.failure = Some(format!("gpu refused: {}", "x".repeat(100)).into());
        }
    }
    for width in 24..120 {
        let shown = shown(&log, width);
        for line in shown.lines() {
            assert!(display_width(line) < width, "{width}: {line}");
        }
        assert!(shown.contains("left") && shown.contains("Failures"), "{width}: {shown}");
        assert!(shown.contains("Speaker A") && shown.contains('…'), "{width}: {shown}");
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
        let Live { tail, status, menu: _ } = view.live(70);
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
    assert_eq!(text(view.hear(&delta(2, "I am Bo. "), 31)), Vec::<String>::new());
    assert_eq!(
        text(view.hear(&delta(1, "I am Ada and I say this:"), 31)),
        ["  [1] Ada │ I am Ada and I say"]
    );
    assert_eq!(strip_str(&view.live(31).tail).to_string(), "          │ this:");

    // The openings end in another order: the third, the second, the first.
    let ends: Vec<_> =
        read(CONSENSUS).into_iter().filter(|r| r.event.kind() == "turn_ended").collect();
    assert_eq!(text(view.record(&ends[0], 31)), Vec::<String>::new());
    assert_eq!(text(view.record(&ends[1], 31)), Vec::<String>::new());
    let lines = text(view.record(&ends[2], 31));
    let names: Vec<_> =
        lines.iter().filter_map(|line| line.split('│').next()).map(str::trim).collect();
    let names: Vec<_> = names.into_iter().filter(|name| !name.is_empty()).collect();
    assert_eq!(names, ["[1] Ada", "[2] Bo", "[3] Cy"], "{lines:#?}");
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
        status.starts_with("round 1 of 2, discussion · the moderator is asked · call 7 of "),
        "{status}"
    );
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

#[test]
fn the_status_says_what_each_call_does_and_what_it_costs() {
    let mut view = three_openings();
    let rest = "call 3 of 18 · 0:00 · 0 tokens · ^C stops";
    let status = |view: &View| view.live(160).status;
    assert_eq!(
        status(&view),
        format!("round 0 of 2, blind opening · Ada, Bo and Cy are asked · {rest}")
    );
    view.reach(&progress(1, CallPhase::Loading));
    view.reach(&progress(2, CallPhase::Queued { ahead: 0, wait: None }));
    view.reach(&progress(3, CallPhase::Queued { ahead: 1, wait: None }));
    // Only one of the three is worked on.
    let first = "call 1 of 18 · 0:00 · 0 tokens · ^C stops";
    let doing = "llama3.2:3b is loading for Ada, Bo is next, Cy is 2nd in line";
    assert_eq!(status(&view), format!("round 0 of 2, blind opening · {doing} · {first}"));
    let wait = |seconds| Some(std::time::Duration::from_secs(seconds));
    view.reach(&progress(2, CallPhase::Queued { ahead: 0, wait: wait(8) }));
    view.reach(&progress(3, CallPhase::Queued { ahead: 2, wait: wait(38) }));
    let doing = "llama3.2:3b is loading for Ada, Bo is next (about 10 s), \
                 Cy is 3rd in line, about 40 s";
    assert_eq!(view.live(170).status, format!("round 0 of 2, blind opening · {doing} · {first}"));
    view.reach(&progress(1, CallPhase::Generating));
    view.reach(&progress(2, CallPhase::Generating));
    view.reach(&progress(3, CallPhase::Prompting));
    assert_eq!(
        status(&view),
        format!(
            "round 0 of 2, blind opening · Ada and Bo speak, Cy is reading the prompt · {rest}"
        )
    );
    view.think(&thought(1, "Hm, well"), 90);
    let doing = "Bo speaks, Ada thinks (2 words), Cy is reading the prompt";
    assert_eq!(status(&view), format!("round 0 of 2, blind opening · {doing} · {rest}"));
    view.hear(&delta(1, "I"), 90);
    assert_eq!(
        status(&view),
        format!(
            "round 0 of 2, blind opening · Ada and Bo speak, Cy is reading the prompt · {rest}"
        )
    );
    // The hint and the phase stay, however much else there is to show.
    view.reach(&progress(1, CallPhase::Loading));
    view.elapse(std::time::Duration::from_secs(83));
    let told = |width| view.live(width).status;
    assert!(told(104).ends_with("… · call 3 of 18 · 1:23 · 0 tokens · ^C stops"), "{}", told(104));
    assert!(told(96).ends_with("… · call 3 of 18 · 1:23 · ^C stops"), "{}", told(96));
    assert!(told(88).ends_with("… · call 3 of 18 · ^C stops"), "{}", told(88));
    let few = told(75);
    assert!(few.starts_with("round 0 of 2, blind opening · Bo speaks, "), "{few}");
    assert!(few.ends_with("… · ^C stops"), "{few}");
    assert_eq!(told(46), "round 0 of 2, blind opening · ^C stops");
    assert_eq!(told(40), "round 0, blind opening · ^C stops");
    assert_eq!(told(35), "blind opening · ^C stops");
    for width in 20..200 {
        assert!(display_width(&told(width)) <= width - 5, "{width}: {}", told(width));
    }
}

#[test]
fn the_status_estimates_the_time_once_calls_have_ended() {
    let mut view = View::default();
    for recorded in &read(CONSENSUS)[..8] {
        view.record(recorded, 160);
    }
    view.elapse(std::time::Duration::from_secs(30));
    // Three of 18 calls have taken 30 s.
    assert!(view.live(160).status.contains("0:30 of at most about 3 min"), "{:?}", view.live(160));
}

#[test]
fn the_clock_stops_while_the_debate_is_paused_or_waits_for_hosts() {
    use synod_domain::{PausePolicy, PauseReason, Paused};

    let seconds = std::time::Duration::from_secs;
    let events = read(CONSENSUS);
    let mut view = View::default();
    for recorded in &events[..8] {
        view.record(recorded, 160);
    }
    view.elapse(seconds(30));
    let paused = Event::DebatePaused(Paused::of(PausePolicy::Drain, PauseReason::HostsAway));
    view.record(&Recorded { event: paused, ..events[7].clone() }, 160);
    view.elapse(seconds(900));
    assert!(view.live(160).status.contains("0:30 of at most about 3 min"), "{:?}", view.live(160));
    view.record(&Recorded { event: Event::DebateResumed, ..events[7].clone() }, 160);
    view.elapse(seconds(910));
    assert!(view.live(160).status.contains("0:40 of at most"), "{:?}", view.live(160));

    let mut view = three_openings();
    let away = CallPhase::Away { waited: seconds(1), next_try: seconds(1) };
    view.elapse(seconds(4));
    for call in 1..=3 {
        view.reach(&progress(call, away));
    }
    view.elapse(seconds(300));
    assert!(view.live(250).status.contains(" · 0:04 · "), "{:?}", view.live(250));
    view.reach(&progress(2, CallPhase::Prompting));
    view.elapse(seconds(301));
    assert!(view.live(250).status.contains(" · 0:05 · "), "one is served: {:?}", view.live(250));
}

#[test]
fn a_debate_of_moments_has_no_forecast() {
    let mut view = View::default();
    for recorded in &read(CONSENSUS)[..8] {
        view.record(recorded, 160);
    }
    view.elapse(std::time::Duration::from_millis(600));
    view.elapse(std::time::Duration::from_millis(1_000));
    assert!(view.live(160).status.contains("0:01 of at most about 10 s"), "{:?}", view.live(160));
    for recorded in &read(CONSENSUS)[8..12] {
        view.record(recorded, 160);
    }
    assert!(!view.live(160).status.contains("any moment"), "{:?}", view.live(160));
}

#[test]
fn thinking_is_one_line_that_grows() {
    let mut view = three_openings();
    let tail = |view: &View| strip_str(&view.live(60).tail).to_string();
    assert_eq!(plain(view.think(&thought(1, "Let me se"), 60)), [""; 0]);
    assert_eq!(tail(&view), "  [1] Ada │ thinking, 3 words");
    // A word in two pieces is one.
    view.think(&thought(1, "e what\nis new"), 60);
    assert_eq!(tail(&view), "  [1] Ada │ thinking, 6 words");
    assert_eq!(plain(view.hear(&delta(1, "I say"), 60)), ["  [1] Ada │ (thought, 6 words)"]);
    assert_eq!(tail(&view), "          │ I say");
    let whole = Thought { whole: true, ..thought(2, "One two.") };
    for _ in 0..2 {
        view.think(&whole, 60);
    }
    view.hear(&delta(2, "Two."), 60);
    let ends = read(CONSENSUS).into_iter().filter(|r| r.event.kind() == "turn_ended").take(3);
    let lines: Vec<_> = ends.flat_map(|end| plain(view.record(&end, 60))).collect();
    let told: Vec<_> = lines.iter().filter(|line| line.contains("(thought, ")).collect();
    assert_eq!(told, ["   [2] Bo │ (thought, 2 words)"], "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("One two")), "{lines:#?}");
}

#[test]
fn thinking_can_be_shown_in_full_and_is_in_no_transcript() {
    let mut view =
        View { manner: Manner { thinking: true, ..Manner::default() }, ..three_openings() };
    let lines = view.think(&thought(1, "Let me see what is new in the centre"), 31);
    assert!(lines[0].contains("\u{1b}[2mLet me see"), "it is dim: {lines:?}");
    assert_eq!(plain(lines), ["  [1] Ada │ Let me see what is"]);
    let lines = plain(view.hear(&delta(1, "I say"), 31));
    assert_eq!(lines, ["          │ new in the centre"]);
    assert_eq!(strip_str(&view.live(31).tail).to_string(), "          │ I say");
    assert!(!view.transcript().to_markdown().contains("centre"));
}

/// An event of the log of [`MODERATED`].
fn event(kind: &str, data: &str) -> Recorded {
    let line = format!(
        r#"{{"v":1,"debate_id":"01939b3e-0000-7000-8000-000000000002","seq":1,"at":"2026-11-23T10:00:04.120Z","type":"{kind}","data":{data}}}"#
    );
    serde_json::from_str(&line).expect("an event")
}

#[test]
fn who_is_interrupted_is_named_again() {
    let mut view = three_openings();
    assert_eq!(plain(view.hear(&delta(1, "I say it now and"), 27)), ["  [1] Ada │ I say it now"]);
    let said = event("interjected", r#"{"text":"Winter.","author":null}"#);
    assert_eq!(plain(view.record(&said, 27)), ["", "      You │ Winter.", ""]);
    assert_eq!(plain(view.hear(&delta(1, " then once more"), 27)), ["  [1] Ada │ and then once"]);
}

#[test]
fn new_options_are_listed_and_no_gap_is_wider_than_a_line() {
    let mut view = three_openings();
    let set = |options: &str, source: &str| {
        let data =
            format!(r#"{{"call":null,"options":{options},"source":"{source}","meta":null}}"#);
        event("options_set", &data)
    };
    let first = r#"[{"id":"O1","text":"Now"},{"id":"O2","text":"Never"}]"#;
    view.record(&set(first, "fallback"), 90);
    let more =
        r#"[{"id":"O1","text":"Now"},{"id":"O2","text":"Never"},{"id":"O3","text":"Later"}]"#;
    let lines = plain(view.record(&set(more, "ballots"), 90)).join("\n");
    assert!(lines.contains("With proposals from ballots the options are: O1, O2, O3"), "{lines}");
    assert!(lines.contains("O3 Later") && !lines.contains("O2 Never"), "{lines}");
    for log in [CONSENSUS, MODERATED, HOSTILE] {
        assert!(!shown(&read(log), 90).contains("\n\n\n"));
    }
}

#[test]
fn a_moderator_with_a_long_name_is_named_whole() {
    let log = MODERATED.replace(r#""name":"Mo""#, r#""name":"The Moderator""#);
    assert_ne!(log, MODERATED);
    assert!(shown(&read(&log), 90).contains("The Moderator │"));
}

#[test]
fn the_menu_fits_below_the_status() {
    let mut view =
        View { manner: Manner { thinking: false, ctrl_c: CtrlC::Menu }, ..three_openings() };
    assert!(view.live(90).status.ends_with("^C: menu"));
    assert_eq!(view.live(90).menu, [""; 0]);
    view.ask(Some("[g]o on  [s]top".to_owned()));
    assert_eq!(view.live(90).menu, ["[g]o on  [s]top"]);
    // No choice is hidden where it does not fit on a line.
    assert_eq!(view.live(15).menu, ["[g]o on", "[s]top"]);
    view.ask(None);
    assert_eq!(view.live(90).menu, [""; 0]);
}
