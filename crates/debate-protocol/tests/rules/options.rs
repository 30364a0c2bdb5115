//! Where options come from: the configuration, the clerk, the openings, the ballots.

use synod_debate_protocol::{Command, audit};
use synod_domain::{
    Brief, DebateConfig, DebateMode, DebateOption, Event, OptionsSet, OptionsSource, Outcome,
    Purpose, Scale,
};

use crate::fixture::{DebateFixture, ScriptedReply, agent, closed, open, votes};

fn texts(options: &[DebateOption]) -> Vec<&str> {
    options.iter().map(|option| &*option.text).collect()
}

fn sets(fixture: &DebateFixture) -> impl Iterator<Item = &OptionsSet> {
    fixture.log.iter().filter_map(|recorded| match &recorded.event {
        Event::OptionsSet(set) => Some(&**set),
        _ => None,
    })
}

fn sources(fixture: &DebateFixture) -> Vec<OptionsSource> {
    sets(fixture).map(|set| set.source).collect()
}

/// Openings that state an answer; the clerk says `clerk`.
fn with_clerk<'a>(clerk: &'a str) -> impl FnMut(&Brief) -> ScriptedReply + 'a {
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
    let mut fixture = DebateFixture::started(open(3));
    fixture.hold(with_clerk(r#"{"options":["Heat the building","Open longer hours"]}"#));
    assert_eq!(texts(fixture.debate.options()), ["Heat the building", "Open longer hours"]);
    assert_eq!(sources(&fixture), [OptionsSource::Clerk]);
    assert_eq!(audit(&fixture.log).unwrap(), fixture.debate);
}

/// Three openings that all said `Do not sell it` once came to `Consensus: sell it`, and a clerk that
/// named one answer of three made it unanimous.
#[test]
fn a_clerk_turns_no_answer_around_and_drops_none() {
    let hold = |answers: [&'static str; 3], clerk: &'static str| {
        let mut fixture = DebateFixture::started(open(3));
        fixture.hold(|brief| match brief.purpose {
            Purpose::Opening => {
                let answer = answers[brief.label.unwrap().index()];
                ScriptedReply::from(format!("Answer: {answer}\nFor a reason."))
            }
            Purpose::Options => clerk.into(),
            _ => "abstain".into(),
        });
        assert_eq!(audit(&fixture.log).unwrap(), fixture.debate);
        let options: Vec<_> = fixture.debate.options().iter().map(|o| o.text.to_string()).collect();
        let repair = fixture
            .briefs
            .iter()
            .find_map(|brief| brief.repair.as_ref().filter(|_| brief.purpose == Purpose::Options));
        (options, repair.map(|repair| repair.error.clone()))
    };
    let (options, repair) = hold(["Do not sell it"; 3], r#"{"options":["sell it"]}"#);
    assert_eq!(options, ["Do not sell it"]);
    assert!(repair.unwrap().contains("\"sell it\" is the answer of no opening"));
    let three = ["Keep it", "Sell it", "Rent it"];
    for (clerk, missing) in [
        (r#"{"options":["Keep it"]}"#, "Sell it"),
        (r#"{"options":[["Keep it","Sell it"]]}"#, "Rent it"),
    ] {
        let (options, repair) = hold(three, clerk);
        assert_eq!(options, three, "{clerk}");
        let repair = repair.unwrap();
        assert!(repair.contains(&format!("{missing:?} is missing")), "{repair}");
    }
    assert_eq!(hold(three, r#"{"options":["it"]}"#).0, three);
    // Answers that a clerk takes for the same are options of their own, without a repair.
    let merged = r#"{"options":[["No","Yes"]]}"#;
    assert_eq!(hold(["Yes", "No", "No"], merged), (vec!["No".into(), "Yes".into()], None));
}

#[test]
fn an_unreadable_clerk_is_repaired_once_then_replaced() {
    let mut fixture = DebateFixture::started(open(3));
    fixture.hold(with_clerk("Well, some say heat, others say hours."));
    let clerk: Vec<_> = fixture.briefs.iter().filter(|b| b.purpose == Purpose::Options).collect();
    assert_eq!(clerk.len(), 2);
    assert!(
        clerk[1]
            .repair
            .as_ref()
            .is_some_and(|repair| repair.error.contains("not one whole JSON object"))
    );
    assert_eq!(sources(&fixture), [OptionsSource::Fallback]);
    assert_eq!(texts(fixture.debate.options()), ["Heat the building", "Open longer hours."]);
}

#[test]
fn a_tiny_or_small_clerk_is_not_asked() {
    for scale in [Scale::Tiny, Scale::Small] {
        let mut fixture = DebateFixture::with(open(3), |profile| profile.scale = scale);
        fixture.command(Command::Start).unwrap();
        fixture.hold(with_clerk("unused"));
        assert!(fixture.briefs.iter().all(|brief| brief.purpose != Purpose::Options));
        assert_eq!(sources(&fixture), [OptionsSource::Fallback]);
        assert!(sets(&fixture).all(|set| set.call.is_none() && set.meta.is_none()));
        assert_eq!(texts(fixture.debate.options()), ["Heat the building", "Open longer hours."]);
        assert!(fixture.debate.calls_begun() < fixture.debate.setup().limits.planned_calls);
        assert_eq!(audit(&fixture.log).unwrap(), fixture.debate);
    }
}

/// The clerk is the moderator's model where one is set.
#[test]
fn the_scale_that_counts_is_the_clerks() {
    for (moderator, others, asked) in
        [(Scale::Small, Scale::Regular, false), (Scale::Regular, Scale::Small, true)]
    {
        let mut config = DebateConfig { debate_mode: DebateMode::Autonomous, ..open(3) };
        config.debate_rules.moderator = Some(agent("m"));
        let mut fixture = DebateFixture::with(config, |profile| {
            profile.scale = if profile.agent_id == agent("m") { moderator } else { others };
        });
        fixture.command(Command::Start).unwrap();
        fixture.hold(votes(&["12-"; 4]));
        let clerk = fixture.briefs.iter().any(|brief| brief.purpose == Purpose::Options);
        assert_eq!(clerk, asked, "{moderator:?}");
    }
}

#[test]
fn what_a_clerk_lists_twice_is_one_option() {
    let mut fixture = DebateFixture::started(open(3));
    let listed = r#"{"options":["Heat the building","Open longer hours","heat the building.",
        "1. Open longer hours","“HEAT THE BUILDING”",["O2: open longer hours"],"(heat the building)"]}"#;
    fixture.hold(with_clerk(listed));
    assert_eq!(texts(fixture.debate.options()), ["Heat the building", "Open longer hours"]);
    assert_eq!(sources(&fixture), [OptionsSource::Clerk]);
    assert!(
        fixture
            .briefs
            .iter()
            .all(|brief| brief.repair.is_none() || brief.purpose != Purpose::Options)
    );
}

/// A clerk's repair once invented four languages that no opening had named.
#[test]
fn an_option_that_no_opening_supports_is_refused() {
    for invented in [
        r#"{"options":["Heat the building","Ada"]}"#,
        r#"{"options":["Heating the building"]}"#,
        r#"{"options":["Heat"]}"#,
        r#"{"options":["[Speaker A, statement 1]"]}"#,
        r#"{"options":["Heat the building","{\"choice\":\"O1\"}"]}"#,
    ] {
        let mut fixture = DebateFixture::started(open(3));
        fixture.hold(with_clerk(invented));
        let repairs = fixture.briefs.iter().filter_map(|brief| {
            brief.repair.as_ref().filter(|_| brief.purpose == Purpose::Options)
        });
        let repairs: Vec<_> = repairs.collect();
        assert_eq!(repairs.len(), 1, "{invented}");
        assert!(repairs[0].error.contains("is the answer of no opening"), "{}", repairs[0].error);
        assert_eq!(sources(&fixture), [OptionsSource::Fallback]);
        assert_eq!(texts(fixture.debate.options()), ["Heat the building", "Open longer hours."]);
    }
}

#[test]
fn lists_without_options_or_with_invalid_ones_are_refused() {
    for bad in ["[]", r#"["..."]"#, r#"["Heat the building","abstain"]"#, r#"["O1"]"#] {
        let mut fixture = DebateFixture::started(open(3));
        fixture.hold(with_clerk(&format!(r#"{{"options":{bad}}}"#)));
        let repaired = |brief: &&Brief| brief.purpose == Purpose::Options && brief.repair.is_some();
        assert_eq!(fixture.briefs.iter().filter(repaired).count(), 1, "{bad}");
        assert_eq!(sources(&fixture), [OptionsSource::Fallback], "{bad}");
    }
}

#[test]
fn answers_of_openings_that_are_one_are_one_option() {
    for (openings, expected) in [
        (["Answer: Don't", "Answer: Don’t", "Ａｎｓｗｅｒ：Donʼt！"], vec!["Don't"]),
        (["Answer: 1. Sell it", "Answer: Sell it", "**Answer：** - sell it."], vec!["Sell it"]),
        (["Answer: C", "Answer: C++", "Answer: C#"], vec!["C", "C++", "C#"]),
        (["Answer: -1", "Answer: 1", "Answer: $1"], vec!["-1", "1", "$1"]),
        (["卖掉它。太贵了。", "Answer：「卖掉它」", "我们卖掉它"], vec!["卖掉它。", "我们卖掉它"]),
        (["Answer: 5. Juni", "Answer: 6. Juni", "Answer: abstain"], vec!["5. Juni", "6. Juni"]),
    ] {
        let mut fixture = DebateFixture::with(open(3), |profile| profile.scale = Scale::Small);
        fixture.command(Command::Start).unwrap();
        fixture.hold(|brief| match brief.purpose {
            Purpose::Opening => ScriptedReply::from(openings[brief.label.unwrap().index()]),
            _ => "abstain".into(),
        });
        assert_eq!(texts(fixture.debate.options()), expected);
    }
}

/// `O2: sell it` once became a fifth option, and the votes for it were split.
#[test]
fn a_new_option_that_exists_under_its_id_is_a_vote() {
    let mut fixture = DebateFixture::started(open(3));
    let verdict = fixture.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Ballot, 0) if brief.label.unwrap().index() == 2 => {
            r#"{"choice":"new","new_option":"O2: second","confidence":1}"#.into()
        }
        _ => votes(&["22-", "222"])(brief),
    });
    assert_eq!((verdict.leader_changed, verdict.votes), (Some(false), 3));
    assert_eq!(texts(fixture.debate.options()), ["First", "Second"]);
}

#[test]
fn proposals_that_differ_by_a_mark_are_one() {
    let mut fixture = DebateFixture::started(open(3));
    fixture.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Ballot, 0) => {
            let text = ["3. Both", "O3: both", "• “Both”"][brief.label.unwrap().index()];
            ScriptedReply::from(format!(
                r#"{{"choice":"new","new_option":"{text}","confidence":1}}"#
            ))
        }
        _ => votes(&["111", "111", "111"])(brief),
    });
    assert_eq!(fixture.debate.options().len(), 3);
    assert_eq!(audit(&fixture.log).unwrap(), fixture.debate);
}

#[test]
fn an_unlisted_answer_is_proposed_on_ballots_and_added_once() {
    let mut fixture = DebateFixture::started(open(3));
    let verdict = fixture.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Ballot, 0) if brief.label.unwrap().index() > 0 => {
            r#"{"choice":"new","new_option":"Both","confidence":1}"#.into()
        }
        (Purpose::Ballot, 1..) => r#"{"choice":"Both","confidence":1,"moved_by":"none"}"#.into(),
        _ => votes(&["111", "111", "111"])(brief),
    });
    assert_eq!(verdict.answer.as_ref().map(|answer| &*answer.text), Some("Both"));
    assert_eq!(texts(fixture.debate.options()), ["First", "Second", "Both"]);
    let closed = fixture.kinds().iter().position(|kind| *kind == "round_closed").unwrap();
    assert_eq!(fixture.kinds()[closed + 1], "options_set", "in the batch of the round");
}

