use crate::synod::Synod;

const CREW: &str = "judge:\n  role: Judge\n  goal: Weigh both sides\n";

#[tokio::test]
async fn imported_tables_are_printed_or_added_to_a_file() {
    let synod = Synod::without_host();
    synod.file("agents.yaml", CREW);
    let table =
        "[agents.judge]\nname = \"Judge\"\nexpertise = \"a Judge. Your goal: Weigh both sides\"\n";
    let run = synod.run(&["config", "import", "agents.yaml"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (0, table), "{}", run.stderr);

    let mine = "# Mine.\n[server]\nport = 9000 # not 8000";
    synod.file("synod.toml", mine);
    for message in ["added 1 agent to synod.toml", "already in synod.toml: judge"] {
        let run = synod.run(&["config", "import", "agents.yaml", "--into", "synod.toml"]).await;
        assert_eq!((run.code, run.stdout.as_str()), (0, ""), "{}", run.stderr);
        assert!(run.stderr.contains(message), "{}", run.stderr);
    }
    let text = std::fs::read_to_string(synod.folder().join("synod.toml")).expect("a file");
    assert_eq!(text, format!("{mine}\n\n{table}"));
    let other = "judge:\n  role: Second judge\n";
    let import = ["config", "import", "-", "--into", "synod.toml"];
    let run = synod.run_with(&import, other.as_bytes()).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = synod.run(&["agents"]).await;
    assert!(run.stdout.contains("judge-2"), "{}{}", run.stdout, run.stderr);
}

#[tokio::test]
async fn second_import_from_stdin_adds_nothing() {
    let synod = Synod::without_host();
    let tasks = "plan:\n  description: Plan it\n  expected_output: A plan\n  agent: planner\n";
    let run = synod.run_with(&["config", "import", "-"], tasks.as_bytes()).await;
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("synod: stdin: this is a file of tasks"), "{}", run.stderr);
    let run = synod.run_with(&["config", "import", "-"], b"judge:\n  role: \xff\n").await;
    assert_eq!(run.stderr, "synod: stdin: line 2: this is not UTF-8\n");

    // Long texts are cut in the same way each time.
    let long = format!("judge:\n  role: Judge\n  backstory: {}\n", "She weighs. ".repeat(500));
    let import = ["config", "import", "-", "--into", "synod.toml"];
    let run = synod.run_with(&import, long.as_bytes()).await;
    assert!(run.stderr.contains("4000 are the most"), "{}", run.stderr);
    let once = std::fs::read_to_string(synod.folder().join("synod.toml")).expect("a file");
    let run = synod.run_with(&import, long.as_bytes()).await;
    assert_eq!(run.stderr, "synod: already in synod.toml: judge\n");
    let twice = std::fs::read_to_string(synod.folder().join("synod.toml")).expect("a file");
    assert_eq!(once, twice);
}

#[tokio::test]
async fn failed_import_changes_nothing() {
    let synod = Synod::without_host();
    let import = ["config", "import", "agents.yaml", "--into", "synod.toml"];
    let run = synod.run(&import).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.starts_with("synod: cannot read agents.yaml: "), "{}", run.stderr);
    synod.file("agents.yaml", "judge:\n  goal: x\n");
    let run = synod.run(&import).await;
    let sentence = "synod: agents.yaml: line 1: judge has no `role`\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, sentence));
    synod.file("agents.yaml", b"judge:\n  role: \xff\n");
    let run = synod.run(&import).await;
    let sentence = "synod: agents.yaml: line 2: this is not UTF-8\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, sentence));
    assert!(!synod.folder().join("synod.toml").exists());

    // An inline table cannot be extended.
    synod.file("agents.yaml", CREW);
    let mine = "agents = { ada = { expertise = \"an engineer\" } }\n";
    synod.file("synod.toml", mine);
    let run = synod.run(&import).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    let text = std::fs::read_to_string(synod.folder().join("synod.toml")).expect("a file");
    assert_eq!(text, mine);
}
