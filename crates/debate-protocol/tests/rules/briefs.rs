//! What calls are given.

use std::{sync::Arc, time::Duration};

use synod_debate_protocol::{CallEnd, Command, NextStep, Stage, audit};
use synod_domain::{
    Brief, CallMeta, CallTask, DebateConfig, Event, HostName, Label, ModelName, OwnAnswer,
    ParticipantProfile, Purpose, TranscriptEntry, TurnNo,
};

use crate::fixture::{DebateFixture, ScriptedReply, agent, closed, meta, open, votes};

fn held(config: synod_domain::DebateConfig) -> DebateFixture {
    let mut fixture = DebateFixture::started(config);
    fixture.hold(votes(&["121", "122", "112", "112"]));
    fixture
}

fn of(fixture: &DebateFixture, purpose: Purpose, round: u8, index: usize) -> Vec<&Brief> {
    let asked = |brief: &&Brief| {
        (brief.purpose, brief.round, brief.label) == (purpose, round, Some(Label::of(index)))
    };
    fixture.briefs.iter().filter(asked).collect()
}

#[test]
fn openings_are_blind_and_know_the_options_if_closed() {
    let fixture = held(closed(3, &["A", "B"]));
    let opening = of(&fixture, Purpose::Opening, 0, 1)[0];
    assert_eq!((&*opening.topic, opening.turn), ("Should the town ban cars?", Some(TurnNo(2))));
    assert!(opening.transcript.is_empty() && opening.own_answer.is_none());
    assert!(
        matches!(&opening.task, CallTask::Opening { options: Some(options) } if options.len() == 2)
    );
    assert_eq!((opening.max_tokens, opening.time_limit), (400, Duration::from_secs(60)));
    assert!(matches!(held(open(3)).briefs[0].task, CallTask::Opening { options: None }));
}

