//! The debates that are kept: list, show, grade, delete and prune.

use serde_json::Value;
use synod_tests::{FakeOllama, Settings};

use crate::synod::{RunResult, Synod, ollama};

const RULES: [&str; 4] = ["--option=agree", "--option=disagree", "--rounds=1", "-q"];

/// A user with a host. The host is dropped last.
pub(crate) struct User {
    pub(crate) synod: Synod,
    _host: FakeOllama,
}

impl User {
    pub(crate) async fn new() -> Self {
        let host = ollama(Settings { agree_p: 1.0, ..Settings::default() }).await;
        Self { synod: Synod::with_host(&host.url()), _host: host }
    }

    pub(crate) async fn debate(&self, question: &str) {
        let run = self.synod.run(&[&["debate", question][..], &RULES].concat()).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
    }

    pub(crate) async fn listed(&self, more: &[&str]) -> Vec<Value> {
        let run = self.synod.run(&[&["list", "--json"][..], more].concat()).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        serde_json::from_str(&run.stdout).expect("an array")
    }

    async fn questions(&self, more: &[&str]) -> Vec<String> {
        let topic = |debate: &Value| debate["debate_topic"].as_str().expect("a topic").to_owned();
        self.listed(more).await.iter().map(topic).collect()
    }

    async fn refused(&self, arguments: &[&str], code: i32, sentence: &str) -> RunResult {
        let run = self.synod.run(arguments).await;
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(sentence), "{arguments:?}: {}", run.stderr);
        run
    }
}

