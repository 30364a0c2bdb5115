//! The library writes OpenMetrics, where the family of a counter lacks the suffix of its samples.
//! In the format of Prometheus, which every scraper reads, both have one name.

use std::borrow::Cow;

use prometheus_client::{encoding::text::encode, registry::Registry};

pub(crate) fn of(registry: &Registry) -> String {
    let mut open_metrics = String::new();
    // Writing to a string cannot fail.
    encode(&mut open_metrics, registry).unwrap_or_default();
    let counters: Vec<&str> = open_metrics.lines().filter_map(counter).collect();
    let mut text = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines() {
        if line == "# EOF" || line.starts_with("# UNIT ") {
            continue;
        }
        text.push_str(&with_suffix(line, &counters));
        text.push('\n');
    }
    text
}

/// The name of the counter whose type this line declares.
fn counter(line: &str) -> Option<&str> {
    line.strip_prefix("# TYPE ")?.strip_suffix(" counter")
}

/// A line about a family, with the suffix if the family is a counter, and without empty braces.
fn with_suffix<'a>(line: &'a str, counters: &[&str]) -> Cow<'a, str> {
    for about in ["# HELP ", "# TYPE "] {
        let Some((name, rest)) = line.strip_prefix(about).and_then(|line| line.split_once(' '))
        else {
            continue;
        };
        if counters.contains(&name) {
            return format!("{about}{name}_total {rest}").into();
        }
    }
    match line.split_once("{} ") {
        // A sample of a family without labels.
        Some((name, value)) if !name.contains(['{', ' ']) => format!("{name} {value}").into(),
        Some(_) | None => line.into(),
    }
}
