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
    assert_eq!(complaint("[hosts.gpu]\nurl = 3"), "synod.toml, line 2: `url` must be a text");
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
    assert_eq!(refused, "synod.toml, line 3: `models_at_once` must be a whole number, 1 or more");
    let text = "[hosts.a]\nurl = 'a'\ncalls_at_once = 1\naway_seconds = 0";
    let file = ConfigFile::parse("synod.toml".as_ref(), text).unwrap();
    assert_eq!(file.hosts[0].calls_at_once.map(Into::into), Some(1_usize));
    assert_eq!(file.hosts[0].away_seconds, Some(0));
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

#[test]
fn what_a_key_takes_is_said_in_words_of_people() {
    for (text, takes) in [
        (
            "[hosts.a]\nurl = 'a'\nconcurrent_calls = -1",
            "3: `concurrent_calls` must be a whole number, 1 or more",
        ),
        ("[hosts.a]\nurl = 'a'\nnum_ctx = '8k'", "3: `num_ctx` must be a whole number of tokens"),
        ("[server]\nport = 99999", "2: `port` must be a whole number from 0 to 65535"),
        ("[server]\nworkers = 0", "2: `workers` must be a whole number, 1 or more"),
        ("[server]\nhosts = 'a'", "2: `hosts` must be a list of texts, as [\"one\", \"two\"]"),
        ("[server]\nlog_format = 'xml'", "2: `log_format` must be `human` or `json`"),
    ] {
        assert_eq!(complaint(text), format!("synod.toml, line {takes}"));
    }
    let variable = |name: &str, value: &str| {
        let variables = [("SYNOD__HOSTS__A__URL", "a"), (name, value)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        ConfigFile::built_in().overruled(&variables).unwrap_err().to_string()
    };
    assert_eq!(
        variable("SYNOD__HOSTS__A__NUM_CTX", "8k"),
        "SYNOD__HOSTS__A__NUM_CTX: must be a whole number of tokens"
    );
}
