use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use synod_debate_engine::{CallPhase, CallProgress};
use synod_domain::{AgentId, Event, HostName, ModelName, PauseReason, Paused, enumeration};
use synod_inference::ChatError;
use synod_transcript::printable;

use super::stuck_pause::StuckPause;
use crate::view::cut;

/// The hosts that calls wait for because they are unreachable or still loading.
#[derive(Default)]
pub(super) struct HostWaits {
    hosts: BTreeMap<AgentId, HostName>,
    models: BTreeMap<AgentId, ModelName>,
    /// The wait of the last call of each agent.
    waits: BTreeMap<AgentId, Wait>,
    /// The hosts whose wait has been reported, with the agents that have waited since.
    reported: BTreeMap<HostName, BTreeSet<AgentId>>,
}

/// Columns of the cause of a wait.
const CAUSE_WIDTH: usize = 240;

/// Retries come sooner than this, unless the host asks for a longer wait.
const MIN_REQUESTED_WAIT: Duration = Duration::from_secs(10);

/// The reason of a wait.
#[derive(Clone, Copy)]
enum Wait {
    /// The host has been unreachable or not ready for this time.
    Away(Duration),
    /// The host asks to wait for this time.
    Requested(Duration),
    /// The host or model is loading, as reported this many times.
    Loading(u32),
}

impl HostWaits {
    /// Tracks an event. Returns the pause that it begins, if that lasts until someone acts; `refusals` are
    /// the reasons of hosts that refuse this user.
    pub(super) fn pauses(
        &mut self,
        event: &Event,
        refusals: impl FnOnce() -> Option<String>,
    ) -> Option<StuckPause> {
        if let Event::DebateInitialized(setup) = event {
            for profile in setup.profiles() {
                self.hosts.insert(profile.agent_id.clone(), profile.host.clone());
                self.models.insert(profile.agent_id.clone(), profile.model.clone());
            }
        }
        if let Event::CallStarted(started) = event {
            self.waits.remove(&started.agent_id);
        }
        let Event::DebatePaused(paused) = event else { return None };
        let for_hosts = |why| Some(StuckPause::for_hosts(paused.reason, why));
        match paused.reason {
            PauseReason::HostsAway => for_hosts(self.text(paused)),
            PauseReason::HostsRefuse => for_hosts(refusals().unwrap_or_else(|| refused(paused))),
            PauseReason::Command
            | PauseReason::Poison
            | PauseReason::DiskFull
            | PauseReason::ModelChanged => StuckPause::of(paused),
        }
    }

    /// Tracks the phase of a call. Returns a message for users without a status line, once when calls
    /// begin to wait for a host and once when it serves one of them. `cause`: why a host takes no calls
    /// for a model now, if it is known.
    pub(super) fn on_phase(
        &mut self,
        progress: &CallProgress,
        cause: impl FnOnce(&HostName, &ModelName) -> Option<ChatError>,
    ) -> Option<String> {
        let agent = &progress.agent_id;
        let host = self.hosts.get(agent)?.clone();
        let wait = match progress.phase {
            CallPhase::Away { next_try, .. } if next_try >= MIN_REQUESTED_WAIT => {
                Wait::Requested(next_try)
            }
            CallPhase::Away { waited, .. } => Wait::Away(waited),
            CallPhase::Loading => match self.waits.get(agent) {
                Some(Wait::Loading(times)) => Wait::Loading(times.saturating_add(1)),
                Some(Wait::Away(_) | Wait::Requested(_)) | None => Wait::Loading(1),
            },
            // The call is made, and may meet with the same.
            CallPhase::Prompting => {
                self.waits.remove(agent);
                return None;
            }
            CallPhase::Generating => {
                self.waits.remove(agent);
                let has_waited = self.reported.get(&host)?.contains(agent);
                return has_waited.then(|| {
                    self.reported.remove(&host);
                    format!("{host} takes calls again")
                });
            }
            CallPhase::Queued { .. } => return None,
        };
        self.waits.insert(agent.clone(), wait);
        if let Some(agents) = self.reported.get_mut(&host) {
            agents.insert(agent.clone());
            return None;
        }
        // Most models load quickly, which needs no message.
        if matches!(wait, Wait::Loading(1)) {
            return None;
        }
        let cause = self.models.get(agent).and_then(|model| cause(&host, model));
        let message = wait_message(&host, progress.phase, wait, cause.as_ref());
        self.reported.insert(host, BTreeSet::from([agent.clone()]));
        Some(message)
    }

