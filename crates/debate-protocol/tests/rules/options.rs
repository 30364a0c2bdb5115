//! Where options come from: the configuration, the clerk, the openings, the ballots.

use synod_domain::{Brief, DebateOption, Event, OptionsSource, Outcome, Purpose, Scale};

use crate::table::{Said, Table, closed, open, votes};

fn texts(options: &[DebateOption]) -> Vec<&str> {
    options.iter().map(|option| &*option.text).collect()
}

fn sources(table: &Table) -> Vec<OptionsSource> {
    let set = table.log.iter().filter_map(|recorded| match &recorded.event {
        Event::OptionsSet(set) => Some(set.source),
        _ => None,
    });
    set.collect()
}

/// Openings that state an answer; the clerk says `clerk`.
fn with_clerk<'a>(clerk: &'a str) -> impl FnMut(&Brief) -> Said + 'a {
    move |brief| match brief.purpose {
        Purpose::Opening => match brief.label.unwrap().index() {
            0 => "Answer: Heat the building\nIt is cold.".into(),
            1 => "**Answer: heat the building.**\nIt is cold.".into(),
            _ => "Open longer hours. People work late.".into(),
        },
        Purpose::Options => clerk.into(),
        _ => "abstain".into(),
    }
}

#[test]
fn the_clerk_lists_what_the_openings_say() {
    let mut table = Table::started(open(3));
    table.hold(with_clerk(r#"{"options":["Heat","Hours"]}"#));
    assert_eq!(texts(table.debate.options()), ["Heat", "Hours"]);
    assert_eq!(sources(&table), [OptionsSource::Clerk]);
}

#[test]
fn a_clerk_that_cannot_be_read_is_asked_once_more_and_then_not_needed() {
    let mut table = Table::started(open(3));
    table.hold(with_clerk("Well, some say heat, others say hours."));
    let clerk: Vec<_> = table.briefs.iter().filter(|b| b.purpose == Purpose::Options).collect();
    assert_eq!(clerk.len(), 2);
    assert!(
        clerk[1]
            .repair
            .as_ref()
            .is_some_and(|repair| repair.error.contains("not one whole JSON object"))
    );
    assert_eq!(sources(&table), [OptionsSource::Fallback]);
    assert_eq!(texts(table.debate.options()), ["Heat the building", "Open longer hours."]);
}

#[test]
fn a_tiny_clerk_is_not_asked() {
    let mut table = Table::with(open(3), |profile| profile.scale = Scale::Tiny);
    table.command(synod_debate_protocol::Command::Start).unwrap();
    table.hold(with_clerk("unused"));
    assert!(table.briefs.iter().all(|brief| brief.purpose != Purpose::Options));
    assert_eq!(sources(&table), [OptionsSource::Fallback]);
    assert_eq!(texts(table.debate.options()), ["Heat the building", "Open longer hours."]);
}

#[test]
fn an_answer_nobody_listed_is_proposed_on_a_ballot_and_added_once() {
    let mut table = Table::started(open(3));
    let verdict = table.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Ballot, 0) if brief.label.unwrap().index() > 0 => {
            r#"{"choice":"new","new_option":"Both","confidence":1}"#.into()
        }
        (Purpose::Ballot, 1..) => r#"{"choice":"Both","confidence":1,"moved_by":"none"}"#.into(),
        _ => votes(&["111", "111", "111"])(brief),
    });
    assert_eq!(verdict.answer.as_ref().map(|answer| &*answer.text), Some("Both"));
    assert_eq!(texts(table.debate.options()), ["First", "Second", "Both"]);
    let closed = table.kinds().iter().position(|kind| *kind == "round_closed").unwrap();
    assert_eq!(table.kinds()[closed + 1], "options_set", "in the batch of the round");
}

#[test]
fn proposals_end_with_the_last_round_and_at_six_options() {
    let mut table = Table::started(open(2));
    table.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Options, _) => r#"{"options":["1a","2a","3a","4a","5a"]}"#.into(),
        (Purpose::Ballot, 0) => {
            let text = if brief.label.unwrap().index() == 0 { "6a" } else { "7a" };
            Said::from(format!(r#"{{"choice":"new","new_option":"{text}","confidence":1}}"#))
        }
        (Purpose::Ballot, _) => {
            let synod_domain::Task::Vote(form) = &brief.task else { panic!("no form") };
            assert!(!form.may_propose);
            "abstain".into()
        }
        _ => "Words.".into(),
    });
    assert_eq!(texts(table.debate.options()), ["1a", "2a", "3a", "4a", "5a", "6a"]);
}

#[test]
fn options_rotate_by_voter_and_round_so_that_position_cannot_win() {
    let mut table = Table::started(closed(4, &["A", "B"]));
    let verdict = table.hold(|brief| match &brief.task {
        synod_domain::Task::Vote(form) => {
            let cause = form.moved_by.as_ref().map_or("", |_| r#","moved_by":"none""#);
            format!(r#"{{"choice":"{}","confidence":1{cause}}}"#, form.choices[0].text)
        }
        _ => "Words.".to_owned(),
    });
    assert_eq!(verdict.outcome, Outcome::MaxRounds);
    assert_eq!(verdict.leader, None);
    for round in table.debate.rounds() {
        assert!(round.tally.votes.iter().all(|vote| vote.count == 2), "{:?}", round.tally);
    }
}

#[test]
fn the_last_round_takes_no_proposals() {
    let mut config = open(2);
    config.max_rounds = 1;
    let mut table = Table::started(config);
    table.hold(votes(&["12", "12", "12"]));
    let forms = table.briefs.iter().filter_map(|brief| match &brief.task {
        synod_domain::Task::Vote(form) => Some((brief.round, form.may_propose)),
        _ => None,
    });
    assert_eq!(forms.collect::<Vec<_>>(), [(0, true), (0, true), (1, false), (1, false)]);
}

#[test]
fn the_options_of_a_closed_question_stand_trimmed_and_in_order() {
    let table = Table::new(closed(2, &[" Yes ", "No"]));
    assert_eq!(texts(table.debate.options()), ["Yes", "No"]);
}
