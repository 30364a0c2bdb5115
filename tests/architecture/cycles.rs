//! Modules of one parent that use each other in a circle.
//!
//! Read are the `use` lines. A name that a module re-exports counts as that module's own, and parent and
//! child may use each other.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use crate::{files::sources, workspace::Workspace};

/// A module, by its path from the root of its crate.
type Module = Vec<String>;

/// The files of a crate by their modules; those of tests aside.
fn modules(src: &Path) -> BTreeMap<Module, PathBuf> {
    let files = sources(src).into_iter().filter(|path| {
        let relative = path.strip_prefix(src).unwrap().with_extension("");
        !relative.iter().any(|part| part == "tests")
    });
    let module = |path: PathBuf| {
        let relative = path.strip_prefix(src).unwrap().with_extension("");
        let parts = relative.iter().map(|part| part.to_string_lossy().into_owned());
        let parts: Module = parts.collect();
        let is_root = parts.len() == 1 && matches!(&*parts[0], "lib" | "main");
        (if is_root { Module::new() } else { parts }, path)
    };
    files.map(module).collect()
}

/// The paths of the `use` lines of a source, up to its inline tests.
fn imports(source: &str) -> Vec<Module> {
    let code = source.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
    let lines = code.lines().map(|line| line.split("//").next().unwrap_or_default());
    let mut statement = None::<String>;
    let mut paths = Vec::new();
    for line in lines {
        let line = line.trim();
        let begun = line.split_once("use ").filter(|(before, _)| {
            let before = before.trim();
            before.is_empty()
                || before == "pub"
                || before.starts_with("pub(") && before.ends_with(')')
        });
        match (&mut statement, begun) {
            (Some(statement), _) => statement.push_str(line),
            (None, Some((_, rest))) => statement = Some(rest.to_owned()),
            (None, None) => continue,
        }
        if statement.as_ref().is_some_and(|statement| statement.ends_with(';')) {
            let statement = statement.take().unwrap();
            expand(&[], statement.trim_end_matches(';'), &mut paths);
        }
    }
    paths
}

/// Writes out the braces of a path.
fn expand(prefix: &[String], path: &str, paths: &mut Vec<Module>) {
    let (head, group) = match path.split_once('{') {
        Some((head, group)) => (head, Some(group.trim_end().trim_end_matches('}'))),
        None => (path, None),
    };
    let head = head.split(" as ").next().unwrap_or_default();
    let parts = head.split("::").map(|part| part.trim().to_owned()).filter(|p| !p.is_empty());
    let whole: Module = prefix.iter().cloned().chain(parts).collect();
    let Some(group) = group else { return paths.push(whole) };
    let (mut depth, mut begin) = (0_usize, 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ',' if depth == 0 => {
                expand(&whole, &group[begin..at], paths);
                begin = at + 1;
            }
            _ => {}
        }
    }
    if !group[begin..].trim().is_empty() {
        expand(&whole, &group[begin..], paths);
    }
}

/// The module of the crate that a path leads to, from within a module.
fn target(path: &[String], from: &Module, modules: &BTreeMap<Module, PathBuf>) -> Option<Module> {
    let first = path.first()?;
    let mut at = match &**first {
        "crate" => Module::new(),
        "self" | "super" => from.clone(),
        child => {
            let mut module = from.clone();
            module.push(child.to_owned());
            modules.contains_key(&module).then_some(from.clone())?
        }
    };
    for part in path {
        match &**part {
            "crate" | "self" => {}
            "super" => drop(at.pop()),
            name => {
                at.push(name.to_owned());
                if !modules.contains_key(&at) {
                    at.pop();
                    break;
                }
            }
        }
    }
    Some(at)
}

/// Of each parent the children that use each other in a circle.
fn circles(modules: &BTreeMap<Module, PathBuf>) -> Vec<String> {
    let mut uses = BTreeMap::<Module, BTreeMap<String, BTreeSet<String>>>::new();
    for (from, file) in modules {
        for path in imports(&fs::read_to_string(file).unwrap()) {
            let Some(to) = target(&path, from, modules) else { continue };
            let shared = from.iter().zip(&to).take_while(|(one, other)| one == other).count();
            // Parent and child, at any distance.
            let (Some(one), Some(other)) = (from.get(shared), to.get(shared)) else { continue };
            let siblings = uses.entry(from[..shared].to_vec()).or_default();
            siblings.entry(one.clone()).or_default().insert(other.clone());
        }
    }
    let mut circles = Vec::new();
    for (parent, siblings) in &uses {
        let reached = |from: &String| {
            let (mut found, mut open) = (BTreeSet::new(), vec![from.clone()]);
            while let Some(next) = open.pop() {
                for other in siblings.get(&next).into_iter().flatten() {
                    if found.insert(other.clone()) {
                        open.push(other.clone());
                    }
                }
            }
            found
        };
        let circle: Vec<_> = siblings.keys().filter(|one| reached(one).contains(*one)).collect();
        if !circle.is_empty() {
            circles.push(format!("{}: {circle:?}", parent.join("::")));
        }
    }
    circles
}

#[test]
fn no_sibling_modules_use_each_other_in_a_circle() {
    let workspace = Workspace::read();
    let mut all = Vec::new();
    for member in workspace.members() {
        let src = workspace.root().join(member.folder).join("src");
        if src.is_dir() {
            let circles = circles(&modules(&src));
            all.extend(circles.into_iter().map(|circle| format!("{}: {circle}", member.folder)));
        }
    }
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn use_lines_are_read_as_they_are_written() {
    let source = "use std::fmt;\n\npub(crate) use self::{\n    a::{B, c::D},\n    e::F as G,\n};\n\
        // use crate::nothing;\n#[cfg(test)]\nmod tests {\n    use super::h;\n}\n";
    let paths: Vec<_> = imports(source).iter().map(|path| path.join("::")).collect();
    assert_eq!(paths, ["std::fmt", "self::a::B", "self::a::c::D", "self::e::F"]);
}
