use synod_tests::Settings;

use crate::synod::{Synod, ollama};

const EMPTY: &str = "synod: the log is empty: it contains no events\n";
const ONE_EACH: &str = "; a log has one event per line, as written by `synod debate -o ndjson`\n";

/// Runs a debate and returns its log.
async fn log() -> String {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    let flags = ["--option=agree", "--option=disagree", "--rounds=2", "--seed=1"];
    let run = synod.run(&[&["debate", "q", "-o", "ndjson"][..], &flags].concat()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    run.stdout
}

async fn verified(log: &str) -> (i32, String, String) {
    let run = Synod::without_host().run_with(&["verify", "-"], log.as_bytes()).await;
    (run.code, run.stdout, run.stderr)
}

#[tokio::test]
async fn valid_log_yields_its_verdict() {
    let log = log().await;
    let (code, stdout, stderr) = verified(&log).await;
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.starts_with("# q\n\n## Verdict\n"), "{stdout}");
    let events = log.lines().count();
    let sentence = format!("synod: the log is valid: its {events} events yield this verdict\n");
    assert!(stderr.starts_with(&sentence), "{stderr}");
    assert!(
        stderr.contains("synod: checked: the order of the events, each count, and the outcome")
    );
    assert!(stderr.contains("not checked: whether the texts"), "{stderr}");
    // With a byte order mark, as editors on Windows write it.
    let (code, _, stderr) = verified(&format!("\u{feff}{log}")).await;
    assert_eq!(code, 0, "{stderr}");
}

#[tokio::test]
async fn invalid_log_is_reported_with_its_line() {
    let log = log().await;
    let lines: Vec<_> = log.lines().collect();
    let whole = |lines: &[&str]| lines.join("\n") + "\n";

    let cut = &log[..log.len() - 10];
    let (code, stdout, stderr) = verified(cut).await;
    let last = lines.len();
    let sentence = format!("synod: line {last}: the log ends in the middle of an event\n");
    assert_eq!((code, stdout.as_str(), stderr), (1, "", sentence));

    let gap = whole(&[&lines[..4], &lines[5..]].concat());
    let (code, _, stderr) = verified(&gap).await;
    let sentence = "synod: line 5: event 5 is missing; found event 6 in its place\n";
    assert_eq!((code, stderr.as_str()), (1, sentence));

    let unfinished = whole(&lines[..9]);
    let (code, _, stderr) = verified(&unfinished).await;
    let sentence = "synod: the log is valid but unfinished: no verdict after 9 events\n";
    assert_eq!((code, stderr.as_str()), (1, sentence));

    let place = lines.iter().position(|line| line.contains(r#""result":"vote""#)).expect("a vote");
    let moved = if lines[place].contains(r#""option":"O1""#) {
        lines[place].replace(r#""option":"O1""#, r#""option":"O2""#)
    } else {
        lines[place].replace(r#""option":"O2""#, r#""option":"O1""#)
    };
    let tampered = whole(&[&lines[..place], &[moved.as_str()], &lines[place + 1..]].concat());
    let (code, _, stderr) = verified(&tampered).await;
    assert_eq!(code, 1);
    assert!(stderr.contains("round_closed: another event follows from the events"), "{stderr}");
    assert!(stderr.contains(".count` is ") && stderr.contains(" in the log, and "), "{stderr}");

    let surer = lines[place].split_once(r#""confidence":"#).expect("a confidence");
    let rest = surer.1.split_once([',', '}']).expect("more").1;
    let surer = format!(r#"{}"confidence":1.5,{rest}"#, surer.0);
    let log = whole(&[&lines[..place], &[surer.as_str()], &lines[place + 1..]].concat());
    let (code, _, stderr) = verified(&log).await;
    assert_eq!(code, 1);
    assert!(stderr.contains("a confidence is a number from 0 to 1"), "{stderr}");

    let (code, _, stderr) = verified("").await;
    assert_eq!((code, stderr.as_str()), (1, EMPTY));
    let (code, _, stderr) = verified("hello\n").await;
    assert_eq!(code, 1);
    assert_eq!(stderr, format!("synod: line 1: not an event of a debate{ONE_EACH}"));
    // Lines within the JSON and names of Rust types are not shown.
    for (log, detail) in [("3\n", ""), ("{\n", ""), ("{}\n", " (missing field `v`)")] {
        let (code, _, stderr) = verified(log).await;
        let sentence = format!("synod: line 1: not an event of a debate{detail}{ONE_EACH}");
        assert_eq!((code, stderr), (1, sentence));
    }
}

#[tokio::test]
async fn missing_file_is_an_error() {
    let run = Synod::without_host().run(&["verify", "nowhere.ndjson"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.starts_with("synod: cannot read nowhere.ndjson: "), "{}", run.stderr);
}
