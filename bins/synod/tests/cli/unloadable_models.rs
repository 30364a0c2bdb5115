//! Models that their host lists and cannot load, or that stop at each call.

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};

use crate::synod::Synod;

const NO_MEMORY: &str = "model requires more system memory (45.1 GiB) than is available (30.2 GiB)";

/// The first of the models is the largest.
async fn host(models: &[&str]) -> FakeOllama {
    let models = models.iter().map(|model| (*model).to_owned()).collect();
    FakeOllama::start(Settings { models, ..Settings::default() }).await.expect("a fake host")
}

const DEBATE: [&str; 5] = ["debate", "q", "--option=agree", "--option=disagree", "--rounds=1"];

#[tokio::test]
async fn seats_move_to_the_next_model_before_the_debate() {
    let host = host(&["large:no-load", "small:3b"]).await;
    let run = Synod::with_host(&host.url()).run(&[&DEBATE[..], &["-o", "json"]].concat()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let document: Value = serde_json::from_str(&run.stdout).expect("JSON");
    for participant in document["participants"].as_array().expect("a list") {
        assert_eq!(participant["model"], "small:3b");
    }
    let note = "synod: large:no-load on local is left out: ";
    let notes: Vec<_> = run.stderr.lines().filter(|line| line.starts_with(note)).collect();
    assert!(matches!(notes[..], [note] if note.ends_with(NO_MEMORY)), "{}", run.stderr);
    assert_eq!(host.stats().loads, 1, "the calls use the model that was loaded before them");
}

#[tokio::test]
async fn a_named_model_is_an_error_with_the_words_of_the_host() {
    let host = host(&["large:no-load", "small:3b"]).await;
    let synod = Synod::with_host(&host.url());
    for flags in [&["-m", "large:no-load"][..], &["-m", "small:3b", "-m", "local/large:no-load"]] {
        let run = synod.run(&[&DEBATE[..], flags].concat()).await;
        assert_eq!(run.code, 2, "{}", run.stderr);
        let [line] = run.stderr.lines().collect::<Vec<_>>()[..] else { panic!("{}", run.stderr) };
        assert!(line.starts_with("synod: large:no-load on local cannot chat: "), "{line}");
        assert!(line.contains(NO_MEMORY), "{line}");
    }
    assert!(host.chats().is_empty());
}

#[tokio::test]
async fn a_host_without_another_model_refuses_the_debate() {
    let host = host(&["large:no-load", "huge:no-load"]).await;
    let run = Synod::with_host(&host.url()).run(&DEBATE).await;
    assert_ne!(run.code, 0, "{}", run.stderr);
    let last = run.stderr.lines().last().unwrap_or_default();
    assert!(last.contains("no model that can chat on local"), "{}", run.stderr);
    assert_eq!(last.matches(NO_MEMORY).count(), 2, "{last}");
}

#[tokio::test]
async fn doctor_reports_them_with_the_remedy() {
    let host = host(&["large:no-load", "small:3b"]).await;
    let synod = Synod::with_host(&host.url());
    synod.file("synod.toml", "[agents.critic]\nmodel = 'large:no-load'\n");
    let run = synod.run(&["doctor"]).await;
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let finding = run.stdout.lines().find(|line| line.contains("large:no-load: "));
    let finding = finding.unwrap_or_else(|| panic!("{}", run.stdout));
    assert!(finding.starts_with("!!   large:no-load: cannot run: "), "{finding}");
    assert!(finding.ends_with(NO_MEMORY), "{finding}");
    let fix = "try: free memory on local, or use a smaller model\n";
    assert!(run.stdout.contains(fix), "{}", run.stdout);
    assert!(run.stdout.contains("!! agent critic: large:no-load on local cannot chat"));
    assert!(run.stdout.contains("small:3b: not loaded, can vote\n"), "{}", run.stdout);
}

#[tokio::test]
async fn long_loads_are_shown() {
    let models = vec!["slow:3b".to_owned()];
    let settings = Settings { models, load_ms: 1_500, ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&DEBATE).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let notice = "synod: loading slow:3b on local (`load_seconds` limits the wait)\n";
    assert!(run.stderr.contains(notice), "{}", run.stderr);
    let quiet = Synod::with_host(&host.url()).run(&[&DEBATE[..], &["-q"]].concat()).await;
    assert!(!quiet.stderr.contains("loading"), "{}", quiet.stderr);
    assert_eq!(host.stats().loads, 1);
}

/// Its loads succeed.
#[tokio::test]
async fn a_model_that_stops_at_each_call_is_named_as_the_cause() {
    let host = host(&["m:crash"]).await;
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&DEBATE).await;
    assert_eq!(run.code, 1, "{}", run.stderr);
    let reason = "the process of m:crash on local stopped at each call";
    assert!(run.stderr.contains(reason), "{}", run.stderr);
    assert!(!run.stderr.contains("could not be reached"), "{}", run.stderr);
    let run = synod.run(&["doctor"]).await;
    assert_eq!(run.code, 1, "{}", run.stderr);
    let finding = "m:crash: cannot run: its process stopped at each call: ";
    assert!(run.stdout.contains(finding), "{}", run.stdout);
    assert!(run.stdout.contains("the log of the server shows the cause"), "{}", run.stdout);
}