    /// Describes the reason of a pause and how to continue.
    fn text(&self, paused: &Paused) -> String {
        let is_named = |host: &&HostName| paused.hosts.is_empty() || paused.hosts.contains(host);
        let hosts_that = |is_meant: fn(&Wait) -> bool| -> BTreeSet<&HostName> {
            let agents = self.waits.iter().filter(|(_, wait)| is_meant(wait));
            agents.filter_map(|(agent, _)| self.hosts.get(agent)).filter(is_named).collect()
        };
        let loading = hosts_that(|wait| matches!(wait, Wait::Loading(_)));
        let asking = hosts_that(|wait| matches!(wait, Wait::Requested(_)));
        let mut away = hosts_that(|wait| matches!(wait, Wait::Away(_)));
        let mut hosts = self.hosts.values().filter(is_named);
        let is_explained =
            |host| [&loading, &asking, &away].iter().any(|hosts| hosts.contains(host));
        // Such as a host that failed in the middle of a reply. No call waited for it, so no setting helps.
        let has_unexplained = !hosts.all(is_explained);
        let mut settings = Vec::new();
        if !away.is_empty() {
            settings.push(format!("`away_seconds` of {}", tables(&away)));
        }
        if !loading.is_empty() {
            settings.push(format!("`load_seconds` of {}", tables(&loading)));
        }
        let failures = match &paused.detail {
            Some(detail) if has_unexplained => printable(detail),
            Some(_) | None => {
                if loading.is_empty() && asking.is_empty() && away.is_empty() {
                    away.extend(self.hosts.values().filter(is_named));
                }
                let failures = self.failures(&away, &asking, &loading);
                // The other failures are described in full.
                match &paused.detail {
                    Some(detail) if !away.is_empty() => {
                        format!("{failures} ({})", printable(detail))
                    }
                    Some(_) | None => failures,
                }
            }
        };
        let and_wait = if settings.is_empty() {
            String::new()
        } else {
            format!(", or let calls wait longer with {}", enumeration(&settings))
        };
        format!("{failures}; check the server and try again{and_wait}")
    }

    /// Describes the failures of these hosts by the waits for them.
    fn failures(
        &self,
        away: &BTreeSet<&HostName>,
        asking: &BTreeSet<&HostName>,
        loading: &BTreeSet<&HostName>,
    ) -> String {
        let mut failures = Vec::new();
        if !away.is_empty() {
            let longest = self.waits.values().map(|wait| match wait {
                Wait::Away(waited) => waited.as_secs(),
                Wait::Requested(_) | Wait::Loading(_) => 0,
            });
            let time = match longest.max().unwrap_or_default() {
                0 => String::new(),
                seconds => format!(" for {seconds} s"),
            };
            let be = if away.len() == 1 { "was" } else { "were" };
            failures.push(format!("{} could not be reached or {be} not ready{time}", list(away)));
        }
        if !asking.is_empty() {
            let longest = self.waits.values().filter_map(|wait| match wait {
                Wait::Requested(time) => Some(*time),
                Wait::Away(_) | Wait::Loading(_) => None,
            });
            let time = format_duration(longest.max().unwrap_or_default());
            let (be, ask) = if asking.len() == 1 { ("is", "asks") } else { ("are", "ask") };
            failures.push(format!("{} {be} overloaded and {ask} to wait {time}", list(asking)));
        }
        if !loading.is_empty() {
            failures.push(format!("{} did not finish loading", list(loading)));
        }
        failures.join(", and ")
    }
}

