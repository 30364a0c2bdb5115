//! Debates that are resumed after their process has ended, replays and follow-ups.

use std::time::Duration;

use serde_json::Value;
use synod_tests::Settings;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::{
    kept::User,
    synod::{RunResult, Synod, ollama},
};

const DEBATE: [&str; 6] =
    ["debate", "Cars?", "--option=agree", "--option=disagree", "--rounds=1", "-ondjson"];

/// A debate whose process was killed after the end of its first turn. Returns what it had written.
async fn killed(synod: &Synod) -> String {
    let mut child = synod.start(&DEBATE);
    child.stdin.take();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut read = String::new();
    while !read.contains(r#""turn_ended""#) {
        assert!(output.read_line(&mut read).await.expect("text") > 0, "{read}");
    }
    let held = synod.run(&["resume", "last"]).await;
    let pid = child.id().expect("a running process");
    let sentence = format!("is driven by `synod debate`, process {pid}; ");
    assert!(held.code == 1 && held.stderr.contains(&sentence), "{}", held.stderr);
    let deleted = synod.run(&["delete", "last", "--yes"]).await;
    assert!(deleted.code == 1 && deleted.stderr.contains(&sentence[..40]), "{}", deleted.stderr);
    child.kill().await.expect("killed");
    read
}

fn events(log: &str) -> Vec<Value> {
    log.lines().map(|line| serde_json::from_str(line).expect("an event")).collect()
}

async fn slow_host() -> synod_tests::FakeOllama {
    ollama(Settings { agree_p: 1.0, itl_ms: 20.0, ..Settings::default() }).await
}

