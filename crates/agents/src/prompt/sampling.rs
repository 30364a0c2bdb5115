use synod_domain::Scale;
use synod_inference::{Sampling, Thinking};

use super::Expected;

/// How the tokens of a reply are drawn. What small models need was measured on models of 0.1 and
/// 1.5 billion parameters; larger ones speak with the settings that their makers gave them.
pub(super) fn of(
    seed: Option<u32>,
    expected: Expected,
    scale: Scale,
    most_tokens: u32,
) -> Sampling {
    let (temperature, repeat_penalty) = match (expected, scale) {
        (Expected::Statement, Scale::Tiny | Scale::Small) => (Some(0.6), Some(1.1)),
        (Expected::Statement, Scale::Regular) => (None, None),
        // A repeat penalty punishes the quotes and braces of JSON.
        (Expected::OpeningObject, _) => (Some(0.6), Some(1.0)),
        // At 0, small models always choose the same place of the list.
        (Expected::Object, Scale::Tiny | Scale::Small) => (Some(0.5), Some(1.0)),
        (Expected::Object, Scale::Regular) => (Some(0.3), Some(1.0)),
    };
    let usual = match (expected, scale) {
        (Expected::Statement, Scale::Tiny) => 80,
        (Expected::Statement, Scale::Small) => 140,
        // Its schema bounds it; this leaves room for languages of many tokens.
        (Expected::OpeningObject, _) => 240,
        (Expected::Statement, Scale::Regular) | (Expected::Object, _) => u32::MAX,
    };
    let stop: &[&str] = match (expected, scale) {
        (Expected::Statement, Scale::Tiny) => {
            &["\n\n", "\n[Speaker", "\nSpeaker", "\nQuestion", "\nAnswer"]
        }
        (Expected::Statement, Scale::Small) => &["\n[Speaker", "\nSpeaker", "\nQuestion"],
        (Expected::Statement, Scale::Regular) => &["\n[Speaker"],
        (Expected::OpeningObject | Expected::Object, _) => &[],
    };
    Sampling {
        temperature,
        repeat_penalty,
        seed,
        stop: stop.iter().map(|text| (*text).to_owned()).collect(),
        max_output_tokens: most_tokens.clamp(1, usual),
        thinking: Thinking::default(),
    }
}
