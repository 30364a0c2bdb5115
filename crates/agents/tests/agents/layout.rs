//! The part of a prompt that a host need not process again.

use synod_domain::{DebateMode, DebateRules, Scale};
use synod_inference::ChatRequest;

use crate::debate::{Run, run};

/// Statements of 80 words without a full stop, so that quotes have their maximum length.
fn five_rounds(mode: DebateMode) -> Run {
    let rules = DebateRules {
        options: Some(vec!["Yes".to_owned(), "No".to_owned()]),
        min_rounds: 5,
        ..DebateRules::default()
    };
    run(mode, rules, (5, 1), Scale::Regular, |_| 0, |i| format!("{i} {}", "words ".repeat(80)))
}

/// Returns the share of all characters that a prompt has in common with the previous one.
fn shared(run: &Run) -> f64 {
    let prompts: Vec<String> = run.requests.iter().map(|(_, request)| text(request)).collect();
    let common = |pair: &[String]| {
        pair[0].bytes().zip(pair[1].bytes()).take_while(|(before, now)| before == now).count()
    };
    let common: usize = prompts.windows(2).map(common).sum();
    let all: usize = prompts.iter().map(String::len).sum();
    f64::from(u32::try_from(common).unwrap()) / f64::from(u32::try_from(all).unwrap())
}

fn text(request: &ChatRequest) -> String {
    request.messages.iter().map(|message| &*message.content).collect()
}

#[test]
fn prompts_share_90_percent_with_the_previous_one() {
    for (mode, calls) in
        [(DebateMode::Structured, 36), (DebateMode::Freeform, 36), (DebateMode::Autonomous, 51)]
    {
        let run = five_rounds(mode);
        assert_eq!(run.requests.len(), calls, "openings, moves, arguments and ballots");
        let share = shared(&run);
        assert!(share >= 0.9, "{mode:?}: {share:.3} of all characters are shared");
    }
}
