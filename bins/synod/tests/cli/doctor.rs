use std::time::Duration;

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    time::timeout,
};

use crate::{
    scripted_host::ScriptedHost,
    synod::{Synod, ollama},
};

#[tokio::test]
async fn doctor_succeeds_if_a_model_can_vote() {
    let host = ollama(Settings::default()).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let found = format!("ok host local: Ollama 0.24.0 at {}\n", host.url());
    assert!(run.stdout.contains(&found), "{}", run.stdout);
    assert!(run.stdout.contains("loaded, can vote\n"), "{}", run.stdout);
    assert!(run.stdout.contains(": can vote on an open question\n"), "{}", run.stdout);
    assert_eq!(host.chats().len(), 2, "one call for each kind of ballot");
}

#[tokio::test]
async fn findings_are_printed_immediately() {
    // The model takes longer than this test waits.
    let host = ollama(Settings { ttft_ms: 3_600_000.0, ..Settings::default() }).await;
    let mut doctor = Synod::with_host(&host.url()).start(&["doctor"]);
    let mut lines = BufReader::new(doctor.stdout.take().expect("a pipe")).lines();
    for begins in ["-- configuration: none", "ok host local: Ollama"] {
        let line = timeout(Duration::from_secs(30), lines.next_line()).await;
        let line = line.expect("a finding is printed").expect("text").expect("a line");
        assert!(line.starts_with(begins), "{line}");
    }
    let mut messages = BufReader::new(doctor.stderr.take().expect("a pipe")).lines();
    let line = timeout(Duration::from_secs(30), messages.next_line()).await;
    let line = line.expect("the message is printed").expect("text").expect("a line");
    assert_eq!(line, "synod: waiting for zmodel:latest on local to fill a ballot");
    doctor.kill().await.expect("the doctor is running");
}

