use synod_tests::Settings;

use crate::synod::{Synod, ollama};

const FLAGS: [&str; 6] =
    ["--option=agree", "--option=disagree", "--rounds=1", "--seed=1", "-o", "json"];

/// Runs a debate with these arguments. Returns its question, or stderr.
async fn question(synod: &Synod, arguments: &[&str], stdin: &[u8]) -> Result<String, String> {
    let run = synod.run_with(&[&["debate"][..], arguments, &FLAGS].concat(), stdin).await;
    if run.code != 0 {
        return Err(run.stderr);
    }
    let document: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    Ok(document["config"]["debate_topic"].as_str().expect("a question").to_owned())
}

#[tokio::test]
async fn question_is_read_from_a_file_or_stdin() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    synod.file("q.txt", "\u{feff}Should we\nban cars?\n\n");
    let asked = "Should we\nban cars?".to_owned();
    assert_eq!(question(&synod, &["--file", "q.txt"], b"").await, Ok(asked));
    assert_eq!(question(&synod, &["--file", "-"], b"Cars?\n").await, Ok("Cars?".to_owned()));

    let refused = |result: Result<String, String>, part: &str| {
        let message = result.expect_err(part);
        assert!(message.contains(part), "{message}");
    };
    refused(question(&synod, &[], b"Cars?\n").await, "the question is missing: pass it in quotes");
    refused(question(&synod, &["Cars?", "--file", "q.txt"], b"").await, "not both");
    refused(question(&synod, &["--file", "none.txt"], b"").await, "cannot read none.txt");
    refused(question(&synod, &["--file", "-"], b" \n").await, "the question in stdin is empty");
    synod.file("bad.txt", b"\xff");
    refused(question(&synod, &["--file", "bad.txt"], b"").await, "is not UTF-8 (byte 1)");
}

#[tokio::test]
async fn flags_override_defaults_of_the_configuration() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url()).with("SYNOD__DEBATE__MAX_TOKENS", "64");
    synod.file(
        "synod.toml",
        "[debate]\nagents = [\"analyst\", \"critic\"]\nmax_rounds = 2\nthreshold = 1\n",
    );
    let config = async |flags: &[&str]| -> serde_json::Value {
        let arguments =
            [&["debate", "q", "--option=agree", "--option=disagree", "-o", "json"], flags].concat();
        let run = synod.run(&arguments).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        let document: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        document["config"].clone()
    };
    let used = config(&[]).await;
    assert_eq!(used["selected_agents"], serde_json::json!(["analyst", "critic"]));
    assert_eq!((&used["max_rounds"], &used["consensus_threshold"]), (&2.into(), &1.0.into()));
    assert_eq!(used["debate_rules"]["max_tokens_per_turn"], 64);
    // Field names of the HTTP interface work as flags too.
    let used = config(&["--max-rounds=1", "-a", "critic,skeptic", "--threshold=0.5"]).await;
    assert_eq!(used["selected_agents"], serde_json::json!(["critic", "skeptic"]));
    assert_eq!((&used["max_rounds"], &used["consensus_threshold"]), (&1.into(), &0.5.into()));
    let used = config(&["--max-rounds=1", "--decision-rule=majority"]).await;
    assert_eq!(used["debate_rules"]["decision_rule"], "majority");
    let run = synod.run(&["debate", "q", "--decision-rule=majority", "--threshold=0.9"]).await;
    let sentence = "synod: --threshold has no effect with --decision-rule=majority; leave it out\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, sentence));
    synod.file(
        "synod.toml",
        "[debate]\ndecision_rule = \"majority\"\nthreshold = 0.9\nrounds = 1\n",
    );
    assert_eq!(config(&[]).await["debate_rules"]["decision_rule"], "majority");
    // It does not fit a debate with a threshold.
    for flag in ["--decision-rule=plurality", "--threshold=0.5"] {
        assert_eq!(config(&[flag]).await["debate_rules"]["decision_rule"], "plurality", "{flag}");
    }

    synod.file("synod.toml", "[debate]\nrounds = 30\n");
    let run = synod.run(&["debate", "q"]).await;
    let sentence = "synod: synod.toml, line 2: `rounds` must be 1 to 20\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, sentence));
}

#[tokio::test]
async fn ollama_host_needs_a_valid_port_and_may_end_with_api() {
    let run = Synod::with_host("http://foo:bar").run(&["models"]).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("the port must be a number from 1 to 65535"), "{}", run.stderr);
    let host = ollama(Settings::default()).await;
    let run = Synod::with_host(&format!("{}/api", host.url())).run(&["models"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("zmodel"), "{}", run.stdout);
}
