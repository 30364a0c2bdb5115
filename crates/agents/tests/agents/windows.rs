//! Long debates on models with small windows.

use std::sync::{Arc, Mutex};

use synod_domain::{DebateMode, DebateRules, Event, Scale};
use synod_inference::{
    ChatError, ChatRequest, ModelName, ReplyForm, ScriptedModel, ScriptedReply, StopReason, Usage,
};

use crate::{
    call_harness::user,
    debate::{Run, fill, hold},
};

const WINDOW: u32 = 4_096;

/// The requests to a host with a window of 4,096 tokens.
#[derive(Default)]
struct Watch {
    calls: usize,
    /// Tokens of the calls whose prompt and reply do not fit the window.
    overflows: Vec<u32>,
    /// Tokens of the largest call that fits.
    fullest: u32,
}

/// Returns the tokens of a prompt, including those of a chat template.
fn tokens(request: &ChatRequest, bytes_per_token: f64) -> u32 {
    let bytes: usize = request.messages.iter().map(|message| message.content.len() + 24).sum();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
    let tokens = (f64::from(u32::try_from(bytes).unwrap()) / bytes_per_token).ceil() as u32;
    tokens
}

/// A model with this window whose speakers all say `statement`.
fn small_window(statement: &str, bytes_per_token: f64) -> (ScriptedModel, Arc<Mutex<Watch>>) {
    let watch = Arc::new(Mutex::new(Watch::default()));
    let (watching, statement) = (Arc::clone(&watch), statement.to_owned());
    let model = ScriptedModel::new("m").with_info(|info| info.window = Some(WINDOW)).answering(
        move |request| {
            let prompt = tokens(request, bytes_per_token);
            let all = prompt + request.sampling.max_output_tokens;
            let mut watch = watching.lock().unwrap();
            watch.calls += 1;
            if all > WINDOW {
                watch.overflows.push(all);
            } else {
                watch.fullest = watch.fullest.max(all);
            }
            if prompt > WINDOW {
                return ScriptedReply::fails(ChatError::ContextOverflow {
                    model: ModelName::new("m").unwrap(),
                    prompt_tokens: Some(prompt),
                    window: Some(WINDOW),
                });
            }
            let reply = match &request.form {
                // A repeated statement would count as a pass.
                ReplyForm::Text => format!("{statement}({})", watch.calls),
                ReplyForm::Json(schema) => {
                    fill(&serde_json::from_str(schema.get()).unwrap(), &mut |_| 0).to_string()
                }
            };
            let usage = Usage { prompt_tokens: Some(prompt), output_tokens: Some(100) };
            ScriptedReply::text(reply).finishing(StopReason::Stop, usage)
        },
    );
    (model, watch)
}

/// Runs a debate of twenty rounds, the maximum.
fn long(model: &ScriptedModel, mode: DebateMode, passes: u8) -> Run {
    let rules = DebateRules {
        options: Some(["Yes", "No", "Later"].map(str::to_owned).into()),
        min_rounds: 20,
        ..DebateRules::default()
    };
    hold(model, mode, rules, (20, passes), Scale::Regular)
}

fn omitted(run: &Run) -> Vec<u32> {
    let mut omitted = Vec::new();
    for recorded in &run.log {
        if let Event::TurnEnded(turn) = &recorded.event {
            omitted.push(turn.meta.omitted);
        }
    }
    omitted
}

#[test]
fn long_debates_never_overflow_a_small_window() {
    let statement = "A reason that was not given before, and in plain words. ".repeat(9);
    let modes = [DebateMode::Structured, DebateMode::Freeform, DebateMode::Autonomous];
    for (bytes_per_token, passes) in [(4.4, 3), (3.1, 2), (2.2, 1)] {
        for mode in modes {
            let (model, watch) = small_window(&statement, bytes_per_token);
            let run = long(&model, mode, passes);
            let watch = watch.lock().unwrap();
            assert_eq!(watch.overflows, [0_u32; 0], "{mode:?} at {bytes_per_token}");
            assert!(watch.fullest > WINDOW / 2, "the window is used: {}", watch.fullest);
            assert_eq!(watch.calls, run.requests.len(), "no prompt was sent twice");
            assert!(matches!(run.log.last().unwrap().event, Event::DebateClosed(_)));

            let omitted = omitted(&run);
            assert_eq!(omitted.len(), 3 * (1 + 20 * usize::from(passes)));
            assert!(omitted.windows(2).all(|two| two[0] <= two[1]) && omitted[0] == 0);
            let last = omitted[omitted.len() - 1];
            assert!(last > 0);
            let omission = format!("({last} earlier statements are left out here)");
            let argued = run.requests.iter().rfind(|(_, asked)| user(asked).contains("Argue"));
            assert!(user(&argued.unwrap().1).contains(&omission));
        }
    }
}

#[test]
fn text_in_other_scripts_is_measured_too() {
    // Three bytes each, and a little more than one token.
    let statement = "這是一個以前沒有說過的理由。".repeat(12);
    let (model, watch) = small_window(&statement, 2.4);
    long(&model, DebateMode::Structured, 1);
    assert_eq!(watch.lock().unwrap().overflows, [0_u32; 0]);
}

/// A host whose slots have 1,024 tokens each. Its refusals state the sizes, or not.
fn slot_of_1024(states_sizes: bool) -> ScriptedModel {
    const SLOT: u32 = 1_024;
    ScriptedModel::new("m").with_info(|info| info.window = Some(SLOT)).answering(move |request| {
        let prompt = tokens(request, 4.4);
        if prompt + request.sampling.max_output_tokens > SLOT {
            return ScriptedReply::fails(ChatError::ContextOverflow {
                model: ModelName::new("m").unwrap(),
                prompt_tokens: states_sizes.then_some(prompt),
                window: states_sizes.then_some(SLOT),
            });
        }
        let reply = match &request.form {
            ReplyForm::Text => {
                format!("Of {prompt} reasons this is one, and it needs a few more words: the street is narrow, the clinic is near, and in winter the car park is dark.")
            }
            ReplyForm::Json(schema) => {
                fill(&serde_json::from_str(schema.get()).unwrap(), &mut |_| 0).to_string()
            }
        };
        let usage = Usage { prompt_tokens: Some(prompt), output_tokens: Some(40) };
        ScriptedReply::text(reply).finishing(StopReason::Stop, usage)
    })
}

#[test]
fn requests_that_may_not_fit_are_sent_to_the_host() {
    for states_sizes in [true, false] {
        let rules = DebateRules {
            options: Some(["Close the street", "Keep it open"].map(str::to_owned).into()),
            min_rounds: 3,
            ..DebateRules::default()
        };
        let model = slot_of_1024(states_sizes);
        // Nine statements in a round leave about a hundred tokens.
        let run = hold(&model, DebateMode::Structured, rules, (3, 3), Scale::Regular);
        let lost = run.log.iter().filter(|recorded| {
            let event = &recorded.event;
            matches!(event, Event::TurnEnded(turn) if turn.cause.is_some())
                || matches!(event, Event::BallotRecorded(ballot) if ballot.cause.is_some())
                || matches!(event, Event::CallVoided(_))
        });
        assert_eq!(lost.count(), 0, "sizes stated: {states_sizes}");
        let fullest = run.requests.iter().map(|(_, request)| tokens(request, 4.4)).max().unwrap();
        assert!(fullest * 10 / 9 + 64 > 1_024, "the estimate alone would refuse {fullest} tokens");
    }
}
