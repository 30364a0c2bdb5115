//! Debates that a moderator leads.

use synod_debate_protocol::{Command, Stage, audit};
use synod_domain::{
    Brief, CallNo, DebateConfig, DebateMode, Event, FailureCause, MoveChosen, MoveKind, MoveSource,
    PausePolicy, PauseReason, Purpose, Scale, Task, VoidCause,
};

use crate::table::{Said, Table, agent, in_turns, legal_moves, votes};

const VOTES: [&str; 4] = ["121", "122", "112", "112"];

fn moderated(n: usize) -> DebateConfig {
    in_turns(DebateMode::Autonomous, n, &["First", "Second"])
}

/// A debate among three at the beginning of round 1.
fn in_round_one(config: DebateConfig) -> Table {
    let mut table = Table::started(config);
    while table.debate.stage() != Some(Stage::Discussion) {
        for brief in table.begin_due() {
            let said = votes(&VOTES)(&brief);
            table.end(brief.call, said);
        }
    }
    table
}

fn moves(table: &Table) -> Vec<&MoveChosen> {
    let chosen = table.log.iter().filter_map(|recorded| match &recorded.event {
        Event::MoveChosen(chosen) => Some(&**chosen),
        _ => None,
    });
    chosen.collect()
}

fn legal(brief: &Brief) -> Vec<String> {
    legal_moves(brief).iter().map(ToString::to_string).collect()
}

/// The moderator's call, answered so; what follows from it.
fn choose(table: &mut Table, said: impl Into<Said>) -> Vec<Event> {
    let brief = table.begin_one().unwrap();
    assert_eq!(brief.purpose, Purpose::Move);
    table.end(brief.call, said)
}

/// The turn that is due, spoken.
fn speak(table: &mut Table, text: &str) -> usize {
    let brief = table.begin_one().unwrap();
    assert_eq!(brief.purpose, Purpose::Argument);
    table.end(brief.call, text);
    brief.label.unwrap().index()
}

