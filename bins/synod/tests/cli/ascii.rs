//! ASCII output: marks become ASCII in everything that people read, and documents and logs stay
//! unchanged.

use synod_tests::Settings;

use crate::synod::{Synod, ollama};

const QUESTION: &str = "Tabs – or “spaces”?";
const DEBATE: [&str; 5] =
    ["debate", QUESTION, "--option=“Tabs”…", "--option=Spaces • 4", "--rounds=1"];

/// The characters that are not ASCII.
fn non_ascii(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii()).collect()
}

#[tokio::test]
async fn output_for_people_is_ascii_on_ascii_terminals() {
    let host = ollama(Settings { agree_p: 1.0, ..Settings::default() }).await;
    for (name, value) in [("LANG", "C"), ("LC_ALL", "POSIX"), ("TERM", "dumb")] {
        let synod = Synod::with_host(&host.url()).with(name, value);
        synod.file("synod.toml", "[agents.ada]\nexpertise = 'one who says “no” – always…'\n");
        let log = synod.run(&[&DEBATE[..], &["-o", "ndjson"]].concat()).await.stdout;
        assert!(log.contains(QUESTION), "a log is for programs: {log}");
        synod.file("log.ndjson", log);
        let commands: [&[&str]; 7] = [
            &["agents"],
            &["models"],
            &["doctor", "--no-probe", "-m", "“none”"],
            &["doctor"],
            &["verify", "log.ndjson"],
            &["debate", "x", "-a", "“zz”…,critic"],
            &DEBATE,
        ];
        for command in commands {
            let run = synod.run(command).await;
            let shown = run.stdout + &run.stderr;
            assert_eq!(non_ascii(&shown), "", "{name}={value} {command:?}: {shown}");
        }
        let wrong = synod.run(&["debate", "x", "“y”"]).await;
        assert_eq!((wrong.code, non_ascii(&wrong.stderr).as_str()), (2, ""), "{}", wrong.stderr);
        for form in ["md", "json", "html"] {
            let run = synod.run(&[&DEBATE[..], &["-o", form]].concat()).await;
            assert!(run.stdout.contains(QUESTION), "{form}: {}", run.stdout);
        }
    }
}

#[tokio::test]
async fn output_is_utf_8_in_a_utf_8_locale() {
    let host = ollama(Settings { agree_p: 1.0, ..Settings::default() }).await;
    for (name, value) in [("LANG", "C.UTF-8"), ("TERM", "xterm")] {
        let synod = Synod::with_host(&host.url()).with(name, value);
        assert!(synod.run(&["agents"]).await.stdout.contains('–'));
        let run = synod.run(&DEBATE).await;
        assert!(run.stdout.contains(QUESTION), "{}", run.stdout);
    }
}
