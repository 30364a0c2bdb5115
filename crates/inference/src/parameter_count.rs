//! Numbers of parameters, as people write them.

/// The number behind a text such as `4.0B`, `268.10M` or `8x7B`, as Ollama and settings have it;
/// `None` for other texts.
#[must_use]
pub fn parameters_from_text(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let unit = match unit {
        "K" | "k" => 1e3,
        "M" | "m" => 1e6,
        "B" | "b" => 1e9,
        "T" | "t" => 1e12,
        _ => return None,
    };
    whole(number_of(number.trim_end())?, unit)
}

/// The number of parameters in the id of a model, as `3b` in `llama3.2:3b`; `None` if
/// none does. Of a mixture of experts it is the total, of a Gemma `e2b` what is effective.
///
/// The last part of a path counts before the others, and billions before millions, for `1M` may be
/// the length of a window. What merely looks like a size (`4bit`, `q4_k_m`, `fp8`, `128k`, `a3b`) is
/// none.
#[cfg_attr(
    not(any(feature = "ollama", feature = "openai")),
    expect(dead_code, reason = "only hosts of these kinds report ids without sizes")
)]
pub(crate) fn parameters_in_id(id: &str) -> Option<u64> {
    let id = id.to_ascii_lowercase();
    id.rsplit(['/', '\\']).find_map(|part| {
        let tokens = tokens(part);
        let sizes = || (0..tokens.len()).filter_map(|index| size(&tokens, index));
        let of_unit = |unit| sizes().find(|(_, known)| *known == unit);
        of_unit('b').or_else(|| of_unit('m')).and_then(|(number, unit)| match unit {
            'b' => whole(number, 1e9),
            _ => whole(number, 1e6),
        })
    })
}

/// Millions below this are no size of a model that chats, but of a window.
const LEAST_MILLIONS: f64 = 11.0;

/// A token and the character before it.
type Token<'a> = (Option<char>, &'a str);

/// A part of an id, cut at all that is neither a letter nor a digit, but not at a decimal point.
fn tokens(part: &str) -> Vec<Token<'_>> {
    let bytes = part.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let is_inside = |at: usize, c: char| {
        let is_point = c == '.' && at > 0 && is_digit(at - 1) && is_digit(at + 1);
        c.is_ascii_alphanumeric() || is_point
    };
    let (mut tokens, mut begun, mut before) = (Vec::new(), None, None);
    for (at, c) in part.char_indices() {
        match (begun, is_inside(at, c)) {
            (None, true) => begun = Some(at),
            (Some(from), false) => {
                tokens.push((before, &part[from..at]));
                (begun, before) = (None, Some(c));
            }
            (None, false) => before = Some(c),
            (Some(_), true) => {}
        }
    }
    if let Some(from) = begun {
        tokens.push((before, &part[from..]));
    }
    tokens
}

