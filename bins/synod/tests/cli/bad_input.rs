use synod_tests::{FakeOllama, Settings};

use crate::synod::{Synod, UNREACHABLE, ollama};

/// Runs `synod` with a reachable host. Asserts this exit code and exactly this message, and that no model
/// was called.
async fn refused(arguments: &[&str], code: i32, sentence: &str) {
    let host = ollama(Settings::default()).await;
    let run = Synod::with_host(&host.url()).run(arguments).await;
    let expected = format!("synod: {sentence}\n");
    assert_eq!((run.code, run.stderr.as_str()), (code, expected.as_str()), "{arguments:?}");
    assert_eq!(run.stdout, "", "{arguments:?}");
    assert!(host.chats().is_empty(), "{arguments:?}");
}

#[tokio::test]
async fn blank_question_is_refused() {
    refused(&["debate", " \n "], 2, "the question: must not be blank").await;
}

#[tokio::test]
async fn control_characters_in_texts_and_names_are_refused() {
    let question = "the question: must not contain the control character U+001B";
    refused(&["debate", "Ban\u{1b}[31m cars?"], 2, question).await;
    let option = "--option: must not contain the control character U+0007 (An answer to vote \
                  on; repeat for 2 to 6 answers. Without any, the participants propose them)";
    refused(&["debate", "q", "--option=Yes", "--option=N\u{7}o"], 2, option).await;
    let context = "the context: must not contain the control character U+0008";
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    let run = synod.run_with(&["debate", "q", "-"], b"Shops\x08 fear.").await;
    assert_eq!((run.code, run.stderr), (2, format!("synod: {context}\n")));
    for (file, expected) in [
        (
            "[agents.ada]\nname = \"A\u{202e}da\"\nexpertise = 'x'",
            "line 1: [agents.ada] `name` must not contain the direction mark U+202E",
        ),
        (
            "[hosts.'g\u{200b}pu']\nurl = 'http://localhost'",
            "line 1: a host name must not contain the invisible character U+200B",
        ),
    ] {
        let synod = Synod::without_variables();
        synod.file("synod.toml", file);
        let run = synod.run(&["debate", "q"]).await;
        assert!(run.code != 0 && run.stderr.contains(expected), "{} {}", run.code, run.stderr);
    }
}

#[tokio::test]
async fn missing_or_unquoted_question_is_refused() {
    let missing = "the question is missing: `-` only reads context from stdin; to read the \
                   question from stdin, use `--file -`";
    refused(&["debate", "-"], 2, missing).await;
    let run = Synod::without_host().run(&["debate", "Should", "we", "do", "it?"]).await;
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("put the whole question in quotes"), "{}", run.stderr);
}

#[tokio::test]
async fn invalid_numbers_are_refused_with_their_bounds() {
    for (arguments, allowed) in [
        (["--rounds", "many"], "must be 1 to 20"),
        (["--seed", "-3"], "must be 0 to 2147483647"),
        (["--deadline", "1.5"], "must be seconds, 60 to 86,400"),
        (["--time-limit", "5m"], "must be seconds, 10 to 300"),
        (["--threshold", "80%"], "must be a share between 0 and 1, such as 0.8"),
    ] {
        let run = Synod::without_host().run(&[&["debate", "q"][..], &arguments].concat()).await;
        assert_eq!(run.code, 2);
        assert!(run.stderr.contains(arguments[0]), "{}", run.stderr);
        assert!(run.stderr.contains(allowed), "{}", run.stderr);
    }
}

#[tokio::test]
async fn invalid_panels_are_refused() {
    let panel = "(The participants, 2 to 16 different agents)";
    let one = "give 2 to 16 --agents; you gave 1";
    refused(&["debate", "q", "-a", "critic"], 2, one).await;
    let twice = format!("--agents: names critic twice {panel}");
    refused(&["debate", "q", "-a", "critic,analyst", "-a", "critic"], 2, &twice).await;
    let unknown = "there is no agent `crtic`; did you mean `critic`?";
    refused(&["debate", "q", "-a", "crtic,analyst"], 2, unknown).await;
    let judge =
        "--judge: the judge must not be a participant (Agent that breaks ties; not a participant)";
    refused(&["debate", "q", "--judge", "critic"], 2, judge).await;
}

