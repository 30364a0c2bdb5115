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

/// A server of kind `openai` may serve models that it does not list, an Ollama does not.
#[tokio::test]
async fn configured_models_that_are_not_listed_are_named_with_similar_ones() {
    let strict = host(&["qwen2.5:7b", "phi:14b"]).await;
    let models = ["qwen2.5:7b", "phi:14b"].map(str::to_owned).to_vec();
    let settings = Settings { agree_p: 1.0, models, ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let note = "gpu does not list `qwen2.5-7b` (did you mean `qwen2.5:7b`?)\n";
    let table = "window = 8192\n[hosts.gpu.models.'qwen2.5-7b']\nparameters = '7B'\n";
    let synod = openai(&host, table);
    for arguments in [&["models"][..], &[&DEBATE[..], &["-m", "gpu/qwen2.5-7b"]].concat()] {
        let run = synod.run(arguments).await;
        assert_eq!(run.stderr.matches(note).count(), 1, "{}", run.stderr);
    }
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert!(run.stdout.contains(&format!("-- {note}")), "{}", run.stdout);
    assert!(!run.stdout.contains("!! host gpu") && !run.stdout.contains("!!   "), "{}", run.stdout);
    let listed = [&DEBATE[..], &["-m", "gpu/phi:14b"]].concat();
    assert!(!synod.run(&listed).await.stderr.contains("does not list"));

    let unlisted = [&DEBATE[..], &["-m", "gpu/qwen2.5-7b"]].concat();
    let refused = openai(&strict, table).run(&unlisted).await;
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    let hint = "gpu does not list it (did you mean `qwen2.5:7b`?)";
    assert!(refused.stderr.contains(hint), "{}", refused.stderr);

    let synod = Synod::without_variables();
    let table = "[hosts.local.models.'qwen2.6:7b']\nnum_ctx = 8192\n";
    let table = format!("[hosts.local]\nurl = '{}'\n{table}", host.url());
    synod.file("synod.toml", &table);
    let sentence = "no model `qwen2.6:7b`, which has a table [hosts.local.models.\"qwen2.6:7b\"] (did \
                    you mean `qwen2.5:7b`?)\n";
    for arguments in [&["models"][..], &DEBATE] {
        let run = synod.run(arguments).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stderr.contains(&format!("local has {sentence}")), "{}", run.stderr);
    }
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains(&format!("!! host local: {sentence}")), "{}", run.stdout);
    synod.file("synod.toml", table.replace("2.6", "2.5"));
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
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
