use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use unicode_normalization::UnicodeNormalization;

use crate::is_invisible;

/// How sure a voter says it is, in thousandths. Recorded, not weighted: it is not calibrated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Confidence(
    #[cfg_attr(feature = "schema", schemars(with = "f64", range(min = 0.0, max = 1.0)))] u16,
);

impl Confidence {
    /// The confidence that a JSON number states: 0 to 1 is a share, above 10 to 100 a percentage.
    /// `None` for any other number, since grammars do not hold numeric bounds and certainty is
    /// never made up. Read in decimals, without floating point; halves are rounded up.
    ///
    /// ```
    /// use synod_domain::Confidence;
    /// assert_eq!(Confidence::read("0.6"), Confidence::read("60"));
    /// assert_eq!(Confidence::read("100.1"), None);
    /// assert_eq!(Confidence::read("1.5"), None);
    /// ```
    #[must_use]
    pub fn read(number: &str) -> Option<Self> {
        // A voter that gives 1.5 is hardly 1.5 % sure of its own vote: up to ten, a number may be a share
        // that is too large, or a mark out of five or ten.
        let is_small = || Self::shifted(number, 1).is_some();
        Self::share(number).or_else(|| Self::shifted(number, 2).filter(|_| !is_small()))
    }

    /// The confidence that a text states: a plain number, read as [`Confidence::read`] does, or a
    /// percentage, as `85%`. `None` for any other text.
    ///
    /// ```
    /// use synod_domain::Confidence;
    /// assert_eq!(Confidence::read_text("85 %"), Confidence::read("0.85"));
    /// assert_eq!(Confidence::read_text("0.5%"), Confidence::read("0.005"));
    /// assert_eq!(Confidence::read_text("high"), None);
    /// ```
    #[must_use]
    pub fn read_text(text: &str) -> Option<Self> {
        let plain = text.chars().filter(|c| !is_invisible(*c)).nfkc().collect::<String>();
        let number = plain.trim();
        let percentage = number.strip_suffix(['%', '٪']).map(str::trim_end);
        let number = percentage.unwrap_or(number);
        // In many languages; `1,000` may be a thousand.
        let with_point = number.strip_prefix("0,").map(|decimals| format!("0.{decimals}"));
        let number = with_point.as_deref().unwrap_or(number);
        if percentage.is_some() { Self::shifted(number, 2) } else { Self::read(number) }
    }

    /// A number from 0 to 1.
    fn share(number: &str) -> Option<Self> {
        Self::shifted(number, 0)
    }

    /// A number from 0 to ten to the power of `places`, divided by that power.
    fn shifted(number: &str, places: i64) -> Option<Self> {
        let (negative, number) =
            number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).collect();
        if whole.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
        let digits = &digits[zeros..];
        if digits.is_empty() {
            return Some(Self(0));
        }
        // The number is 0.DIGITS times ten to the power of this.
        let power = power_of_ten(exponent)?
            .saturating_add(i64::try_from(whole.len()).ok()?)
            .saturating_sub(i64::try_from(zeros).ok()?)
            .saturating_sub(places);
        let is_one = digits[0] == b'1' && digits[1..].iter().all(|digit| *digit == b'0');
        match power {
            _ if negative => None,
            ..=0 => Some(Self::rounded(digits, power + 3)),
            1 if is_one => Some(Self(1_000)),
            _ => None,
        }
    }

    /// The first digits, rounded by the next one.
    fn rounded(digits: &[u8], count: i64) -> Self {
        let Ok(count) = usize::try_from(count) else { return Self(0) };
        let digit = |place: usize| u16::from(digits.get(place).map_or(0, |digit| digit - b'0'));
        let whole = (0..count).fold(0, |value, place| 10 * value + digit(place));
        Self(whole + u16::from(digit(count) >= 5))
    }

    /// As a number of 0 to 1.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

