use synod_domain::Scale;
use synod_inference::Sampling;

use super::ReplyKind;

/// Returns the sampling parameters of a reply. Those for small models were measured on models of 0.1 and 1.5
/// billion parameters; larger models use the defaults of their makers for statements.
pub(super) fn of(
    seed: Option<u32>,
    reply_kind: ReplyKind,
    scale: Scale,
    most_tokens: u32,
) -> Sampling {
    let (temperature, repeat_penalty) = match (reply_kind, scale) {
        (ReplyKind::Statement, Scale::Tiny | Scale::Small) => (Some(0.6), Some(1.1)),
        (ReplyKind::Statement, Scale::Regular) => (None, None),
        // A repeat penalty lowers the probability of the quotes and braces of JSON.
        (ReplyKind::OpeningObject, _) => (Some(0.6), Some(1.0)),
        // At 0, small models always choose the same position of the list.
        (ReplyKind::Object, Scale::Tiny | Scale::Small) => (Some(0.5), Some(1.0)),
        (ReplyKind::Object, Scale::Regular) => (Some(0.3), Some(1.0)),
    };
    let usual = match (reply_kind, scale) {
        (ReplyKind::Statement, Scale::Tiny) => 80,
        (ReplyKind::Statement, Scale::Small) => 140,
        // The schema bounds its characters; this leaves room for languages with many tokens.
        (ReplyKind::OpeningObject, _) => 240,
        (ReplyKind::Statement, Scale::Regular) | (ReplyKind::Object, _) => u32::MAX,
    };
    let stop: &[&str] = match (reply_kind, scale) {
        (ReplyKind::Statement, Scale::Tiny) => {
            &["\n\n", "\n[Speaker", "\nSpeaker", "\nQuestion", "\nAnswer"]
        }
        (ReplyKind::Statement, Scale::Small) => &["\n[Speaker", "\nSpeaker", "\nQuestion"],
        (ReplyKind::Statement, Scale::Regular) => &["\n[Speaker"],
        (ReplyKind::OpeningObject | ReplyKind::Object, _) => &[],
    };
    Sampling::default()
        .with_temperature(temperature)
        .with_repeat_penalty(repeat_penalty)
        .with_seed(seed)
        .with_stop(stop.iter().copied())
        .with_max_output_tokens(most_tokens.clamp(1, usual))
}
