use synod_domain::AgentProfile;

use super::*;

const CREW: &str = include_str!("tests/agents.yaml");
const TEAM: &str = include_str!("tests/team.json");

/// The tables of a file beside the built-in agents, as text, and the messages.
fn imported(text: &str) -> (String, Vec<String>) {
    let (tables, notes) = tables(found(text).expect("agents"), &Registry::built_in());
    (tables.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"), notes)
}

fn refused(text: &str) -> String {
    found(text).expect_err(text).to_string()
}

/// The added agents of a configuration with these tables.
fn agents(tables: &str) -> Vec<AgentProfile> {
    let config = Config::parse("synod.toml".as_ref(), tables).expect(tables);
    let built_in = Registry::built_in();
    let added = config.registry.iter().filter(|agent| built_in.get(&agent.id).is_err());
    added.cloned().collect()
}

#[test]
fn a_crew_becomes_tables() {
    let (tables, notes) = imported(CREW);
    let expected = r#"[agents.researcher]
expertise = "a {topic} Senior Researcher. Your goal: Uncover what is new in {topic}. You're a seasoned researcher who finds the most relevant facts."

[agents.analyst-2]
name = "Economist: markets"
expertise = 'an Economist: markets. Your goal: Say what it costs. You "count" first. Then you speak\.'
model = "qwen2.5:3b"
"#;
    assert_eq!(tables, expected);
    assert_eq!(
        notes,
        [
            "researcher: its model `openai/gpt-4o` is not one of Ollama's, so none is set; set \
             `model`, and `host` if a host of yours serves it",
            "researcher: ignored: `verbose`",
            "researcher: `{topic}` is not filled in; replace it by hand",
            "analyst: a built-in agent has this name, so it is called analyst-2",
            "analyst-2: ignored: `max_iter`",
        ]
    );
    assert_eq!(agents(&tables).len(), 2);
}

#[test]
fn a_team_and_the_teams_in_it_become_tables() {
    let (tables, notes) = imported(TEAM);
    let expected = r#"[agents.planner]
name = "Planner"
expertise = "You are a planner who breaks work into steps."
model = "llama3.2:3b"

[agents.planner-2]
name = "planner"
expertise = "a second planner, who doubts the first"
"#;
    assert_eq!(tables, expected);
    assert_eq!(
        notes,
        [
            "planner: it has tools there; in a debate it can only argue",
            "planner: ignored: `tools`",
            "planner: another agent has this name, so it is called planner-2",
            "planner-2: its model `gpt-4o-mini` is not one of Ollama's, so none is set; set \
             `model`, and `host` if a host of yours serves it",
            "`termination_condition`, `max_turns` of the team: a debate's own flags say when it \
             ends and who speaks",
            "user is a person: speak into a debate with Ctrl-C, then a",
        ]
    );
    let personas: Vec<_> = agents(&tables).into_iter().map(|a| a.persona.expertise).collect();
    assert_eq!(&*personas[0], "a planner who breaks work into steps");
}

#[test]
fn a_long_persona_is_cut_between_sentences_with_a_note() {
    let long = format!("x:\n  role: Judge\n  backstory: {}", "You weigh both sides. ".repeat(400));
    let (tables, notes) = imported(&long);
    let agent = &agents(&tables)[0];
    assert!(agent.persona.expertise.ends_with("You weigh both sides"), "{tables}");
    assert!((3_970..=4_000).contains(&agent.persona.expertise.chars().count()), "{tables}");
    assert!(notes[0].starts_with("x: of its 8808 characters the first "), "{notes:?}");
    // Not one sentence, nor one word, that fits.
    let (tables, _) = imported(&format!("x:\n  role: {}", "雪".repeat(10_000)));
    assert!(agents(&tables)[0].persona.expertise.chars().count() <= 4_000);
    // The registry accepts what the import keeps.
    let whole = format!("x:\n  role: {}", "y".repeat(3_900));
    assert!(imported(&whole).1.is_empty());
    assert_eq!(agents(&imported(&whole).0).len(), 1);
}

#[test]
fn a_long_persona_without_spaces_is_cut_near_the_limit() {
    for (backstory, end) in [
        ("这是一个很有经验的工程师。".repeat(400), Some('。')),
        ("这是一个很有经验的工程师，".repeat(400), Some('，')),
        ("अनुभवी अभियंता। ".repeat(400), Some('।')),
        ("วิศวกรที่มีประสบการณ์".repeat(250), None),
        ("e\u{301}".repeat(5_000), None),
        (format!("See https://example.org/{}", "a".repeat(5_000)), None),
        ("'".to_owned() + &"\u{301}".repeat(5_000), None),
    ] {
        let crew = format!("x:\n  role: A\n  goal: g\n  backstory: \"{backstory}\"\n");
        let (tables, notes) = imported(&crew);
        let kept = agents(&tables)[0].persona.expertise.clone();
        let length = kept.chars().count();
        assert!((3_900..=4_000).contains(&length), "{length} of {backstory:.40}");
        assert!(end.is_none_or(|end| kept.ends_with(end)), "{kept}");
        assert!(notes[0].contains(&format!("the first {length} were kept")), "{notes:?}");
    }
    // An accent or a vowel sign stays with its letter.
    let all = format!("x:\n  role: {}", "e\u{301}".repeat(3_000));
    let kept = agents(&imported(&all).0)[0].persona.expertise.clone();
    assert!(kept.ends_with('\u{301}'), "{:?}", kept.chars().last());
}

#[test]
fn entries_that_others_refer_to_are_merged() {
    let crew = "base: &base\n  goal: x\n  backstory: y\n  verbose: true\n\
                a:\n  <<: *base\n  role: R1\n  backstory: z\n\
                b: &b\n  <<: [*base, {goal: w, llm: ollama/m}]\n  role: R2\n\
                c:\n  <<: *b\n  role: R3\n";
    let (tables, notes) = imported(crew);
    let expected = r#"[agents.a]
name = "R1"
expertise = "a R1. Your goal: x. z"

[agents.b]
name = "R2"
expertise = "a R2. Your goal: x. y"
model = "m"

[agents.c]
name = "R3"
expertise = "a R3. Your goal: x. y"
model = "m"
"#;
    assert_eq!(tables, expected);
    assert_eq!(
        notes,
        [
            "a: ignored: `verbose`",
            "b: ignored: `verbose`",
            "c: ignored: `verbose`",
            "base is left out: it has no `role`, and other entries refer to it",
        ]
    );
    // Of one value, and of an entry that is no mapping.
    let values = "models:\n  fast: &fast ollama/m\nstory: &story |\n  Was there.\n\
                  a:\n  role: R\n  backstory: *story\n  llm: *fast\n";
    let (tables, notes) = imported(values);
    assert!(tables.contains("a R. Was there.\"\nmodel = \"m\""), "{tables}");
    assert_eq!(notes.len(), 2, "{notes:?}");
    // What nothing refers to may be an agent whose role was forgotten.
    assert_eq!(refused("a: &a\n  goal: x\nb:\n  role: R"), "line 1: a has no `role`");
    assert_eq!(
        refused("a:\n  role: x\n  <<: y"),
        "line 3: `<<` of a must refer to keys and values"
    );
}

#[test]
fn unreadable_files_are_refused_with_the_line() {
    assert_eq!(refused(""), "there are no agents in it");
    for other in ["{}", r#"{"dependencies": ["."], "graphs": {"agent": "./agent.py:graph"}}"#] {
        let refusal = refused(other);
        assert!(refusal.starts_with("this is neither a team nor an agent of AutoGen"), "{refusal}");
        assert!(refusal.contains("CrewAI's agents.yaml"), "{refusal}");
    }
    assert_eq!(
        refused("- a\n- b"),
        "line 1: there must be agents, as `researcher:` with `role`, `goal` and `backstory`"
    );
    assert_eq!(
        refused("a:\n  role: x\nb: c"),
        "line 3: b must hold `role`, `goal` and `backstory`"
    );
    assert_eq!(refused("a:\n  goal: x"), "line 1: a has no `role`");
    assert_eq!(refused("a:\n  goal: x\n  role:\n    - y"), "line 3: `role` of a must be a text");
    assert_eq!(refused("a:\n  role: x\n---\nb: 1"), "line 4: a second document begins here");
    let bad = refused("a:\n  role: [x\n");
    assert!(bad.starts_with("line "), "{bad}");
    let twice = refused("a:\n  role: x\na:\n  role: y");
    assert!(twice.starts_with("line 3: "), "{twice}");

    let team = |inner: &str| refused(&format!("{{\"config\": {{\n{inner}\n}}}}"));
    assert_eq!(team(""), "this is no team: its `config` has no `participants`");
    assert_eq!(
        team("\"participants\": [\n3]"),
        "line 3: invalid type: integer `3`, expected struct Component"
    );
    assert_eq!(team("\"participants\": [{\"config\": {}}]"), "a participant has no `name`");
    assert_eq!(
        team("\"participants\": [{\"config\": {\"name\": \"ada\"}}]"),
        "ada has neither `system_message` nor `description`"
    );
    assert_eq!(team("\"participants\": []"), "there are no agents in it");
    assert_eq!(team("\"participants\": [,]"), "line 2: expected value");
}

#[test]
fn hostile_files_are_refused_or_harmless() {
    let laughs = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, n| {
        let before = n - 1;
        text + &format!("a{n}: &a{n} [*a{before}, *a{before}]\n")
    });
    found(&laughs).expect_err("a billion laughs");
    found(&"[".repeat(100_000)).expect_err("nothing but brackets");
    found(&("{\"config\":".repeat(100_000))).expect_err("too deep");
    let evil = "\"x\\u0007\":\n  role: \"\\u001b[2JJudge\\\"]\\n[server]\\nport = 1\"";
    let (tables, _) = imported(evil);
    assert!(!tables.contains('\u{1b}'), "{tables:?}");
    assert_eq!(agents(&tables).len(), 1, "{tables}");
}

