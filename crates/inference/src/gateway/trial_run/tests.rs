use std::{num::NonZeroUsize, sync::Arc, time::Duration};

use futures_util::StreamExt;
use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::*;
use crate::{
    CrashEvidence, Gateway, GatewaySettings, ModelHost, RequestedModel, ResolveError, ScriptedHost,
    ScriptedModel, gateway::call,
};

const NO_MEMORY: &str = "model requires more system memory (45.1 GiB) than is available (30.2 GiB)";

fn gateway(host: ScriptedHost) -> Gateway {
    Gateway::new(vec![Arc::new(host)], GatewaySettings::default())
}

fn no_memory() -> ChatError {
    let host = HostName::new("gpu").unwrap();
    let detail = format!("unable to load model: {NO_MEMORY}");
    ChatError::Failed { host, detail, retry_after: None, source: None }
}

fn crash(model: &str) -> ChatError {
    ChatError::Crashed {
        host: HostName::new("gpu").unwrap(),
        model: ModelName::new(model).unwrap(),
        detail: "llama runner process has terminated: exit status 2".to_owned(),
        evidence: CrashEvidence::Reported,
        suspect: crate::CrashSuspect::Unknown,
        source: None,
    }
}

/// A model of its own family that is not in memory, and loads in 3 s.
fn unloaded(name: &str) -> ScriptedModel {
    let family = name.to_owned();
    let model = ScriptedModel::new(name).with_info(|info| info.family = Some(family));
    model.loading_takes(Duration::from_secs(3))
}

fn seats(count: usize) -> Vec<RequestedModel> {
    vec![RequestedModel::default(); count]
}

fn named(model: &str) -> RequestedModel {
    RequestedModel { host: None, model: ModelName::new(model).ok() }
}

async fn taken(gateway: &Gateway, wanted: &[RequestedModel]) -> Vec<String> {
    let infos = gateway.resolve(wanted).await.unwrap();
    infos.into_iter().map(|info| info.model.to_string()).collect()
}

async fn call(gateway: &Gateway, model: &str) {
    let (host, model) = ("gpu".parse().unwrap(), model.parse().unwrap());
    let model = gateway.chat_model(&host, &model).await.unwrap();
    let events: Vec<_> = model.chat(call::tests::request()).collect().await;
    assert!(matches!(events.last(), Some(Ok(_))), "{events:?}");
}

#[tokio::test(start_paused = true)]
async fn a_model_that_its_host_cannot_load_gives_its_seat_to_the_next() {
    let (large, small) = (unloaded("large").failing_to_load(no_memory()), unloaded("small"));
    let gateway = gateway(ScriptedHost::new("gpu").with(large.clone()).with(small.clone()));
    let reports = Mutex::new(Vec::new());
    let report = |report: TrialReport<'_>| {
        reports.lock().push(match report {
            TrialReport::Loading(info) => format!("loading {}", info.model),
            TrialReport::Ended(info) => format!("ended {}", info.model),
            TrialReport::Refused { model, refusal } => format!("{}: {refusal}", model.model),
        });
    };
    let trials = ModelTrials::default().reporting(&report);
    let infos = gateway.resolve_with(&seats(3), trials).await.unwrap();
    assert!(infos.iter().all(|info| info.model.as_str() == "small"), "{infos:?}");
    let reports = reports.into_inner();
    assert_eq!(reports[..4], ["loading large", "ended large", "loading small", "ended small"]);
    assert_eq!(reports[4..], [format!("large: unable to load model: {NO_MEMORY}")]);
    // The calls find the model in memory.
    call(&gateway, "small").await;
    assert_eq!((small.record().loads, small.record().calls), (1, 1));
    assert_eq!(large.record().calls, 0);
}

#[tokio::test(start_paused = true)]
async fn a_named_model_that_its_host_cannot_load_is_an_error_with_the_reason() {
    let large = unloaded("large").failing_to_load(no_memory());
    let gateway = gateway(ScriptedHost::new("gpu").with(large.clone()).with(unloaded("small")));
    let error = gateway.resolve(&[named("small"), named("large")]).await.unwrap_err();
    assert!(matches!(error, ResolveError::CannotChat { .. }), "{error:?}");
    let expected = format!("large on gpu cannot chat: unable to load model: {NO_MEMORY}");
    assert_eq!(error.to_string(), expected);
    // Others leave it out for a while; who names it has it loaded again.
    assert_eq!(taken(&gateway, &seats(1)).await, ["small"]);
    assert_eq!(taken(&gateway, &[named("large")]).await, ["large"]);
    assert_eq!(large.record().loads, 2);
}

#[tokio::test(start_paused = true)]
async fn a_failed_load_is_forgotten_after_a_while() {
    let large = unloaded("large").failing_to_load(no_memory());
    let gateway = gateway(ScriptedHost::new("gpu").with(large));
    let error = gateway.resolve(&seats(1)).await.unwrap_err();
    assert!(matches!(error, ResolveError::NoModel { .. }), "{error:?}");
    assert!(error.to_string().contains(NO_MEMORY), "{error}");
    sleep(Duration::from_mins(2)).await;
    assert_eq!(taken(&gateway, &seats(1)).await, ["large"]);
}

