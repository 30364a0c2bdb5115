use std::{fmt, str::FromStr};

use chrono::DateTime;
use croner::{
    Cron,
    parser::{CronParser, Seconds, Year},
};
use synod_domain::Timestamp;
use thiserror::Error;

/// The words that stand for an expression.
const WORDS: [(&str, &str); 3] =
    [("hourly", "0 * * * *"), ("daily", "0 3 * * *"), ("weekly", "0 3 * * SUN")];

/// The times of scheduled backups, in UTC, which has no hours that are skipped or come twice.
#[derive(Clone, Debug)]
pub(crate) struct BackupSchedule(Cron);

/// Errors returned by parsing a [`BackupSchedule`], to be read after the text.
#[derive(Debug, Error)]
pub(crate) enum InvalidSchedule {
    /// The text is neither a word nor an expression.
    #[error("is neither")]
    Syntax,
    /// No date matches the expression.
    #[error("never matches a date")]
    Never,
}

impl BackupSchedule {
    /// The next scheduled time after this one; the largest time if the schedule has no later one.
    pub(crate) fn next_after(&self, time: Timestamp) -> Timestamp {
        let next = DateTime::from_timestamp_millis(time.unix_ms())
            .and_then(|time| self.0.find_next_occurrence(&time, false).ok());
        Timestamp::from_unix_ms(next.map_or(i64::MAX, |next| next.timestamp_millis()))
    }
}

impl FromStr for BackupSchedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let word = WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        let expression = word.map_or(text, |(_, expression)| expression);
        let parser = CronParser::builder().seconds(Seconds::Disallowed).year(Year::Disallowed);
        let schedule = parser.build().parse(expression).map_err(|_| InvalidSchedule::Syntax)?;
        match schedule.find_next_occurrence(&DateTime::UNIX_EPOCH, false) {
            Ok(_) => Ok(Self(schedule)),
            Err(_) => Err(InvalidSchedule::Never),
        }
    }
}

impl fmt::Display for BackupSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let expression = self.0.pattern.to_string();
        let word = WORDS.iter().find(|(_, of_word)| *of_word == expression);
        f.write_str(word.map_or(&expression, |(word, _)| word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn next(schedule: &str, after: &str) -> String {
        let schedule: BackupSchedule = schedule.parse().expect(schedule);
        schedule.next_after(after.parse().expect(after)).to_string()
    }

    #[test]
    fn words_and_expressions_are_times_in_utc() {
        // A Monday.
        let now = "2026-11-30T11:05:00.500Z";
        for (schedule, expected) in [
            ("hourly", "2026-11-30T12:00:00.000Z"),
            ("daily", "2026-12-01T03:00:00.000Z"),
            ("weekly", "2026-12-06T03:00:00.000Z"),
            (" Daily ", "2026-12-01T03:00:00.000Z"),
            ("30 2 * * *", "2026-12-01T02:30:00.000Z"),
            ("*/15 9-17 * * MON-FRI", "2026-11-30T11:15:00.000Z"),
            ("0 0 29 2 *", "2028-02-29T00:00:00.000Z"),
        ] {
            assert_eq!(next(schedule, now), expected, "{schedule}");
        }
    }

    #[test]
    fn a_time_of_the_schedule_is_not_its_own_successor() {
        assert_eq!(next("daily", "2026-11-30T03:00:00.000Z"), "2026-12-01T03:00:00.000Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "often", "99 * * * *", "* * * *", "0 0 3 * * *", "* * * * * * *", "🦀"] {
            let error = text.parse::<BackupSchedule>().expect_err(text);
            assert!(matches!(error, InvalidSchedule::Syntax), "{text}: {error}");
        }
        let error = "0 0 30 2 *".parse::<BackupSchedule>().expect_err("30 February");
        assert!(matches!(error, InvalidSchedule::Never), "{error}");
    }
}
