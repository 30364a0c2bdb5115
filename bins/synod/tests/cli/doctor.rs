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
async fn a_model_that_can_fill_a_ballot_makes_all_well() {
    let host = ollama(Settings::default()).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    let found = format!("ok host local: Ollama 0.24.0 at {}\n", host.url());
    assert!(run.stdout.contains(&found), "{}", run.stdout);
    assert!(run.stdout.contains("loaded, can vote\n"), "{}", run.stdout);
    assert!(run.stdout.contains(": can vote on an open question\n"), "{}", run.stdout);
    assert_eq!(host.chats().len(), 2, "one real call for each form of a ballot");
}

#[tokio::test]
async fn findings_are_printed_as_they_are_made() {
    // The model takes longer than this test waits.
    let host = ollama(Settings { ttft_ms: 3_600_000.0, ..Settings::default() }).await;
    let mut doctor = Synod::with_host(&host.url()).start(&["doctor"]);
    let mut lines = BufReader::new(doctor.stdout.take().expect("a pipe")).lines();
    for begins in ["-- configuration: none", "ok host local: Ollama"] {
        let line = timeout(Duration::from_secs(30), lines.next_line()).await;
        let line = line.expect("a finding is printed").expect("text").expect("a line");
        assert!(line.starts_with(begins), "{line}");
    }
    let mut said = BufReader::new(doctor.stderr.take().expect("a pipe")).lines();
    let line = timeout(Duration::from_secs(30), said.next_line()).await;
    let line = line.expect("what is waited for is printed").expect("text").expect("a line");
    assert_eq!(line, "synod: waiting for zmodel:latest on local to fill a ballot");
    doctor.kill().await.expect("it runs still");
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
async fn what_a_host_refuses_is_told_with_what_is_done_instead() {
    let models = vec!["zmodel:no-system".to_owned(), "zmodel:no-union-schema".to_owned()];
    let settings = Settings { models, ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    let told = "\n--   zmodel:no-system: system messages are refused: their text is sent in the first \
                user message\n";
    assert!(run.stdout.contains(told), "{}", run.stdout);
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
    assert!(row.starts_with("local  ollama  zmodel"), "{}", run.stdout);
    let run = Synod::without_host().run(&["models"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (4, ""));
    assert!(run.stderr.contains("`ollama serve`"), "{}", run.stderr);
}

#[tokio::test]
async fn a_model_on_two_hosts_is_told() {
    let (near, far) = (ollama(Settings::default()).await, ollama(Settings::default()).await);
    let synod = Synod::without_host();
    let hosts =
        format!("[hosts.near]\nurl = '{}'\n[hosts.far]\nurl = '{}'\n", near.url(), far.url());
    synod.file("synod.toml", hosts);
    let run = synod.run(&["doctor", "--no-probe"]).await;
    let told = "-- zmodel:latest is on near, far: its calls are shared among them";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    let run = synod.run(&["doctor", "--no-probe", "--json"]).await;
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    assert_eq!(report["shared"][0]["hosts"], serde_json::json!(["near", "far"]), "{report}");
}

#[tokio::test]
async fn the_advice_fits_the_kinds_of_the_hosts() {
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
async fn a_model_that_is_not_there_or_fails_is_told_with_what_to_do() {
    let models = vec!["good:3b".to_owned(), "x:reset".to_owned()];
    let settings = Settings { models, strict_models: true, ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&["doctor", "-m", "nope:1b"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("!! model nope:1b: on no host in reach\n"), "{}", run.stdout);
    assert!(run.stdout.contains("`ollama pull nope:1b`"), "{}", run.stdout);
    let run = synod.run(&["doctor"]).await;
    assert!(run.stdout.contains("cannot vote: connection reset by local"), "{}", run.stdout);
    assert_eq!(run.code, 1, "a model that fails is wrong, though another serves");
    let run = synod.run(&["-v", "doctor"]).await;
    assert!(run.stderr.contains("Connection reset"), "{}", run.stderr);
}

/// A model that thinks is asked for a statement too, in which thought may take all of the limits.
#[tokio::test]
async fn a_model_that_thinks_is_tried_with_the_limits_of_a_debate() {
    let thinks = |think, think_always| Settings { think, think_always, ..Settings::default() };
    let host = ollama(thinks(700, false)).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    let shown = "thinks for about 700 tokens before a statement";
    assert!(run.stdout.contains(shown), "{}", run.stdout);

    let host = ollama(thinks(9_000, false)).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
    assert!(run.stdout.contains("makes a statement without thinking"), "{}", run.stdout);

    let host = ollama(thinks(9_000, true)).await;
    let run = Synod::with_host(&host.url()).run(&["doctor"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(
        run.stdout.contains("no statement: zmodel:latest thought and said nothing"),
        "{}",
        run.stdout
    );
}

#[tokio::test]
async fn every_agent_of_the_file_is_checked_against_its_host_and_model() {
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
        "   try: `host` of [agents.eve] is one of local\n",
    ] {
        assert!(run.stdout.contains(line), "{line}{}", run.stdout);
    }
}

#[tokio::test]
async fn an_embedding_model_beside_a_good_one_is_nothing_wrong() {
    let host = ScriptedHost::saying(&[
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

/// Neither its name nor its host tells that it does not chat: only a call does.
#[tokio::test]
async fn a_model_that_refuses_to_chat_gets_a_note_and_the_others_are_judged() {
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
        assert!(note.ends_with(", so it gets no seat"), "{note}");
    }
    assert!(run.stdout.contains("enigma:x: can vote on an open question\n"), "{}", run.stdout);

    let run = synod.run(&["doctor", "--json"]).await;
    let report: Value = serde_json::from_str(&run.stdout).expect("one document");
    let refused = &report["hosts"][0]["models"][0];
    assert_eq!((&refused["chats"], &refused["ballot"]), (&false.into(), &Value::Null), "{report}");

    // Named, it would get a seat.
    let run = synod.run(&["doctor", "-m", "mystery:no-chat"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    assert!(run.stdout.contains("!!   mystery:no-chat: cannot chat: "), "{}", run.stdout);
}

#[tokio::test]
async fn where_every_model_refuses_to_chat_the_host_has_none() {
    let refusal = r#"{"object":"error","message":"The model `mystery` does not support Chat Completions API","type":"BadRequestError","code":400}"#;
    let host = ScriptedHost::saying(&[
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
async fn an_ollama_behind_kind_openai_is_told() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::without_variables();
    let file = format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url());
    synod.file("synod.toml", &file);
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 1, "{}", run.stdout);
    let told = "!! host gpu: an Ollama, asked by OpenAI's protocol: it does not tell its window";
    assert!(run.stdout.contains(told), "{}", run.stdout);
    assert!(run.stdout.contains("set `kind` of [hosts.gpu] to \"ollama\""), "{}", run.stdout);
    // With a window it is a choice.
    synod.file("synod.toml", format!("{file}window = 8192\n"));
    let run = synod.run(&["doctor", "--no-probe"]).await;
    assert_eq!(run.code, 0, "{}", run.stdout);
}

#[tokio::test]
async fn a_host_that_loads_is_told_once_and_not_waited_for() {
    let loading = r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#;
    let host = ScriptedHost::saying(&[
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
    assert_eq!(run.stdout.matches("cannot be asked: ").count(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("try: again when it has loaded"), "{}", run.stdout);
    assert!(!run.stdout.contains("larger"), "{}", run.stdout);
}

#[tokio::test]
async fn the_last_sentence_says_what_is_wrong_prevents() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    let bob = "[agents.bob]\nmodel = 'zmodle'\nexpertise = 'x'\n";
    let none = "synod: debates cannot be held with this configuration and these hosts\n";
    for (file, sentence) in [
        (bob.to_owned(), "synod: agent bob cannot take part in debates; the others can\n"),
        (format!("{bob}[debate]\nagents = ['analyst', 'bob']\n"), none),
        (format!("{bob}[debate]\njudge = 'bob'\n"), none),
        ("[agents.critic]\nmodel = 'zmodle'\nexpertise = 'x'\n".to_owned(), none),
    ] {
        synod.file("synod.toml", &file);
        let run = synod.run(&["doctor", "--no-probe"]).await;
        assert_eq!((run.code, run.stderr.as_str()), (1, sentence), "{file}{}", run.stdout);
    }
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&["doctor", "-m", "nope:1b"]).await;
    let sentence = "synod: debates can be held, but not with what is marked `!!`\n";
    assert_eq!((run.code, run.stderr.as_str()), (1, sentence));
    let run = Synod::without_host().run(&["doctor"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (1, none));
}

#[tokio::test]
async fn a_model_named_with_a_host_is_set_by_two_keys_and_not_pulled() {
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