/// Describes a wait for a host, and its cause if that is known.
fn wait_message(
    host: &HostName,
    phase: CallPhase,
    wait: Wait,
    cause: Option<&ChatError>,
) -> String {
    let next_try = match phase {
        CallPhase::Away { next_try, .. } => Some(next_try).filter(|time| !time.is_zero()),
        CallPhase::Queued { .. }
        | CallPhase::Loading
        | CallPhase::Prompting
        | CallPhase::Generating => None,
    };
    let text = match (wait, cause) {
        (Wait::Away(_) | Wait::Requested(_), Some(cause)) if cause.is_rate_limit() => {
            let again = match next_try {
                Some(time) => format!(" and is asked again in {}", format_duration(time)),
                None => String::new(),
            };
            format!("{host} limits the rate of calls{again}: {}", in_words(cause))
        }
        (Wait::Away(_), Some(cause)) => format!("waiting for {host}: {}", in_words(cause)),
        (Wait::Requested(time), Some(cause)) => {
            let time = format_duration(time);
            format!("waiting for {host}, which is asked again in {time}: {}", in_words(cause))
        }
        (Wait::Away(_), None) => {
            format!("waiting for {host}, which cannot be reached or is not ready")
        }
        (Wait::Requested(time), None) => format!("{host} asks to wait {}", format_duration(time)),
        (Wait::Loading(_), _) => format!("waiting for {host}, still loading"),
    };
    cut(&text, CAUSE_WIDTH)
}