#[test]
fn a_pass_sees_all_earlier_statements_and_none_of_its_own() {
    let fixture = held(closed(3, &["A", "B"]));
    let passes = of(&fixture, Purpose::Argument, 1, 0);
    let turns = |brief: &Brief| {
        let turn = |entry: &TranscriptEntry| match entry {
            TranscriptEntry::Statement { turn, .. } => turn.0,
            TranscriptEntry::Interjection { .. } => 0,
        };
        brief.transcript.iter().map(turn).collect::<Vec<_>>()
    };
    assert_eq!(turns(passes[0]), [1, 2, 3]);
    assert_eq!(turns(passes[1]), [1, 2, 3, 4, 5, 6]);
    assert_eq!(turns(of(&fixture, Purpose::Ballot, 1, 0)[0]), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
}

#[test]
fn briefs_share_the_transcript_of_a_state_with_the_same_entries() {
    let fixture = held(closed(3, &["A", "B"]));
    let last = fixture.briefs.last().unwrap();
    let mut copies =
        [(); 2].map(|()| Brief { transcript: Arc::new(last.transcript.to_vec()), ..last.clone() });
    copies.iter_mut().for_each(|copy| fixture.debate.share_transcript(copy));
    assert!(Arc::ptr_eq(&copies[0].transcript, &copies[1].transcript));
    let mut blind = fixture.briefs[0].clone();
    fixture.debate.share_transcript(&mut blind);
    assert_eq!(blind, fixture.briefs[0]);
}

#[test]
fn roles_are_listed_anonymously_if_all_share_one_model() {
    let roles = |config: DebateConfig, change: &dyn Fn(&mut ParticipantProfile)| {
        let mut fixture = DebateFixture::with(config, change);
        fixture.command(Command::Start).unwrap();
        let NextStep::Begin(steps) = fixture.debate.next_step() else { panic!("openings") };
        steps.iter().map(|step| fixture.debate.brief(step).roles).collect::<Vec<_>>()
    };
    let config = closed(3, &["A", "B"]);
    let mut turned = config.clone();
    turned.selected_agents.reverse();
    let listed = roles(config.clone(), &|_| {});
    assert_eq!(listed[0].len(), 3);
    assert!(listed.iter().chain(&roles(turned, &|_| {})).all(|roles| *roles == listed[0]));
    let alike = |seat: &mut ParticipantProfile| seat.persona.expertise = "an expert".into();
    assert_eq!(roles(config.clone(), &alike)[0].len(), 1);

    let c = agent("c");
    let elsewhere: [&dyn Fn(&mut ParticipantProfile); 4] = [
        &|seat| seat.host = HostName::new("other").unwrap(),
        &|seat| seat.model = ModelName::new("other").unwrap(),
        &|seat| seat.digest = Some("sha256:other".into()),
        &|seat| seat.pooled = true,
    ];
    for change in elsewhere {
        let one = |seat: &mut ParticipantProfile| {
            if seat.agent_id == c {
                change(seat);
            }
        };
        assert!(roles(config.clone(), &one).iter().all(|roles| roles.is_empty()));
        // A judge hears them as well.
        let mut judged = closed(2, &["A", "B"]);
        judged.debate_rules.judge = Some(c.clone());
        assert!(roles(judged, &one).iter().all(|roles| roles.is_empty()));
    }
}

#[test]
fn an_argument_quotes_one_peer_in_turn() {
    let fixture = held(closed(3, &["A", "B"]));
    let quoted = |round, pass: usize, index| {
        let brief = of(&fixture, Purpose::Argument, round, index)[pass - 1];
        brief.quote.as_ref().map(|quote| (quote.label.letter(), quote.sentence.as_str()))
    };
    // (i + 1 + (r + pass) mod (n − 1)) mod n
    assert_eq!(quoted(1, 1, 0), Some(('B', "Statement 2 has a point.")));
    assert_eq!(quoted(1, 2, 0), Some(('C', "Statement 5 has a point.")));
    assert_eq!(quoted(2, 1, 2), Some(('B', "Statement 7 has a point.")));
}

#[test]
fn the_own_answer_is_the_opening_and_then_the_last_vote() {
    let fixture = held(closed(3, &["A", "B"]));
    let own = |brief: &Brief| match brief.own_answer.clone() {
        Some(OwnAnswer::Opening(text)) => format!("opening: {text}"),
        Some(OwnAnswer::Vote(text)) => format!("vote: {text}"),
        None => "none".to_owned(),
    };
    let ballot = |round| own(of(&fixture, Purpose::Ballot, round, 2)[0]);
    assert!(ballot(0).starts_with("opening: Statement 3"));
    assert_eq!((ballot(1), ballot(2)), ("vote: A".into(), "vote: B".into()));
}

#[test]
fn a_ballot_may_name_the_peers_statements_of_its_round() {
    let fixture = held(closed(3, &["A", "B"]));
    let shown = |round| match &of(&fixture, Purpose::Ballot, round, 0)[0].task {
        CallTask::Vote(form) => {
            form.moved_by.as_ref().map(|turns| turns.iter().map(|t| t.0).collect())
        }
        _ => None::<Vec<_>>,
    };
    assert_eq!(shown(0), None);
    // Round 1 speaks in the order b, c, a: a's own turns are 1, 6 and 9.
    assert_eq!(shown(1), Some(vec![2, 3, 4, 5, 7, 8]));
    // Round 2 in the order c, a, b: a's own are 11 and 14; openings no longer count.
    assert_eq!(shown(2), Some(vec![10, 12, 13, 15]));
}

#[test]
fn clerk_and_judge_are_nobody() {
    let mut config = open(2);
    config.debate_rules.judge = Some(crate::fixture::agent("j"));
    let mut fixture = DebateFixture::started(config);
    fixture.hold(votes(&["12", "12", "12"]));
    for purpose in [Purpose::Options, Purpose::Judge] {
        let brief = fixture.briefs.iter().find(|brief| brief.purpose == purpose).unwrap();
        assert!(brief.persona.is_none() && brief.label.is_none() && brief.own_answer.is_none());
        assert_eq!(brief.max_tokens, 512);
        assert!(!brief.transcript.is_empty());
    }
}

#[test]
fn seeds_differ_by_call_and_do_not_depend_on_arrival() {
    let mut config = closed(3, &["A", "B"]);
    config.debate_rules.seed = Some(11);
    let seeds =
        |fixture: &DebateFixture| fixture.briefs.iter().map(|brief| brief.seed).collect::<Vec<_>>();
    let held = |config| {
        let mut fixture = DebateFixture::started(config);
        fixture.hold(votes(&["12x", "12x", "12x", "12x"]));
        fixture
    };
    let fixture = held(config.clone());
    assert!(fixture.briefs.iter().any(|brief| brief.repair.is_some()));
    assert_eq!(seeds(&fixture), seeds(&held(config)));
    let mut distinct = seeds(&fixture);
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), fixture.briefs.len());
    assert!(distinct.iter().all(|seed| seed.is_some_and(|seed| seed <= 0x7FFF_FFFF)));
    // (11 + first four bytes of SHA-256("opening/0/0/1/0/1")) mod 2³¹
    let expected = u32::from_be_bytes(OPENING_1).wrapping_add(11) & 0x7FFF_FFFF;
    assert_eq!(fixture.briefs[0].seed, Some(expected));
}

/// `printf opening/0/0/1/0/1 | sha256sum | head -c 8`
const OPENING_1: [u8; 4] = [0x4e, 0x89, 0x26, 0x36];

