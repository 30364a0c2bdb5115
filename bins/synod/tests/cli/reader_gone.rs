//! A debate whose output is closed by its reader, as by `head`.

use synod_tests::Settings;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::synod::{RunResult, Synod, ollama};

#[tokio::test]
async fn a_debate_without_its_reader_fails_and_can_be_resumed() {
    let host = ollama(Settings { agree_p: 1.0, itl_ms: 5.0, ..Settings::default() }).await;
    let synod = Synod::with_host(&host.url());
    let arguments =
        ["debate", "Cars?", "--option=agree", "--option=disagree", "--rounds=1", "-ondjson"];
    let mut child = synod.start(&arguments);
    child.stdin.take();
    let mut output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut line = String::new();
    assert!(output.read_line(&mut line).await.expect("text") > 0);
    drop(output);
    let run = RunResult::of(child).await;
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("is unfinished: `synod resume "), "{}", run.stderr);
    let said = "synod: the reader of the output closed it before the debate had ended";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    let resumed = synod.run(&["resume", "last", "-ondjson"]).await;
    assert_eq!(resumed.code, 0, "{}", resumed.stderr);
    assert!(resumed.stdout.contains("debate_closed"), "{}", resumed.stdout);
}

#[tokio::test]
async fn a_list_without_its_reader_is_no_failure() {
    let (synod, _host) = Synod::with_a_debate().await;
    let mut child = synod.start(&["list", "--json"]);
    drop(child.stdout.take());
    let run = RunResult::of(child).await;
    assert_eq!((run.code, &*run.stderr), (0, ""));
}