#[test]
fn the_moderator_is_neutral_and_is_offered_the_legal_moves_only() {
    let mut table = in_round_one(moderated(3));
    let brief = table.begin_one().unwrap();
    assert!(brief.persona.is_none() && brief.label.is_none() && brief.own_answer.is_none());
    assert_eq!((brief.turn, brief.max_tokens, brief.transcript.len()), (None, 512, 3));
    let all =
        ["speak:A", "ask_evidence:A", "speak:B", "ask_evidence:B", "speak:C", "ask_evidence:C"];
    assert_eq!(legal(&brief), all, "no vote before all had a turn");
    table.end(brief.call, r#"{"move":"speak:A"}"#);
    assert_eq!(speak(&mut table, "A point."), 0);
    choose(&mut table, "speak:B");
    speak(&mut table, "Another.");
    choose(&mut table, "speak:A");
    speak(&mut table, "One more.");

    // A had the last turn and one more than the others; B and C are left.
    let brief = table.begin_one().unwrap();
    assert_eq!(legal(&brief), all[2..]);
    table.end(brief.call, "speak:C");
    speak(&mut table, "At last.");
    let brief = table.begin_one().unwrap();
    assert_eq!(legal(&brief).last().map(String::as_str), Some("call_vote"));
    assert!(!legal(&brief).contains(&"speak:C".to_owned()));
}

#[test]
fn the_moderators_model_is_the_one_named_or_participant_0s_and_it_never_votes() {
    let asked = |table: &Table, purposes: &[Purpose]| {
        let begun = table.log.iter().filter_map(|recorded| match &recorded.event {
            Event::CallStarted(call) if purposes.contains(&call.purpose) => Some(&call.agent_id),
            _ => None,
        });
        let mut asked: Vec<_> = begun.map(ToString::to_string).collect();
        asked.sort();
        asked.dedup();
        asked
    };
    let neutral = [Purpose::Options, Purpose::Move];
    let mut open = DebateConfig { debate_mode: DebateMode::Autonomous, ..crate::table::open(3) };
    let mut table = Table::started(open.clone());
    table.hold(votes(&VOTES));
    assert_eq!(asked(&table, &neutral), ["a"]);

    open.debate_rules.moderator = Some(agent("m"));
    let mut table = Table::started(open);
    table.hold(votes(&VOTES));
    assert_eq!(asked(&table, &neutral), ["m"], "and it is the clerk");
    let others = [Purpose::Opening, Purpose::Argument, Purpose::Ballot, Purpose::RunOff];
    assert_eq!(asked(&table, &others), ["a", "b", "c"]);
}

#[test]
fn evidence_is_asked_of_that_turn_alone() {
    let mut table = in_round_one(moderated(3));
    choose(&mut table, "ask_evidence:C");
    let due = table.due();
    assert!(due[0].evidence && due.len() == 1);
    let brief = table.begin_one().unwrap();
    assert!(matches!(brief.task, Task::Argument { evidence: true, .. }));
    table.end(brief.call, "Here it is.");
    choose(&mut table, "speak:B");
    let brief = table.begin_one().unwrap();
    assert!(matches!(brief.task, Task::Argument { evidence: false, .. }));
    assert_eq!(brief.quote.unwrap().sentence, "Here it is.", "of whoever spoke last");
}

#[test]
fn an_unreadable_move_is_repaired_once_and_then_the_scheduler_chooses() {
    let mut table = in_round_one(moderated(3));
    let events = choose(&mut table, r#"{"move":"speak:Speaker B"}"#);
    assert!(matches!(&events[..], [Event::CallVoided(v)] if v.cause == VoidCause::Invalid));
    let due = table.due();
    assert!(due[0].repair && due[0].purpose == Purpose::Move);
    let repair = table.begin_one().unwrap();
    assert!(repair.repair.unwrap().error.contains("`move`"));
    table.end(repair.call, "Let me hear Speaker A, and then vote.");
    // b is alone with its option.
    let chosen = moves(&table)[0];
    let expected = (MoveKind::Speak, Some(agent("b")), MoveSource::Scheduler);
    assert_eq!((chosen.kind, chosen.agent_id.clone(), chosen.source), expected);
    assert_eq!(speak(&mut table, "So be it."), 1);
}

#[test]
fn what_is_not_legal_is_not_done_however_it_is_written() {
    for illegal in ["call_vote", "speak:D", "{\"move\":\"call_vote\"}", "speak:B\nspeak:C", "stop"]
    {
        let mut table = in_round_one(moderated(3));
        choose(&mut table, illegal);
        let events = choose(&mut table, illegal);
        assert!(
            matches!(&events[..], [Event::MoveChosen(m)] if m.source == MoveSource::Scheduler),
            "{illegal}: {events:?}"
        );
        assert_eq!(table.debate.stage(), Some(Stage::Discussion));
    }
}

#[test]
fn a_moderator_that_fails_twice_in_a_row_is_asked_no_more() {
    let mut table = in_round_one(moderated(3));
    for said in [Said::Failed(FailureCause::ModelError), Said::Late("speak:A".into())] {
        let events = choose(&mut table, said);
        assert!(matches!(&events[..], [Event::MoveChosen(_)]), "no repair: {events:?}");
        speak(&mut table, "Well.");
    }
    let verdict = table.hold(votes(&VOTES)).clone();
    assert_eq!(moves(&table).len(), 2);
    // Twice round 1's turns and ballots, and the two moves.
    assert_eq!(verdict.calls.begun, 6 + 2 + 9 + 9);
    crate::floor::check(&table.log);
}

#[test]
fn a_move_in_between_forgives_a_failure() {
    let mut table = in_round_one(moderated(3));
    for (turn, fails) in [true, false, true, false, true].into_iter().enumerate() {
        let brief = table.begin_one().unwrap();
        let said =
            if fails { Said::Failed(FailureCause::ModelError) } else { votes(&VOTES)(&brief) };
        table.end(brief.call, said);
        speak(&mut table, &format!("Point {turn}."));
    }
    assert_eq!(table.due()[0].purpose, Purpose::Move);
}

#[test]
fn a_tiny_moderator_is_asked_though_a_tiny_clerk_is_not() {
    let config = DebateConfig { debate_mode: DebateMode::Autonomous, ..crate::table::open(2) };
    let mut table = Table::with(config, |profile| profile.scale = Scale::Tiny);
    table.command(Command::Start).unwrap();
    table.hold(votes(&VOTES));
    assert!(table.briefs.iter().any(|brief| brief.purpose == Purpose::Move));
    assert!(!table.briefs.iter().any(|brief| brief.purpose == Purpose::Options));
}

#[test]
fn a_move_that_comes_after_a_person_has_called_the_vote_is_recorded_and_not_carried_out() {
    let mut table = in_round_one(moderated(3));
    let brief = table.begin_one().unwrap();
    table.command(Command::CallVote).unwrap();
    assert_eq!(table.debate.stage(), Some(Stage::Discussion), "its call is open");
    table.end(brief.call, "speak:C");
    assert_eq!(moves(&table).len(), 1);
    assert_eq!(table.debate.stage(), Some(Stage::Voting));
    assert!(table.due().iter().all(|step| step.purpose == Purpose::Ballot));
}

#[test]
fn a_called_vote_lets_no_move_be_repaired_or_repeated() {
    let unreadable = |table: &mut Table, call| drop(table.end(call, "Hm."));
    let lost = |table: &mut Table, _: CallNo| drop(table.command(Command::Recover));
    for end in [unreadable as fn(&mut Table, CallNo), lost] {
        let mut table = in_round_one(moderated(3));
        let brief = table.begin_one().unwrap();
        table.command(Command::CallVote).unwrap();
        end(&mut table, brief.call);
        assert_eq!(table.debate.stage(), Some(Stage::Voting));
        assert!(moves(&table).is_empty());
        table.hold(votes(&VOTES));
        assert_eq!(audit(&table.log).unwrap(), table.debate);
    }
}

#[test]
fn a_called_vote_drops_a_turn_that_has_not_begun_and_its_number_stays_free() {
    let mut table = in_round_one(moderated(3));
    choose(&mut table, "speak:C");
    table.command(Command::CallVote).unwrap();
    assert_eq!(table.debate.stage(), Some(Stage::Voting));
    let next = |table: &mut Table| {
        table.hold(votes(&VOTES));
        table.briefs.iter().find(|brief| brief.purpose == Purpose::Argument).unwrap().turn
    };
    assert_eq!(next(&mut table).map(|turn| turn.0), Some(4));
}

#[test]
fn a_pause_that_aborts_asks_the_moderator_afresh_and_a_loss_counts() {
    let mut table = in_round_one(moderated(3));
    let first = table.begin_one().unwrap();
    let (policy, reason) = (PausePolicy::Abort, PauseReason::Command);
    table.command(Command::Pause { policy, reason }).unwrap();
    table.command(Command::Resume).unwrap();
    let again = table.begin_one().unwrap();
    assert_eq!((&again.task, again.seed), (&first.task, first.seed));
    table.command(Command::Recover).unwrap();
    assert_eq!(table.due()[0].attempt, 2);
}

#[test]
fn a_move_chosen_while_paused_is_carried_out_once_resumed() {
    let mut table = in_round_one(moderated(3));
    let brief = table.begin_one().unwrap();
    let (policy, reason) = (PausePolicy::Drain, PauseReason::Command);
    table.command(Command::Pause { policy, reason }).unwrap();
    table.end(brief.call, "ask_evidence:B");
    assert!(table.due().is_empty());
    table.command(Command::Resume).unwrap();
    assert!(table.due()[0].evidence);
    assert_eq!(speak(&mut table, "Here."), 1);
}

#[test]
fn moves_of_one_round_have_seeds_of_their_own() {
    let mut config = moderated(3);
    config.debate_rules.seed = Some(5);
    let mut table = Table::started(config);
    table.hold(votes(&VOTES));
    let moves = table.briefs.iter().filter(|brief| brief.purpose == Purpose::Move);
    let mut seeds: Vec<_> = moves.map(|brief| brief.seed.unwrap()).collect();
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 12);
    // (5 + first four bytes of SHA-256("move/1/0/0/0/1")) mod 2³¹
    let first = table.briefs.iter().find(|brief| brief.purpose == Purpose::Move).unwrap();
    let expected = u32::from_be_bytes(FIRST_MOVE).wrapping_add(5) & 0x7FFF_FFFF;
    assert_eq!(first.seed, Some(expected));
}

/// `printf move/1/0/0/0/1 | sha256sum | head -c 8`
const FIRST_MOVE: [u8; 4] = [0x24, 0xf8, 0x92, 0xbe];

#[test]
fn a_moderated_debate_with_all_that_can_happen() {
    let mut config = DebateConfig { debate_mode: DebateMode::Autonomous, ..crate::table::open(3) };
    config.debate_rules.moderator = Some(agent("m"));
    config.max_rounds = 2;
    let mut table = Table::started(config);
    let mut asked = 0;
    let mut say = move |brief: &Brief| match (brief.purpose, brief.turn.map(|turn| turn.0)) {
        (Purpose::Move, _) => {
            asked += 1;
            Said::from(match asked {
                1 => r#"{"move":"ask_evidence:C"}"#,
                2 => "Speaker B, please.",
                3 => r#"Gladly: {"move":"speak:B"}"#,
                4 => "call_vote",
                5 => "speak:C",
                6 => "Speak:A.",
                7 => "call_vote",
                8 => "",
                9 => "   ",
                _ => return Said::Failed(FailureCause::ModelError),
            })
        }
        (Purpose::Argument, Some(5)) => "PASS".into(),
        (Purpose::Argument, Some(6)) => Said::Late("Half a sent".into()),
        _ => votes(&["112", "121", "211", "211"])(brief),
    };
    while table.debate.verdict().is_none() {
        for brief in table.begin_due() {
            let said = say(&brief);
            table.end(brief.call, said);
        }
        if table.debate.calls_begun() == 8 {
            let text = "Mind the budget.".into();
            table.command(Command::Interject { text, author: Some("Ms M".into()) }).unwrap();
        }
    }
    crate::floor::check(&table.log);
    assert_eq!(audit(&table.log).unwrap(), table.debate);
    insta::assert_snapshot!(table.lines());
}