/// The size in this token, with its unit.
fn size(tokens: &[Token<'_>], index: usize) -> Option<(f64, char)> {
    let (separator, token) = tokens[index];
    let (number, unit) = number_and_unit(token)?;
    let whole_part = || Some(tokens.get(index.checked_sub(1)?)?.1);
    let ends_in_digit = |token: &str| token.ends_with(|c: char| c.is_ascii_digit());
    let digits = token.len() - 1;
    // What the whole part is behind: `_` joins it to a number before, `-` does not.
    let joint = index.checked_sub(1).and_then(|before| tokens[before].0);
    let decimal = match (whole_part(), separator) {
        // `1,5b`, and the middle dots that stand for a decimal point.
        (Some(whole), Some(',' | '·' | '•' | '‧'))
            if whole.len() <= 2 && whole.bytes().all(|b| b.is_ascii_digit()) && digits <= 2 =>
        {
            format!("{whole}.{}", &token[..digits])
        }
        // `0_5b`: no larger number begins with a zero.
        (Some("0"), Some('_' | '-')) if token[..digits].bytes().all(|b| b.is_ascii_digit()) => {
            format!("0.{}", &token[..digits])
        }
        // `1_5b`, also in `2-1_6b`, but not `3_1_8b`, which is 3.1 and 8b.
        (Some("1"), Some('_'))
            if digits == 1
                && !(joint == Some('_') && index > 1 && ends_in_digit(tokens[index - 2].1)) =>
        {
            format!("1.{}", &token[..digits])
        }
        _ => return Some((number, unit)),
    };
    Some((decimal.parse().ok()?, unit))
}

/// `1.5b`, `8x7b`, `270m`, `mistral7b`, `e2b`, `1b1` for 1.1 and `0p5b` for 0.5.
fn number_and_unit(token: &str) -> Option<(f64, char)> {
    let letters = token.len() - token.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len();
    let (word, rest) = token.split_at(letters);
    let is_name = word.len() >= 3 && word != "int";
    if !(word.is_empty() || word == "e" || is_name) {
        return None;
    }
    if let Some((whole, tenths)) = rest.split_once('b').filter(|(_, tenths)| tenths.len() == 1) {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = format!("{whole}.{tenths}").parse().ok();
        return number.filter(|_| is_number(whole) && is_number(tenths)).map(|n| (n, 'b'));
    }
    let (unit, number) = match rest.strip_suffix('b') {
        Some(number) => ('b', number),
        None => ('m', rest.strip_suffix('m')?),
    };
    let number = number_of(&number.replacen('p', ".", 1))?;
    let is_plausible = match unit {
        'b' => (0.01..10_000.0).contains(&number),
        _ => (LEAST_MILLIONS..10_000.0).contains(&number),
    };
    is_plausible.then_some((number, unit))
}

/// `1.5`, or `8x7`, which are 56.
fn number_of(text: &str) -> Option<f64> {
    let number = |text: &str| {
        let is_number = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        text.parse::<f64>()
            .ok()
            .filter(|_| is_number && text.starts_with(|c: char| c.is_ascii_digit()))
    };
    match text.split_once(['x', 'X']) {
        Some((experts, each)) => Some(number(experts)? * number(each)?),
        None => number(text),
    }
}

fn whole(number: f64, unit: f64) -> Option<u64> {
    let count = number * unit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "in range, and the fraction of a parameter is a rounding error"
    )]
    (1.0..1e18).contains(&count).then_some(count.round() as u64)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const B: u64 = 1_000_000_000;
    const M: u64 = 1_000_000;

    #[test]
    fn texts_are_read_in_every_unit() {
        for (text, count) in [
            ("4.0B", Some(4 * B)),
            ("268.10M", Some(268_100_000)),
            ("1.2T", Some(1_200 * B)),
            ("8x7B", Some(56 * B)),
            (" 1.5 b", Some(1_500 * M)),
            ("", None),
            ("B", None),
            ("many", None),
            ("-3B", None),
            ("infB", None),
            ("4é", None),
            ("0B", None),
        ] {
            assert_eq!(parameters_from_text(text), count, "{text}");
        }
    }

    #[test]
    fn the_size_is_read_where_it_stands() {
        for (id, count) in [
            ("qwen2.5-1.5b-instruct", 1_500 * M),
            ("Qwen2.5-7B-Instruct-Q4_K_M.gguf", 7 * B),
            ("llama3.2:3b", 3 * B),
            ("llama-3.2-1b-instruct-q8_0", B),
            ("smollm2:135m", 135 * M),
            ("SmolLM2-135M-Instruct-Q4_K_M", 135 * M),
            ("mixtral:8x7b", 56 * B),
            ("qwen3:30b-a3b", 30 * B),
            ("Qwen3-235B-A22B-Instruct", 235 * B),
            ("gemma-3-270m-it", 270 * M),
            ("gemma-3n-e2b-it", 2 * B),
            ("qwen_0_5b", 500 * M),
            ("qwen1-5-0-5b-chat", 500 * M),
            ("smollm_1_7b", 1_700 * M),
            ("stablelm-2-1_6b", 1_600 * M),
            ("stabilityai/stablelm-2-1_6b-chat", 1_600 * M),
            ("internlm2_5-1_8b", 1_800 * M),
            ("qwen2_5-1_5b", 1_500 * M),
            ("Qwen2-0_5B", 500 * M),
            ("internlm2_5-7b-chat", 7 * B),
            ("qwen-1,5b", 1_500 * M),
            ("qwen-0·5b", 500 * M),
            ("qwen-1p5b", 1_500 * M),
            ("llama_3_1_8b", 8 * B),
            ("llama3_1_8b", 8 * B),
            ("qwen3-0p6b", 600 * M),
            ("mistral7b", 7 * B),
            ("bloom-1b1", 1_100 * M),
            ("Qwen2.5-7B-Instruct-1M", 7 * B),
            ("qwen2.5-1m:14b", 14 * B),
            ("tinyllama-1.1b-3T", 1_100 * M),
            ("bitnet-b1.58-2B-4T", 2 * B),
            ("granite-3.1-1b-a400m", B),
            ("/models/Llama-3.2-1B-Instruct.gguf", B),
            ("/models/llama-3.2-1b/model.gguf", B),
            (r"C:\models\qwen2.5-0.5b-q4.gguf", 500 * M),
            ("7b/phi-3-mini-3.8b", 3_800 * M),
            ("model of 1.5b parameters", 1_500 * M),
        ] {
            assert_eq!(parameters_in_id(id), Some(count), "{id}");
        }
    }

    #[test]
    fn numbers_that_only_look_like_sizes_are_ignored() {
        for id in [
            "phi-3.5-mini",
            "model-4bit",
            "model-8bit",
            "model-q4_k_m",
            "model-int8",
            "model-int4b",
            "model-32k",
            "model-128k",
            "model-fp8",
            "model-v1.5",
            "model-bf16",
            "2b2t",
            "gpt-4o-2024-08-06",
            "claude-3-5-sonnet-20241022",
            "qwen1.5-moe-a2.7b",
            "model-1m",
            "model-10m",
            "model-4.0bpw",
            "q4b",
            "0b",
            "b",
            "m",
            "7",
            "",
            "é7é",
            "gpt-4",
            "o1-mini",
        ] {
            assert_eq!(parameters_in_id(id), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn a_size_is_found_among_words(
            tenths in 1_u64..999,
            before in "[a-z]{3,8}",
            after in "[a-z]{2,8}",
            separator in "[-_:/ ]",
        ) {
            let number = format!("{}.{}b", tenths / 10, tenths % 10);
            let id = format!("{before}-{number}{separator}{after}");
            prop_assert_eq!(parameters_in_id(&id), Some(tenths * 100 * M), "{}", id);
        }

        #[test]
        fn no_id_is_too_odd_to_be_read(id in "\\PC{0,60}") {
            let _ = (parameters_in_id(&id), parameters_from_text(&id));
        }
    }
}