#[tokio::test]
async fn unknown_models_are_refused_with_similar_names() {
    let unknown =
        "no model zmodle on local (did you mean `zmodel:latest`?); try `ollama pull zmodle`";
    refused(&["debate", "q", "-m", "zmodle"], 2, unknown).await;
    let second =
        "no model gemma on local; try `ollama pull gemma`; available models: `zmodel:latest`";
    let both = format!("{unknown}; {second}");
    refused(&["debate", "q", "-m", "zmodle", "-m", "gemma"], 2, &both).await;
}

#[tokio::test]
async fn numbers_out_of_range_are_refused() {
    let sentence = "--rounds must be 1 to 20";
    for other in ["--rounds=0", "--rounds=21", "--rounds=256", "--rounds=18446744073709551615"] {
        refused(&["debate", "q", other], 2, sentence).await;
    }
    let sentence = "--threshold must be a share between 0 and 1, such as 0.8";
    for other in ["--threshold=1.01", "--threshold=-0.1", "--threshold=nan"] {
        refused(&["debate", "q", other], 2, sentence).await;
    }
    let sentence = "--min-rounds: must not exceed --rounds, which is 1 \
                    (First round that can end in a consensus; 0 lets the blind ballots decide)";
    refused(&["debate", "q", "--rounds=1", "--min-rounds=2"], 2, sentence).await;
    let sentence = "--time-limit must be seconds, 10 to 300";
    refused(&["debate", "q", "--time-limit=9"], 2, sentence).await;
}

#[tokio::test]
async fn invalid_options_are_refused() {
    let help = "(An answer to vote on; repeat for 2 to 6 answers. Without any, the participants \
                propose them)";
    let one = "give at least two --option; you gave one";
    refused(&["debate", "q", "--option", "Yes"], 2, one).await;
    let seven: Vec<String> = (1..=7).map(|n| format!("--option=Plan {n}")).collect();
    let arguments: Vec<_> = ["debate", "q"].into_iter().chain(seven.iter().map(|s| &**s)).collect();
    refused(&arguments, 2, "give at most 6 --option; you gave 7").await;
    let twice = format!("--option: \"yes.\" is the same answer as \"Yes\" {help}");
    refused(&["debate", "q", "--option", "Yes", "--option", "yes."], 2, &twice).await;
}

#[tokio::test]
async fn unknown_mode_is_refused() {
    let run = Synod::without_host().run(&["debate", "q", "--mode", "freefrom"]).await;
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("'freeform'"), "{}", run.stderr);
    assert!(run.stderr.contains("structured, freeform, autonomous"), "{}", run.stderr);
}

#[tokio::test]
async fn misplaced_moderator_is_refused() {
    let help = "(Agent that chooses the speakers of an autonomous debate; not a participant)";
    let sentence = format!("--moderator: only autonomous debates have a moderator {help}");
    refused(&["debate", "q", "--moderator", "moderator"], 2, &sentence).await;
    let sentence = format!("--moderator: the moderator must not be a participant {help}");
    refused(&["debate", "q", "--mode=autonomous", "--moderator=critic"], 2, &sentence).await;
    let unknown = ["debate", "q", "--mode=autonomous", "--moderator=moderater"];
    let run = Synod::without_host().run(&unknown).await;
    assert!(
        run.stderr.contains("moderater") && run.stderr.contains("`moderator`"),
        "{}",
        run.stderr
    );
}

#[tokio::test]
async fn unknown_flag_is_refused_with_a_similar_one() {
    let run = Synod::without_host().run(&["debate", "q", "--ruonds", "3"]).await;
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("unexpected argument '--ruonds'"), "{}", run.stderr);
    assert!(run.stderr.contains("'--rounds'"), "{}", run.stderr);
}

#[tokio::test]
async fn unknown_configuration_key_is_refused_with_its_line() {
    let synod = Synod::without_host();
    synod.file("synod.toml", "[hosts.hall]\nurl = 'http://h'\n\n[agents.ada]\nexpertis = 'x'\n");
    let run = synod.run(&["debate", "q"]).await;
    let sentence = "synod: synod.toml, line 5: unknown key `expertis` in [agents.ada]; did you \
                    mean `expertise`?\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, sentence));

    let run = synod.run(&["debate", "q", "--config", "nowhere.toml"]).await;
    assert_eq!(run.code, 2);
    assert!(run.stderr.starts_with("synod: cannot read nowhere.toml: "), "{}", run.stderr);
}

