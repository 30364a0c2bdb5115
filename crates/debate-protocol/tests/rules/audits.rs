//! A log that was tampered with is found out.

use synod_debate_protocol::{AuditError, audit};
use synod_domain::{Event, OptionId, Outcome, Recorded};

use crate::table::{Table, closed, votes};

fn log() -> Vec<Recorded> {
    let mut table = Table::started(closed(3, &["A", "B"]));
    table.hold(votes(&["121", "122", "112"]));
    table.log
}

fn tampered(change: impl Fn(&mut Vec<Recorded>)) -> AuditError {
    let mut log = log();
    change(&mut log);
    audit(&log).unwrap_err()
}

fn at(log: &mut [Recorded], kind: &str) -> usize {
    log.iter().rposition(|recorded| recorded.event.kind() == kind).unwrap()
}

#[test]
fn the_log_of_a_debate_is_what_the_rules_write() {
    assert!(audit(&log()).is_ok());
}

#[test]
fn a_vote_changed_afterwards_no_longer_adds_up() {
    let error = tampered(|log| {
        let place = at(log, "ballot_recorded");
        let Event::BallotRecorded(ballot) = &mut log[place].event else { return };
        ballot.option = OptionId::at(0);
    });
    assert!(error.to_string().contains("round_closed"), "{error}");
}

#[test]
fn a_verdict_changed_afterwards_does_not_follow() {
    for change in [
        (|verdict: &mut synod_domain::Verdict| verdict.votes = 3) as fn(&mut _),
        |verdict| verdict.outcome = Outcome::Consensus,
        |verdict| verdict.dissent.clear(),
        |verdict| verdict.running_ms += 1,
        |verdict| verdict.calls.begun -= 1,
    ] {
        let error = tampered(|log| {
            let place = at(log, "debate_closed");
            let Event::DebateClosed(verdict) = &mut log[place].event else { return };
            change(verdict);
        });
        assert!(error.to_string().contains("debate_closed"), "{error}");
    }
}

#[test]
fn limits_changed_afterwards_do_not_follow() {
    let error = tampered(|log| {
        let Event::DebateInitialized(setup) = &mut log[0].event else { return };
        std::sync::Arc::make_mut(setup).limits.needs = 1;
    });
    assert!(error.to_string().contains("limits"), "{error}");
}

/// Whichever event is taken out, and the rest numbered anew, the rest does not add up.
#[test]
fn no_event_can_be_taken_out() {
    let whole = log();
    // The last is the verdict: a log may end anywhere.
    for missing in 0..whole.len() - 1 {
        let mut log = whole.clone();
        log.remove(missing);
        for (recorded, seq) in log.iter_mut().zip(1..) {
            recorded.seq = seq;
        }
        assert!(audit(&log).is_err(), "without event {}", missing + 1);
    }
}
