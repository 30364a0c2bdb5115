//! Which models of a server a debate uses, and how it calls them.

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};

use crate::synod::Synod;

async fn host(models: &[&str]) -> FakeOllama {
    let models = models.iter().map(|model| (*model).to_owned()).collect();
    let settings = Settings { agree_p: 1.0, strict_models: true, models, ..Settings::default() };
    FakeOllama::start(settings).await.expect("a fake host")
}

/// The binary with a server of kind `openai` and these further lines of its table.
fn openai(host: &FakeOllama, more: &str) -> Synod {
    let synod = Synod::without_host();
    let table = format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n{more}", host.url());
    synod.file("synod.toml", table);
    synod
}

const DEBATE: [&str; 7] =
    ["debate", "Cars?", "--option=agree", "--option=disagree", "--rounds=1", "-o", "ndjson"];

/// The participants in a log.
fn participants(log: &str) -> Vec<Value> {
    let first: Value =
        serde_json::from_str(log.lines().next().expect("an event")).expect("an event");
    first["data"]["participants"].as_array().cloned().expect("participants")
}

#[tokio::test]
async fn embedding_models_are_not_used() {
    let host = host(&["text-embedding-nomic-embed-text-v1.5", "mine-1.5b"]).await;
    let synod = openai(&host, "");
    let run = synod.run(&DEBATE).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(host.chats().iter().all(|chat| chat.model == "mine-1.5b"), "{:?}", host.chats());
    for seat in participants(&run.stdout) {
        assert_eq!((&seat["model"], &seat["scale"]), (&"mine-1.5b".into(), &"small".into()));
    }
    let listed = synod.run(&["models"]).await.stdout;
    let note = "cannot chat: its name says that it is an embedding model";
    assert!(listed.contains(note), "{listed}");
    let checked = synod.run(&["doctor", "--no-probe"]).await.stdout;
    assert!(checked.contains(note), "{checked}");
    let flags = [&DEBATE[..], &["-m", "text-embedding-nomic-embed-text-v1.5"]].concat();
    let named = synod.run(&flags).await;
    assert_eq!((named.code, named.stdout.as_str()), (2, ""));
    assert!(named.stderr.contains("on gpu cannot chat: its name says"), "{}", named.stderr);
}

#[tokio::test]
async fn settings_override_size_and_chat_ability_of_a_model() {
    let host = host(&["my Bark"]).await;
    let table = "[hosts.gpu.models.'my Bark']\nparameters = '1.5B'\nchats = true\n";
    let synod = openai(&host, table);
    let run = synod.run(&[&DEBATE[..], &["-m", "gpu/my Bark"]].concat()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    for seat in participants(&run.stdout) {
        assert_eq!((&seat["model"], &seat["scale"]), (&"my Bark".into(), &"small".into()));
    }
    let listed = synod.run(&["models"]).await.stdout;
    assert!(listed.contains("my Bark") && listed.contains("1.5B"), "{listed}");
    let shown = synod.run(&["config", "show"]).await.stdout;
    assert!(shown.contains("[hosts.gpu.models.\"my Bark\"]"), "{shown}");
    assert!(shown.contains("parameters = 1500000000"), "{shown}");
}

#[tokio::test]
async fn long_model_ids_are_accepted() {
    let id = format!("A long title: {}", "long ".repeat(60) + "end");
    let host = host(&[&id]).await;
    let synod = openai(&host, "");
    for form in ["ndjson", "json", "md"] {
        let flags = [&DEBATE[..5], &["-o", form, "-m", &id]].concat();
        let run = synod.run(&flags).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let flags = [&DEBATE[..], &["-m", &id]].concat();
    synod.file("log.ndjson", synod.run(&flags).await.stdout);
    let verified = synod.run(&["verify", "log.ndjson"]).await;
    assert_eq!(verified.code, 0, "{}", verified.stderr);
}

#[tokio::test]
async fn settings_of_another_kind_of_host_are_refused() {
    let host = host(&["m"]).await;
    for (more, expected) in [
        ("keep_alive = '1h'\n", "`keep_alive` is for kind `ollama`"),
        ("[hosts.gpu.models.m]\nkeep_alive = 0\n", "`keep_alive` is for kind `ollama`"),
        ("[hosts.gpu.models.m]\nnum_ctx = 4096\n", "`num_ctx` is for kind `ollama`"),
    ] {
        let run = openai(&host, more).run(&["models"]).await;
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
    }
    let synod = Synod::without_host();
    let table = format!("[hosts.a]\nurl = '{}'\n[hosts.a.models.m]\nwindow = 9\n", host.url());
    synod.file("synod.toml", table);
    let run = synod.run(&["models"]).await;
    assert!(run.code == 2 && run.stderr.contains("`window` is for kind `openai`"), "{run:?}");
}

#[tokio::test]
async fn tiny_models_are_not_used_next_to_larger_ones() {
    let host = host(&["atiny:135m", "small:1.5b"]).await;
    let synod = Synod::with_host(&host.url());
    // The tiny model is loaded.
    let tiny = [&DEBATE[..], &["-m", "atiny:135m"]].concat();
    assert_eq!(synod.run(&tiny).await.code, 0);
    let run = synod.run(&DEBATE).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    for seat in participants(&run.stdout) {
        assert_eq!(seat["model"], "small:1.5b");
    }
}