async fn whole(synod: &Synod) -> RunResult {
    let run = synod.run(&["show", "last", "-o", "ndjson"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    run
}

#[tokio::test]
async fn a_debate_whose_process_was_killed_is_resumed_without_a_gap() {
    let host = slow_host().await;
    let synod = Synod::with_host(&host.url());
    let before = killed(&synod).await;
    let list = synod.run(&["list", "--status=interrupted"]).await;
    assert!(
        list.stdout.contains("interrupted") && list.stdout.contains("Cars?"),
        "{}",
        list.stderr
    );
    let shown = synod.run(&["show", "last"]).await;
    assert!(shown.code == 0 && shown.stderr.contains("`synod resume "), "{}", shown.stderr);
    let synod = synod.with("SYNOD_COMPLETE", "fish");
    let offered = synod.run(&["--", "synod", "resume", ""]).await.stdout;
    assert!(offered.starts_with("last\tthe newest debate\n"), "{offered}");
    assert!(offered.contains("\tCars?\n"), "{offered}");
    let graded = synod.run(&["--", "synod", "grade", ""]).await.stdout;
    assert!(!graded.contains("Cars?"), "{graded}");
    let synod = synod.without("SYNOD_COMPLETE");
    let kept = events(&whole(&synod).await.stdout).len();

    let resumed = synod.run(&["resume", "last", "-ondjson"]).await;
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    let all = events(&whole(&synod).await.stdout);
    let new = events(&resumed.stdout);
    assert_eq!(new, all[kept..], "the resumed part is what is new");
    let seqs = all.iter().map(|event| event["seq"].as_u64().expect("a number"));
    assert!(seqs.eq(1..=all.len() as u64));
    assert!(all.starts_with(&events(&before)), "nothing that was shown is lost");
    assert_eq!(all.last().expect("events")["data"]["outcome"], "consensus");
    assert_eq!(synod.run(&["verify", "last"]).await.code, 0);

    let again = synod.run(&["resume", "last"]).await;
    assert!(again.code == 2 && again.stderr.contains("has ended (consensus)"), "{}", again.stderr);
}

#[tokio::test]
async fn a_debate_without_its_host_is_left_as_it_is() {
    let host = slow_host().await;
    let synod = Synod::with_host(&host.url());
    killed(&synod).await;
    let before = whole(&synod).await.stdout;
    let address = host.url().trim_start_matches("http://").parse().expect("an address");
    host.stop().await;
    let run = synod.run(&["resume", "last", "-q"]).await;
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("the debate is left as it is"), "{}", run.stderr);
    assert_eq!(whole(&synod).await.stdout, before);
    let settings =
        Settings { agree_p: 1.0, models: vec!["zmodel".to_owned()], ..Settings::default() };
    let back = synod_tests::FakeOllama::bind(address, settings, None).await.expect("a host");
    let run = synod.run(&["resume", "last", "-q"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.starts_with("# Cars?\n\n## Verdict\n"), "{}", run.stdout);
    drop(back);
}

/// In a pipe there is no user to ask, so the command must end instead of waiting for an answer.
#[tokio::test]
async fn a_debate_whose_model_has_changed_stays_paused_until_that_is_accepted() {
    let host = slow_host().await;
    let synod = Synod::with_host(&host.url());
    killed(&synod).await;
    let address = host.url().trim_start_matches("http://").parse().expect("an address");
    host.stop().await;
    let settings = Settings {
        agree_p: 1.0,
        models: vec!["zmodel".to_owned()],
        digests: 1,
        ..Settings::default()
    };
    let _other = synod_tests::FakeOllama::bind(address, settings, None).await.expect("a host");
    let resume = async |arguments: &[&str]| {
        let all = [&["resume", "last", "-ondjson"], arguments].concat();
        let run = tokio::time::timeout(Duration::from_secs(60), synod.run(&all));
        run.await.expect("its end")
    };
    for _ in 0..2 {
        let run = resume(&[]).await;
        assert_eq!(run.code, 1, "{}", run.stderr);
        let reason = "the debate is paused: a model has changed (";
        assert!(run.stderr.contains(reason), "{}", run.stderr);
        assert!(run.stderr.contains("add --accept-model-change"), "{}", run.stderr);
        let last = events(&run.stdout).pop().expect("an event");
        assert_eq!(last["data"]["reason"], "model_changed", "{last}");
    }
    let shown = synod.run(&["show", "last"]).await.stderr;
    assert!(shown.contains(" --accept-model-change` continues it"), "{shown}");
    let listed = synod.run(&["list"]).await.stdout;
    assert!(listed.contains("paused, model changed"), "{listed}");
    let run = resume(&["--accept-model-change"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(synod.run(&["verify", "last"]).await.code, 0);
}

#[tokio::test]
async fn a_replay_of_an_unfinished_debate_says_how_to_continue_it() {
    let host = slow_host().await;
    let synod = Synod::with_host(&host.url());
    killed(&synod).await;
    let replay = synod.run(&["replay", "last", "--speed=max"]).await;
    assert_eq!(replay.code, 0, "{}", replay.stderr);
    assert!(replay.stderr.contains("the debate is unfinished"), "{}", replay.stderr);
    assert!(replay.stderr.contains("`synod resume "), "{}", replay.stderr);
}

#[tokio::test]
async fn a_replay_ends_with_the_verdict_of_the_debate() {
    let user = User::new().await;
    user.debate("Cars?").await;
    let shown = user.synod.run(&["show", "last"]).await.stdout;
    for speed in ["max", "1000"] {
        let arguments = ["replay", "last", "--speed", speed];
        let replay = tokio::time::timeout(Duration::from_secs(60), user.synod.run(&arguments));
        let replay = replay.await.expect("its end");
        assert_eq!(replay.code, 0, "{}", replay.stderr);
        assert_eq!(replay.stdout, shown);
    }
    for speed in ["0", "-1", "fast", "1e9", "NaN"] {
        let run = user.synod.run(&["replay", "last", &format!("--speed={speed}")]).await;
        assert_eq!(run.code, 2, "{speed}");
        assert!(run.stderr.contains("from 0.1 to 1000, or max"), "{}", run.stderr);
    }
}

#[tokio::test]
async fn a_follow_up_inherits_panel_and_rules_and_knows_the_verdict() {
    let user = User::new().await;
    let flags = ["--agents=critic,visionary", "--rounds=2", "--min-rounds=2", "--no-run-off"];
    let rules = ["--threshold=0.6", "--max-tokens=99", "--option=agree", "--option=disagree", "-q"];
    let run = user.synod.run(&[&["debate", "Cars?"][..], &flags, &rules].concat()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    // Defaults of the configuration do not change what is inherited.
    user.synod.file("synod.toml", "[debate]\njudge = \"skeptic\"\nthreshold = 0.9\n");
    let continued = ["continue", "last", "And at night?", "--rounds=1", "-ondjson"];
    let run = user.synod.run_with(&continued, b"The town has 900 people.").await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let first = &events(&run.stdout)[0]["data"];
    let config = &first["config"];
    assert_eq!(config["debate_topic"], "And at night?");
    assert_eq!(config["selected_agents"], serde_json::json!(["critic", "visionary"]));
    assert_eq!((&config["max_rounds"], &config["consensus_threshold"]), (&1.into(), &0.6.into()));
    let rules = &config["debate_rules"];
    assert_eq!(rules["min_rounds"], 1, "no more than the rounds of the flag");
    assert_eq!((&rules["run_off"], &rules["judge"]), (&false.into(), &Value::Null));
    assert_eq!((&rules["max_tokens_per_turn"], &rules["options"]), (&99.into(), &Value::Null));
    let context = config["problem_statement"].as_str().expect("a context");
    for part in ["Its question: Cars?\n", "Its answer: agree\n", "Votes: 2 of 2", "900 people."] {
        assert!(context.contains(part), "{part}: {context}");
    }
    assert_eq!(user.listed(&[]).await.len(), 2);
}