/// The value of an exponent; one that is out of bounds becomes the nearest bound.
fn power_of_ten(exponent: &str) -> Option<i64> {
    let (negative, digits) = match exponent.as_bytes().first() {
        Some(b'-') => (true, &exponent[1..]),
        Some(b'+') => (false, &exponent[1..]),
        Some(_) | None => (false, exponent),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let power = digits.parse().unwrap_or(i64::MAX / 2);
    Some(if negative { -power } else { power })
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

/// As a log holds it: 0 to 1. A percentage is read in a voter's reply only.
impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = f64::deserialize(deserializer)?;
        if !(0.0..=1.0).contains(&value) {
            return Err(de::Error::custom("a confidence is a number from 0 to 1"));
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
        Ok(Self((value * 1_000.0).round() as u16))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn thousandths(number: &str) -> Option<u16> {
        Confidence::read(number).map(|confidence| confidence.0)
    }

    #[test]
    fn a_share_is_read_to_three_decimals() {
        for (number, expected) in [
            ("0", 0),
            ("-0", 0),
            ("-0.0", 0),
            ("0e999999999999999999999", 0),
            ("1", 1_000),
            ("1.000", 1_000),
            ("10e-1", 1_000),
            ("0.8", 800),
            ("8E-1", 800),
            ("0.0005", 1),
            ("0.00049999999999999999999999", 0),
            ("0.12345", 123),
            ("0.9995", 1_000),
            ("1e-400", 0),
            ("1e-99999999999999999999", 0),
        ] {
            assert_eq!(thousandths(number), Some(expected), "{number}");
        }
    }

    #[test]
    fn above_ten_it_is_a_percentage_in_exact_decimals() {
        for (number, expected) in [
            ("60", 600),
            ("85", 850),
            ("97.0", 970),
            ("8.5e1", 850),
            ("85.05", 851),
            ("28.75", 288),
            ("10.5", 105),
            ("10.0000000000000000000001", 100),
            ("99.95", 1_000),
            ("100", 1_000),
            ("1e2", 1_000),
            ("0.1e3", 1_000),
            ("100.000", 1_000),
        ] {
            assert_eq!(thousandths(number), Some(expected), "{number}");
        }
    }

    #[test]
    fn any_other_number_is_no_confidence() {
        for number in [
            "1.5",
            "1.0000000000000000000001",
            "2",
            "4.5",
            "8",
            "10",
            "1e1",
            "-0.001",
            "-1",
            "-60",
            "100.00000000000000000001",
            "101",
            "850",
            "1e3",
            "1e400",
            "1e99999999999999999999",
            "-1e-400",
            "NaN",
            "Infinity",
            "",
            "-",
            "85%",
            "0x1",
            "1e",
        ] {
            assert_eq!(thousandths(number), None, "{number}");
        }
    }

    #[test]
    fn a_text_states_a_number_or_a_percentage() {
        let read = |text| Confidence::read_text(text).map(|confidence| confidence.0);
        for (text, expected) in [
            ("0.85", 850),
            ("85", 850),
            ("85%", 850),
            (" 85 % ", 850),
            ("８５％", 850),
            ("85.5%", 855),
            ("0,85", 850),
            ("1", 1_000),
            ("1%", 10),
            ("1.5%", 15),
            ("0.5%", 5),
            ("100%", 1_000),
            ("0%", 0),
        ] {
            assert_eq!(read(text), Some(expected), "{text}");
        }
        for text in [
            "high",
            "",
            "%",
            "150%",
            "1.5",
            "-5%",
            "8/10",
            "85 percent",
            "about 0.8",
            "1,000",
            "0,8,5",
            "0.8-0.9",
            "NaN",
            "٨٥",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_log_holds_a_share() {
        let read = |text: &str| serde_json::from_str::<Confidence>(text).ok();
        assert_eq!(read("0.12345"), Some(Confidence(123)));
        assert_eq!([read("97"), read("-1"), read("1.001")], [None; 3]);
    }

    proptest! {
        /// Against integers, in which thousandths of hundredths are exact.
        #[test]
        fn it_agrees_with_integer_arithmetic(hundred_thousandths in 0_u32..=11_000_000) {
            let number = format!("{}.{:05}", hundred_thousandths / 100_000, hundred_thousandths % 100_000);
            let rounded = |parts: u32| Some(u16::try_from((hundred_thousandths + parts / 2) / parts).unwrap());
            let expected = match hundred_thousandths {
                0..=100_000 => rounded(100),
                1_000_001..=10_000_000 => rounded(10_000),
                _ => None,
            };
            prop_assert_eq!(thousandths(&number), expected, "{}", number);
        }

        #[test]
        fn whatever_is_read_it_does_not_panic(text in "[-+0-9.eE%]{0,30}|.{0,20}") {
            prop_assert!(thousandths(&text).is_none_or(|thousandths| thousandths <= 1_000));
        }
    }
}
