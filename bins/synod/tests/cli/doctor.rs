use serde_json::Value;
use synod_tests::{FakeOllama, Settings};

use crate::synod::{Synod, ollama};

#[tokio::test]
async fn a_model_that_can_fill_a_ballot_makes_all_well() {
    let host = ollama(Settings::default()).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let found = format!("ok host local: Ollama 0.24.0 at {}\n", host.url());
    assert!(run.stdout.contains(&found), "{}", run.stdout);
    assert!(run.stdout.contains("fills a ballot"), "{}", run.stdout);
    assert_eq!(host.chats().len(), 1, "one real call");
}

#[tokio::test]
async fn a_model_that_cannot_fill_a_ballot_is_told_with_the_reason() {
    let settings = Settings { models: vec!["zmodel:prose".to_owned()], ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&["doctor", "--json"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    let model = &report["hosts"][0]["models"][0];
    assert_eq!(model["ballot"], false, "{report}");
    assert!(!model["detail"].as_str().expect("a reason").is_empty(), "{report}");
    assert_eq!(report["ok"], false);
}

#[tokio::test]
async fn a_host_without_models_is_told_with_the_line_that_helps() {
    let host = FakeOllama::start(Settings { models: vec![], ..Settings::default() });
    let host = host.await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("   try: ollama pull llama3.2:3b\n"), "{}", run.stdout);
}

#[tokio::test]
async fn a_broken_configuration_does_not_hide_the_rest() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    synod.file("synod.toml", "[agents\n");
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stdout.starts_with("!! configuration: synod.toml, line 1: "), "{}", run.stdout);
    assert!(run.stdout.contains("ok host local: "), "{}", run.stdout);
    assert!(host.chats().is_empty());
}

#[tokio::test]
async fn models_are_listed_with_what_is_known_of_them() {
    let host = ollama(Settings::default()).await;
    let run = Synod::with_host(&host.url()).run(&["models"]).await;
    assert_eq!(run.code, 0);
    let row = run.stdout.lines().nth(1).expect("a model");
    assert!(row.starts_with("local  zmodel"), "{}", run.stdout);
    let run = Synod::without_host().run(&["models"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
}
