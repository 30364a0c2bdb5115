//! Things that a sentence says are not supported, without the key of the request.

use super::Subject;

/// What servers call these things in a sentence, as in `Streaming is not supported for this model`.
pub(super) const NOUNS: &[(&str, Subject)] = &[
    ("streaming", Subject::Streaming),
    ("stream", Subject::Streaming),
    ("streams", Subject::Streaming),
    ("streamed responses", Subject::Streaming),
    ("streaming mode", Subject::Streaming),
    ("stream mode", Subject::Streaming),
    ("streaming responses", Subject::Streaming),
    ("streaming requests", Subject::Streaming),
    ("streaming output", Subject::Streaming),
    ("stream options", Subject::StreamUsage),
    ("stop", Subject::Stops(None)),
    ("stop sequences", Subject::Stops(None)),
    ("stop sequence", Subject::Stops(None)),
    ("stop words", Subject::Stops(None)),
    ("stop strings", Subject::Stops(None)),
    ("stop tokens", Subject::Stops(None)),
    ("stopsequences", Subject::Stops(None)),
    ("temperature", Subject::Temperature),
    ("temperatures", Subject::Temperature),
    ("sampling temperature", Subject::Temperature),
    ("repetition penalty", Subject::RepeatPenalty),
    ("repeat penalty", Subject::RepeatPenalty),
    ("seed", Subject::Seed),
    ("seeds", Subject::Seed),
    ("seeding", Subject::Seed),
    ("thinking", Subject::Thinking),
    ("reasoning effort", Subject::Thinking),
];

/// Whether a sentence says that this thing is not supported.
pub(super) fn says_unsupported(text: &str, noun: &str) -> bool {
    const BEFORE: &[&str] = &[
        "not support ",
        "n't support ",
        "not support the ",
        "n't support the ",
        "not support setting ",
        "n't support setting ",
        "not support a ",
        "n't support a ",
        "not support custom ",
        "n't support custom ",
        "not accept ",
        "not allow ",
        "unsupported ",
        "cannot use ",
        "no support for ",
        "not implement ",
    ];
    const AFTER: &[&str] = &[
        " is not ",
        " are not ",
        " isn't ",
        " aren't ",
        " not supported",
        " not available",
        " not implemented",
        " not allowed",
        " not enabled",
        " unsupported",
        " is unsupported",
        " are unsupported",
        " is unavailable",
        " is disabled",
        " is deprecated",
        " cannot be ",
        " can't be ",
        " must be disabled",
        " must be off",
    ];
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(noun).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + noun.len()..]);
        let is_whole = !before.ends_with(is_word) && !after.starts_with(is_word);
        let is_led = BEFORE.iter().any(|words| before.ends_with(words));
        // `stop` leads to `stop sequences`, which is in the list itself.
        let ends = !after.starts_with(' ')
            || [
                " with",
                " for",
                " in",
                " on",
                " when",
                " by",
                " yet",
                " parameter",
                " field",
                " option",
            ]
            .iter()
            .any(|words| after.starts_with(words));
        is_whole && (is_led && ends || AFTER.iter().any(|words| after.starts_with(words)))
    })
}