#[tokio::test]
async fn model_that_cannot_vote_is_reported_with_a_reason() {
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
async fn refused_features_are_reported_with_their_replacement() {
    let models = vec!["zmodel:no-system".to_owned(), "zmodel:no-union-schema".to_owned()];
    let settings = Settings { models, ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    let expected = "\n--   zmodel:no-system: system messages are refused: their text is sent in the first \
                user message\n";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    assert!(
        run.stdout.contains("zmodel:no-union-schema: details of JSON schemas"),
        "{}",
        run.stdout
    );
    let run = synod.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    let limitations = &report["hosts"][0]["models"][0]["limitations"];
    let first = limitations[0].as_str().expect("a sentence");
    assert!(first.starts_with("system messages are refused"), "{report}");
}

#[tokio::test]
async fn host_without_models_is_reported_with_a_command() {
    let host = FakeOllama::start(Settings { models: vec![], ..Settings::default() });
    let host = host.await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("   try: ollama pull llama3.2:3b\n"), "{}", run.stdout);
}

#[tokio::test]
async fn invalid_configuration_does_not_stop_the_checks() {
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
async fn models_are_listed_in_a_table() {
    let host = ollama(Settings::default()).await;
    let run = Synod::with_host(&host.url()).run(&["models"]).await;
    assert_eq!(run.code, 0);
    let row = run.stdout.lines().nth(1).expect("a model");
    assert!(row.starts_with("local  ollama  zmodel"), "{}", run.stdout);
    let run = Synod::without_host().run(&["models"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
    assert!(run.stderr.contains("`ollama serve`"), "{}", run.stderr);
}

#[tokio::test]
async fn model_on_two_hosts_is_reported() {
    let (near, far) = (ollama(Settings::default()).await, ollama(Settings::default()).await);
    let synod = Synod::without_host();
    let hosts =
        format!("[hosts.near]\nurl = '{}'\n[hosts.far]\nurl = '{}'\n", near.url(), far.url());
    synod.file("synod.toml", hosts);
    let run = synod.run(&["doctor", "--no-probe"]).await;
    let expected = "-- zmodel:latest is on near, far: calls are shared among them";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    let run = synod.run(&["doctor", "--no-probe", "--json"]).await;
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    assert_eq!(report["shared"][0]["hosts"], serde_json::json!(["near", "far"]), "{report}");
}

#[tokio::test]
async fn advice_depends_on_the_kind_of_host() {
    let synod = Synod::without_host();
    let gone = "url = 'http://127.0.0.1:1'\n";
    synod.file("synod.toml", format!("[hosts.local]\nkind = 'openai'\n{gone}"));
    for command in [&["debate", "Why?"][..], &["models"]] {
        let run = synod.run(command).await;
        assert_eq!(run.code, 4, "{}", run.stderr);
        assert!(
            run.stderr.contains("check `url` and `api_key` of [hosts.local]"),
            "{}",
            run.stderr
        );
        assert!(!run.stderr.to_lowercase().contains("ollama"), "{}", run.stderr);
    }
}

#[tokio::test]
async fn missing_and_failing_models_are_reported_with_a_fix() {
    let models = vec!["good:3b".to_owned(), "x:reset".to_owned()];
    let settings = Settings { models, strict_models: true, ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&["doctor", "-m", "nope:1b"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("!! model nope:1b: not found on any reachable host\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains("`ollama pull nope:1b`"), "{}", run.stdout);
    let run = synod.run(&["doctor"]).await;
    assert!(run.stdout.contains("cannot vote: connection reset by local"), "{}", run.stdout);
    assert_eq!(run.code, 1, "a failing model is a problem even if another works");
    let run = synod.run(&["-v", "doctor"]).await;
    assert!(run.stderr.contains("Connection reset"), "{}", run.stderr);
}

#[tokio::test]
async fn configured_agents_are_checked_for_their_models() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    let file = "[agents.ada]\nmodel = 'zmodel'\nexpertise = 'x'\n[agents.bob]\nmodel = 'zmodle'\n\
                expertise = 'x'\n[agents.eve]\nhost = 'gpu'\nexpertise = 'x'\n";
    synod.file("synod.toml", file);
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    for line in [
        "ok agent ada: zmodel:latest on local\n",
        "!! agent bob: no model zmodle on local (did you mean `zmodel:latest`?)\n",
        "   try: ollama pull zmodle, or correct [agents.bob]\n",
        "!! agent eve: there is no host gpu, only local\n",
        "   try: set `host` of [agents.eve] to one of: local\n",
    ] {
        assert!(run.stdout.contains(line), "{line}{}", run.stdout);
    }
}

#[tokio::test]
async fn embedding_model_is_not_a_problem() {
    let host = ScriptedHost::with_responses(&[
        (
            "/api/tags",
            "200 OK",
            r#"{"models":[{"name":"nomic-embed-text:latest","capabilities":["embedding"]},
                {"name":"llama3.2:3b","capabilities":["completion"],
                 "details":{"family":"llama","parameter_size":"3.2B"}}]}"#,
        ),
        (
            "/api/ps",
            "200 OK",
            r#"{"models":[{"name":"llama3.2:3b","size":4000,"size_vram":1000,
                "context_length":8192}]}"#,
        ),
        ("/api/version", "200 OK", r#"{"version":"0.32.15"}"#),
    ])
    .await;
    let synod = Synod::with_host(&host.url);
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("--   nomic-embed-text:latest: cannot chat"), "{}", run.stdout);
    let models = synod.run(&["models"]).await;
    let row = models.stdout.lines().find(|line| line.contains("llama3.2:3b")).expect("a model");
    assert!(row.contains("8192") && row.contains("GPU 25 %"), "{}", models.stdout);
}

/// Only a call reveals that these models do not chat.
#[tokio::test]
async fn model_that_refuses_chats_is_a_note() {
    let models = ["mystery:no-chat", "riddle:no-chat", "enigma:x"].map(str::to_owned).to_vec();
    let host = FakeOllama::start(Settings { models, ..Settings::default() });
    let host = host.await.expect("a fake host");
    let synod = Synod::without_variables();
    let file = format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\nwindow = 8192\n", host.url());
    synod.file("synod.toml", &file);
    let run = synod.run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    for name in ["mystery", "riddle"] {
        let of_model = run.stdout.lines().filter(|line| line.contains(name)).collect::<Vec<_>>();
        let [note] = of_model[..] else { panic!("{}", run.stdout) };
        assert!(note.starts_with(&format!("--   {name}:no-chat: cannot chat: ")), "{note}");
        assert!(note.ends_with(", so debates do not use it"), "{note}");
    }
    assert!(run.stdout.contains("enigma:x: can vote on an open question\n"), "{}", run.stdout);

    let run = synod.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    let refused = &report["hosts"][0]["models"][0];
    assert_eq!((&refused["chats"], &refused["ballot"]), (&false.into(), &Value::Null), "{report}");

    // A debate would use a model that is requested by name.
    let run = synod.run(&["doctor", "-m", "mystery:no-chat"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("!!   mystery:no-chat: cannot chat: "), "{}", run.stdout);
}

#[tokio::test]
async fn host_whose_models_all_refuse_chats_is_a_problem() {
    let refusal = r#"{"object":"error","message":"The model `mystery` does not support Chat Completions API","type":"BadRequestError","code":400}"#;
    let host = ScriptedHost::with_responses(&[
        ("/v1/models", "200 OK", r#"{"object":"list","data":[{"id":"mystery","object":"model"}]}"#),
        ("/v1/chat/completions", "400 Bad Request", refusal),
    ])
    .await;
    let synod = Synod::without_variables();
    synod.file("synod.toml", format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url));
    let run = synod.run(&["doctor"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    let of_model = run.stdout.lines().filter(|line| line.contains("  mystery: "));
    assert_eq!(of_model.count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("--   mystery: cannot chat: "), "{}", run.stdout);
    assert!(run.stdout.contains("!! host gpu: no model that can chat\n"), "{}", run.stdout);
}

#[tokio::test]
async fn ollama_configured_as_openai_is_reported() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::without_variables();
    let file = format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url());
    synod.file("synod.toml", &file);
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    let expected = "!! host gpu: an Ollama server, used through the OpenAI protocol, which hides";
    assert!(run.stdout.contains(expected), "{}", run.stdout);
    assert!(run.stdout.contains("set `kind` of [hosts.gpu] to \"ollama\""), "{}", run.stdout);
    // With a configured window it is legitimate.
    synod.file("synod.toml", format!("{file}window = 8192\n"));
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[tokio::test]
async fn loading_host_is_reported_once_without_waiting() {
    let loading = r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#;
    let host = ScriptedHost::with_responses(&[
        (
            "/v1/models",
            "200 OK",
            r#"{"object":"list","data":[{"id":"llama3.2:3b","object":"model"}]}"#,
        ),
        ("/v1/chat/completions", "503 Service Unavailable", loading),
    ])
    .await;
    let synod = Synod::without_variables();
    synod.file("synod.toml", format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url));
    let run = synod.run(&["doctor"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert_eq!(run.stdout.matches("cannot be tested: ").count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("try: again once it has loaded"), "{}", run.stdout);
    assert!(!run.stdout.contains("larger"), "{}", run.stdout);
}

#[tokio::test]
async fn last_line_names_the_effect_of_the_problems() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    let bob = "[agents.bob]\nmodel = 'zmodle'\nexpertise = 'x'\n";
    let none = "synod: no debate can run with this configuration and these hosts\n";
    let needed = |agent: &str| {
        format!(
            "synod: no debate can run with the default participants, because agent {agent} cannot take \
             part; name others with --agents, --moderator or --judge\n"
        )
    };
    for (file, sentence) in [
        (
            bob.to_owned(),
            "synod: agent bob cannot take part in debates; the others can\n".to_owned(),
        ),
        (format!("{bob}[debate]\nagents = ['analyst', 'bob']\n"), needed("bob")),
        (format!("{bob}[debate]\njudge = 'bob'\n"), needed("bob")),
        ("[agents.critic]\nmodel = 'zmodle'\nexpertise = 'x'\n".to_owned(), needed("critic")),
    ] {
        synod.file("synod.toml", &file);
        let run = synod.run(&["doctor", "--no-probe"]).await;
        assert_eq!((run.code, &run.stderr), (1, &sentence), "{file}{}", run.stdout);
    }
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&["doctor", "-m", "nope:1b"]).await;
    let sentence = "synod: debates can run, but not with anything marked `!!`\n";
    assert_eq!((run.code, run.stderr.as_str()), (1, sentence));
    let run = Synod::without_host().run(&["doctor"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (1, none));
}

#[tokio::test]
async fn model_with_a_host_prefix_is_set_by_two_keys() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    let agent = |name: &str| format!("[agents.{name}]\nexpertise = 'x'\nmodel = ");
    let file = format!("{}'local/zmodel'\n{}'far/zmodel'\n", agent("ada"), agent("bob"));
    synod.file("synod.toml", file);
    let run = synod.run(&["doctor", "-m", "far/zmodel"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    for name in ["ada", "bob"] {
        let mend = "   try: `host = \"local\"` and `model = \"zmodel:latest\"` in";
        let line = format!("{mend} [agents.{name}]\n");
        assert!(run.stdout.contains(&line), "{}", run.stdout);
    }
    assert!(run.stdout.contains("   try: `-m local/zmodel:latest`\n"), "{}", run.stdout);
    let debate = synod.run(&["debate", "q", "-m", "far/zmodel"]).await;
    assert_eq!(debate.code, 2, "{}", debate.stderr);
    assert!(debate.stderr.contains("use `-m local/zmodel:latest`"), "{}", debate.stderr);
    assert!(!debate.stderr.contains("ollama pull"), "{}", debate.stderr);
    assert!(!run.stdout.contains("ollama pull"), "{}", run.stdout);
}