#[tokio::test]
async fn without_debates_each_command_says_what_to_do() {
    let synod = Synod::without_host();
    let sentence = "no debates are kept in ";
    let run = synod.run(&["list"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(
        run.stderr.contains(sentence) && run.stderr.contains("`synod debate"),
        "{}",
        run.stderr
    );
    assert_eq!(synod.run(&["list", "--json"]).await.stdout, "[]\n");
    for arguments in [
        &["show", "last"][..],
        &["resume", "last"],
        &["replay", "last"],
        &["continue", "last", "And then?"],
        &["export", "last"],
        &["export", "--all"],
        &["delete", "last", "--yes"],
        &["grade", "last", "right"],
        &["verify", "last"],
        &["show", "0193"],
    ] {
        let run = synod.run(arguments).await;
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(sentence), "{arguments:?}: {}", run.stderr);
    }
    // A scheduled check of a wrong directory fails.
    for arguments in [&["verify"][..], &["verify", "--all"], &["verify", "--data=missing"]] {
        let run = synod.run(arguments).await;
        assert_eq!(run.code, 1, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("no debates are kept in "), "{arguments:?}: {}", run.stderr);
    }
    let run = synod.run(&["prune", "--older-than=1d"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(!synod.folder().join(".local").exists(), "nothing is created by a look");
}

#[tokio::test]
async fn a_list_is_newest_first_and_filtered() {
    let user = User::new().await;
    user.debate("Cars in town?").await;
    user.debate("Tabs or\nspaces?").await;
    assert_eq!(user.questions(&[]).await, ["Tabs or\nspaces?", "Cars in town?"]);
    assert_eq!(user.questions(&["--search=CARS"]).await, ["Cars in town?"]);
    assert_eq!(user.questions(&["-n", "1"]).await, ["Tabs or\nspaces?"]);
    assert_eq!(user.questions(&["--status=completed,failed"]).await.len(), 2);
    assert_eq!(user.questions(&["--status=paused"]).await, [""; 0]);
    assert_eq!(user.questions(&["--since=1h"]).await.len(), 2);
    assert_eq!(user.questions(&["--before=2020-01-01"]).await, [""; 0]);

    let table = user.synod.run(&["list"]).await;
    let lines: Vec<_> = table.stdout.lines().collect();
    assert!(lines[0].starts_with("ID  ") && lines.len() == 3, "{}", table.stdout);
    assert!(lines[1].contains("consensus") && lines[1].contains("3 of 3"), "{}", lines[1]);
    assert!(lines[1].ends_with("  Tabs or spaces?"), "{}", lines[1]);
    let debate = &user.listed(&[]).await[0];
    assert_eq!(debate["votes"], 3);
    assert_eq!(debate["outcome"], "consensus");
    let run = user.synod.run(&["list", "--search=nothing"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (0, ""));
    assert!(run.stderr.contains("no debate matches these filters"), "{}", run.stderr);
    user.refused(&["list", "--since=soon"], 2, "write an age such as").await;
    user.refused(&["list", "--status=odd"], 2, "interrupted").await;
    user.refused(&["list", "-n0"], 2, "a whole number of 1 or more").await;
}

#[tokio::test]
async fn any_unique_beginning_of_an_id_names_a_debate() {
    let user = User::new().await;
    user.debate("First?").await;
    user.debate("Second?").await;
    let listed = user.listed(&[]).await;
    for debate in &listed {
        let (id, short) =
            (debate["debate_id"].as_str().unwrap(), debate["short_id"].as_str().unwrap());
        assert!(id.starts_with(short) && short.len() >= 13, "{short}");
        let names = [short.to_owned(), id.to_owned(), id.replace('-', ""), id.to_uppercase()];
        for name in names {
            let shown = user.synod.run(&["show", &name, "-o", "ndjson"]).await;
            assert!(shown.stdout.contains(id), "{name}: {}", shown.stderr);
        }
    }
    let newest = user.synod.run(&["show", "last"]).await.stdout;
    assert!(newest.starts_with("# Second?\n\n## Verdict\n"), "{newest}");
    let run = user.refused(&["show", "0"], 2, "is the beginning of several ids").await;
    for debate in &listed {
        assert!(run.stderr.contains(debate["short_id"].as_str().unwrap()), "{}", run.stderr);
    }
    user.refused(&["show", "ffffffff"], 2, "no debate has an id that begins with `ffffffff`").await;
    user.refused(&["show", "x"], 2, "up to 32 hexadecimal digits").await;
    user.refused(&["show", &"0".repeat(33)], 2, "up to 32 hexadecimal digits").await;
}

#[tokio::test]
async fn a_shown_debate_equals_the_live_one_in_each_format() {
    let user = User::new().await;
    for format in ["text", "md", "html", "json", "ndjson"] {
        let live = [&["debate", "Cars?", "-o", format][..], &RULES].concat();
        let live = user.synod.run(&live).await;
        let shown = user.synod.run(&["show", "last", "-o", format]).await;
        assert_eq!((live.code, shown.code), (0, 0), "{}{}", live.stderr, shown.stderr);
        assert_eq!(live.stdout, shown.stdout, "{format}");
        assert_eq!(shown.stderr, "", "{format}");
    }
}

#[tokio::test]
async fn a_debate_says_how_to_show_it_again() {
    let user = User::new().await;
    let run = user.synod.run(&[&["debate", "Cars?"][..], &RULES[..3]].concat()).await;
    let short = user.listed(&[]).await[0]["short_id"].as_str().expect("an id").to_owned();
    let dir = user.synod.folder().join(".local/share/synod");
    let dir = dir.display();
    let sentence = format!("The debate is kept in {dir}: `synod show {short}` shows it again.");
    assert!(run.stderr.contains(&sentence), "{}", run.stderr);
    let elsewhere = [&["debate", "Cars?", "--data", "else where"][..], &RULES[..3]].concat();
    let run = user.synod.run(&elsewhere).await;
    let hint = " --data 'else where'` shows it again.";
    assert!(run.stderr.contains(hint), "{}", run.stderr);
    let ephemeral = [&["debate", "Cars?", "--ephemeral"][..], &RULES[..3]].concat();
    let run = user.synod.run(&ephemeral).await;
    assert!(run.code == 0 && run.stderr.contains("is not kept"), "{}", run.stderr);
    assert_eq!(user.listed(&[]).await.len(), 1);
}

/// The command that a message quotes works as it is printed.
#[tokio::test]
async fn quoted_commands_name_the_data_directory() {
    let user = User::new().await;
    let debate = [&["debate", "Cars?", "--data", "there"][..], &RULES[..3]].concat();
    assert_eq!(user.synod.run(&debate).await.code, 0);
    for (arguments, quoted) in [
        (&["resume", "last"][..], "synod show "),
        (&["show", "ffff"], "synod list"),
        (&["show", "last", "--data", "nowhere"], "synod debate \"…\" --data nowhere`"),
    ] {
        let arguments = if arguments.contains(&"--data") {
            arguments.to_vec()
        } else {
            [arguments, &["--data", "there"]].concat()
        };
        let run = user.refused(&arguments, 2, quoted).await;
        let directory = arguments.last().expect("a directory");
        assert!(run.stderr.contains(&format!(" --data {directory}`")), "{}", run.stderr);
    }
    user.synod.file("synod.toml", "[log]\ndata = \"configured\"\n");
    let run = user.synod.run(&[&["debate", "Cars?"][..], &RULES[..3]].concat()).await;
    assert!(run.stderr.contains("configured` shows it again."), "{}", run.stderr);
}

#[tokio::test]
async fn a_grade_is_kept_and_shown() {
    let user = User::new().await;
    user.debate("Cars?").await;
    for grade in ["wrong", "right"] {
        let run = user.synod.run(&["grade", "last", grade]).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(user.listed(&[]).await[0]["grade"], grade);
    }
    let list = user.synod.run(&["list"]).await.stdout;
    assert!(list.contains("consensus, right"), "{list}");
    let shown = user.synod.run(&["show", "last"]).await;
    assert_eq!(shown.stderr, "synod: the verdict was graded right\n");
    user.refused(&["grade", "last", "maybe"], 2, "unclear").await;
}

#[tokio::test]
async fn a_deletion_needs_consent_and_is_for_good() {
    let user = User::new().await;
    user.debate("First?").await;
    user.debate("Second?").await;
    user.refused(&["delete", "last"], 2, "add --yes").await;
    assert_eq!(user.listed(&[]).await.len(), 2);
    user.refused(&["delete", "last", "ffff", "--yes"], 2, "begins with `ffff`").await;
    assert_eq!(user.listed(&[]).await.len(), 2, "one wrong id deletes none");
    let run = user.synod.run(&["delete", "last", "last", "--yes"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.ends_with(": Second?\n"), "{}", run.stderr);
    assert_eq!(user.questions(&[]).await, ["First?"]);
}

#[tokio::test]
async fn only_debates_that_ended_long_ago_are_pruned() {
    let user = User::new().await;
    user.debate("First?").await;
    let run = user.synod.run(&["prune", "--older-than=90d"]).await;
    assert_eq!(run.code, 0);
    assert!(run.stderr.contains("nothing was deleted"), "{}", run.stderr);
    let run = user.synod.run(&["prune", "--older-than=0s", "--dry-run"]).await;
    assert!(run.code == 0 && run.stderr.contains("would delete"), "{}", run.stderr);
    assert_eq!(user.listed(&[]).await.len(), 1);
    user.refused(&["prune", "--older-than=0s"], 2, "add --yes").await;
    assert_eq!(user.listed(&[]).await.len(), 1);
    let database = user.synod.folder().join(".local/share/synod/synod.db");
    let before = database.metadata().expect("a database").len();
    let run = user.synod.run(&["prune", "--older-than=0s", "--yes"]).await;
    assert!(run.code == 0 && run.stderr.contains("deleted "), "{}", run.stderr);
    assert!(run.stderr.contains("synod: the database is "), "{}", run.stderr);
    assert!(database.metadata().expect("a database").len() < before);
    assert_eq!(user.listed(&[]).await.len(), 0);
    user.refused(&["prune"], 2, "--older-than").await;
}

#[tokio::test]
async fn a_file_as_data_directory_is_refused() {
    let user = User::new().await;
    user.synod.file("data", "no directory");
    for command in ["list", "verify"] {
        user.refused(&[command, "--data=data"], 1, "data is a file; name a directory").await;
    }
    let debate = [&["debate", "Cars?", "--data=data"][..], &RULES].concat();
    user.refused(&debate, 1, "data is a file; name a directory").await;
    assert_eq!(std::fs::read(user.synod.folder().join("data")).expect("a file"), b"no directory");
}