/// A window too small for the openings: a voter cannot say that one of them moved it.
#[test]
fn statements_left_out_of_a_prompt_cannot_be_moved_by() {
    let mut fixture = DebateFixture::started(closed(3, &["A", "B"]));
    while fixture.debate.round() == 0 || fixture.debate.stage() == Some(Stage::Discussion) {
        for brief in fixture.begin_due() {
            fixture.end(brief.call, votes(&["121"])(&brief));
        }
    }
    let ballot = fixture.begin_one().unwrap();
    let mut name = |call, turn: u32, omitted| {
        let text = format!(r#"{{"choice":"A","confidence":1,"moved_by":"S{turn}"}}"#);
        let (how, meta) = (CallEnd::Replied { cut: false }, CallMeta { omitted, ..meta() });
        let ended = Command::Ended { call, how, text, meta };
        let events = fixture.command(ended).unwrap();
        assert!(audit(&fixture.log).is_ok());
        let recorded = match &events[0] {
            Event::BallotRecorded(ballot) => (ballot.option.is_some(), ballot.moved_by),
            other => panic!("{other:?}"),
        };
        (recorded, fixture.begin_one().map(|brief| brief.call))
    };
    let (ballot, next) = name(ballot.call, 2, 3);
    assert_eq!(ballot, (true, None), "the vote counts, and its cause is not made up");
    let (ballot, next) = name(next.unwrap(), 5, 3);
    assert_eq!(ballot, (true, Some(TurnNo(5))));
    let (ballot, _) = name(next.unwrap(), 1, 0);
    assert_eq!(ballot, (true, Some(TurnNo(1))));
}

#[test]
fn rulings_are_numbered_one_and_two_in_their_seeds() {
    let mut config = closed(2, &["A", "B"]);
    config.debate_rules.judge = Some(crate::fixture::agent("j"));
    config.debate_rules.seed = Some(7);
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match brief.purpose {
        Purpose::Judge => ScriptedReply::from("O1"),
        _ => votes(&["12", "12", "12"])(brief),
    });
    let rulings = fixture.briefs.iter().filter(|brief| brief.purpose == Purpose::Judge);
    let seeds: Vec<_> = rulings.map(|brief| (brief.round, brief.seed)).collect();
    // Of `judge/2/0/1/0/1` and `judge/2/0/2/0/1`.
    assert_eq!(seeds, [(2, Some(2_015_485_125)), (2, Some(372_474_056))]);
}

#[test]
fn quotes_have_200_characters_and_options_of_openings_160() {
    let mut fixture = DebateFixture::started(open(2));
    fixture.hold(|brief| match brief.purpose {
        Purpose::Opening => ScriptedReply::from("é".repeat(300)),
        Purpose::Options => "no list".into(),
        _ => votes(&["11", "11", "11"])(brief),
    });
    let quoted = fixture.briefs.iter().filter_map(|brief| brief.quote.as_ref());
    assert_eq!(quoted.map(|quote| quote.sentence.chars().count()).max(), Some(200));
    assert_eq!(fixture.debate.options()[0].text.chars().count(), 160);
}

#[test]
fn the_quoted_sentence_has_content_and_ends_with_a_word() {
    let mut config = closed(2, &["First", "Second"]);
    config.max_iterations_per_round = 1;
    let long = "Many words that say very little about the matter at hand and go on ".repeat(9);
    for (statement, quoted) in [
        ("Certainly! Cars harm the shops. They do.", "Cars harm the shops."),
        ("Sure, I'm ready.\nCars harm the shops.", "Cars harm the shops."),
        ("当然！道路很窄。商店会受损。", "道路很窄。"),
    ] {
        assert_eq!(quote_of(config.clone(), statement), quoted);
    }
    let quoted = quote_of(config, &format!("Great question. {long}"));
    assert!(quoted.chars().count() <= 200 && quoted.ends_with('…'), "{quoted}");
    let last = quoted.trim_end_matches('…').rsplit(' ').next().unwrap();
    assert!(long.split(' ').any(|word| word == last), "{last:?} is a word");
}

/// The sentence that the first speaker of round 1 replies to, if all openings are this text.
fn quote_of(config: DebateConfig, statement: &str) -> String {
    let mut fixture = DebateFixture::started(config);
    fixture.hold(|brief| match brief.purpose {
        Purpose::Opening => statement.into(),
        _ => votes(&["12", "12", "12"])(brief),
    });
    let argument = fixture.briefs.iter().find(|brief| brief.purpose == Purpose::Argument).unwrap();
    argument.quote.as_ref().unwrap().sentence.clone()
}
