mod operations;

use synod_ollama_client::KeepAlive;

use super::{host::ModelEntry, value::ParameterCount, *};

fn parse(text: &str) -> Config {
    Config::parse(Path::new("synod.toml"), text).unwrap()
}

fn parameters(model: &ModelEntry) -> Option<u64> {
    model.table.parameters.map(|ParameterCount(count)| count)
}

fn complaint(text: &str) -> String {
    Config::parse(Path::new("synod.toml"), text).unwrap_err().to_string()
}

#[test]
fn hosts_keep_the_order_of_the_file() {
    let text = "[hosts.gpu]\nurl = 'http://gpu:11434'\n[hosts.a]\nurl = 'a'\n[agents.ada]\n\
                expertise = 'an engineer'";
    let file = parse(text);
    let names: Vec<_> = file.hosts.iter().map(|host| host.name.as_str()).collect();
    assert_eq!(names, ["gpu", "a"]);
    assert!(file.registry.iter().any(|agent| agent.id.as_str() == "ada"));
}

#[test]
fn a_problem_has_its_line_and_a_near_word() {
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
fn limits_of_a_host_are_read_and_zero_models_are_refused() {
    let host = |models: &str| format!("[hosts.a]\nurl = 'a'\nmodels_at_once = {models}");
    let file = parse(&host("2"));
    assert_eq!(file.hosts[0].table.models_at_once.map(Into::into), Some(2_usize));
    let refused = complaint(&host("0"));
    assert_eq!(refused, "synod.toml, line 3: `models_at_once` must be a whole number, 1 or more");
    let text = "[hosts.a]\nurl = 'a'\ncalls_at_once = 1\nload_seconds = 1200\naway_seconds = 0";
    let file = parse(text);
    assert_eq!(file.hosts[0].table.calls_at_once.map(Into::into), Some(1_usize));
    let table = &file.hosts[0].table;
    assert_eq!((table.load_seconds, table.away_seconds), (Some(1_200), Some(0)));
}

#[test]
fn a_host_without_a_kind_is_an_ollama() {
    let text = "[hosts.a]\nurl = 'a'\n[hosts.gpu]\nkind = 'openai'\nurl = 'gpu:8080'\n\
                api_key = 's3cret'\nwindow = 8192";
    let file = parse(text);
    let kinds: Vec<_> = file.hosts.iter().map(HostEntry::kind).collect();
    assert_eq!(kinds, [HostKind::Ollama, HostKind::OpenAi]);
    assert_eq!(file.hosts[1].table.window, Some(8_192));
    assert!(!format!("{file:?}").contains("s3cret"));
    assert_eq!(
        complaint("[hosts.gpu]\nurl = 'gpu'\nkind = 'vllm'"),
        "synod.toml, line 3: unknown kind `vllm`; the kinds are `ollama` and `openai`"
    );
}

#[test]
fn a_wrong_value_names_what_the_key_takes() {
    for (text, takes) in [
        (
            "[hosts.a]\nurl = 'a'\nconcurrent_calls = -1",
            "3: `concurrent_calls` must be a whole number, 1 or more",
        ),
        ("[hosts.a]\nurl = 'a'\nnum_ctx = '8k'", "3: `num_ctx` must be a whole number of tokens"),
        ("[server]\nport = 99999", "2: `port` must be a whole number from 0 to 65535"),
        ("[server]\nworkers = 0", "2: `workers` must be threads, 1 to 512"),
        ("[server]\nhosts = 'a'", "2: `hosts` must be a list of texts, as [\"one\", \"two\"]"),
        ("[server]\nlog_format = 'xml'", "2: `log_format` must be `human` or `json`"),
    ] {
        assert_eq!(complaint(text), format!("synod.toml, line {takes}"));
    }
    let variable = |name: &str, value: &str| {
        let variables = [("SYNOD__HOSTS__A__URL", "a"), (name, value)];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::built_in().overridden(&variables).unwrap_err().to_string()
    };
    assert_eq!(
        variable("SYNOD__HOSTS__A__NUM_CTX", "8k"),
        "SYNOD__HOSTS__A__NUM_CTX: must be a whole number of tokens"
    );
}

#[test]
fn models_of_a_host_have_tables_by_their_ids() {
    let text = "[hosts.a]\nurl = 'a'\nkeep_alive = '30m'\n[hosts.a.models.\"my Model:1\"]\n\
                parameters = '1.5B'\nnum_ctx = 2048\nkeep_alive = -1\nchats = false\n\
                [hosts.a.models.b]\nparameters = 7000000\n[hosts.b]\nurl = 'b'\nkeep_alive = 300";
    let file = parse(text);
    let shown = |place: usize| &*file.hosts[place].table.given.get("keep_alive").unwrap().shown;
    assert_eq!((shown(0), shown(1)), ("\"30m\"", "\"300\""));
    let [one, other] = &file.hosts[0].models[..] else { panic!("{file:?}") };
    assert_eq!((one.id.as_str(), other.id.as_str()), ("my Model:1", "b"));
    assert_eq!((parameters(one), parameters(other)), (Some(1_500_000_000), Some(7_000_000)));
    let num_ctx = one.table.num_ctx.map(u32::from);
    assert_eq!((num_ctx, one.table.chats), (Some(2_048), Some(false)));
    assert_eq!(one.table.keep_alive, Some(KeepAlive::Forever));
}

#[test]
fn a_problem_of_a_model_names_its_key() {
    let model =
        |pair: &str| complaint(&format!("[hosts.a]\nurl = 'a'\n[hosts.a.models.m]\n{pair}"));
    let line = "synod.toml, line 4:";
    assert_eq!(
        model("parameter = 3"),
        format!("{line} unknown key `parameter`; did you mean `parameters`?")
    );
    for pair in ["parameters = 'many'", "parameters = 0", "parameters = true"] {
        let expected =
            format!("{line} `parameters` must be a number of parameters, as \"1.5B\" or \"135M\"");
        assert_eq!(model(pair), expected, "{pair}");
    }
    assert_eq!(model("window = '8k'"), format!("{line} `window` must be a whole number of tokens"));
    assert!(model("keep_alive = '10 minutes'").contains("`keep_alive` must be a time, as"));
    assert_eq!(model("chats = 'no'"), format!("{line} `chats` must be `true` or `false`"));
    let host = complaint("[hosts.a]\nurl = 'a'\nkeep_alive = 'always'");
    assert!(host.starts_with("synod.toml, line 3: `keep_alive` must be a time, as"), "{host}");
    let list = complaint("[hosts.a]\nurl = 'a'\nmodels = ['m']");
    assert!(list.starts_with("synod.toml, line 3: `models` must hold tables"), "{list}");
}

#[test]
fn a_variable_sets_models_by_an_inline_table() {
    let text = "[hosts.a]\nurl = 'a'\n[hosts.a.models.m]\nparameters = '7B'\n\
                [hosts.a.models.n]\nchats = false";
    let overridden = |name: &str, value: &str| {
        let file = parse(text);
        file.overridden(&[(name.to_owned(), value.to_owned())])
    };
    let value = "{ m = { parameters = '1.5B' }, 'o p' = { window = 512 } }";
    let file = overridden("SYNOD__HOSTS__A__MODELS", value).unwrap();
    let models = file.hosts[0].models.iter();
    let models = models.map(|m| (m.id.as_str(), parameters(m), m.table.window.map(u32::from)));
    let models: Vec<_> = models.collect();
    let expected = [("n", None, None), ("m", Some(1_500_000_000), None), ("o p", None, Some(512))];
    assert_eq!(models, expected);
    for (value, detail) in [
        ("m", "must be a table of models, as"),
        ("{}\nother = 3", "must be a table of models, as"),
        ("{ m = { window = 'x' } }", "`window` must be a whole number of tokens"),
    ] {
        let error = overridden("SYNOD__HOSTS__A__MODELS", value).unwrap_err().to_string();
        assert!(error.starts_with(&format!("SYNOD__HOSTS__A__MODELS: {detail}")), "{error}");
    }
    let file = overridden("SYNOD__HOSTS__A__KEEP_ALIVE", "1h").unwrap();
    let given = file.hosts[0].table.given.get("keep_alive").unwrap();
    assert_eq!(given.shown, "\"1h\"");
    assert_eq!(given.source, Source::Variable("SYNOD__HOSTS__A__KEEP_ALIVE".to_owned()));
    let error = overridden("SYNOD__HOSTS__A__KEEP_ALIVE", "long").unwrap_err().to_string();
    assert!(error.starts_with("SYNOD__HOSTS__A__KEEP_ALIVE: must be a time"), "{error}");
}
