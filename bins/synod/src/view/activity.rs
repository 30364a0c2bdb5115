use std::time::Duration;

/// Shorter times are not estimated.
pub(super) const MIN_ESTIMATE: Duration = Duration::from_secs(5);

/// The activity of a call, in order of progress.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Activity {
    Works(&'static str, &'static str),
    Thinks(String),
    Reads,
    Loads(String),
    Waits(usize, Option<Duration>),
    WaitsForHost { host: String, waited: Duration, next_try: Duration },
}

impl Activity {
    pub(super) fn in_words(&self, names: &str, count: usize) -> String {
        let verb = |one: &'static str, many: &'static str| if count == 1 { one } else { many };
        match self {
            Self::Works(one, many) => format!("{names} {}", verb(one, many)),
            Self::Thinks(words) => format!("{names} {} ({words})", verb("thinks", "think")),
            Self::Reads => format!("{names} {} reading the prompt", verb("is", "are")),
            Self::Loads(model) => format!("{model} is loading for {names}"),
            Self::WaitsForHost { host, waited, next_try } => format!(
                "{names} {} for {host}, unavailable for {} s, next try in {} s",
                verb("waits", "wait"),
                waited.as_secs(),
                next_try.as_secs()
            ),
            Self::Waits(0, None) => format!("{names} {} next", verb("is", "are")),
            Self::Waits(0, Some(wait)) => {
                format!("{names} {} next ({})", verb("is", "are"), about(*wait))
            }
            Self::Waits(ahead, wait) => {
                let place = ordinal(ahead + 1);
                let wait = wait.map(|wait| format!(", {}", about(wait))).unwrap_or_default();
                format!("{names} {} {place} in line{wait}", verb("is", "are"))
            }
        }
    }
}

/// Formats an estimated duration, rounded because it is extrapolated from earlier calls.
pub(super) fn about(wait: Duration) -> String {
    match wait.as_secs() {
        _ if wait < MIN_ESTIMATE => "any moment".to_owned(),
        seconds @ 0..90 => format!("about {} s", seconds.next_multiple_of(5)),
        seconds @ 90..5_400 => format!("about {} min", seconds.div_ceil(60)),
        seconds => format!("about {} h", seconds.div_ceil(3_600)),
    }
}

fn ordinal(number: usize) -> String {
    let ending = match (number % 10, number % 100) {
        (1, n) if n != 11 => "st",
        (2, n) if n != 12 => "nd",
        (3, n) if n != 13 => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Lists names in a sentence; of many names, the first two and the number of the rest.
pub(super) fn listed(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [one, other] => format!("{one} and {other}"),
        [one, two, three] => format!("{one}, {two} and {three}"),
        [one, two, rest @ ..] => format!("{one}, {two} and {} more", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimated_durations_are_rounded() {
        let texts = [0, 4, 5, 41, 89, 90, 600, 601, 5_399, 5_400, 90_000]
            .map(|seconds| about(Duration::from_secs(seconds)));
        let expected = [
            "any moment",
            "any moment",
            "about 5 s",
            "about 45 s",
            "about 90 s",
            "about 2 min",
            "about 10 min",
            "about 11 min",
            "about 90 min",
            "about 2 h",
            "about 25 h",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn ordinals_have_english_endings() {
        let texts = [1, 2, 3, 4, 11, 12, 13, 21, 102, 111, 256].map(ordinal);
        let expected =
            ["1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "102nd", "111th", "256th"];
        assert_eq!(texts, expected);
    }
}
