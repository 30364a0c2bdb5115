//! The rules, judged from outside: whole debates, their logs, and the laws that hold in all of them.

#![expect(clippy::unwrap_used, reason = "what a test cannot go on without, it panics on")]
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of event")]

mod audits;
mod briefs;
mod commands;
mod defects;
mod fixture;
mod floor;
mod laws;
mod majority;
mod model_changes;
mod moderator;
mod options;
mod recovery;
mod scenarios;
mod stop_tests;
mod tampering;
mod ties;
mod verdicts;
mod worked_example;
