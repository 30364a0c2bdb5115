//! How much of a prompt a host need not read again.

use synod_domain::{DebateMode, DebateRules, Scale};
use synod_inference::ChatRequest;

use crate::debate::{Run, run};

/// Statements of 80 words without a full stop, so that quotes are as long as they may be.
fn five_rounds(mode: DebateMode) -> Run {
    let rules = DebateRules {
        options: Some(vec!["Yes".to_owned(), "No".to_owned()]),
        min_rounds: 5,
        ..DebateRules::default()
    };
    run(mode, rules, (5, 1), Scale::Regular, |_| 0, |i| format!("{i} {}", "words ".repeat(80)))
}

/// The part of all characters that a prompt has in common with the one before it.
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
fn nine_tenths_of_a_prompt_were_read_with_the_one_before() {
    for (mode, calls) in
        [(DebateMode::Structured, 36), (DebateMode::Freeform, 36), (DebateMode::Autonomous, 51)]
    {
        let run = five_rounds(mode);
        assert_eq!(run.requests.len(), calls, "openings, moves, arguments and ballots");
        let share = shared(&run);
        assert!(share >= 0.9, "{mode:?}: {share:.3} of all characters are shared");
    }
}
