//! The bounds of a configuration, and the errors of one that breaks them.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without, it panics on")]

use synod_domain::{AgentId, DebateConfig, DebateMode, DebateRules, DecisionRule, PathSegment};

fn config() -> DebateConfig {
    let agents = ["analyst", "critic", "skeptic"].map(|id| AgentId::new(id).unwrap());
    DebateConfig::structured("Should the town ban cars?", agents.to_vec())
}

fn problems(change: impl Fn(&mut DebateConfig)) -> Vec<String> {
    let mut config = config();
    change(&mut config);
    let found = config.check().err().map(|e| e.problems().to_vec()).unwrap_or_default();
    found.into_iter().map(|problem| format!("{}: {}", problem.path, problem.message)).collect()
}

#[test]
fn the_defaults_hold() {
    assert_eq!(problems(|_| {}), [""; 0]);
}

#[test]
fn all_problems_are_reported_at_once_in_field_order() {
    let all = problems(|config| {
        config.debate_topic = " \n".into();
        config.max_rounds = 21;
        config.max_iterations_per_round = 0;
        config.consensus_threshold = 1.5;
        config.time_limit_per_argument = 9;
        config.selected_agents.truncate(1);
        config.debate_rules.max_tokens_per_turn = 31;
    });
    let paths: Vec<_> = all.iter().map(|problem| problem.split(':').next().unwrap()).collect();
    assert_eq!(
        paths,
        [
            "debate_topic",
            "max_rounds",
            "max_iterations_per_round",
            "consensus_threshold",
            "time_limit_per_argument",
            "selected_agents",
            "debate_rules.max_tokens_per_turn",
        ]
    );
}

#[test]
fn lengths_are_bounded() {
    assert_eq!(problems(|c| c.debate_topic = "x".repeat(4_096)).len(), 0);
    assert_eq!(problems(|c| c.debate_topic = "x".repeat(4_097)).len(), 1);
    assert_eq!(problems(|c| c.problem_statement = "x".repeat(65_537)).len(), 1);
    assert_eq!(problems(|c| c.consensus_threshold = f64::NAN).len(), 1);
}

#[test]
fn options_that_look_the_same_are_the_same() {
    let with = |first: &str, second: &str| {
        let options = Some(vec![first.to_owned(), second.to_owned()]);
        problems(|c| c.debate_rules.options.clone_from(&options)).len()
    };
    assert_eq!(with("Yes", "No"), 0);
    for (first, second) in
        [("Yes", "yes."), ("Yes", "Ye\u{200b}s"), ("Yes", "\u{202e}Yes"), ("é", "e\u{301}")]
    {
        assert_eq!(with(first, second), 1, "{first:?} {second:?}");
    }
    assert_eq!(with("Yes", "\u{3164}"), 1, "it is invisible");
    assert_eq!(with("Yes", "O\u{200b}1"), 1, "it reads as an id");
}

#[test]
fn a_control_character_in_a_text_is_named_at_its_field() {
    let found = problems(|c| {
        c.debate_topic = "Ban\u{1b}[31m cars?".into();
        c.problem_statement = "Shops\u{7} fear.".into();
        c.debate_rules.options = Some(vec!["Yes".into(), "N\u{9b}o".into()]);
    });
    let expected = [
        "debate_topic: must not contain the control character U+001B",
        "problem_statement: must not contain the control character U+0007",
        "debate_rules.options[1]: must not contain the control character U+009B",
    ];
    assert_eq!(found, expected);
    assert_eq!(problems(|c| c.problem_statement = "Rows:\r\n\t8,000".into()), [""; 0]);
}

#[test]
fn agents_are_distinct_and_judges_are_others() {
    let twice = problems(|c| c.selected_agents[2] = AgentId::new("analyst").unwrap());
    assert_eq!(twice, ["selected_agents: names analyst twice"]);
    let judge = problems(|c| c.debate_rules.judge = AgentId::new("critic").ok());
    assert_eq!(judge, ["debate_rules.judge: the judge must not be a participant"]);
    let moderator = problems(|c| c.debate_rules.moderator = AgentId::new("moderator").ok());
    assert_eq!(moderator, ["debate_rules.moderator: only autonomous debates have a moderator"]);
    let same = problems(|c| {
        c.debate_mode = DebateMode::Autonomous;
        c.debate_rules.moderator = AgentId::new("one").ok();
        c.debate_rules.judge = AgentId::new("one").ok();
    });
    assert_eq!(same, ["debate_rules.judge: the judge must not be the moderator"]);
}

#[test]
fn options_are_distinct_answers() {
    let with = |texts: &[&str]| {
        let texts: Vec<String> = texts.iter().map(|t| (*t).to_owned()).collect();
        problems(|c| c.debate_rules.options = Some(texts.clone())).len()
    };
    assert_eq!(with(&["Yes", "No"]), 0);
    assert_eq!(with(&["C", "C++", "C#"]), 0);
    assert_eq!(with(&["Yes"]), 1);
    assert_eq!(with(&["1", "2", "3", "4", "5", "6", "7"]), 1);
    for bad in ["yes.", "abstain", "O3", "new", "...", "", &"x".repeat(161)] {
        assert_eq!(with(&["Yes", bad]), 1, "{bad:?}");
    }
}

