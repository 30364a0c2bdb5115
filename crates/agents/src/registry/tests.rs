use synod_domain::AgentId;

use super::*;

fn error(toml: &str) -> String {
    Registry::built_in().with_file(toml).expect_err(toml).to_string()
}

fn id(text: &str) -> AgentId {
    AgentId::new(text).unwrap()
}

#[test]
fn six_built_in_agents_require_no_model() {
    let registry = Registry::built_in();
    let ids: Vec<_> = registry.iter().map(|agent| agent.id.as_str()).collect();
    assert_eq!(ids, ["analyst", "critic", "moderator", "pragmatist", "skeptic", "visionary"]);
    assert!(registry.iter().all(|agent| agent.model.is_none() && agent.host.is_none()));
}

#[test]
fn errors_for_unknown_agents_suggest_a_known_one() {
    let error = Registry::built_in().get(&id("crtic")).unwrap_err();
    assert_eq!(error.to_string(), "there is no agent `crtic`; did you mean `critic`?");
    let error = Registry::built_in().get(&id("researcher")).unwrap_err();
    assert!(
        error.to_string().ends_with(
            "; there are `analyst`, `critic`, `moderator`, `pragmatist`, \
        `skeptic`, `visionary`"
        ),
        "{error}"
    );
    let empty = Registry { agents: BTreeMap::new() };
    let error = empty.get(&id("critic")).unwrap_err();
    assert_eq!(error.to_string(), "there is no agent `critic`");
}

#[test]
fn files_add_agents_and_other_tables_are_ignored() {
    let file = r#"
        default_host = "local"
        [hosts.local]
        url = "http://127.0.0.1:11434"
        [agents.ada]
        name = "Ada Lovelace"
        expertise = "You are a mathematician who\n trusts proofs."
        voice = "Speak precisely."
        host = "local"
        model = "qwen3:8b"
        [agents."élan"]
        expertise = "an optimist"
    "#;
    let registry = Registry::built_in().with_file(file).unwrap();
    let ada = registry.get(&id("ada")).unwrap();
    assert_eq!(&*ada.name, "Ada Lovelace");
    assert_eq!(&*ada.persona.expertise, "a mathematician who trusts proofs");
    assert_eq!(&*ada.persona.voice, "precisely");
    assert_eq!(ada.model.as_ref().unwrap().as_str(), "qwen3:8b");
    assert_eq!(&*registry.get(&id("élan")).unwrap().name, "Élan");
    assert_eq!(registry.iter().count(), 8);
}

#[test]
fn tables_of_built_in_agents_change_only_their_keys() {
    let before = Registry::built_in();
    let after = before.clone().with_file("[agents.critic]\nmodel = 'gemma3:4b'").unwrap();
    let critic = after.get(&id("critic")).unwrap();
    assert_eq!(critic.persona, before.get(&id("critic")).unwrap().persona);
    assert_eq!(critic.model.as_ref().unwrap().as_str(), "gemma3:4b");
}

#[test]
fn a_parsed_document_yields_the_agents_of_its_text() {
    let file = "[server]\nport = 1\n[agents.ada]\nexpertise = 'x'\n[agents.critic]\nmodel = 'm'\n";
    let document = toml::de::DeTable::parse(file).unwrap();
    let registry = Registry::built_in().with_document(document.get_ref(), file).unwrap();
    assert_eq!(registry, Registry::built_in().with_file(file).unwrap());
    let wrong = "[server]\nport = 1\n[agents.ada]\nmodle = 'y'\n";
    let document = toml::de::DeTable::parse(wrong).unwrap();
    let refused = Registry::built_in().with_document(document.get_ref(), wrong).unwrap_err();
    assert_eq!(refused.to_string(), error(wrong));
    assert!(refused.to_string().starts_with("line 4: "));
}

#[test]
fn errors_state_the_line() {
    assert_eq!(
        error("\n[agents.ada]\nexpertise = 'x'\nmodle = 'y'\n"),
        "line 4: unknown key `modle` in [agents.ada]; did you mean `model`?"
    );
    assert_eq!(
        error("[agents.ada]\nname = 'Ada'"),
        "line 1: [agents.ada] needs `expertise`, as \"a critic who looks for risks\""
    );
    assert_eq!(
        error("[agents.ada]\nexpertise = ' '"),
        "line 1: [agents.ada] `expertise` must not be blank"
    );
    assert_eq!(
        error(&format!("[agents.ada]\nexpertise = '{}'", "x".repeat(4_001))),
        "line 1: [agents.ada] `expertise` must have at most 4000 characters"
    );
    assert_eq!(
        error("[agents.ada]\nname = \"A\\u001b[31mda\"\nexpertise = 'x'"),
        "line 1: [agents.ada] `name` must not contain the control character U+001B"
    );
    assert_eq!(
        error("[agents.ada]\nname = \"A\u{202e}da\"\nexpertise = 'x'"),
        "line 1: [agents.ada] `name` must not contain the direction mark U+202E"
    );
    assert_eq!(
        error("[agents.'a\u{200b}da']\nexpertise = 'x'"),
        "line 1: [agents.a\u{200b}da] an agent id must not contain the invisible character U+200B"
    );
    assert_eq!(
        error("[agents.ada]\nvoice = \"\\u0007\"\nexpertise = 'x'"),
        "line 1: [agents.ada] `voice` must not contain the control character U+0007"
    );
    assert_eq!(error("[agents]\nada = 1"), "line 2: [agents.ada] must be a table");
    assert_eq!(error("x = 1\nagents = 1"), "line 2: `agents` must hold tables, as [agents.ada]");
    assert!(error("[agents.ada]\nexpertise = 7").starts_with("line 2: [agents.ada] invalid type"));
    assert!(
        error("[agents.ada]\nexpertise = 'x'\nmodel = ' '")
            .starts_with("line 3: [agents.ada] a model name has")
    );
    assert!(
        error("[agents.'a b']\nexpertise = 'x'")
            .starts_with("line 1: [agents.a b] an agent id has")
    );
    assert!(error("a = 1\n[agents\n").starts_with("line 2: "));
}

#[test]
fn the_first_of_two_errors_in_a_file_is_reported() {
    let file = "[agents.zoe]\nexpertise = 'x'\nzzz = 1\nmodle = 2\n[agents.ada]\nmodle = 'y'";
    let error = error(file);
    assert!(error.starts_with("line 3: unknown key `zzz` in [agents.zoe]; there are "), "{error}");
}

#[test]
fn every_listed_key_is_read() {
    let keys = Registry::KEYS.map(|key| format!("{key} = 'x'")).join("\n");
    assert!(Registry::built_in().with_file(&format!("[agents.ada]\n{keys}")).is_ok());
}

#[test]
fn errors_for_keys_of_other_programs_name_ours() {
    for (key, known) in [("role", "expertise"), ("backstory", "expertise"), ("llm", "model")] {
        let file = format!("[agents.ada]\n{key} = \"x\"\n");
        let error = Registry::built_in().with_file(&file).unwrap_err().to_string();
        assert!(error.ends_with(&format!("; use `{known}`")), "{error}");
    }
    let file = "[agents.ada]\ncolour = \"x\"\n";
    let error = Registry::built_in().with_file(file).unwrap_err().to_string();
    assert!(
        error.ends_with("; there are `name`, `expertise`, `voice`, `host`, `model`"),
        "{error}"
    );
}