#[test]
fn proposals_end_with_the_last_round_and_at_six_options() {
    let mut fixture = DebateFixture::started(open(2));
    fixture.hold(|brief| match (brief.purpose, brief.round) {
        (Purpose::Options, _) => r#"{"options":["Ash","Beech","Cedar","Date","Elm"]}"#.into(),
        (Purpose::Ballot, 0) => {
            let text = if brief.label.unwrap().index() == 0 { "Fir" } else { "Gum" };
            ScriptedReply::from(format!(
                r#"{{"choice":"new","new_option":"{text}","confidence":1}}"#
            ))
        }
        (Purpose::Ballot, _) => {
            let synod_domain::CallTask::Vote(form) = &brief.task else { panic!("no form") };
            assert!(!form.may_propose);
            "abstain".into()
        }
        _ => "Ash. Beech. Cedar. Date. Elm.".into(),
    });
    assert_eq!(texts(fixture.debate.options()), ["Ash", "Beech", "Cedar", "Date", "Elm", "Fir"]);
}

#[test]
fn options_rotate_by_voter_and_round() {
    let mut fixture = DebateFixture::started(closed(4, &["A", "B"]));
    let verdict = fixture.hold(|brief| match &brief.task {
        synod_domain::CallTask::Vote(form) => {
            let cause = form.moved_by.as_ref().map_or("", |_| r#","moved_by":"none""#);
            format!(r#"{{"choice":"{}","confidence":1{cause}}}"#, form.choices[0].text)
        }
        _ => "Words.".to_owned(),
    });
    assert_eq!(verdict.outcome, Outcome::MaxRounds);
    assert_eq!(verdict.leader, None);
    for round in fixture.debate.rounds() {
        assert!(round.tally.votes.iter().all(|vote| vote.count == 2), "{:?}", round.tally);
    }
}

#[test]
fn the_last_round_takes_no_proposals() {
    let mut config = open(2);
    config.max_rounds = 1;
    let mut fixture = DebateFixture::started(config);
    fixture.hold(votes(&["12", "12", "12"]));
    let forms = fixture.briefs.iter().filter_map(|brief| match &brief.task {
        synod_domain::CallTask::Vote(form) => Some((brief.round, form.may_propose)),
        _ => None,
    });
    assert_eq!(forms.collect::<Vec<_>>(), [(0, true), (0, true), (1, false), (1, false)]);
}

#[test]
fn closed_options_are_trimmed_and_keep_their_order() {
    let fixture = DebateFixture::new(closed(2, &[" Yes ", "No"]));
    assert_eq!(texts(fixture.debate.options()), ["Yes", "No"]);
}
