use std::{sync::atomic::AtomicU64, time::Duration};

use parking_lot::Mutex;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};

use crate::{
    AnsweredRequest, Call, LiveConnection, LiveKind, TrafficMetrics, backups::Backups,
    calls::Calls, debates::Debates, hosts::Hosts, live_connections::LiveConnections,
    model_loads::ModelLoads, requests::Requests, text, traffic::TrafficGauges,
};

/// All counters, gauges and histograms of a server.
#[derive(Debug)]
pub struct MetricsRegistry {
    registry: Mutex<Registry>,
    requests: Requests,
    debates: Debates,
    calls: Calls,
    hosts: Hosts,
    live: LiveConnections,
    traffic: TrafficGauges,
    loads: ModelLoads,
    backups: Backups,
    dropped: Counter,
    uptime: Gauge<f64, AtomicU64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Build {
    version: &'static str,
}

impl MetricsRegistry {
    /// Creates metrics of a server of this version, all zero.
    #[must_use]
    pub fn new(version: &'static str) -> Self {
        let mut registry = Registry::with_prefix("synod");
        let build = Family::<Build, Gauge>::default();
        build.get_or_create(&Build { version }).set(1);
        registry.register("build_info", "The running version; always 1", build);
        let uptime = Gauge::default();
        registry.register("uptime_seconds", "Time since the server started", uptime.clone());
        let dropped = Counter::default();
        registry.register(
            "events_dropped",
            "Events that slow watchers of live streams read from the log later",
            dropped.clone(),
        );
        Self {
            requests: Requests::register(&mut registry),
            debates: Debates::register(&mut registry),
            calls: Calls::register(&mut registry),
            hosts: Hosts::register(&mut registry),
            live: LiveConnections::register(&mut registry),
            traffic: TrafficGauges::register(&mut registry),
            loads: ModelLoads::register(&mut registry),
            backups: Backups::register(&mut registry),
            registry: Mutex::new(registry),
            dropped,
            uptime,
        }
    }

    /// Records an answered request.
    pub fn answered(&self, request: AnsweredRequest, took: Duration) {
        self.requests.answered(request, took);
    }

    /// Records the start of a debate.
    pub fn debate_started(&self) {
        self.debates.started();
    }

    /// Sets the number of running debates.
    pub fn debates_active(&self, debates: usize) {
        self.debates.active(debates);
    }

    /// Records a counted round.
    pub fn round_closed(&self) {
        self.debates.round_closed();
    }

    /// Records a closed debate, with its outcome and running time.
    pub fn debate_finished(&self, outcome: &'static str, running: Duration) {
        self.debates.finished(outcome, running);
    }

    /// Records the start of a call.
    pub fn call_started(&self, purpose: &'static str) {
        self.calls.started(purpose);
    }

    /// Records the end of a call.
    pub fn call_ended(&self, call: &Call<'_>) {
        self.calls.ended(call);
    }

    /// Sets the load of all models. Models that are not listed are no longer shown.
    pub fn traffic<'a>(&self, traffic: impl IntoIterator<Item = TrafficMetrics<'a>>) {
        self.traffic.now(traffic);
    }

    /// Sets whether calls avoid a host, and the number of calls that moved from it to another.
    pub fn host(&self, host: &str, is_resting: bool, left: u64) {
        self.hosts.set(host, is_resting, left);
    }

    /// Sets the numbers of model loads made and avoided on a host since the server started.
    pub fn loads(&self, host: &str, made: u64, avoided: u64) {
        self.loads.count(host, made, avoided);
    }

    /// Sets the time of the last scheduled backup, in seconds since 1970, which an earlier server made.
    pub fn backup_found(&self, at: i64) {
        self.backups.found(at);
    }

    /// Records a scheduled backup made at this time, in seconds since 1970.
    pub fn backup_made(&self, at: i64, took: Duration) {
        self.backups.succeeded(at, took);
    }

    /// Records a scheduled backup that failed.
    pub fn backup_failed(&self) {
        self.backups.failed();
    }

    /// Counts an open connection until the returned guard is dropped.
    #[must_use]
    pub fn live(&self, kind: LiveKind) -> LiveConnection {
        self.live.open(kind)
    }

    /// Records events for which a watcher was too slow.
    pub fn dropped(&self, events: u64) {
        self.dropped.inc_by(events);
    }