#[cfg(unix)]
#[tokio::test]
async fn endless_configuration_file_is_refused() {
    let endless = "cannot read /dev/zero: larger than the limit of 4194304 bytes";
    let run = Synod::without_host().run(&["--config", "/dev/zero", "config", "show"]).await;
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains(endless), "{}", run.stderr);
    let run = Synod::without_host().run(&["config", "import", "/dev/zero"]).await;
    assert_ne!(run.code, 0);
    assert!(run.stderr.contains(endless), "{}", run.stderr);
}

#[tokio::test]
async fn unreachable_host_ends_with_code_4() {
    for arguments in [&["debate", "q"][..], &["debate", "q", "-m", "local/llama3.2"]] {
        let run = Synod::without_host().run(arguments).await;
        assert_eq!((run.code, run.stdout.as_str()), (4, ""), "{}", run.stderr);
        let reason = format!("nothing answers at {UNREACHABLE}");
        assert!(
            run.stderr.starts_with("synod: ") && run.stderr.contains(&reason),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    }
}

#[tokio::test]
async fn advice_for_a_configured_host_names_its_table() {
    let file = format!("[hosts.hall]\nurl = '{UNREACHABLE}'\n");
    let run = async |command: &str| {
        let setting = Synod::with_host("");
        setting.file("synod.toml", &file);
        setting.run(&[command]).await
    };
    for command in ["models", "doctor"] {
        let ended = run(command).await;
        let output = ended.stdout + &ended.stderr;
        assert!(output.contains("or correct `url` of [hosts.hall]"), "{output}");
        assert!(!output.contains("OLLAMA_HOST"), "{output}");
    }
    // Also next to a reachable host.
    let reachable = ollama(Settings::default()).await;
    let setting = Synod::with_host(&reachable.url());
    setting.file("synod.toml", &file);
    let ended = setting.run(&["models"]).await;
    assert_eq!(ended.code, 0);
    assert!(ended.stderr.contains("or correct `url` of [hosts.hall]"), "{}", ended.stderr);
}

#[tokio::test]
async fn missing_model_error_lists_similar_or_available_models() {
    let models = ["llama3.2:3b", "llama3.2:1b", "qwen2.5:7b"].map(str::to_owned).to_vec();
    let settings = Settings { models, strict_models: true, ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let synod = Synod::with_host(&host.url());
    let run = synod.run(&["debate", "q", "-m", "llama3.2"]).await;
    let near = "(did you mean `llama3.2:1b` or `llama3.2:3b`?)";
    assert!(run.code == 2 && run.stderr.contains(near), "{}", run.stderr);
    let run = synod.run(&["debate", "q", "-m", "mistral"]).await;
    let available = "; available models: `llama3.2:3b`, `llama3.2:1b`, `qwen2.5:7b`\n";
    assert!(run.code == 2 && run.stderr.contains(available), "{}", run.stderr);
    let run = synod.run(&["doctor", "-m", "llama3.2"]).await;
    assert!(run.stdout.contains("   try: `-m llama3.2:1b`, "), "{}", run.stdout);
}

#[tokio::test]
async fn failed_calls_are_reported_with_their_reasons() {
    let settings =
        Settings { models: vec!["good:3b".into(), "x:reset".into()], ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let debate =
        ["debate", "q", "-m", "good:3b,good:3b,x:reset", "--rounds=1", "--option=a", "--option=b"];
    let run = Synod::with_host(&host.url()).run(&debate).await;
    let line = run.stderr.lines().find(|line| line.contains("failed: ")).expect(&run.stderr);
    let reason = "calls failed: connection reset by local in mid-reply";
    let [calls, of_reason] = line.split(reason).collect::<Vec<_>>()[..] else { panic!("{line}") };
    let count = calls.trim_start_matches("synod: ").trim();
    assert_eq!(of_reason, format!(" ({count})."), "{line}");
    let all = Synod::with_host(&host.url()).run(&[&debate[..], &["-o", "md"]].concat()).await;
    assert!(all.stdout.contains("calls failed: connection reset by local"), "{}", all.stdout);
    let run = Synod::with_host(&host.url()).run(&[&debate[..], &["-v"]].concat()).await;
    assert!(run.stderr.contains("Connection reset"), "{}", run.stderr);
}

#[tokio::test]
async fn lost_quorum_is_reported_with_a_reason() {
    let settings = Settings { models: vec!["zmodel:empty".to_owned()], ..Settings::default() };
    let host = FakeOllama::start(settings).await.expect("a fake host");
    let run = Synod::with_host(&host.url()).run(&["debate", "Cars?"]).await;
    assert_eq!(run.code, 1);
    assert!(run.stderr.contains("synod: 3 calls failed: empty reply (3).\n"), "{}", run.stderr);
    assert!(run.stderr.contains("too many model calls failed"), "{}", run.stderr);
}

#[tokio::test]
async fn context_that_is_not_utf_8_is_refused() {
    let run = Synod::without_host().run_with(&["debate", "q"], b"caf\xe9").await;
    let sentence = "synod: the context on stdin is not UTF-8 (byte 4)\n";
    assert_eq!((run.code, run.stderr.as_str()), (2, sentence));
}

#[tokio::test]
async fn context_that_is_too_long_is_refused() {
    let sentence = "synod: the context on stdin is longer than the limit of 65536 bytes\n";
    // The limit is within a character, which must not be reported as invalid UTF-8.
    let too_much = "€".repeat(40_000);
    let run = Synod::without_host().run_with(&["debate", "q", "-"], too_much.as_bytes()).await;
    assert_eq!((run.code, run.stderr.as_str()), (2, sentence));
}

/// Runs a debate with this table `[debate]`. Asserts that it is refused with this message.
async fn refused_by_file(debate: &str, arguments: &[&str], sentence: &str) {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    synod.file("synod.toml", format!("[debate]\n{debate}"));
    let run = synod.run(&[&["debate", "q"][..], arguments].concat()).await;
    assert_eq!((run.code, run.stderr), (2, format!("synod: {sentence}\n")), "{debate}");
}

/// The same for models. A list of the available models may follow.
async fn refused_by_models(debate: &str, sentence: &str) {
    let host = ollama(Settings { strict_models: true, ..Settings::default() }).await;
    let synod = Synod::with_host(&host.url());
    synod.file("synod.toml", format!("[debate]\n{debate}"));
    let run = synod.run(&["debate", "q"]).await;
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.starts_with(&format!("synod: {sentence}")), "{}", run.stderr);
}

#[tokio::test]
async fn errors_of_the_file_name_the_key_and_its_line() {
    let one = "synod.toml, line 2: `agents` must name 2 to 16; it names 1";
    refused_by_file("agents = ['analyst']", &[], one).await;
    let twice = "synod.toml, line 3: `selected_agents`: names critic twice";
    refused_by_file("rounds = 1\nselected_agents = ['critic', 'critic']", &[], twice).await;
    let unknown =
        "synod.toml, line 2: `agents`: there is no agent `critik`; did you mean `critic`?";
    refused_by_file("agents = ['analyst', 'critik']", &[], unknown).await;
    let judge = "synod.toml, line 2: `judge`: there is no agent `crtic`; did you mean `critic`?";
    refused_by_file("judge = 'crtic'", &[], judge).await;
    let models =
        "synod.toml, line 2: `models`: no model nope:1b on local; try `ollama pull nope:1b`";
    refused_by_models("models = ['nope:1b']", models).await;
    let both = "synod.toml, line 3: `rounds` and `max_rounds` are the same setting; remove one";
    refused_by_file("rounds = 1\nmax_rounds = 2", &[], both).await;
    let text = "synod.toml, line 2: `rounds` must be a number: 1 to 20";
    refused_by_file("rounds = '2'", &[], text).await;
    for (rounds, more) in [("1", "2"), ("10", "11")] {
        let flag = format!(
            "--min-rounds: must not exceed synod.toml, line 2: `rounds`, which is {rounds} (First \
             round that can end in a consensus; 0 lets the blind ballots decide)"
        );
        refused_by_file(&format!("rounds = {rounds}"), &["--min-rounds", more], &flag).await;
    }
}

#[tokio::test]
async fn configured_defaults_that_do_not_fit_are_dropped() {
    let host = ollama(Settings::default()).await;
    let synod = Synod::with_host(&host.url());
    for (debate, arguments) in [
        ("min_rounds = 3\nrounds = 1", &[][..]),
        ("min_rounds = 3", &["--rounds", "1"]),
        ("rounds = 1\njudge = 'critic'", &[]),
        ("rounds = 1\nmoderator = 'visionary'", &[]),
        ("rounds = 1\nmode = 'autonomous'\nmoderator = 'analyst'", &[]),
    ] {
        synod.file("synod.toml", format!("[debate]\n{debate}"));
        let fixed = ["debate", "q", "--option", "Yes", "--option", "No", "-q"];
        let run = synod.run(&[&fixed[..], arguments].concat()).await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{debate}");
    }
}
