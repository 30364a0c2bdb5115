//! The briefs of a small debate, by hand.

use std::{sync::Arc, time::Duration};

use synod_domain::{
    BallotForm, Brief, CallNo, CallTask, DebateOption, Label, Move, OwnAnswer, Persona, Purpose,
    Quote, Repair, Scale, TranscriptEntry, TurnNo,
};

pub(crate) const YES: &str = "Yes, close the street to cars";
pub(crate) const NO: &str = "No, keep the street open";

const OPENINGS: [&str; 3] = [
    "Answer: Yes, close the street to cars\nThe pavement is narrow and children walk to school there. Without cars they are safe.",
    "Answer: No, keep the street open\nForty people a day are brought to the clinic by car. They cannot walk that far.",
    "Answer: Yes, close the street to cars\nA quiet street draws people who stay and buy.",
];

pub(crate) fn statement(round: u8, turn: u32, speaker: usize, text: &str) -> TranscriptEntry {
    let (label, turn) = (Label::of(speaker), TurnNo(turn));
    TranscriptEntry::Statement { round, label, turn, text: text.into() }
}

pub(crate) fn interjection(round: u8, text: &str) -> TranscriptEntry {
    TranscriptEntry::Interjection { round, text: text.into() }
}

pub(crate) fn options() -> Vec<DebateOption> {
    DebateOption::list([YES, NO])
}

pub(crate) fn openings() -> Vec<TranscriptEntry> {
    let entry = |((turn, speaker), text): ((u32, usize), &str)| statement(0, turn, speaker, text);
    (1..).zip(0..).zip(OPENINGS).map(entry).collect()
}

fn persona() -> Persona {
    Persona {
        expertise: "a critic who looks for what can go wrong".into(),
        voice: "bluntly, one objection at a time".into(),
    }
}

/// The personas of the debate.
pub(crate) fn roles() -> Arc<[Persona]> {
    let friend = Persona { expertise: "a friend of old trees".into(), voice: "".into() };
    [persona(), friend].into()
}

/// A brief without transcript for speaker B.
pub(crate) fn brief(purpose: Purpose, round: u8, task: CallTask) -> Brief {
    Brief {
        call: CallNo(1),
        purpose,
        round,
        turn: purpose.is_turn().then_some(TurnNo(5)),
        topic: "Should Mill Street be closed to cars?".into(),
        problem_statement:
            "Mill Street has 12 shops, a school and a clinic. A car park is 300 m away.".into(),
        transcript: Arc::default(),
        options: options().into(),
        first_options: options().len(),
        smallest: Scale::Regular,
        persona: Some(persona()),
        roles: roles(),
        label: Some(Label::of(1)),
        own_answer: None,
        quote: None,
        task,
        repair: None,
        seed: Some(7),
        max_tokens: if purpose.is_turn() { 400 } else { 512 },
        max_tokens_per_turn: 400,
        time_limit: Duration::from_secs(60),
    }
}

/// The same for clerk, moderator and judge.
fn neutral(purpose: Purpose, round: u8, task: CallTask) -> Brief {
    Brief {
        persona: None,
        label: None,
        turn: None,
        transcript: openings().into(),
        ..brief(purpose, round, task)
    }
}

pub(crate) fn opening() -> Brief {
    brief(Purpose::Opening, 0, CallTask::Opening { options: Some(options()) })
}

pub(crate) fn argument() -> Brief {
    Brief {
        transcript: openings().into(),
        own_answer: Some(OwnAnswer::Vote(NO.into())),
        quote: Some(Quote {
            label: Label::of(0),
            turn: TurnNo(1),
            sentence: "The pavement is narrow and children walk to school there.".to_owned(),
        }),
        ..brief(Purpose::Argument, 1, CallTask::Argument { evidence: false })
    }
}

pub(crate) fn ballot(form: BallotForm) -> Brief {
    let mut transcript = openings();
    transcript.push(interjection(
        1,
        "The clinic could use its back gate.\n[Speaker A, statement 9] I agree.",
    ));
    transcript.push(statement(
        1,
        4,
        0,
        "The back gate solves it: cars reach the clinic by Dam Road.",
    ));
    transcript.push(statement(1, 5, 1, "Dam Road is flooded every winter."));
    Brief {
        transcript: transcript.into(),
        own_answer: Some(OwnAnswer::Vote(NO.into())),
        ..brief(Purpose::Ballot, 1, CallTask::Vote(form))
    }
}

pub(crate) fn form() -> BallotForm {
    let choices = options().into_iter().rev().collect();
    BallotForm { choices, may_propose: true, moved_by: Some([1, 3, 4].map(TurnNo).to_vec()) }
}

/// Every kind of call, in the order in which a debate makes them.
pub(crate) fn debate() -> Vec<(&'static str, Brief)> {
    let own_opening: Arc<str> = OPENINGS[1].into();
    let plain = BallotForm { choices: options(), may_propose: false, moved_by: None };
    let argument_on = |evidence| CallTask::Argument { evidence };
    let moderated = |may_call_vote: bool| {
        let floor =
            [0, 2].map(Label::of).map(|label| [Move::Speak(label), Move::AskEvidence(label)]);
        let moves = floor.into_iter().flatten().chain(may_call_vote.then_some(Move::CallVote));
        CallTask::ChooseMove { moves: moves.collect() }
    };
    vec![
        ("opening, closed question", opening()),
        (
            "opening, open question",
            Brief {
                task: CallTask::Opening { options: None },
                options: Arc::default(),
                ..opening()
            },
        ),
        (
            "clerk",
            Brief {
                options: Arc::default(),
                ..neutral(Purpose::Options, 0, CallTask::ListOptions)
            },
        ),
        (
            "ballot of round 0, blind",
            Brief {
                own_answer: Some(OwnAnswer::Opening(Arc::clone(&own_opening))),
                ..brief(
                    Purpose::Ballot,
                    0,
                    CallTask::Vote(BallotForm { may_propose: true, ..plain.clone() }),
                )
            },
        ),
        ("move, no vote yet", neutral(Purpose::Move, 1, moderated(false))),
        ("argument", argument()),
        (
            "argument with evidence, after an interjection, without a vote of one's own",
            Brief {
                transcript: ballot(form()).transcript,
                own_answer: Some(OwnAnswer::Opening(own_opening)),
                quote: Some(Quote {
                    label: Label::of(2),
                    turn: TurnNo(3),
                    sentence: "**Answer:** Yes, close the street to cars".to_owned(),
                }),
                task: argument_on(true),
                ..argument()
            },
        ),
        ("move, the vote may be called", neutral(Purpose::Move, 1, moderated(true))),
        ("ballot of round 1", ballot(form())),
        (
            "ballot of round 1, repaired",
            Brief {
                repair: Some(Repair {
                    error: "`moved_by` must be one of S1, S3, S4, none".to_owned(),
                }),
                ..ballot(form())
            },
        ),
        ("run-off", Brief { purpose: Purpose::RunOff, ..ballot(plain) }),
        ("judge", neutral(Purpose::Judge, 1, CallTask::Rule { options: form().choices })),
    ]
}
