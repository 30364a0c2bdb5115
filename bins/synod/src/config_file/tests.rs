use super::*;

fn complaint(text: &str) -> String {
    ConfigFile::parse(Path::new("synod.toml"), text).unwrap_err().to_string()
}

#[test]
fn hosts_keep_the_order_of_the_file() {
    let text = "[hosts.gpu]\nurl = 'http://gpu:11434'\n[hosts.a]\nurl = 'a'\n[agents.ada]\n\
                expertise = 'an engineer'";
    let file = ConfigFile::parse(Path::new("synod.toml"), text).unwrap();
    let names: Vec<_> = file.hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(names, ["gpu", "a"]);
    assert!(file.registry.iter().any(|agent| agent.id.as_str() == "ada"));
}

#[test]
fn what_is_wrong_is_told_with_its_line_and_the_nearest_word() {
    assert_eq!(
        complaint("\n[host.gpu]\nurl = 'x'"),
        "synod.toml, line 2: unknown table `host`; did you mean `hosts`?"
    );
    assert_eq!(
        complaint("[hosts.gpu]\nur1 = 'x'"),
        "synod.toml, line 2: unknown key `ur1`; did you mean `url`?"
    );
    assert_eq!(
        complaint("# hosts\n[hosts.gpu]"),
        "synod.toml, line 2: [hosts.gpu] needs `url`, as \"http://127.0.0.1:11434\""
    );
    assert_eq!(
        complaint("[hosts.gpu]\nurl = 3"),
        "synod.toml, line 2: invalid type: integer `3`, expected a string"
    );
    assert_eq!(
        complaint("[agents.ada]\nexpertise = 'x'\nmodle = 'y'"),
        "synod.toml, line 3: unknown key `modle` in [agents.ada]; did you mean `model`?"
    );
    assert!(complaint("[hosts.gpu]\nurl = ").starts_with("synod.toml, line 2: "));
}

#[test]
fn a_host_holds_one_model_at_least() {
    let host = |models: &str| format!("[hosts.a]\nurl = 'a'\nmodels_at_once = {models}");
    let file = ConfigFile::parse("synod.toml".as_ref(), &host("2")).unwrap();
    assert_eq!(file.hosts[0].models_at_once.map(Into::into), Some(2_usize));
    let refused = complaint(&host("0"));
    assert!(refused.starts_with("synod.toml, line 3: invalid value: integer `0`"), "{refused}");
}

#[test]
fn hosts_are_of_the_kind_they_name_and_of_ollamas_if_they_name_none() {
    let text = "[hosts.a]\nurl = 'a'\n[hosts.gpu]\nkind = 'openai'\nurl = 'gpu:8080'\n\
                api_key = 's3cret'\nwindow = 8192";
    let file = ConfigFile::parse(Path::new("synod.toml"), text).unwrap();
    let kinds: Vec<_> = file.hosts.iter().map(|host| host.kind).collect();
    assert_eq!(kinds, [HostKind::Ollama, HostKind::OpenAi]);
    assert_eq!(file.hosts[1].window, Some(8_192));
    assert!(!format!("{file:?}").contains("s3cret"));
    assert_eq!(
        complaint("[hosts.gpu]\nurl = 'gpu'\nkind = 'vllm'"),
        "synod.toml, line 3: unknown kind `vllm`; the kinds are `ollama` and `openai`"
    );
}