#[test]
fn a_name_that_hides_a_character_is_left_out_and_reported() {
    let crew = "ada:\n  role: \"Ada\\u202e\"\n  goal: counts\n  backstory: was there\n";
    let (tables, notes) = imported(crew);
    assert!(!tables.contains("name ="), "{tables}");
    let sentence = "its name is left out, since a name must not contain the direction mark U+202E";
    assert!(notes.iter().any(|line| line.ends_with(sentence)), "{notes:?}");
    assert_eq!(agents(&tables).len(), 1);
}

#[test]
fn a_file_of_tasks_is_recognized() {
    let tasks = "plan:\n  description: Plan it\n  expected_output: A plan\n  agent: planner\n";
    assert!(refused(tasks).starts_with("this is a file of tasks, CrewAI's tasks.yaml"));
    let (tables, notes) = imported(&format!("planner:\n  role: Planner\n{tasks}"));
    assert_eq!(agents(&tables).len(), 1, "{tables}");
    assert_eq!(notes, ["plan is left out: it is a task, not an agent"]);
}

#[test]
fn agents_that_do_more_than_talk_get_a_note() {
    let (_, notes) = imported("a:\n  role: Coder\n  allow_code_execution: true\n");
    assert_eq!(notes[0], "a: it runs code there; in a debate it can only argue");
    let tools = |tools: &str| imported(&format!("a:\n  role: X\n  tools: {tools}\n")).1.remove(0);
    assert!(tools("[SerperDevTool, FileReadTool]").starts_with("a: it reads the web there"));
    assert!(tools("[FileReadTool]").starts_with("a: it has tools there"));
    assert!(tools("[WebsiteSearchTool, CodeInterpreterTool]").starts_with("a: it runs code there"));
    let team = r#"{"config": {"participants": [
        {"provider": "autogen_ext.agents.web_surfer.MultimodalWebSurfer", "config": {"name": "w"}},
        {"provider": "x.CodeExecutorAgent", "config": {"name": "c", "description": "runs code"}},
        {"provider": "x.AssistantAgent", "config": {"name": "a", "system_message": "You argue."}}
    ]}}"#;
    let (tables, notes) = imported(team);
    assert_eq!(agents(&tables).len(), 1, "{tables}");
    assert_eq!(notes[0], "w is left out: it browses the web, which no agent of a debate can");
    assert!(notes[1].starts_with("c is left out: it writes or runs code"), "{notes:?}");
}

#[test]
fn existing_agents_are_not_added_again() {
    let registry = Registry::built_in().with_file(&imported(CREW).0).expect("agents");
    let (found, there) = without_existing(found(CREW).expect("agents"), &registry);
    assert_eq!((found.agents, there.join(" ")), (vec![], "researcher analyst-2".to_owned()));
    let other = "researcher:\n  role: Historian\n";
    let (found, there) = without_existing(self::found(other).expect("an agent"), &registry);
    assert_eq!((found.agents.len(), there.len()), (1, 0));
}

#[test]
fn the_team_behind_one_agent_is_imported_in_its_place() {
    let team = r#"{"provider": "x.RoundRobinGroupChat", "config": {"participants": [
        {"provider": "autogen_agentchat.agents.SocietyOfMindAgent", "config": {
            "name": "society", "description": "An agent that uses an inner team",
            "team": {"provider": "x.RoundRobinGroupChat", "config": {"participants": [
                {"provider": "x.AssistantAgent", "config": {"name": "ada", "description": "counts"}}
            ]}}
        }}
    ]}}"#;
    let (tables, _) = imported(team);
    assert_eq!(agents(&tables).len(), 1, "{tables}");
    assert!(tables.starts_with("[agents.ada]"), "{tables}");
}
