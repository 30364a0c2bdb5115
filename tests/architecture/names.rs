//! One name, one type: in the glossary, and across crates.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use crate::{files::sources, workspace::Workspace};

/// Names that types of several crates share on purpose: both clients of model servers name the parts of
/// their protocols as the protocols do, and `Error` is said with its crate.
const SHARED: &[&str] = &[
    "BaseUrl",
    "ChatChunk",
    "ChatReply",
    "ChatRequest",
    "ChatStream",
    "Client",
    "ClientBuilder",
    "EmbedReply",
    "EmbedRequest",
    "Embeddings",
    "Error",
    "Message",
    "Model",
    "Models",
    "Result",
    "Role",
    "ServerReport",
    "Usage",
];

/// Types that other modules of their crate or other crates can name, with their crates.
fn types(workspace: &Workspace) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    for path in sources(workspace.root()) {
        let relative = path.strip_prefix(workspace.root()).unwrap().to_string_lossy().into_owned();
        let parts: Vec<_> = relative.split('/').collect();
        let ["crates" | "bins", member, "src", ..] = parts[..] else { continue };
        for line in fs::read_to_string(&path).unwrap().lines() {
            if let Some(name) = public_type(line) {
                found.entry(name.to_owned()).or_default().insert(member.to_owned());
            }
        }
    }
    found
}

/// The type that a line declares, if it is `pub` or `pub(crate)`.
fn public_type(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let item = line.strip_prefix("pub ").or_else(|| line.strip_prefix("pub(crate) "))?;
    let kinds = ["struct ", "enum ", "trait ", "type "];
    let name = kinds.iter().find_map(|kind| item.strip_prefix(kind))?;
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(name.len());
    Some(&name[..end])
}

#[test]
fn types_of_different_crates_have_different_names() {
    let types = types(&Workspace::read());
    let shared = types.iter().filter(|(_, crates)| crates.len() > 1);
    let shared: BTreeSet<_> = shared.map(|(name, _)| name.as_str()).collect();
    let allowed: BTreeSet<_> = SHARED.iter().copied().collect();
    let added: Vec<_> = shared.difference(&allowed).map(|name| (name, &types[*name])).collect();
    assert!(added.is_empty(), "rename one of each: {added:?}");
    let gone: Vec<_> = allowed.difference(&shared).collect();
    assert!(gone.is_empty(), "no longer shared, so take them from the list: {gone:?}");
}

#[test]
fn the_glossary_names_types_that_exist_where_it_says() {
    let workspace = Workspace::read();
    let page = workspace.text("docs/glossary.md");
    let rows = page.lines().filter(|line| line.starts_with("| ")).skip(1);
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, _, types, path] = cells[..] else { panic!("a row has four cells: {row}") };
        let Some((_, path)) = path.split_once("](../") else { continue };
        let source = workspace.text(path.trim_end_matches(')'));
        let Some(name) = types.split('`').nth(1) else { continue };
        let name = name.split("::").next().unwrap();
        let is_declared = source
            .lines()
            .any(|line| line.trim_start().starts_with("pub") && line.contains(&format!(" {name}")));
        let is_elsewhere = types.split('`').skip(3).step_by(2).any(|other| {
            let other = other.split("::").next().unwrap();
            source.lines().any(|line| line.contains(&format!(" {other}")))
        });
        assert!(is_declared || is_elsewhere, "{path} does not declare `{name}`");
    }
}
