use crate::server::Setting;

/// The line of `synod config show` with this key.
fn line<'a>(shown: &'a str, key: &str) -> &'a str {
    let start = format!("{key} = ");
    shown.lines().find(|line| line.starts_with(&start)).unwrap_or_else(|| panic!("{shown}"))
}

#[tokio::test]
async fn flags_override_variables_and_variables_the_file() {
    let file = "[server]\nport = 1\ngrace_seconds = 3\n[hosts.gpu]\nurl = 'http://gpu:1'\n";
    let setting = Setting::new()
        .file("synod.toml", file)
        .with("SYNOD__SERVER__PORT", "2")
        .with("SYNOD__SERVER__API_KEY", "secret-0123456789")
        .with("SYNOD__SERVER__HOSTS", "a.lan,b.lan")
        .with("SYNOD__HOSTS__GPU__NUM_CTX", "4096")
        .with("SYNOD__AGENTS__CRITIC__MODEL", "zmodel");
    let shown = setting.run(&["config", "show"]).await;
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    let parts = |key: &str| -> Vec<String> {
        line(&shown.out, key).split('#').map(|part| part.trim().to_owned()).collect()
    };
    assert_eq!(parts("port"), ["port = 2", "SYNOD__SERVER__PORT"]);
    assert_eq!(parts("grace_seconds"), ["grace_seconds = 3", "synod.toml"]);
    assert_eq!(parts("workers"), ["workers = 2", "default"]);
    assert_eq!(parts("api_key"), ["api_key = \"***\"", "SYNOD__SERVER__API_KEY"]);
    assert_eq!(parts("hosts"), ["hosts = [\"a.lan\", \"b.lan\"]", "SYNOD__SERVER__HOSTS"]);
    let url = shown.out.lines().find(|line| line.starts_with("url = \"http://gpu:1\""));
    assert!(url.is_some_and(|line| line.ends_with("# synod.toml")), "{}", shown.out);
    assert_eq!(parts("num_ctx"), ["num_ctx = 4096", "SYNOD__HOSTS__GPU__NUM_CTX"]);
    assert!(shown.out.contains("model = \"zmodel\""), "{}", shown.out);
    assert!(!shown.out.contains("secret"), "{}", shown.out);
    let url = Setting::new().with("OLLAMA_HOST", "http://user:secret@gpu:1");
    let shown = url.run(&["config", "show"]).await;
    assert!(shown.out.contains("http://***@gpu:1"), "{}", shown.out);

    let server = setting.serve(&[]).await;
    assert_ne!(server.addresses[0].port(), 2, "the flag takes precedence");
}

#[tokio::test]
async fn unknown_keys_are_reported_with_place_and_suggestion() {
    let error_of = async |setting: Setting| {
        let ended = setting.run(&["config", "show"]).await;
        assert_eq!(ended.code, Some(2), "{}", ended.out);
        ended.err
    };
    let file = |text: &str| Setting::new().file("synod.toml", text);
    assert_eq!(
        error_of(file("[server]\nprot = 1")).await,
        "synod: synod.toml, line 2: unknown key `prot` in [server]; did you mean `port`?\n"
    );
    assert_eq!(
        error_of(file("[server]\nport = 70000")).await,
        "synod: synod.toml, line 2: `port` must be a whole number from 0 to 65535\n"
    );
    assert_eq!(
        error_of(Setting::new().with("SYNOD__SERVER__PROT", "1")).await,
        "synod: SYNOD__SERVER__PROT: unknown key `prot` in [server]; did you mean `port`?\n"
    );
    assert_eq!(
        error_of(Setting::new().with("SYNOD__SEVER__PORT", "1")).await,
        "synod: SYNOD__SEVER__PORT: unknown section `sever`; did you mean `server`?\n"
    );
    let port = error_of(Setting::new().with("SYNOD__SERVER__PORT", "many")).await;
    assert!(port.starts_with("synod: SYNOD__SERVER__PORT: `port` must be "), "{port}");
    let agent = error_of(Setting::new().with("SYNOD__AGENTS__CRITIC__MODLE", "x")).await;
    assert!(agent.contains("did you mean `model`?"), "{agent}");
    let host = error_of(Setting::new().with("SYNOD__HOSTS__GPU__NUM_CTX", "1")).await;
    assert!(host.contains("needs a `url`"), "{host}");
}

#[tokio::test]
async fn sample_configuration_does_not_overwrite_a_file() {
    let setting = Setting::new();
    assert_eq!(setting.run(&["config", "init"]).await.code, Some(0));
    let path = setting.folder.path().join("synod.toml");
    let written = std::fs::read_to_string(&path).expect("a file");
    assert!(written.contains("# port = 8000"), "{written}");
    assert_eq!(setting.run(&["config", "show"]).await.code, Some(0), "the sample is valid");

    std::fs::write(&path, "# mine").expect("a file");
    let again = setting.run(&["config", "init"]).await;
    assert_eq!(again.code, Some(2), "{}", again.err);
    assert_eq!(std::fs::read_to_string(&path).expect("a file"), "# mine");
}

#[tokio::test]
async fn key_of_a_host_is_masked_and_its_kind_shown() {
    let file = "[hosts.gpu]\nkind = 'openai'\nurl = 'http://gpu:8080'\nwindow = 8192\n";
    let setting = Setting::new()
        .file("synod.toml", file)
        .with("SYNOD__HOSTS__GPU__API_KEY", "secret-0123456789");
    let shown = setting.run(&["config", "show"]).await;
    assert_eq!(shown.code, Some(0), "{}", shown.err);
    for pair in ["kind = \"openai\"", "api_key = \"***\"", "window = 8192"] {
        assert!(shown.out.contains(pair), "{}", shown.out);
    }
    assert!(!shown.out.contains("secret"), "{}", shown.out);

    let unknown = Setting::new().with("SYNOD__HOSTS__GPU__KIND", "vllm");
    let complaint = unknown.run(&["config", "show"]).await;
    assert_eq!(complaint.code, Some(2));
    assert!(complaint.err.contains("the kinds are `ollama` and `openai`"), "{}", complaint.err);
}

#[tokio::test]
async fn agents_are_shown_in_the_format_of_the_file() {
    let file = "[agents.'a.b']\nname = 'Ada \"A\"'\nexpertise = 'an engineer'\nhost = 'gpu'\n\
                [hosts.gpu]\nurl = 'http://gpu'\n";
    let shown = Setting::new().file("synod.toml", file).run(&["config", "show"]).await.out;
    let again = Setting::new().file("synod.toml", &shown).run(&["config", "show"]).await;
    assert_eq!(again.code, Some(0), "{shown}{}", again.err);
    for line in ["[agents.\"a.b\"]", "expertise = \"an engineer\"", "host = \"gpu\""] {
        assert!(again.out.contains(line), "{line} in {}", again.out);
    }
}
