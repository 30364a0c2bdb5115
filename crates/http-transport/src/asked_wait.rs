use std::time::Duration;

/// Phrases before the time that a server asks to wait, in lower case.
const BEFORE: &[&str] = &["try again in ", "retry in ", "try again after ", "retry after "];

/// Finds the time that a server asks to wait in the message of an error, with or without a header:
/// OpenAI (`Please try again in 6m0s`), Google (`Please retry in 34.07s`), Azure (`Please retry after
/// 26 seconds`).
#[must_use]
pub fn asked_wait(message: &str) -> Option<Duration> {
    let message = message.to_ascii_lowercase();
    BEFORE.iter().find_map(|mark| of_text(message.split_once(mark)?.1))
}

/// Reads a number with its unit, or several of them in a row.
fn of_text(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = None;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        // The full stop of the sentence may follow.
        let number: f64 = rest[..digits].trim_end_matches('.').parse().ok()?;
        let after = rest[digits..].trim_start();
        let letters = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let seconds = match &after[..letters] {
            "ms" | "milliseconds" => number / 1_000.0,
            "s" | "sec" | "secs" | "second" | "seconds" => number,
            "m" | "min" | "mins" | "minute" | "minutes" => number * 60.0,
            "h" | "hour" | "hours" => number * 3_600.0,
            _ => return total,
        };
        let time = Duration::try_from_secs_f64(seconds).ok()?;
        total = Some(total.unwrap_or(Duration::ZERO).saturating_add(time));
        rest = &after[letters..];
        if !rest.starts_with(|c: char| c.is_ascii_digit()) {
            return total;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_is_found_in_messages_of_services() {
        for (message, seconds) in [
            (
                "Rate limit reached for gpt-4o. Limit 3, Used 3. Please try again in 20s. Visit",
                20.0,
            ),
            ("Please try again in 6m0s.", 360.0),
            ("Please try again in 1h2m3.5s.", 3_723.5),
            ("Please try again in 340ms.", 0.34),
            ("You exceeded your current quota. Please retry in 34.07s.", 34.07),
            ("Please retry after 26 seconds.", 26.0),
            ("try again in 2 hours", 7_200.0),
        ] {
            let wait = asked_wait(message).map(|time| time.as_secs_f64());
            assert_eq!(wait, Some(seconds), "{message}");
        }
        for message in
            ["", "try again later", "try again in a moment", "try again in 3 days", "retry after 5"]
        {
            assert_eq!(asked_wait(message), None, "{message}");
        }
    }
}
