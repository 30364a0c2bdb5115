use serde_json::Value;
use synod_tests::{FakeOllama, Settings};
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::synod::{RunResult, Synod, ollama};

const CLOSED: [&str; 4] = ["--option=agree", "--option=disagree", "--rounds=1", "--seed=1"];

async fn debate(settings: Settings, flags: &[&str]) -> RunResult {
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let arguments = [&["debate", "Cars?"][..], &CLOSED, flags].concat();
    Synod::with_host(&host.url()).run(&arguments).await
}

fn agreeing() -> Settings {
    Settings { agree_p: 1.0, models: vec!["zmodel".to_owned()], ..Settings::default() }
}

/// Two of three participants agree, and the third cannot vote.
fn divided() -> Settings {
    Settings { models: ["a", "b", "c:prose"].map(str::to_owned).to_vec(), ..agreeing() }
}

const DIVIDED: [&str; 2] = ["-m", "a,b,c:prose"];

#[tokio::test]
async fn verdict_is_markdown_in_a_pipe() {
    let run = debate(agreeing(), &[]).await;
    assert_eq!(run.code, 0);
    assert!(
        run.stdout.starts_with("# Cars?\n\n## Verdict\n\n**Consensus: agree**\n"),
        "{}",
        run.stdout
    );
    assert!(!run.stdout.contains('\u{1b}'));
    assert!(run.stderr.starts_with("synod: Using Ollama at http://127.0.0.1:"), "{}", run.stderr);
}

#[tokio::test]
async fn every_format_shows_the_debate() {
    let markdown = debate(agreeing(), &["-o", "md"]).await.stdout;
    assert!(markdown.contains("## Round 0: blind opening") && markdown.contains("## Verdict"));
    let json: Value =
        serde_json::from_str(&debate(agreeing(), &["-o", "json"]).await.stdout).expect("JSON");
    assert_eq!(json["verdict"]["answer"]["text"], "agree");
    assert_eq!(json["rounds"][1]["ballots"].as_array().map(Vec::len), Some(3));
    let log = debate(agreeing(), &["-o", "ndjson"]).await.stdout;
    let kinds = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("an event")["type"].clone());
    let kinds: Vec<_> = kinds.collect();
    assert_eq!(kinds.first().and_then(Value::as_str), Some("debate_initialized"));
    assert_eq!(kinds.last().and_then(Value::as_str), Some("debate_closed"));
    let html = debate(agreeing(), &["-o", "html"]).await.stdout;
    assert!(html.starts_with("<!doctype html>") && html.contains("Cars?"), "{html}");
    // The format names of the HTTP interface.
    let named = debate(agreeing(), &["--format", "markdown"]).await.stdout;
    assert!(named.contains("## Round 0: blind opening"), "{named}");
}

