//! Debates that a moderator leads.

use synod_debate_protocol::{Command, Stage, audit};
use synod_domain::{
    Brief, CallNo, CallTask, DebateConfig, DebateMode, Event, FailureCause, MoveChosen, MoveKind,
    MoveSource, PausePolicy, PauseReason, Purpose, Scale, VoidCause,
};

use crate::fixture::{DebateFixture, ScriptedReply, agent, in_turns, legal_moves, votes};

const VOTES: [&str; 4] = ["121", "122", "112", "112"];

fn moderated(n: usize) -> DebateConfig {
    in_turns(DebateMode::Autonomous, n, &["First", "Second"])
}

/// A debate among three at the beginning of round 1.
fn in_round_one(config: DebateConfig) -> DebateFixture {
    let mut fixture = DebateFixture::started(config);
    while fixture.debate.stage() != Some(Stage::Discussion) {
        for brief in fixture.begin_due() {
            let said = votes(&VOTES)(&brief);
            fixture.end(brief.call, said);
        }
    }
    fixture
}

fn moves(fixture: &DebateFixture) -> Vec<&MoveChosen> {
    let chosen = fixture.log.iter().filter_map(|recorded| match &recorded.event {
        Event::MoveChosen(chosen) => Some(&**chosen),
        _ => None,
    });
    chosen.collect()
}

fn legal(brief: &Brief) -> Vec<String> {
    legal_moves(brief).iter().map(ToString::to_string).collect()
}

/// The moderator's call, answered so; what follows from it.
fn choose(fixture: &mut DebateFixture, said: impl Into<ScriptedReply>) -> Vec<Event> {
    let brief = fixture.begin_one().unwrap();
    assert_eq!(brief.purpose, Purpose::Move);
    fixture.end(brief.call, said)
}

/// The turn that is due, spoken.
fn speak(fixture: &mut DebateFixture, text: &str) -> usize {
    let brief = fixture.begin_one().unwrap();
    assert_eq!(brief.purpose, Purpose::Argument);
    fixture.end(brief.call, text);
    brief.label.unwrap().index()
}

