//! The share of a debate's prompts that a prefix cache serves, in tokens of a real tokenizer.

use synod_domain::{DebateMode, Scale};
use tiktoken_rs::o200k_base_singleton;

use crate::{debate::Plan, share::Share};

/// Prints a table: wordings, questions, modes and lengths, on one slot and on two.
#[expect(clippy::print_stdout, reason = "a benchmark prints its figures")]
pub(crate) fn print() {
    let tokenizer = o200k_base_singleton();
    println!(
        "| wording | question | mode | rounds | calls | prompt tokens | read at least | read, one slot | \
         served, one slot | at most | a call's own | served, two slots |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
    );
    for (scale, wording) in
        [(Scale::Regular, "regular"), (Scale::Small, "small"), (Scale::Tiny, "tiny")]
    {
        for (is_open, question) in [(false, "closed"), (true, "open")] {
            for (mode, name, rounds) in [
                (DebateMode::Structured, "structured", 2),
                (DebateMode::Structured, "structured", 5),
                (DebateMode::Freeform, "freeform", 5),
                (DebateMode::Autonomous, "autonomous", 5),
            ] {
                let plan = Plan { scale, mode, is_open, rounds };
                let share = Share::of(plan, |text| tokenizer.encode_with_special_tokens(text));
                println!(
                    "| {wording} | {question} | {name} | {rounds} | {} | {} | {} | {} | {:.1} % | {:.1} % | {} | {:.1} % |",
                    share.calls,
                    share.prompt,
                    share.minimum,
                    share.prompt - share.served[0],
                    share.ratio(1) * 100.0,
                    (1.0 - share.minimum as f64 / share.prompt as f64) * 100.0,
                    share.own_tokens(),
                    share.ratio(2) * 100.0,
                );
            }
        }
    }
}