/// The cause of a wait, with what the host said.
fn in_words(cause: &ChatError) -> String {
    match cause {
        ChatError::Overloaded { detail, .. } | ChatError::Loading { detail, .. } => {
            detail.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        ChatError::Unreachable { .. }
        | ChatError::Deadline { .. }
        | ChatError::ContextOverflow { .. }
        | ChatError::OutputLimit { .. }
        | ChatError::Busy { .. }
        | ChatError::ModelNotFound { .. }
        | ChatError::Refused { .. }
        | ChatError::Crashed { .. }
        | ChatError::Filtered { .. }
        | ChatError::Declined { .. }
        | ChatError::SharedContextFull { .. }
        | ChatError::NoHostReady { .. }
        | ChatError::Failed { .. }
        | ChatError::NoReply { .. }
        | ChatError::AllHostsFailed { .. }
        | ChatError::AllThought { .. }
        | ChatError::Interrupted { .. } => cause.reason(),
    }
}

/// Describes a pause because hosts refuse this user.
fn refused(paused: &Paused) -> String {
    let hosts = list(&paused.hosts.iter().collect());
    match &paused.detail {
        Some(detail) => format!("{hosts} refused calls: {detail}"),
        None => format!("{hosts} refused calls"),
    }
}

fn format_duration(time: Duration) -> String {
    let seconds = Duration::from_millis(999).saturating_add(time).as_secs();
    match (seconds, seconds.div_ceil(60)) {
        (seconds @ ..=120, _) => format!("{seconds} s"),
        (_, minutes) if minutes % 60 == 0 => format!("{} h", minutes / 60),
        (_, minutes) => format!("{minutes} min"),
    }
}

fn list(hosts: &BTreeSet<&HostName>) -> String {
    let names: Vec<_> = hosts.iter().map(ToString::to_string).collect();
    enumeration(&names)
}

fn tables(hosts: &BTreeSet<&HostName>) -> String {
    let tables: Vec<_> = hosts.iter().map(|host| format!("[hosts.{host}]")).collect();
    enumeration(&tables)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use synod_domain::{CallNo, CallStarted, PausePolicy, Purpose};
    use synod_openai_client::{Error, ErrorKind, Retryable};

    use super::*;

    fn hosts(hosts: &[(&str, &str)]) -> HostWaits {
        let mut waits = HostWaits::default();
        for (agent, host) in hosts {
            let agent = AgentId::new(*agent).expect("an id");
            waits.hosts.insert(agent.clone(), HostName::new(*host).expect("a name"));
            waits.models.insert(agent, ModelName::new("m").expect("a name"));
        }
        waits
    }

    fn unknown(_: &HostName, _: &ModelName) -> Option<ChatError> {
        None
    }

    fn at(agent: &str, phase: CallPhase) -> CallProgress {
        CallProgress {
            call: CallNo(1),
            agent_id: AgentId::new(agent).expect("an id"),
            purpose: Purpose::Argument,
            turn: None,
            phase,
        }
    }

    fn paused(hosts: &[&str]) -> Paused {
        let hosts = hosts.iter().map(|host| HostName::new(*host).expect("a name"));
        let paused = Paused::of(PausePolicy::Abort, PauseReason::HostsAway);
        Paused { hosts: hosts.collect(), ..paused }
    }

    #[test]
    fn only_hosts_of_the_pause_are_named() {
        let mut waits = hosts(&[("a", "desk"), ("b", "gpu")]);
        waits.on_phase(&at("a", away(20)), unknown);
        waits.on_phase(&at("b", away(120)), unknown);
        let words = waits.text(&paused(&["gpu"]));
        assert!(
            words.starts_with("gpu could not be reached or was not ready for 120 s"),
            "{words}"
        );
    }

    #[test]
    fn pause_says_why_a_host_was_away() {
        let mut waits = hosts(&[("a", "gpu")]);
        waits.on_phase(&at("a", away(120)), unknown);
        let detail = "gpu lists its models, but calls to m fail: 502 Bad Gateway";
        let paused = Paused { detail: Some(detail.into()), ..paused(&["gpu"]) };
        assert_eq!(
            waits.text(&paused),
            format!(
                "gpu could not be reached or was not ready for 120 s ({detail}); check the server and try \
                 again, or let calls wait longer with `away_seconds` of [hosts.gpu]"
            )
        );
    }

    fn away(seconds: u64) -> CallPhase {
        let (waited, next_try) = (Duration::from_secs(seconds), Duration::from_secs(5));
        CallPhase::Away { waited, next_try }
    }

    #[test]
    fn pause_names_each_host_with_its_own_setting() {
        let mut waits = hosts(&[("a", "desk"), ("b", "gpu"), ("c", "gpu")]);
        waits.on_phase(&at("a", away(120)), unknown);
        waits.on_phase(&at("b", CallPhase::Loading), unknown);
        waits.on_phase(&at("c", CallPhase::Loading), unknown);
        assert_eq!(
            waits.text(&paused(&[])),
            "desk could not be reached or was not ready for 120 s, and gpu did not finish loading; \
             check the server and try again, or let calls wait longer with `away_seconds` of \
             [hosts.desk] and `load_seconds` of [hosts.gpu]"
        );
        waits.on_phase(&at("b", away(60)), unknown);
        waits.on_phase(&at("c", CallPhase::Generating), unknown);
        assert!(
            waits.text(&paused(&[])).starts_with(
                "desk and gpu could not be reached or were not ready for 120 s; check"
            )
        );
    }

    #[test]
    fn requested_waits_are_reported_with_their_time() {
        let mut waits = hosts(&[("a", "cloud"), ("b", "cloud")]);
        let asked = CallPhase::Away { waited: Duration::ZERO, next_try: Duration::from_hours(1) };
        let expected = "cloud asks to wait 1 h";
        assert_eq!(waits.on_phase(&at("a", asked), unknown).as_deref(), Some(expected));
        assert_eq!(waits.on_phase(&at("b", asked), unknown), None);
        assert_eq!(
            waits.text(&paused(&[])),
            "cloud is overloaded and asks to wait 1 h; check the server and try again",
            "no setting makes calls wait that long"
        );
        assert_eq!(format_duration(Duration::from_secs(90)), "90 s");
        assert_eq!(format_duration(Duration::from_secs(305)), "6 min");
    }

    /// The event arrived before the wait, or there was no wait.
    #[test]
    fn pause_without_a_wait_gives_the_detail_of_the_event() {
        for detail in
            ["cloud is overloaded and asks to wait 1 h", "connection reset by cloud in mid-reply"]
        {
            let waits = hosts(&[("a", "cloud"), ("b", "cloud")]);
            let paused = Paused { detail: Some(detail.into()), ..paused(&["cloud"]) };
            let expected = format!("{detail}; check the server and try again");
            assert_eq!(waits.text(&paused), expected);
        }
    }

    #[test]
    fn waits_of_earlier_calls_do_not_explain_a_pause() {
        let mut waits = hosts(&[("a", "gpu")]);
        waits.on_phase(&at("a", away(20)), unknown);
        let started = CallStarted {
            call: CallNo(2),
            agent_id: AgentId::new("a").expect("an id"),
            purpose: Purpose::Ballot,
            round: 0,
            turn: None,
            pass: None,
            evidence: false,
            attempt: 1,
            repair: false,
        };
        assert_eq!(waits.pauses(&Event::CallStarted(started), || None), None);
        let detail = Some("connection reset by gpu in mid-reply".into());
        let paused = Event::DebatePaused(Paused { detail, ..paused(&["gpu"]) }.into());
        let expected = "connection reset by gpu in mid-reply; check the server and try again";
        assert_eq!(
            waits.pauses(&paused, || None).map(|pause| pause.why).as_deref(),
            Some(expected)
        );
    }

    #[test]
    fn an_outage_is_reported_once_and_so_is_its_end() {
        let mut waits = hosts(&[("a", "desk"), ("b", "desk"), ("c", "desk")]);
        let expected = "waiting for desk, which cannot be reached or is not ready";
        assert_eq!(waits.on_phase(&at("a", away(0)), unknown).as_deref(), Some(expected));
        // One of the calls tries again and meets with the same.
        for phase in [away(0), CallPhase::Prompting, away(5), CallPhase::Prompting, away(5)] {
            assert_eq!(waits.on_phase(&at("a", phase), unknown), None);
            assert_eq!(waits.on_phase(&at("b", phase), unknown), None);
        }
        // A call that did not wait, such as one to another model.
        assert_eq!(waits.on_phase(&at("c", CallPhase::Generating), unknown), None);
        let over = waits.on_phase(&at("b", CallPhase::Generating), unknown);
        assert_eq!(over.as_deref(), Some("desk takes calls again"));
        assert_eq!(waits.on_phase(&at("a", CallPhase::Generating), unknown), None);
        assert_eq!(waits.on_phase(&at("a", CallPhase::Loading), unknown), None, "mostly short");
        let loading = waits.on_phase(&at("a", CallPhase::Loading), unknown);
        assert_eq!(loading.as_deref(), Some("waiting for desk, still loading"));
        assert_eq!(waits.on_phase(&at("a", CallPhase::Loading), unknown), None);
    }

    #[test]
    fn a_wait_is_reported_with_what_the_host_said() {
        let overloaded = |host: &HostName, _: &ModelName| {
            let detail = "the server is busy (status 503): no slot available".to_owned();
            let (host, retry_after, source) = (host.clone(), None, None);
            Some(ChatError::Overloaded { host, detail, retry_after, source })
        };
        let away_for = |next_try: u64| CallPhase::Away {
            waited: Duration::ZERO,
            next_try: Duration::from_millis(next_try),
        };
        for (next_try, expected) in [
            (500, "waiting for desk: the server is busy (status 503): no slot available"),
            (
                29_500,
                "waiting for desk, which is asked again in 30 s: the server is busy (status 503): \
                 no slot available",
            ),
        ] {
            let mut waits = hosts(&[("a", "desk")]);
            let message = waits.on_phase(&at("a", away_for(next_try)), overloaded);
            assert_eq!(message.as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_limit_of_the_rate_is_named() {
        let limited = |host: &HostName, _: &ModelName| {
            let source = Error::new(ErrorKind::Busy, Retryable::Yes, "too many").with_status(429);
            let (host, detail) = (host.clone(), source.to_string());
            let source = Some(Arc::new(source) as _);
            Some(ChatError::Overloaded { host, detail, retry_after: None, source })
        };
        for (next_try, again) in
            [(0, ""), (8, " and is asked again in 8 s"), (3_600, " and is asked again in 1 h")]
        {
            let phase =
                CallPhase::Away { waited: Duration::ZERO, next_try: Duration::from_secs(next_try) };
            let message = hosts(&[("a", "cloud")]).on_phase(&at("a", phase), limited);
            let message = message.expect("a message");
            assert!(
                message.starts_with(&format!("cloud limits the rate of calls{again}: ")),
                "{message}"
            );
            assert!(message.ends_with("too many"), "{message}");
        }
    }
}