#[tokio::test]
async fn debates_in_every_mode_have_valid_logs() {
    let moderated = ["--mode=autonomous", "--moderator=moderator"];
    for (mode, calls) in [
        (&["--mode=structured"][..], 12),
        (&["--mode=freeform"], 12),
        // Twelve, and a move before each of at most three turns.
        (&["--mode=autonomous"], 15),
        (&moderated, 15),
    ] {
        let host = FakeOllama::start(agreeing()).await.expect("a fake host");
        let synod = Synod::with_host(&host.url());
        let arguments = [&["debate", "Cars?", "-o", "ndjson"][..], &CLOSED, mode].concat();
        let run = synod.run(&arguments).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(host.chats().len(), calls, "{mode:?}");
        synod.file("log.ndjson", &run.stdout);
        let verified = synod.run(&["verify", "log.ndjson"]).await;
        assert_eq!(verified.code, 0, "{}", verified.stderr);
        assert_eq!(run.stdout.contains("move_chosen"), calls == 15, "{mode:?}");
        assert!(!run.stdout.contains(r#""source":"scheduler""#), "{mode:?}");
    }
}

#[tokio::test]
async fn moves_of_the_moderator_are_described() {
    let page = debate(agreeing(), &["-o", "md", "--mode=autonomous"]).await.stdout;
    assert!(page.contains("The moderator is the model of Analyst."), "{page}");
    let phrases = ["*The moderator gives the floor to ", "*The moderator asks "];
    assert!(phrases.iter().any(|phrase| page.contains(phrase)), "{page}");
}

#[tokio::test]
async fn quiet_prints_only_the_result() {
    let run = debate(agreeing(), &["-q"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains("Consensus"));
}

#[tokio::test]
async fn missing_consensus_is_an_error_only_if_required() {
    let without = debate(divided(), &DIVIDED).await;
    assert_eq!(without.code, 0, "{}", without.stderr);
    assert!(without.stdout.contains("No consensus"), "{}", without.stdout);
    let required = [&DIVIDED[..], &["--require-consensus"]].concat();
    let required = debate(divided(), &required).await;
    assert_eq!(required.code, 3);
    assert!(required.stderr.ends_with("synod: there is no consensus\n"), "{}", required.stderr);
    assert_eq!(debate(agreeing(), &["--require-consensus"]).await.code, 0);
}

#[tokio::test]
async fn exhausted_budget_has_its_own_exit_code() {
    let run = debate(agreeing(), &["--budget", "1000"]).await;
    assert_eq!(run.code, 5, "{}", run.stdout);
    assert!(run.stdout.contains("the budget of tokens is spent"), "{}", run.stdout);
    assert!(run.stderr.ends_with("synod: the budget ended the debate\n"), "{}", run.stderr);
}

#[tokio::test]
async fn panel_without_statements_is_an_error() {
    let settings = Settings { models: vec!["zmodel:empty".to_owned()], ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&["debate", "Cars?"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("fewer than two took part"), "{}", run.stdout);
}

/// Runs a debate among models with this tag on a host of this kind. Returns it as JSON.
async fn debate_json(kind: &str, tag: &str, settings: Settings) -> Value {
    let model = format!("zmodel:{tag}");
    let settings = Settings { agree_p: 1.0, models: vec![model.clone()], ..settings };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let synod = Synod::without_host();
    let file = format!("[hosts.hall]\nkind = '{kind}'\nurl = '{}'\n", host.url());
    synod.file("synod.toml", file);
    let seat = format!("hall/{model}");
    let arguments = [&["debate", "Cars?", "-o", "json", "-m", &seat][..], &CLOSED].concat();
    let run = synod.run(&arguments).await;
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{kind} {tag}: {}", run.stderr))
}

#[tokio::test]
async fn thinking_in_content_is_removed_from_all_replies() {
    for kind in ["ollama", "openai"] {
        for tag in ["think-in-content", "open-thought", "channels"] {
            let debate = debate_json(kind, tag, Settings::default()).await;
            assert_eq!(debate["verdict"]["outcome"], "consensus", "{kind} {tag}: {debate}");
            assert_eq!(debate["verdict"]["answer"]["text"], "agree", "{kind} {tag}: {debate}");
            let text = debate.to_string();
            assert!(!text.contains("Secretly") && !text.contains("<|"), "{kind} {tag}: {text}");
        }
        let text = debate_json(kind, "endless-thought", Settings::default()).await.to_string();
        assert!(!text.contains("Secretly"), "{kind}: {text}");
    }
}

#[tokio::test]
async fn protocol_deviations_of_servers_cost_no_vote() {
    for (kind, tag) in [("ollama", "load"), ("openai", "odd-frames"), ("openai", "strict-window")] {
        let settings = Settings { num_ctx: 900, ..Settings::default() };
        let debate = debate_json(kind, tag, settings).await;
        let verdict = &debate["verdict"];
        assert_eq!(verdict["outcome"], "consensus", "{tag}: {debate}");
        assert_eq!(verdict["panel"]["failed"], 0, "{tag}: {debate}");
    }
}

#[tokio::test]
async fn piped_context_is_in_every_prompt() {
    let host = ollama(agreeing()).await;
    let synod = Synod::with_host(&host.url());
    for dash in [&[][..], &["-"]] {
        let arguments = [&["debate", "Cars?"][..], dash, &CLOSED].concat();
        let run = synod.run_with(&arguments, "The town has 40,000 people.".as_bytes()).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    let chats = host.chats();
    assert!(chats.iter().all(|chat| chat.prompt.contains("40,000 people")), "{chats:#?}");
}

#[tokio::test]
async fn models_are_assigned_in_order() {
    let settings = Settings { models: ["a", "b"].map(str::to_owned).to_vec(), ..agreeing() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    let panel = async |flags: &[&str]| -> Vec<(String, String)> {
        let arguments = [&["debate", "q", "-o", "json"][..], &CLOSED, flags].concat();
        let run = synod.run(&arguments).await;
        let json: Value = serde_json::from_str(&run.stdout).expect(&run.stderr);
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let seats = json["participants"].as_array().expect("a panel");
        seats.iter().map(|p| (text(&p["agent_id"]), text(&p["model"]))).collect()
    };
    let pairs = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(a, m)| ((*a).to_owned(), format!("{m}:latest"))).collect()
    };
    // One model: the default panel. Several: one participant each. With agents: in order, repeated.
    let three = pairs(&[("analyst", "a"), ("critic", "a"), ("pragmatist", "a")]);
    assert_eq!(panel(&["-m", "a"]).await, three);
    let two = pairs(&[("analyst", "a"), ("critic", "b")]);
    assert_eq!(panel(&["-m", "a", "-m", "local/b"]).await, two);
    let named = pairs(&[("skeptic", "a"), ("critic", "b"), ("visionary", "a")]);
    assert_eq!(panel(&["-a", "skeptic,critic,visionary", "-m", "a,b"]).await, named);
    let six = panel(&["-m", "a,b,a,b,a,b"]).await;
    assert_eq!(six[5], ("analyst-2".to_owned(), "b:latest".to_owned()), "{six:?}");
}

#[tokio::test]
async fn events_are_written_as_they_happen() {
    let host = ollama(Settings { ttft_ms: 60_000.0, ..agreeing() }).await;
    let synod = Synod::with_host(&host.url());
    let mut child = synod.start(&[&["debate", "Cars?", "-o", "ndjson"][..], &CLOSED].concat());
    child.stdin.take();
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    // No model has replied yet.
    for kind in ["debate_initialized", "debate_started", "call_started"] {
        let line = lines.next_line().await.expect("a line").expect("an event");
        assert!(line.contains(kind), "{line}");
    }
}

#[tokio::test]
async fn help_lists_the_exit_codes() {
    let synod = Synod::without_host();
    for arguments in [&["--help"][..], &["debate", "--help"]] {
        let run = synod.run(arguments).await;
        assert_eq!(run.code, 0);
        for code in ["  0  ", "  1  ", "  2  ", "  3  ", "  4  ", "  5  ", "130  interrupted"] {
            assert!(run.stdout.contains(code), "{code}: {}", run.stdout);
        }
    }
}

#[tokio::test]
async fn help_explains_overrides_and_defaults_of_http() {
    let help = Synod::without_host().run(&["debate", "--help"]).await.stdout;
    for words in ["[default: 3]", "[debate] of synod.toml", "SYNOD__DEBATE__KEY", "5 rounds"] {
        assert!(help.contains(words), "{words}: {help}");
    }
}

#[tokio::test]
async fn debate_runs_on_an_openai_compatible_host() {
    let host = FakeOllama::start(agreeing()).await.expect("a fake host");
    let synod = Synod::without_host();
    let file = format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\nwindow = 8192\n", host.url());
    synod.file("synod.toml", file);
    let arguments = [&["debate", "Cars?", "-o", "json", "-m", "gpu/zmodel"][..], &CLOSED].concat();
    let run = synod.run(&arguments).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(json["verdict"]["answer"]["text"], "agree", "{json}");
    assert!(run.stderr.contains(&format!("Using gpu at {}/v1", host.url())), "{}", run.stderr);
    let chats = host.chats();
    assert!(chats.iter().any(|chat| chat.structured) && chats.iter().all(|chat| chat.stream));
    assert_eq!(host.stats().loads, 0, "the server decides when to load");
}

#[tokio::test]
async fn open_stdin_causes_a_message_about_the_wait() {
    let host = FakeOllama::start(agreeing()).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    let mut child = synod.start(&[&["debate", "Cars?"][..], &CLOSED].concat());
    let stdin = child.stdin.take().expect("a pipe");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    stderr.read_line(&mut line).await.expect("a line");
    assert!(line.starts_with("synod: reading the context from stdin until it ends"), "{line}");
    assert!(host.chats().is_empty(), "the debate does not start without the context");
    drop(stdin);
    assert_eq!(RunResult::of(child).await.code, 0);
}

/// English text of this many bytes.
fn notes(bytes: usize) -> String {
    let line = "The town has a market each week, and most who come to it come by car.\n";
    line.repeat(bytes.div_ceil(line.len()))[..bytes].to_owned()
}

#[tokio::test]
async fn context_longer_than_the_window_is_refused() {
    let host = ollama(agreeing()).await;
    let synod = Synod::with_host(&host.url());
    let run = synod.run_with(&["debate", "Cars?"], notes(12_288).as_bytes()).await;
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.stderr);
    let lengths = "the question and its context have 12.3 KB, about 3074 tokens; the window of \
                   zmodel:latest on local has 4096 tokens";
    assert!(run.stderr.contains(lengths), "{}", run.stderr);
    assert!(run.stderr.contains("set `num_ctx` of [hosts.local] to 8192"), "{}", run.stderr);
    assert!(run.stderr.contains("or shorten them to "), "{}", run.stderr);
    assert!(host.chats().is_empty(), "no call was made");
}

#[tokio::test]
async fn window_is_the_one_of_the_loaded_model() {
    // As with OLLAMA_CONTEXT_LENGTH=16384, which is reported once a model is loaded.
    let host = ollama(Settings { num_ctx: 16_384, ..agreeing() }).await;
    let run = Synod::with_host(&host.url())
        .run_with(&[&["debate", "Cars?"][..], &CLOSED].concat(), notes(12_288).as_bytes())
        .await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!run.stderr.contains("12.3 KB"), "{}", run.stderr);
}

#[tokio::test]
async fn context_that_leaves_little_room_causes_a_warning() {
    let host = ollama(agreeing()).await;
    let arguments = [&["debate", "Cars?"][..], &CLOSED].concat();
    let run = Synod::with_host(&host.url()).run_with(&arguments, notes(9_000).as_bytes()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("rounds will be left out of prompts"), "{}", run.stderr);
}

#[tokio::test]
async fn context_is_not_refused_if_the_window_is_unknown() {
    let host = FakeOllama::start(agreeing()).await.expect("a fake host");
    let synod = Synod::without_variables();
    let file = format!("[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n", host.url());
    synod.file("synod.toml", &file);
    let arguments = [&["debate", "Cars?", "-m", "zmodel"][..], &CLOSED].concat();
    let run = synod.run_with(&arguments, notes(40_000).as_bytes()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    // With a known window, the context is refused.
    synod.file("synod.toml", format!("{file}window = 4096\n"));
    let run = synod.run_with(&arguments, notes(40_000).as_bytes()).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("start the server with a context of "), "{}", run.stderr);
}

#[tokio::test]
async fn tiny_model_of_ollama_is_not_called_a_demo_model() {
    let settings = Settings { models: vec!["smollm2:135m".to_owned()], ..agreeing() };
    let run = debate(settings, &["-o", "md"]).await;
    assert!(run.stdout.contains("A tiny model, smollm2:135m, voted"), "{}", run.stdout);
    assert!(!run.stdout.contains("demo"), "{}", run.stdout);
}