    /// Returns the Prometheus text format, version 0.0.4. `uptime`: time since the server started.
    #[must_use]
    pub fn to_text(&self, uptime: Duration) -> String {
        self.uptime.set(uptime.as_secs_f64());
        text::of(&self.registry.lock())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> MetricsRegistry {
        let metrics = MetricsRegistry::new("1.2.3");
        let request = AnsweredRequest { method: "GET", route: "/debates/{id}", status: 404 };
        metrics.answered(request, Duration::from_millis(3));
        metrics.debate_started();
        metrics.debates_active(1);
        metrics.round_closed();
        metrics.debate_finished("consensus", Duration::from_secs(40));
        metrics.call_started("opening");
        metrics.call_ended(&Call { model: Some("m\"1\\"), ..Call::of("opening", "spoke") });
        metrics.host("near", true, 2);
        metrics.loads("local", 3, 9);
        metrics.dropped(3);
        metrics.backup_made(1_764_500_700, Duration::from_millis(250));
        metrics.traffic([TrafficMetrics { host: "desk", model: "m", in_service: 1, waiting: 4 }]);
        metrics
    }

    #[test]
    fn every_sample_has_a_family_of_its_name_with_help_and_type() {
        let text = full().to_text(Duration::from_secs(5));
        let families: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("# TYPE "))
            .map(|line| line.split_once(' ').unwrap())
            .collect();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let sample = line.split(['{', ' ']).next().unwrap();
            let of_family = |(name, kind): &&(&str, &str)| match *kind {
                "histogram" => sample
                    .strip_prefix(name)
                    .is_some_and(|rest| ["_bucket", "_sum", "_count"].contains(&rest)),
                "counter" => sample == *name && name.ends_with("_total"),
                _ => sample == *name,
            };
            let family = families.iter().find(of_family).unwrap_or_else(|| panic!("{line}"));
            assert!(text.contains(&format!("# HELP {} ", family.0)), "{line}");
        }
        assert!(!text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
    }

    #[test]
    fn loads_are_counted_by_host() {
        let metrics = full();
        metrics.loads("local", 4, 11);
        let text = metrics.to_text(Duration::ZERO);
        assert!(text.contains("synod_model_loads_total{host=\"local\"} 4\n"), "{text}");
        assert!(text.contains("synod_model_loads_avoided_total{host=\"local\"} 11\n"), "{text}");
    }

    #[test]
    fn a_backup_has_no_time_before_the_first_success() {
        let metrics = MetricsRegistry::new("1");
        metrics.backup_failed();
        let last = "synod_backup_last_success_timestamp_seconds";
        let text = metrics.to_text(Duration::ZERO);
        assert!(!text.lines().any(|line| line.starts_with(last)), "{text}");
        assert!(text.contains("synod_backups_total{outcome=\"failure\"} 1\n"), "{text}");
        metrics.backup_found(1_764_500_700);
        metrics.backup_made(1_764_504_300, Duration::from_millis(250));
        let text = metrics.to_text(Duration::ZERO);
        assert!(text.contains(&format!("{last} 1764504300\n")), "{text}");
        assert!(text.contains("synod_backup_last_duration_seconds 0.25\n"), "{text}");
        assert!(text.contains("synod_backups_total{outcome=\"success\"} 1\n"), "{text}");
    }

    #[test]
    fn hostile_model_names_are_escaped() {
        let text = full().to_text(Duration::ZERO);
        assert!(text.contains(r#"model="m\"1\\""#), "{text}");
    }

    #[test]
    fn models_beyond_the_limit_share_one_label() {
        let metrics = MetricsRegistry::new("1");
        for n in 0..1_000 {
            let name = format!("model-{n}");
            metrics.call_ended(&Call { model: Some(&name), ..Call::of("ballot", "vote") });
        }
        let text = metrics.to_text(Duration::ZERO);
        let series = text.lines().filter(|line| line.starts_with("synod_calls_total{"));
        assert_eq!(series.count(), 65);
        assert!(
            text.contains("model=\"other\",purpose=\"ballot\",outcome=\"vote\"} 936\n"),
            "{text}"
        );
    }

    #[test]
    fn traffic_is_replaced_and_models_beyond_the_limit_are_summed() {
        let metrics = full();
        let names: Vec<_> = (0..70).map(|n| format!("model-{n}")).collect();
        let traffic = |model| TrafficMetrics { host: "desk", model, in_service: 0, waiting: 2 };
        metrics.traffic(names.iter().map(|name| traffic(name)));
        let text = metrics.to_text(Duration::ZERO);
        let waiting = |model: &str, calls: u8| {
            format!("synod_calls_waiting{{host=\"desk\",model=\"{model}\"}} {calls}\n")
        };
        assert!(text.contains(&waiting("model-0", 2)), "{text}");
        assert!(!text.contains(&waiting("m", 4)), "{text}");
        // One label was taken before.
        assert!(text.contains(&waiting("other", 14)), "{text}");
    }

    #[test]
    fn a_host_shows_its_last_state_and_its_moved_calls() {
        let metrics = MetricsRegistry::new("1");
        for (is_resting, left) in [(true, 2), (true, 2), (false, 5)] {
            metrics.host("near", is_resting, left);
            let text = metrics.to_text(Duration::ZERO);
            let resting = i32::from(is_resting);
            assert!(text.contains(&format!("synod_host_resting{{host=\"near\"}} {resting}\n")));
            assert!(text.contains(&format!("synod_calls_moved_total{{host=\"near\"}} {left}\n")));
        }
    }

    #[test]
    fn a_live_connection_is_counted_until_it_is_dropped() {
        let metrics = MetricsRegistry::new("1");
        let socket = metrics.live(LiveKind::WebSocket);
        let line = |n: u8| format!("synod_live_connections{{kind=\"websocket\"}} {n}\n");
        assert!(metrics.to_text(Duration::ZERO).contains(&line(1)));
        drop(socket);
        assert!(metrics.to_text(Duration::ZERO).contains(&line(0)));
    }
}