#[tokio::test(start_paused = true)]
async fn a_model_whose_process_stops_is_loaded_twice() {
    for (crashes, expected) in [(1, "a"), (2, "b")] {
        let fragile = (0..crashes).fold(unloaded("a"), |a, _| a.failing_to_load(crash("a")));
        let gateway = gateway(ScriptedHost::new("gpu").with(fragile).with(unloaded("b")));
        assert_eq!(taken(&gateway, &seats(1)).await, [expected], "{crashes}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_load_that_fails_for_a_passing_reason_shows_nothing_of_the_model() {
    let host = HostName::new("gpu").unwrap();
    let detail = "Internal Server Error".to_owned();
    let failed = ChatError::Failed { host: host.clone(), detail, retry_after: None, source: None };
    let busy = "maximum pending requests exceeded".to_owned();
    let busy = ChatError::Overloaded { host, detail: busy, retry_after: None, source: None };
    for error in [failed, busy] {
        let model = unloaded("a").failing_to_load(error);
        let gateway = gateway(ScriptedHost::new("gpu").with(model.clone()).with(unloaded("b")));
        assert_eq!(taken(&gateway, &seats(1)).await, ["a"]);
        assert_eq!(model.record().loads, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn no_load_displaces_a_model_that_is_about_to_be_used() {
    // (host holds, host says so, loads before the debate)
    for (holds, says_so, expected) in
        [(1, true, [1, 0, 0]), (2, true, [1, 1, 0]), (1, false, [1, 1, 0]), (3, false, [1, 1, 1])]
    {
        let models = ["a", "b", "c"].map(unloaded);
        let holds = NonZeroUsize::new(holds).unwrap();
        let host = models.iter().cloned().fold(ScriptedHost::new("gpu"), ScriptedHost::with);
        let host = host.holding(holds).loading_one_at_a_time();
        let gateway = gateway(if says_so { host.with_models_at_once(holds) } else { host });
        let wanted = ["a", "b", "c"].map(named);
        assert_eq!(taken(&gateway, &wanted).await, ["a", "b", "c"]);
        let loads = models.map(|model| model.record().loads);
        assert_eq!(loads, expected, "{holds} {says_so}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_in_memory_is_neither_loaded_nor_displaced() {
    let (loaded, other) = (ScriptedModel::new("a"), unloaded("b"));
    let one = NonZeroUsize::new(1).unwrap();
    let host = ScriptedHost::new("gpu").with(loaded.clone()).with(other.clone()).holding(one);
    let gateway = gateway(host.with_models_at_once(one));
    assert_eq!(taken(&gateway, &seats(2)).await, ["a", "b"]);
    assert_eq!((loaded.record().loads, other.record().loads), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn a_load_that_takes_longer_than_may_be_waited_continues() {
    let slow = || unloaded("slow").loading_takes(Duration::from_secs(30));
    let limited = || ModelTrials::default().within(Duration::from_secs(4));
    for (model, then) in [(slow(), "slow"), (slow().failing_to_load(no_memory()), "next")] {
        let begun = Instant::now();
        let gateway = gateway(ScriptedHost::new("gpu").with(model.clone()).with(unloaded("next")));
        let infos = gateway.resolve_with(&seats(1), limited()).await.unwrap();
        assert_eq!(infos[0].model.as_str(), "slow");
        assert_eq!(begun.elapsed(), Duration::from_secs(4));
        sleep(Duration::from_secs(27)).await;
        assert_eq!((model.record().loads, model.record().loads_ended), (1, 1));
        // The next debate knows how it ended.
        assert_eq!(
            gateway.resolve_among(&gateway.models().await, &seats(1)).unwrap()[0].model.as_str(),
            then
        );
    }
}

#[tokio::test(start_paused = true)]
async fn hosts_that_will_share_the_calls_load_the_model_at_the_same_time() {
    // (seats, a host is required, hosts that load)
    for (count, host, expected) in [
        (1, None, [1, 0, 0]),
        (2, None, [1, 1, 0]),
        (4, None, [1, 1, 1]),
        (4, Some("gpu"), [1, 0, 0]),
    ] {
        let models = [(); 3].map(|()| unloaded("a"));
        let hosts = ["gpu", "near", "far"].iter().zip(models.clone());
        let hosts = hosts.map(|(name, model)| ScriptedHost::new(name).with(model));
        let hosts = hosts.map(|host| Arc::new(host) as Arc<dyn ModelHost>).collect();
        let gateway = Gateway::new(hosts, GatewaySettings::default());
        let host = host.map(|host| HostName::new(host).unwrap());
        let request = RequestedModel { host, ..named("a") };
        let begun = Instant::now();
        assert_eq!(taken(&gateway, &vec![request; count]).await, vec!["a"; count]);
        assert_eq!(models.map(|model| model.record().loads), expected, "{count}");
        assert_eq!(begun.elapsed(), Duration::from_secs(3));
    }
}

#[tokio::test(start_paused = true)]
async fn a_named_model_is_served_by_the_host_that_can_load_it() {
    for (bad, good) in [("far", "gpu"), ("gpu", "far")] {
        let hosts = ["gpu", "far"].map(|name| {
            let model = unloaded("a");
            let is_bad = name == bad;
            let model = if is_bad { model.failing_to_load(no_memory()) } else { model };
            Arc::new(ScriptedHost::new(name).with(model)) as Arc<dyn ModelHost>
        });
        let gateway = Gateway::new(hosts.into(), GatewaySettings::default());
        for seats in [1, 3] {
            let infos = gateway.resolve(&vec![named("a"); seats]).await.unwrap();
            assert!(infos.iter().all(|info| info.host.as_str() == good), "{infos:?}");
        }
    }
}