#[test]
fn the_moderator_is_neutral_and_is_offered_the_legal_moves_only() {
    let mut fixture = in_round_one(moderated(3));
    let brief = fixture.begin_one().unwrap();
    assert!(brief.persona.is_none() && brief.label.is_none() && brief.own_answer.is_none());
    assert_eq!((brief.turn, brief.max_tokens, brief.transcript.len()), (None, 512, 3));
    let all =
        ["speak:A", "ask_evidence:A", "speak:B", "ask_evidence:B", "speak:C", "ask_evidence:C"];
    assert_eq!(legal(&brief), all, "no vote before all had a turn");
    fixture.end(brief.call, r#"{"move":"speak:A"}"#);
    assert_eq!(speak(&mut fixture, "A point."), 0);
    choose(&mut fixture, "speak:B");
    speak(&mut fixture, "Another.");
    choose(&mut fixture, "speak:A");
    speak(&mut fixture, "One more.");

    // A had the last turn and one more than the others; B and C are left.
    let brief = fixture.begin_one().unwrap();
    assert_eq!(legal(&brief), all[2..]);
    fixture.end(brief.call, "speak:C");
    speak(&mut fixture, "At last.");
    let brief = fixture.begin_one().unwrap();
    assert_eq!(legal(&brief).last().map(String::as_str), Some("call_vote"));
    assert!(!legal(&brief).contains(&"speak:C".to_owned()));
}

#[test]
fn the_moderator_defaults_to_participant_0_and_never_votes() {
    let asked = |fixture: &DebateFixture, purposes: &[Purpose]| {
        let begun = fixture.log.iter().filter_map(|recorded| match &recorded.event {
            Event::CallStarted(call) if purposes.contains(&call.purpose) => Some(&call.agent_id),
            _ => None,
        });
        let mut asked: Vec<_> = begun.map(ToString::to_string).collect();
        asked.sort();
        asked.dedup();
        asked
    };
    let neutral = [Purpose::Options, Purpose::Move];
    let mut open = DebateConfig { debate_mode: DebateMode::Autonomous, ..crate::fixture::open(3) };
    let mut fixture = DebateFixture::started(open.clone());
    fixture.hold(votes(&VOTES));
    assert_eq!(asked(&fixture, &neutral), ["a"]);

    open.debate_rules.moderator = Some(agent("m"));
    let mut fixture = DebateFixture::started(open);
    fixture.hold(votes(&VOTES));
    assert_eq!(asked(&fixture, &neutral), ["m"], "and it is the clerk");
    let others = [Purpose::Opening, Purpose::Argument, Purpose::Ballot, Purpose::RunOff];
    assert_eq!(asked(&fixture, &others), ["a", "b", "c"]);
}

#[test]
fn evidence_is_asked_of_that_turn_alone() {
    let mut fixture = in_round_one(moderated(3));
    choose(&mut fixture, "ask_evidence:C");
    let due = fixture.due();
    assert!(due[0].evidence && due.len() == 1);
    let brief = fixture.begin_one().unwrap();
    assert!(matches!(brief.task, CallTask::Argument { evidence: true, .. }));
    fixture.end(brief.call, "Here it is.");
    choose(&mut fixture, "speak:B");
    let brief = fixture.begin_one().unwrap();
    assert!(matches!(brief.task, CallTask::Argument { evidence: false, .. }));
    assert_eq!(brief.quote.unwrap().sentence, "Here it is.", "of the last speaker");
}

#[test]
fn after_two_unreadable_moves_the_scheduler_chooses() {
    let mut fixture = in_round_one(moderated(3));
    let events = choose(&mut fixture, r#"{"move":"speak:Speaker B"}"#);
    assert!(matches!(&events[..], [Event::CallVoided(v)] if v.cause == VoidCause::Invalid));
    let due = fixture.due();
    assert!(due[0].repair && due[0].purpose == Purpose::Move);
    let repair = fixture.begin_one().unwrap();
    assert!(repair.repair.unwrap().error.contains("`move`"));
    fixture.end(repair.call, "Let me hear Speaker A, and then vote.");
    // b is alone with its option.
    let chosen = moves(&fixture)[0];
    let expected = (MoveKind::Speak, Some(agent("b")), MoveSource::Scheduler);
    assert_eq!((chosen.kind, chosen.agent_id.clone(), chosen.source), expected);
    assert_eq!(speak(&mut fixture, "So be it."), 1);
}

#[test]
fn illegal_moves_are_refused_in_every_spelling() {
    for illegal in ["call_vote", "speak:D", "{\"move\":\"call_vote\"}", "speak:B\nspeak:C", "stop"]
    {
        let mut fixture = in_round_one(moderated(3));
        choose(&mut fixture, illegal);
        let events = choose(&mut fixture, illegal);
        assert!(
            matches!(&events[..], [Event::MoveChosen(m)] if m.source == MoveSource::Scheduler),
            "{illegal}: {events:?}"
        );
        assert_eq!(fixture.debate.stage(), Some(Stage::Discussion));
    }
}

#[test]
fn moderator_is_not_asked_again_after_two_failures_in_a_row() {
    let mut fixture = in_round_one(moderated(3));
    for said in
        [ScriptedReply::Failed(FailureCause::ModelError), ScriptedReply::Late("speak:A".into())]
    {
        let events = choose(&mut fixture, said);
        assert!(matches!(&events[..], [Event::MoveChosen(_)]), "no repair: {events:?}");
        speak(&mut fixture, "Well.");
    }
    let verdict = fixture.hold(votes(&VOTES)).clone();
    assert_eq!(moves(&fixture).len(), 2);
    // Twice round 1's turns and ballots, and the two moves.
    assert_eq!(verdict.calls.begun, 6 + 2 + 9 + 9);
    crate::floor::check(&fixture.log);
}

#[test]
fn a_legal_move_resets_the_count_of_failures() {
    let mut fixture = in_round_one(moderated(3));
    for (turn, fails) in [true, false, true, false, true].into_iter().enumerate() {
        let brief = fixture.begin_one().unwrap();
        let said = if fails {
            ScriptedReply::Failed(FailureCause::ModelError)
        } else {
            votes(&VOTES)(&brief)
        };
        fixture.end(brief.call, said);
        speak(&mut fixture, &format!("Point {turn}."));
    }
    assert_eq!(fixture.due()[0].purpose, Purpose::Move);
}

#[test]
fn a_tiny_moderator_is_asked_though_a_tiny_clerk_is_not() {
    let config = DebateConfig { debate_mode: DebateMode::Autonomous, ..crate::fixture::open(2) };
    let mut fixture = DebateFixture::with(config, |profile| profile.scale = Scale::Tiny);
    fixture.command(Command::Start).unwrap();
    fixture.hold(votes(&VOTES));
    assert!(fixture.briefs.iter().any(|brief| brief.purpose == Purpose::Move));
    assert!(!fixture.briefs.iter().any(|brief| brief.purpose == Purpose::Options));
}

#[test]
fn moves_after_a_called_vote_are_recorded_without_effect() {
    let mut fixture = in_round_one(moderated(3));
    let brief = fixture.begin_one().unwrap();
    fixture.command(Command::CallVote).unwrap();
    assert_eq!(fixture.debate.stage(), Some(Stage::Discussion), "its call is open");
    fixture.end(brief.call, "speak:C");
    assert_eq!(moves(&fixture).len(), 1);
    assert_eq!(fixture.debate.stage(), Some(Stage::Voting));
    assert!(fixture.due().iter().all(|step| step.purpose == Purpose::Ballot));
}

#[test]
fn a_called_vote_lets_no_move_be_repaired_or_repeated() {
    let unreadable = |fixture: &mut DebateFixture, call| drop(fixture.end(call, "Hm."));
    let lost = |fixture: &mut DebateFixture, _: CallNo| drop(fixture.command(Command::Recover));
    for end in [unreadable as fn(&mut DebateFixture, CallNo), lost] {
        let mut fixture = in_round_one(moderated(3));
        let brief = fixture.begin_one().unwrap();
        fixture.command(Command::CallVote).unwrap();
        end(&mut fixture, brief.call);
        assert_eq!(fixture.debate.stage(), Some(Stage::Voting));
        assert!(moves(&fixture).is_empty());
        fixture.hold(votes(&VOTES));
        assert_eq!(audit(&fixture.log).unwrap(), fixture.debate);
    }
}

#[test]
fn a_called_vote_drops_unbegun_turns_and_frees_their_numbers() {
    let mut fixture = in_round_one(moderated(3));
    choose(&mut fixture, "speak:C");
    fixture.command(Command::CallVote).unwrap();
    assert_eq!(fixture.debate.stage(), Some(Stage::Voting));
    let next = |fixture: &mut DebateFixture| {
        fixture.hold(votes(&VOTES));
        fixture.briefs.iter().find(|brief| brief.purpose == Purpose::Argument).unwrap().turn
    };
    assert_eq!(next(&mut fixture).map(|turn| turn.0), Some(4));
}

#[test]
fn an_aborting_pause_repeats_the_move_and_a_loss_counts() {
    let mut fixture = in_round_one(moderated(3));
    let first = fixture.begin_one().unwrap();
    let (policy, reason) = (PausePolicy::Abort, PauseReason::Command);
    fixture.command(Command::Pause { policy, reason }).unwrap();
    fixture.command(Command::Resume).unwrap();
    let again = fixture.begin_one().unwrap();
    assert_eq!((&again.task, again.seed), (&first.task, first.seed));
    fixture.command(Command::Recover).unwrap();
    assert_eq!(fixture.due()[0].attempt, 2);
}

#[test]
fn a_move_chosen_while_paused_is_carried_out_once_resumed() {
    let mut fixture = in_round_one(moderated(3));
    let brief = fixture.begin_one().unwrap();
    let (policy, reason) = (PausePolicy::Drain, PauseReason::Command);
    fixture.command(Command::Pause { policy, reason }).unwrap();
    fixture.end(brief.call, "ask_evidence:B");
    assert!(fixture.due().is_empty());
    fixture.command(Command::Resume).unwrap();
    assert!(fixture.due()[0].evidence);
    assert_eq!(speak(&mut fixture, "Here."), 1);
}

#[test]
fn moves_of_one_round_have_seeds_of_their_own() {
    let mut config = moderated(3);
    config.debate_rules.seed = Some(5);
    let mut fixture = DebateFixture::started(config);
    fixture.hold(votes(&VOTES));
    let moves = fixture.briefs.iter().filter(|brief| brief.purpose == Purpose::Move);
    let mut seeds: Vec<_> = moves.map(|brief| brief.seed.unwrap()).collect();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 12);
    // (5 + first four bytes of SHA-256("move/1/0/0/0/1")) mod 2³¹
    let first = fixture.briefs.iter().find(|brief| brief.purpose == Purpose::Move).unwrap();
    let expected = u32::from_be_bytes(FIRST_MOVE).wrapping_add(5) & 0x7FFF_FFFF;
    assert_eq!(first.seed, Some(expected));
}

/// `printf move/1/0/0/0/1 | sha256sum | head -c 8`
const FIRST_MOVE: [u8; 4] = [0x24, 0xf8, 0x92, 0xbe];

#[test]
fn a_moderated_debate_with_all_that_can_happen() {
    let mut config =
        DebateConfig { debate_mode: DebateMode::Autonomous, ..crate::fixture::open(3) };
    config.debate_rules.moderator = Some(agent("m"));
    config.max_rounds = 2;
    let mut fixture = DebateFixture::started(config);
    let mut asked = 0;
    let mut say = move |brief: &Brief| match (brief.purpose, brief.turn.map(|turn| turn.0)) {
        (Purpose::Move, _) => {
            asked += 1;
            ScriptedReply::from(match asked {
                1 => r#"{"move":"ask_evidence:C"}"#,
                2 => "Speaker B, please.",
                3 => r#"Gladly: {"move":"speak:B"}"#,
                4 => "call_vote",
                5 => "speak:C",
                6 => "Speak:A.",
                7 => "call_vote",
                8 => "",
                9 => "   ",
                _ => return ScriptedReply::Failed(FailureCause::ModelError),
            })
        }
        (Purpose::Argument, Some(5)) => "PASS".into(),
        (Purpose::Argument, Some(6)) => ScriptedReply::Late("Half a sent".into()),
        _ => votes(&["112", "121", "211", "211"])(brief),
    };
    while fixture.debate.verdict().is_none() {
        for brief in fixture.begin_due() {
            let said = say(&brief);
            fixture.end(brief.call, said);
        }
        if fixture.debate.calls_begun() == 8 {
            let text = "Mind the budget.".into();
            fixture.command(Command::Interject { text, author: Some("Ms M".into()) }).unwrap();
        }
    }
    crate::floor::check(&fixture.log);
    assert_eq!(audit(&fixture.log).unwrap(), fixture.debate);
    insta::assert_snapshot!(fixture.lines());
}
