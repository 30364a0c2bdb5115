//! Completion candidates in shells.

use std::{path::Path, process::Stdio, time::Duration};

use synod_tests::{FakeOllama, Settings};
use tokio::{
    net::TcpListener,
    process::Command,
    time::{Instant, timeout},
};

use crate::synod::Synod;

async fn host(models: &[&str]) -> FakeOllama {
    let models = models.iter().map(|model| (*model).to_owned()).collect();
    FakeOllama::start(Settings { models, ..Settings::default() }).await.expect("a fake host")
}

/// The candidates of bash at the end of a line, which it has split into these words.
async fn in_bash(synod: &Synod, host: &str, line: &str, words: &[&str]) -> Vec<String> {
    let script = r#"
        source <(synod completions bash) || exit 3
        COMP_LINE="$1"; COMP_POINT=${#COMP_LINE}; COMP_TYPE=9; shift
        COMP_WORDS=("$@"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _synod synod "${COMP_WORDS[COMP_CWORD]}" ""
        ((${#COMPREPLY[@]} == 0)) || printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let folder = Path::new(env!("CARGO_BIN_EXE_synod")).parent().expect("a folder");
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.display());
    let ended = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", script, "bash", line])
        .args(words)
        .current_dir(synod.folder())
        .env_clear()
        .envs([("HOME", "/nonexistent"), ("PATH", &path), ("OLLAMA_HOST", host)])
        .stdin(Stdio::null())
        .output();
    let ended = ended.await.expect("bash runs");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{line}: {ended:?}");
    let text = String::from_utf8(ended.stdout).expect("UTF-8");
    text.lines().map(str::to_owned).collect()
}

/// The candidates of fish, which does not split words at punctuation.
async fn in_fish(synod: Synod, words: &[&str]) -> Vec<String> {
    let words = [&["--", "synod"], words].concat();
    let run = synod.with("SYNOD_COMPLETE", "fish").run(&words).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{words:?}");
    let first = |line: &str| line.split('\t').next().unwrap_or_default().to_owned();
    run.stdout.lines().map(first).collect()
}

/// The candidates of fish with a configuration file `config.toml`.
async fn with_config(toml: &str, words: &[&str]) -> Vec<String> {
    let synod = Synod::without_variables();
    synod.file("config.toml", toml);
    in_fish(synod, words).await
}

#[tokio::test]
async fn bash_completes_models_whose_names_contain_colons() {
    let host = host(&["llama3.2:3b", "llama3.2:1b", "qwen3:8b"]).await;
    let (synod, url) = (Synod::without_host(), host.url());
    let all = ["llama3.2:3b", "llama3.2:1b", "qwen3:8b"];
    let cases: [(&str, &[&str], &[&str]); 6] = [
        ("synod debate x -m ", &["synod", "debate", "x", "-m", ""], &all),
        ("synod debate x -m qw", &["synod", "debate", "x", "-m", "qw"], &["qwen3:8b"]),
        // Bash replaces only the part after the colon.
        (
            "synod debate x -m llama3.2:",
            &["synod", "debate", "x", "-m", "llama3.2", ":"],
            &["3b", "1b"],
        ),
        (
            "synod debate x -m llama3.2:3",
            &["synod", "debate", "x", "-m", "llama3.2", ":", "3"],
            &["3b"],
        ),
        (
            "synod doctor --model=qwen3:8b,local/l",
            &["synod", "doctor", "--model", "=", "qwen3", ":", "8b,local/l"],
            &["8b,local/llama3.2:3b", "8b,local/llama3.2:1b"],
        ),
        ("synod debate x --thr", &["synod", "debate", "x", "--thr"], &["--threshold"]),
    ];
    for (line, words, expected) in cases {
        assert_eq!(in_bash(&synod, &url, line, words).await, expected, "{line}");
    }
}

#[tokio::test]
async fn configured_agents_and_models_of_all_hosts_are_completed() {
    let (desk, gpu) = (host(&["qwen3:8b"]).await, host(&["qwen3:8b", "gemma3:4b"]).await);
    let toml = format!(
        "[hosts.desk]\nurl = '{}'\n[hosts.gpu]\nkind = 'openai'\nurl = '{}'\n\
         [agents.ada]\nexpertise = 'an engineer'\n",
        desk.url(),
        gpu.url()
    );
    let models = with_config(&toml, &["debate", "x", "--config", "config.toml", "-m", ""]).await;
    for model in ["qwen3:8b", "gemma3:4b", "desk/qwen3:8b", "gpu/qwen3:8b", "gpu/gemma3:4b"] {
        assert_eq!(models.iter().filter(|known| *known == model).count(), 1, "{models:?}");
    }
    for flag in ["-a", "--moderator", "--judge"] {
        let agents = with_config(&toml, &["--config=config.toml", "debate", "x", flag, "a"]).await;
        assert_eq!(agents, ["ada", "analyst"], "{flag}");
    }
    let agents =
        with_config(&toml, &["debate", "x", "--config=config.toml", "-a", "critic,ad"]).await;
    assert_eq!(agents, ["critic,ada"]);
    let agents = with_config(&toml, &["--config=config.toml", "debate", "x", "-a", "ada,a"]).await;
    assert_eq!(agents, ["ada,analyst"], "each agent takes part once");
    assert_eq!(with_config(&toml, &["serve", "--host", "l"]).await, ["localhost"]);
    assert!(with_config(&toml, &["debate", "-o", ""]).await.contains(&"ndjson".to_owned()));
}

#[tokio::test]
async fn unresponsive_hosts_are_skipped_without_a_message() {
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", silent.local_addr().expect("an address"));
    let began = Instant::now();
    let words = ["debate", "x", "-m", ""];
    let offered = in_fish(Synod::with_host(&url), &words);
    let offered = timeout(Duration::from_secs(10), offered).await.expect("completion gives up");
    assert!(offered.is_empty(), "{offered:?} after {:?}", began.elapsed());
    assert!(in_fish(Synod::without_host(), &words).await.is_empty());
    let broken = Synod::without_host();
    broken.file("synod.toml", "[agents");
    assert!(in_fish(broken, &["debate", "x", "-a", "c"]).await.contains(&"critic".to_owned()));
}

#[tokio::test]
async fn names_that_a_shell_would_execute_are_not_offered() {
    let host = host(&["good:1b", "evil;reboot", "$(reboot)"]).await;
    assert_eq!(
        in_fish(Synod::with_host(&host.url()), &["debate", "x", "-m", ""]).await,
        ["good:1b"]
    );
}

#[tokio::test]
async fn kept_debates_are_completed_with_their_questions() {
    let user = crate::kept::User::new().await;
    user.debate("Cars in town?").await;
    let short = user.listed(&[]).await[0]["short_id"].as_str().expect("an id").to_owned();
    let synod = user.synod.with("SYNOD_COMPLETE", "fish");
    for command in ["show", "replay", "delete", "export", "verify", "grade", "continue"] {
        let run = synod.run(&["--", "synod", command, ""]).await;
        let candidates = format!("last\tthe newest debate\n{short}\tCars in town?\n");
        assert!(run.stdout.starts_with(&candidates), "{command}: {}", run.stdout);
    }
    let elsewhere = synod.run(&["--", "synod", "show", "--data=empty", ""]).await;
    assert!(!elsewhere.stdout.contains("last"), "{}", elsewhere.stdout);
    // A debate that has ended cannot be resumed.
    let resumable = synod.run(&["--", "synod", "resume", ""]).await.stdout;
    assert!(!resumable.contains("last") && !resumable.contains(&short), "{resumable}");
    // Files follow the debates.
    synod.file("log.ndjson", "");
    let files = synod.run(&["--", "synod", "verify", ""]).await.stdout;
    assert!(files.contains("\nlog.ndjson"), "{files}");
    let files = synod.run(&["--", "synod", "verify", "lo"]).await.stdout;
    assert_eq!(files.trim_end(), "log.ndjson");
    let begun = synod.run(&["--", "synod", "verify", &short[..4]]).await.stdout;
    assert!(begun.starts_with(&short), "{begun}");
}
