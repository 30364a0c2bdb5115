//! Configured hosts that refuse: the error names the reason and what to do.

use synod_tests::{FakeOllama, Settings};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    scripted_host::{ScriptedHost, SelfSigned},
    synod::{RunResult, Synod, UNREACHABLE, ollama},
};

const LLAMA_CPP_LOADING: &str =
    r#"{"error":{"message":"Loading model","type":"unavailable_error","code":503}}"#;

/// Runs `synod` with one host of `synod.toml`.
async fn with_host(keys: &str, arguments: &[&str]) -> RunResult {
    let synod = Synod::without_variables();
    synod.file("synod.toml", format!("[hosts.gpu]\n{keys}"));
    synod.file("key.txt", "s3cret\n");
    synod.run(arguments).await
}

/// Asserts that a debate does not start and prints this in a single line, and that the doctor prints it
/// too.
async fn refused(keys: &str, sentences: &[&str]) {
    let run = with_host(keys, &["debate", "Why?"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    let lines = run.stderr.lines().filter(|line| !line.contains("waiting for gpu"));
    assert_eq!(lines.count(), 1, "{}", run.stderr);
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
async fn missing_or_wrong_key() {
    let body =
        r#"{"error":{"code":401,"message":"Invalid API Key","type":"authentication_error"}}"#;
    let host = ScriptedHost::with_responses(&[("/v1/models", "401 Unauthorized", body)]).await;
    let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
    let message = "wants an API key, or another one (401): Invalid API Key";
    refused(&keys, &[message, "set `api_key_file` or `api_key` of [hosts.gpu]"]).await;
    let wrong = format!("{keys}api_key = 's3cret'\n");
    refused(&wrong, &[message, "correct the key in `api_key` of [hosts.gpu]"]).await;
    let file = format!("{keys}api_key_file = 'key.txt'\n");
    let names = "correct the key in key.txt, which `api_key_file` of [hosts.gpu] names";
    refused(&file, &[message, names]).await;
}

#[tokio::test]
async fn key_that_would_be_sent_in_plain_text_beyond_the_network() {
    for kind in ["ollama", "openai"] {
        let keys = format!("kind = '{kind}'\nurl = 'http://api.example.com'\napi_key = 's3cret'\n");
        let run = with_host(&keys, &["debate", "Why?"]).await;
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
        for text in ["host gpu: ", "the API key would be sent in plain text", "https://"] {
            assert!(run.stderr.contains(text), "{text}\n{}", run.stderr);
        }
        assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
    }
}

/// A service without a list of models is used with models that are named.
#[tokio::test]
async fn server_without_a_list_of_models() {
    let gone = r#"{"error":{"message":"Invalid model 'sonar'","code":400}}"#;
    let host = ScriptedHost::with_responses(&[
        ("/v1/models", "404 Not Found", r#"{"error":"nf"}"#),
        ("/v1/chat/completions", "400 Bad Request", gone),
    ])
    .await;
    let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
    refused(&keys, &["has no list of models (404)", "name a model with `-m gpu/MODEL`"]).await;
    let run = with_host(&keys, &["debate", "Why?", "-m", "sonar"]).await;
    assert!(run.stderr.contains("Invalid model 'sonar'"), "{}", run.stderr);
    let doctor = with_host(&keys, &["doctor", "-m", "sonar"]).await;
    assert!(doctor.stdout.contains("sonar: cannot chat: "), "{}", doctor.stdout);
    let answer = r#"{"choices":[{"index":0,"message":{"role":"assistant","content":"Tea."},"finish_reason":"stop"}]}"#;
    let host = ScriptedHost::with_responses(&[
        ("/v1/models", "404 Not Found", r#"{"error":"nf"}"#),
        ("/v1/chat/completions", "200 OK", answer),
    ])
    .await;
    let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
    let run = with_host(&keys, &["debate", "Why?", "-m", "gpu/sonar", "--rounds", "1"]).await;
    assert!(run.stderr.contains("Using gpu at "), "{}", run.stderr);
}

/// As OpenAI, a proxy, OpenRouter, DeepSeek and OpenAI without credit respond to chats.
#[tokio::test]
async fn host_that_lists_models_and_refuses_chats() {
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
        let host = ScriptedHost::with_responses(&answers).await;
        let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
        for arguments in [&["debate", "Why?"][..], &["debate", "Why?", "-m", "qwen2.5-7b-instruct"]]
        {
            let run = with_host(&keys, arguments).await;
            assert_eq!(run.code, 4, "{}", run.stderr);
            for text in ["gpu lists its models and refuses chats: ", sentence, mend] {
                assert!(run.stderr.contains(text), "{text}\n{}", run.stderr);
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
async fn refused_access() {
    let page = "<html>403 Forbidden</html>";
    let host = ScriptedHost::with_responses(&[("/api/tags", "403 Forbidden", page)]).await;
    let keys = format!("url = '{}'\n", host.url);
    refused(&keys, &["refuses access (403)", "OLLAMA_HOST=0.0.0.0"]).await;
}

/// Every status has a sentence and a remedy of its own, and none blames the address or the kind.
#[tokio::test]
async fn refused_lists_of_models() {
    let generic = "see the log of the server for the cause; the request has only";
    for (status, sentence, mend) in [
        ("400 Bad Request", "refused to list its models (400): no", generic),
        (
            "402 Payment Required",
            "the account has no credit left (402): no",
            "add credit to the account",
        ),
        (
            "407 Proxy Authentication Required",
            "refuses access (407): no",
            "a proxy wants a sign-in",
        ),
        ("418 I'm a teapot", "refused to list its models (418): no", generic),
        ("421 Misdirected Request", "refused to list its models (421): no", "contain the name"),
        ("422 Unprocessable Entity", "refused to list its models (422): no", generic),
        ("429 Too Many Requests", "cannot answer now (429): no", "gets too many requests"),
        ("431 Request Header Fields Too Large", "(431): no", "the key is too long"),
        ("451 Unavailable For Legal Reasons", "refuses access (451): no", "use another host"),
        ("500 Internal Server Error", "cannot answer now (500): no", "the log of the server"),
        ("507 Insufficient Storage", "cannot answer now (507): no", "free disk space"),
        ("511 Network Authentication Required", "cannot answer now (511): no", "with a browser"),
    ] {
        let body = r#"{"error":"no"}"#;
        let answers = [("/v1/models", status, body), ("/api/tags", status, body)];
        let host = ScriptedHost::with_responses(&answers).await;
        for kind in ["openai", "ollama"] {
            let keys = format!("kind = '{kind}'\nurl = '{}'\n", host.url);
            refused(&keys, &[sentence, mend]).await;
        }
        let synod = Synod::with_host(&host.url);
        for run in [synod.run(&["debate", "Why?"]).await, synod.run(&["models"]).await] {
            assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{status}: {}", run.stderr);
            assert!(run.stderr.contains(sentence) && run.stderr.contains(mend), "{}", run.stderr);
        }
    }
}

#[tokio::test]
async fn wrong_path() {
    let host = ScriptedHost::with_responses(&[]).await;
    let keys = format!("kind = 'openai'\nurl = '{}/llm/v1'\n", host.url);
    refused(&keys, &["has no list of models (404)", "correct `url` of [hosts.gpu]"]).await;
    let keys = format!("url = '{}/ollama'\n", host.url);
    refused(&keys, &["has no list of models (404)", "correct `url` of [hosts.gpu]"]).await;
}

#[tokio::test]
async fn loading_server_and_bad_gateway() {
    let answer = ("/v1/models", "503 Service Unavailable", LLAMA_CPP_LOADING);
    let host = ScriptedHost::with_responses(&[answer]).await;
    let keys = format!("kind = 'openai'\nurl = '{}'\nload_seconds = 1\n", host.url);
    let message = "is still loading its model (503): Loading model";
    refused(&keys, &[message, "try again when it has loaded"]).await;
    let answer = ("/v1/models", "502 Bad Gateway", "<html>502 Bad Gateway</html>");
    let host = ScriptedHost::with_responses(&[answer]).await;
    let keys = format!("kind = 'openai'\nurl = '{}'\n", host.url);
    refused(&keys, &["cannot answer now (502)", "the server behind runs"]).await;
}

#[tokio::test]
async fn loading_server_is_waited_for() {
    let answer = ("/v1/models", "503 Service Unavailable", LLAMA_CPP_LOADING);
    let host = ScriptedHost::with_responses(&[answer]).await;
    let address = host.url.trim_start_matches("http://").parse().expect("an address");
    let synod = Synod::without_variables();
    synod.file("synod.toml", format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url));
    let mut child = synod.start(&["debate", "Why?", "--rounds=1", "-m", "gpu/m"]);
    child.stdin.take();
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe")).lines();
    let line = stderr.next_line().await.expect("text").expect("a line");
    assert!(line.contains("waiting for gpu, still loading"), "{line}");
    drop(host);
    let settings =
        || Settings { models: vec!["m".to_owned()], agree_p: 1.0, ..Settings::default() };
    let loaded = loop {
        match FakeOllama::bind(address, settings(), None).await {
            Ok(loaded) => break loaded,
            // The port will be free soon.
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
async fn server_of_the_other_kind() {
    let models = r#"{"object":"list","data":[{"id":"m","object":"model","owned_by":"vllm"}]}"#;
    let vllm = ScriptedHost::with_responses(&[
        ("/api/tags", "404 Not Found", r#"{"detail":"Not Found"}"#),
        ("/v1/models", "200 OK", models),
    ])
    .await;
    let keys = format!("kind = 'ollama'\nurl = '{}'\n", vllm.url);
    let mend = "set `kind` of [hosts.gpu] to \"openai\"";
    refused(&keys, &["speaks OpenAI's protocol, not Ollama's", mend]).await;

    let host =
        ScriptedHost::with_responses(&[("/api/version", "200 OK", r#"{"version":"0.32.15"}"#)])
            .await;
    let keys = format!("kind = 'openai'\nurl = '{}/api/v1'\n", host.url);
    let mend = "set `kind` of [hosts.gpu] to \"ollama\", and `url` of [hosts.gpu] to its address \
                without a path";
    refused(&keys, &["is an Ollama, which is asked by OpenAI's protocol", mend]).await;
}

#[tokio::test]
async fn untrusted_certificate_is_refused_until_trusted() {
    let certificate = SelfSigned::new();
    let tags = ("/api/tags", "200 OK", r#"{"models":[]}"#);
    let host = ScriptedHost::over_tls(&[tags], &certificate).await;
    let keys = format!("url = '{}'\n", host.url);
    let message = format!("the TLS certificate of {} cannot be verified", host.url);
    refused(&keys, &[&message, "update-ca-certificates", "SSL_CERT_FILE=CA.pem"]).await;

    let synod = Synod::without_variables().with("SSL_CERT_FILE", "ca.pem");
    synod.file("synod.toml", format!("[hosts.gpu]\n{keys}"));
    synod.file("ca.pem", certificate.pem());
    let run = synod.run(&["doctor"]).await;
    assert!(run.stdout.contains("ok host gpu: Ollama"), "{}", run.stdout);
}

#[tokio::test]
async fn https_to_a_server_without_tls() {
    let host = ScriptedHost::with_responses(&[("/api/tags", "200 OK", r#"{"models":[]}"#)]).await;
    let keys = format!("url = '{}'\n", host.url.replace("http://", "https://"));
    refused(&keys, &["does not speak TLS", "let `url` of [hosts.gpu] begin with http://"]).await;
}

#[tokio::test]
async fn http_to_a_server_of_tls() {
    let certificate = SelfSigned::new();
    let tags = ("/api/tags", "200 OK", r#"{"models":[]}"#);
    let host = ScriptedHost::over_tls(&[tags], &certificate).await;
    for kind in ["ollama", "openai"] {
        let keys = format!("kind = '{kind}'\nurl = '{}'\n", host.url.replace("https", "http"));
        refused(&keys, &["expects TLS", "let `url` of [hosts.gpu] begin with https://"]).await;
    }
}

#[tokio::test]
async fn certificate_for_another_name() {
    let certificate = SelfSigned::new();
    let tags = ("/api/tags", "200 OK", r#"{"models":[]}"#);
    let host = ScriptedHost::over_tls(&[tags], &certificate).await;
    let synod = Synod::without_variables().with("SSL_CERT_FILE", "ca.pem");
    let url = host.url.replace("localhost", "127.0.0.1");
    synod.file("synod.toml", format!("[hosts.gpu]\nurl = '{url}'\n"));
    synod.file("ca.pem", certificate.pem());
    let run = synod.run(&["doctor"]).await;
    assert!(run.stdout.contains("is for another name"), "{}", run.stdout);
    assert!(run.stdout.contains("let `url` of [hosts.gpu] contain a name"), "{}", run.stdout);
}

#[tokio::test]
async fn unreachable_and_silent_hosts() {
    let keys = format!("url = '{UNREACHABLE}'\n");
    let message = format!("nothing answers at {UNREACHABLE}: Connection refused");
    refused(&keys, &[&message, "start Ollama there with `ollama serve`"]).await;
    let host = ScriptedHost::silent().await;
    let keys = format!("url = '{}'\n", host.url);
    let at = format!("at {}", host.url);
    refused(&keys, &["no answer within 5 s", &at, "stays silent"]).await;
}

#[tokio::test]
async fn host_without_models_is_not_replaced_by_the_demo_model() {
    let host = FakeOllama::start(Settings { models: vec![], ..Settings::default() });
    let host = host.await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&["debate", "Why?"]).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("no model that can chat on local"), "{}", run.stderr);
    assert!(run.stderr.contains("`ollama pull llama3.2:3b`"), "{}", run.stderr);
}

#[tokio::test]
async fn advice_names_the_variables_that_set_a_host() {
    let host = ScriptedHost::with_responses(&[("/v1/models", "401 Unauthorized", "")]).await;
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
async fn refusing_host_is_a_warning_if_it_is_not_needed() {
    let reachable = ollama(Settings { agree_p: 1.0, ..Settings::default() }).await;
    let refusing = ScriptedHost::with_responses(&[("/v1/models", "401 Unauthorized", "")]).await;
    let synod = Synod::without_variables();
    let hosts = format!(
        "[hosts.desk]\nurl = '{}'\n[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n",
        reachable.url(),
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
    assert_eq!(doctor.code, 1, "one host is a problem: {}", doctor.stdout);

    // An agent that is bound to the refusing host cannot take part.
    synod.file("synod.toml", format!("{hosts}[agents.critic]\nhost = 'gpu'\n"));
    let run = synod.run(&[&["debate", "Cars?"][..], &CLOSED].concat()).await;
    assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
    assert!(run.stderr.contains("(401)") && !run.stderr.contains("desk"), "{}", run.stderr);
    // Nor can a model be used that only this host may have.
    let run = synod.run(&["debate", "Cars?", "-m", "big:70b", "-a", "analyst,skeptic"]).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("no model big:70b on desk"), "{}", run.stderr);
    assert!(run.stderr.contains("gpu: ") && run.stderr.contains("(401)"), "{}", run.stderr);
}
