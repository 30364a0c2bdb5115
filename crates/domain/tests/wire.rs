//! How things read on the wire.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without, it panics on")]

use std::sync::Arc;

use synod_domain::{
    AgentId, CallMeta, CallNo, DebateId, Event, Label, ModelName, OptionId, ParticipantProfile,
    Recorded, Timestamp, TurnEnded, TurnNo, TurnResult,
};

fn recorded(event: Event) -> Recorded {
    Recorded::new(
        "01939b3e-0000-7000-8000-000000000000".parse::<DebateId>().unwrap(),
        8,
        "2026-11-23T10:00:04.12Z".parse::<Timestamp>().unwrap(),
        event,
    )
}

#[test]
fn the_envelope_is_one_object() {
    let event = Event::TurnEnded(Arc::new(TurnEnded {
        call: CallNo(3),
        turn: TurnNo(3),
        round: 0,
        agent_id: AgentId::new("critic").unwrap(),
        result: TurnResult::Spoke,
        text: "No.".into(),
        truncated: None,
        cause: None,
        meta: CallMeta::of(ModelName::new("llama3.2:3b").unwrap()),
    }));
    insta::assert_json_snapshot!(recorded(event));
}

#[test]
fn profiles_of_old_logs_are_not_pooled() {
    let old = r#"{"agent_id":"ada","name":"Ada","host":"near","model":"m","digest":null,"scale":"regular","persona":{"expertise":"a critic","voice":""}}"#;
    let profile: ParticipantProfile = serde_json::from_str(old).unwrap();
    assert!(!profile.pooled);
    assert_eq!(serde_json::to_string(&profile).unwrap(), old, "and nothing is added to it");
    let pooled = ParticipantProfile { pooled: true, ..profile };
    let written = serde_json::to_string(&pooled).unwrap();
    assert!(written.contains(r#""pooled":true"#), "{written}");
    assert_eq!(serde_json::from_str::<ParticipantProfile>(&written).unwrap(), pooled);

    let own = CallMeta::of(ModelName::new("m").unwrap());
    let written = serde_json::to_string(&own).unwrap();
    assert!(!written.contains("host"), "{written}");
    assert_eq!(serde_json::from_str::<CallMeta>(&written).unwrap(), own);
    let moved = CallMeta { host: Some(Box::new("far".parse().unwrap())), ..own };
    let written = serde_json::to_string(&moved).unwrap();
    assert_eq!(serde_json::from_str::<CallMeta>(&written).unwrap(), moved);
}

#[test]
fn unknown_fields_are_ignored_and_unknown_types_are_kept() {
    let line = serde_json::to_string(&recorded(Event::DebateStarted)).unwrap();
    let extended = line.replace("\"data\":{}", "\"data\":{\"later\":1},\"more\":true");
    assert_eq!(
        serde_json::from_str::<Recorded>(&extended).unwrap(),
        recorded(Event::DebateStarted)
    );
    let unknown = line.replace("debate_started", "debate_applauded");
    let read: Recorded = serde_json::from_str(&unknown).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), unknown);
}

#[test]
fn times_are_utc_in_milliseconds() {
    for text in ["2026-11-23T10:00:04.12Z", "2026-11-23T11:00:04.120999+01:00"] {
        let at: Timestamp = text.parse().unwrap();
        assert_eq!(at.to_string(), "2026-11-23T10:00:04.120Z");
    }
    assert!("yesterday".parse::<Timestamp>().is_err());
}

#[test]
fn ids_with_control_characters_or_slashes_are_refused() {
    for bad in ["", "a b", "a\nb", "a\u{1b}[2J", &"x".repeat(129)] {
        assert!(AgentId::new(bad).is_err(), "{bad:?}");
    }
    assert!(serde_json::from_str::<AgentId>("\"a b\"").is_err());
    assert!("not-a-uuid".parse::<DebateId>().is_err());
}

#[test]
fn options_and_labels_read_as_people_say_them() {
    assert_eq!(OptionId::at(0).map(|id| id.to_string()), Some("O1".into()));
    assert_eq!(OptionId::at(6), None);
    for bad in ["O0", "O7", "O01", "1", "", "O1 "] {
        assert!(bad.parse::<OptionId>().is_err(), "{bad:?}");
    }
    assert_eq!(
        (Label::of(0).to_string(), Label::of(15).to_string()),
        ("Speaker A".into(), "Speaker P".into())
    );
}
