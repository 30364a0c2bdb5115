//! Hosts that are configured by hand and refuse: an error that names the refusal and what to do.

use synod_tests::{FakeOllama, Settings};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    scripted_host::{ScriptedHost, SelfSigned},
    synod::{Ended, NOWHERE, Synod, ollama},
};

const LLAMA_CPP_LOADING: &str =
    r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#;

/// Runs `synod` with one host of `synod.toml`.
async fn with_host(keys: &str, arguments: &[&str]) -> Ended {
    let synod = Synod::without_variables();
    synod.file("synod.toml", format!("[hosts.gpu]\n{keys}"));
    synod.file("key.txt", "s3cret\n");
    synod.run(arguments).await
}

/// A debate must not begin, and must say this in its one line; the doctor says it as well.
async fn refused(keys: &str, sentences: &[&str]) {
    let run = with_host(keys, &["debate", "Why?"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    let told = run.stderr.lines().filter(|line| !line.contains("waiting for gpu"));
    assert_eq!(told.count(), 1, "{}", run.stderr);
    assert!(!run.stderr.contains("demo"), "{}", run.stderr);
    let doctor = with_host(keys, &["doctor"]).await;
    assert_eq!(doctor.code, 1, "{}", doctor.stdout);
    assert!(doctor.stdout.contains("!! host gpu: "), "{}", doctor.stdout);
    for sentence in sentences {
        assert!(run.stderr.contains(sentence), "{sentence}\n{}", run.stderr);
        assert!(doctor.stdout.contains(sentence), "{sentence}\n{}", doctor.stdout);
    }
    assert!(!format!("{}{}", run.stderr, doctor.stdout).contains("s3cret"));
}

#[tokio::test]
async fn a_key_that_is_missing_or_wrong() {
    let body =
        r#"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#;
    let host = ScriptedHost::saying(&[("/v1/models", "401 Unauthorized", body)]).await;
    let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
    let said = "wants an API key, or another one (401): Invalid API Key";
    refused(&keys, &[said, "set `api_key_file` or `api_key` of [hosts.gpu]"]).await;
    let wrong = format!("{keys}api_key = 's3cret'\n");
    refused(&wrong, &[said, "correct the key in `api_key` of [hosts.gpu]"]).await;
    let file = format!("{keys}api_key_file = 'key.txt'\n");
    let names = "correct the key in key.txt, which `api_key_file` of [hosts.gpu] names";
    refused(&file, &[said, names]).await;
}

/// As OpenAI, a proxy, OpenRouter, DeepSeek and OpenAI without credit answer chats.
#[tokio::test]
async fn a_host_that_lists_models_and_refuses_chats() {
    let key = "set `api_key_file` or `api_key` of [hosts.gpu]";
    let credit = "add credit to the account of the key";
    for (status, body, sentence, mend) in [
        (
            "401 Unauthorized",
            r#"{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}"#,
            "the server requires a valid API key or a sign-in (status 401): Incorrect API key provided",
            key,
        ),
        (
            "403 Forbidden",
            "<html><head><title>403 Forbidden</title></head></html>",
            "(status 403): 403 Forbidden",
            key,
        ),
        (
            "402 Payment Required",
            r#"{"error":{"message":"Insufficient credits","code":402}}"#,
            "the account has no credit left (status 402): Insufficient credits",
            credit,
        ),
        (
            "429 Too Many Requests",
            r#"{"error":{"message":"You exceeded your current quota","type":"insufficient_quota","code":"insufficient_quota"}}"#,
            "the account has no credit left (status 429): You exceeded your current quota",
            credit,
        ),
    ] {
        let models = r#"{"object":"list","data":[{"id":"qwen2.5-7b-instruct","object":"model"}]}"#;
        let answers = [("/v1/models", "200 OK", models), ("/v1/chat/completions", status, body)];
        let host = ScriptedHost::saying(&answers).await;
        let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
        for arguments in [&["debate", "Why?"][..], &["debate", "Why?", "-m", "qwen2.5-7b-instruct"]]
        {
            let run = with_host(&keys, arguments).await;
            assert_eq!(run.code, 4, "{}", run.stderr);
            for told in ["gpu lists its models and refuses chats: ", sentence, mend] {
                assert!(run.stderr.contains(told), "{told}\n{}", run.stderr);
            }
        }
        let doctor = with_host(&keys, &["doctor"]).await;
        assert_eq!(doctor.code, 1, "{}", doctor.stdout);
        assert!(doctor.stdout.contains("the host refuses chats: "), "{}", doctor.stdout);
        assert!(doctor.stdout.contains(mend), "{}", doctor.stdout);
        assert!(!doctor.stdout.contains("another model"), "{}", doctor.stdout);
    }
}

#[tokio::test]
async fn access_that_is_refused() {
    let page = "<html>403 Forbidden</html>";
    let host = ScriptedHost::saying(&[("/api/tags", "403 Forbidden", page)]).await;
    let keys = format!("url = '{}'\n", host.url);
    refused(&keys, &["refuses access (403)", "OLLAMA_HOST=0.0.0.0"]).await;
}

#[tokio::test]
async fn a_path_that_is_wrong() {
    let host = ScriptedHost::saying(&[]).await;
    let keys = format!("kind = 'openai'\nurl = '{}/llm/v1'\n", host.url);
    refused(&keys, &["has no list of models (404)", "correct `url` of [hosts.gpu]"]).await;
    let keys = format!("url = '{}/ollama'\n", host.url);
    refused(&keys, &["has no list of models (404)", "correct `url` of [hosts.gpu]"]).await;
}

#[tokio::test]
async fn a_server_that_is_still_loading_or_has_nothing_behind_it() {
    let answer = ("/v1/models", "503 Service Unavailable", LLAMA_CPP_LOADING);
    let host = ScriptedHost::saying(&[answer]).await;
    let keys = format!("kind = 'openai'\nurl = '{}'\nload_seconds = 1\n", host.url);
    let said = "is still loading its model (503): Loading model";
    refused(&keys, &[said, "try again when it has loaded"]).await;
    let answer = ("/v1/models", "502 Bad Gateway", "<html>502 Bad Gateway</html>");
    let host = ScriptedHost::saying(&[answer]).await;
    let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
    refused(&keys, &["cannot answer now (502)", "the server behind runs"]).await;
}

#[tokio::test]
async fn a_server_that_loads_for_a_while_is_waited_for() {
    let answer = ("/v1/models", "503 Service Unavailable", LLAMA_CPP_LOADING);
    let host = ScriptedHost::saying(&[answer]).await;
    let address = host.url.trim_start_matches("http://").parse().expect("an address");
    let synod = Synod::without_variables();
    synod.file("synod.toml", format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url));
    let mut child = synod.start(&["debate", "Why?", "--rounds=1", "-m", "gpu/m"]);
    child.stdin.take();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let told = stderr.next_line().await.expect("text").expect("a line");
    assert!(told.contains("waiting for gpu, still loading"), "{told}");
    drop(host);
    let settings =
        || Settings { models: vec!["m".to_owned()], agree_p: 1.0, ..Settings::default() };
    let loaded = loop {
        match FakeOllama::bind(address, settings(), None).await {
            Ok(loaded) => break loaded,
            // The port is left in a moment.
            Err(_) => tokio::task::yield_now().await,
        }
    };
    while let Some(line) = stderr.next_line().await.expect("text") {
        assert!(!line.contains("refuse"), "{line}");
    }
    assert_eq!(child.wait().await.expect("it ends").code(), Some(0));
    assert!(!loaded.chats().is_empty());
}

#[tokio::test]
async fn a_server_of_the_other_kind() {
    let models = r#"{"object":"list","data":[{"id":"m","object":"model","owned_by":"vllm"}]}"#;
    let vllm = ScriptedHost::saying(&[
        ("/api/tags", "404 Not Found", r#"{"detail":"Not Found"}"#),
        ("/v1/models", "200 OK", models),
    ])
    .await;
    let keys = format!("kind = 'ollama'\nurl = '{}'\n", vllm.url);
    let mend = "set `kind` of [hosts.gpu] to \"openai\"";
    refused(&keys, &["speaks OpenAI's protocol, not Ollama's", mend]).await;

    let host =
        ScriptedHost::saying(&[("/api/version", "200 OK", r#"{"version":"0.32.15"}"#)]).await;
    let keys = format!("kind = 'openai'\nurl = '{}/api/v1'\n", host.url);
    let mend = "set `kind` of [hosts.gpu] to \"ollama\", and `url` of [hosts.gpu] to its address \
                without a path";
    refused(&keys, &["is an Ollama, which is asked by OpenAI's protocol", mend]).await;
}

#[tokio::test]
async fn a_certificate_that_nobody_trusts_and_then_somebody_does() {
    let certificate = SelfSigned::new();
    let tags = ("/api/tags", "200 OK", r#"{"models":[]}"#);
    let host = ScriptedHost::over_tls(&[tags], &certificate).await;
    let keys = format!("url = '{}'\n", host.url);
    let said = format!("the TLS certificate of {} cannot be verified", host.url);
    refused(&keys, &[&said, "update-ca-certificates", "SSL_CERT_FILE=CA.pem"]).await;

    let synod = Synod::without_variables().with("SSL_CERT_FILE", "ca.pem");
    synod.file("synod.toml", format!("[hosts.gpu]\n{keys}"));
    synod.file("ca.pem", certificate.pem());
    let run = synod.run(&["doctor"]).await;
    assert!(run.stdout.contains("ok host gpu: Ollama"), "{}", run.stdout);
}

#[tokio::test]
async fn https_to_a_server_without_tls() {
    let host = ScriptedHost::saying(&[("/api/tags", "200 OK", r#"{"models":[]}"#)]).await;
    let keys = format!("url = '{}'\n", host.url.replace("http://", "https://"));
    refused(&keys, &["does not speak TLS", "let `url` of [hosts.gpu] begin with http://"]).await;
}

#[tokio::test]
async fn a_host_that_is_not_there_or_stays_silent() {
    let keys = format!("url = '{NOWHERE}'\n");
    let said = format!("nothing answers at {NOWHERE}: Connection refused");
    refused(&keys, &[&said, "start Ollama there with `ollama serve`"]).await;
    let host = ScriptedHost::silent().await;
    let keys = format!("url = '{}'\n", host.url);
    let at = format!("at {}", host.url);
    refused(&keys, &["no answer within 5 s", &at, "stays silent"]).await;
}

#[tokio::test]
async fn a_host_without_models_is_no_reason_for_the_demo_model() {
    let host = FakeOllama::start(Settings { models: vec![], ..Settings::default() });
    let host = host.await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&["debate", "Why?"]).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("no model that can chat on local"), "{}", run.stderr);
    assert!(run.stderr.contains("`ollama pull llama3.2:3b`"), "{}", run.stderr);
}

#[tokio::test]
async fn variables_that_set_a_host_are_named_in_place_of_its_table() {
    let host = ScriptedHost::saying(&[("/v1/models", "401 Unauthorized", "")]).await;
    let synod = Synod::without_variables()
        .with("SYNOD__HOSTS__GPU__KIND", "openai")
        .with("SYNOD__HOSTS__GPU__URL", &host.url)
        .with("SYNOD__HOSTS__GPU__API_KEY", "s3cret");
    let run = synod.run(&["debate", "Why?"]).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("correct the key in SYNOD__HOSTS__GPU__API_KEY"), "{}", run.stderr);
    let run = Synod::without_host().run(&["debate", "Why?"]).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("or correct OLLAMA_HOST"), "{}", run.stderr);
}

const CLOSED: [&str; 4] = ["--option=agree", "--option=disagree", "--rounds=1", "--seed=1"];

#[tokio::test]
async fn a_host_that_refuses_beside_one_that_serves_all_seats_is_a_warning() {
    let there = ollama(Settings { agree_p: 1.0, ..Settings::default() }).await;
    let refusing = ScriptedHost::saying(&[("/v1/models", "401 Unauthorized", "")]).await;
    let synod = Synod::without_variables();
    let hosts = format!(
        "[hosts.desk]\nurl = '{}'\n[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n",
        there.url(),
        refusing.url
    );
    synod.file("synod.toml", &hosts);
    let run = synod.run(&[&["debate", "Cars?"][..], &CLOSED].concat()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("gpu is left out: "), "{}", run.stderr);
    assert!(
        run.stderr.contains("set `api_key_file` or `api_key` of [hosts.gpu]"),
        "{}",
        run.stderr
    );
    let doctor = synod.run(&["doctor"]).await;
    assert_eq!(doctor.code, 1, "one host is wrong: {}", doctor.stdout);

    // An agent that insists on the host that refuses cannot be seated.
    synod.file("synod.toml", format!("{hosts}[agents.critic]\nhost = 'gpu'\n"));
    let run = synod.run(&[&["debate", "Cars?"][..], &CLOSED].concat()).await;
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    assert!(run.stderr.contains("(401)") && !run.stderr.contains("desk"), "{}", run.stderr);
    // So is a model that only it may have.
    let run = synod.run(&["debate", "Cars?", "-m", "big:70b", "-a", "analyst,skeptic"]).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("no model big:70b on desk"), "{}", run.stderr);
    assert!(run.stderr.contains("gpu: ") && run.stderr.contains("(401)"), "{}", run.stderr);
}