/// Ballots are read without such marks, so that a vote for one would be a vote for the other.
#[test]
fn options_that_differ_by_a_mark_are_refused_with_both_texts() {
    let with = |first: &str, second: &str| {
        let options = Some(vec![first.to_owned(), second.to_owned()]);
        problems(|c| c.debate_rules.options.clone_from(&options))
    };
    for marked in [
        "1. Yes",
        "2) Yes",
        "(1) Yes",
        "① Yes",
        "1️⃣ Yes",
        "a) Yes",
        "O2: Yes",
        "(O1) yes",
        "Option 1: Yes",
        "#2: Yes",
        "- Yes",
        "• Yes",
        "・Yes",
        "✅ Yes",
        "👉 Yes!",
        "１．Yes",
        "1: Yes",
        "2 - Yes",
        "**3.** Yes",
    ] {
        for (first, second) in [("Yes", marked), (marked, "Yes")] {
            let found = with(first, second);
            let named =
                |text: &str| found.iter().any(|problem| problem.contains(&format!("{text:?}")));
            assert!(
                found.len() == 1 && named(first) && named(second),
                "{first:?} {second:?}: {found:?}"
            );
        }
    }
    assert_eq!(with("1) Yes", "2) Yes").len(), 1);
    assert_eq!(with("✅ Yes", "• Yes").len(), 1);
    for (first, second) in [
        ("1", "2"),
        ("1.", "2."),
        ("2026", "2027"),
        ("-1", "1"),
        ("+1", "-1"),
        ("3.5", "2.5"),
        ("3.5", "5"),
        ("C", "C++"),
        ("C", "C#"),
        ("№1", "№2"),
        ("$5", "€5"),
        ("5", "5 %"),
        ("-5 °C", "5 °C"),
        ("A", "B"),
        ("5. Juni", "6. Juni"),
        ("1. Keep", "2. Sell"),
        ("(a) Keep", "(b) Sell"),
        ("Option 1", "Option 2"),
        ("2 years", "1 year"),
        ("10 days", "days"),
        ("1.5 % more", "2.5 % more"),
        ("I. Keep", "II. Sell"),
        ("A. Lincoln", "B. Lincoln"),
        ("2:1", "1"),
        ("10-20 days", "20 days"),
        ("Plan 9", "9"),
        ("O1 visa", "O2 visa"),
    ] {
        assert_eq!(with(first, second), [""; 0], "{first:?} {second:?}");
    }
}

#[test]
fn min_rounds_above_max_rounds_is_refused() {
    assert_eq!(problems(|c| c.debate_rules.min_rounds = 6).len(), 1);
}

#[test]
fn an_unknown_rule_is_refused_with_the_nearest_known_one() {
    let said = DebateRules::unknown_key("min_round").unwrap();
    assert_eq!(said, "unknown rule `min_round`; did you mean `min_rounds`?");
    assert!(DebateRules::KEYS.iter().all(|key| DebateRules::unknown_key(key).is_none()));
}

#[test]
fn decision_rules_have_one_word_everywhere() {
    for rule in DecisionRule::ALL {
        assert_eq!(serde_json::to_value(rule).unwrap(), rule.as_str());
    }
    assert_eq!(DecisionRule::ALL[0], DecisionRule::default());
}

#[test]
fn the_known_rules_are_the_fields() {
    let value = serde_json::to_value(DebateRules::default()).unwrap();
    let keys: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, DebateRules::KEYS);
    let value = serde_json::to_value(config()).unwrap();
    let fields: Vec<_> = value.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, DebateConfig::FIELDS);
}

#[test]
fn a_path_leads_to_the_value_that_is_wrong() {
    let mut config = config();
    config.debate_rules.options = Some(vec!["Yes".into(), "yes!".into()]);
    config.max_rounds = 0;
    let invalid = config.validate().unwrap_err();
    let [rounds, rules @ ..] = invalid.problems() else { panic!("no problem: {invalid}") };
    assert!(rounds.path.segments().eq([PathSegment::Name("max_rounds")]));
    let option = rules.iter().find(|problem| problem.path.name() == "options").unwrap();
    let segments =
        [PathSegment::Name("debate_rules"), PathSegment::Name("options"), PathSegment::Index(1)];
    assert!(option.path.segments().eq(segments));
    assert_eq!(option.path.to_string(), "debate_rules.options[1]");
}

/// Errors are looked up by the name alone.
#[test]
fn no_rule_has_the_name_of_a_field() {
    assert!(DebateRules::KEYS.iter().all(|key| !DebateConfig::FIELDS.contains(key)));
}

#[test]
fn a_valid_configuration_is_kept_as_it_is() {
    let valid = config().validate().unwrap();
    assert_eq!(valid.max_rounds, config().max_rounds);
    assert_eq!(valid.into_inner(), config());
}
