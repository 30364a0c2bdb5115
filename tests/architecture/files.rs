use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::workspace::Workspace;

/// The maximum number of lines of a file, without its inline tests.
const MOST_LINES: usize = 400;

/// Names that do not describe the content.
const NO_NAMES: [&str; 10] =
    ["common", "helper", "helpers", "manager", "misc", "mod", "shared", "types", "util", "utils"];

/// All Rust files of the workspace, except those in generated folders.
pub(crate) fn sources(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !name.starts_with('.') && name != "target" {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push(path);
            }
        }
    }
    found
}

/// The lines outside inline test modules.
fn lines_of_code(source: &str) -> usize {
    let lines: Vec<&str> = source.lines().collect();
    let tests = lines.windows(2).position(|pair| {
        pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{')
    });
    tests.unwrap_or(lines.len())
}

fn is_test(path: &Path) -> bool {
    path.ends_with("tests.rs") || path.components().any(|c| c.as_os_str() == "tests")
}

#[test]
fn no_file_is_too_long() {
    let workspace = Workspace::read();
    for path in sources(workspace.root()).iter().filter(|path| !is_test(path)) {
        let lines = lines_of_code(&fs::read_to_string(path).unwrap());
        assert!(lines <= MOST_LINES, "{} has {lines} lines before its tests", path.display());
    }
}

#[test]
fn no_file_or_folder_has_a_meaningless_name() {
    let workspace = Workspace::read();
    for path in sources(workspace.root()) {
        let relative = path.strip_prefix(workspace.root()).unwrap().with_extension("");
        let vague = relative.iter().find(|part| NO_NAMES.iter().any(|name| part == name));
        assert!(vague.is_none(), "{} is named for nothing", path.display());
    }
}

#[test]
fn the_readme_lists_every_member() {
    let workspace = Workspace::read();
    let readme = workspace.text("README.md");
    for member in workspace.members() {
        let folder = member.folder;
        let mapped = [format!("`{folder}`"), format!("({folder}"), format!("/{folder})")];
        assert!(mapped.iter().any(|m| readme.contains(m)), "README.md does not map {folder}");
    }
}

#[test]
fn the_readme_of_every_library_is_its_documentation() {
    let workspace = Workspace::read();
    for member in workspace.members() {
        let Some(library) = member.package.targets.iter().find(|t| t.is_lib()) else { continue };
        let readme = workspace.text(&format!("{}/README.md", member.folder));
        assert!(!readme.trim().is_empty(), "{}/README.md is empty", member.folder);
        let source = fs::read_to_string(&library.src_path).unwrap();
        let included = "#![doc = include_str!(\"../README.md\")]";
        assert!(source.contains(included), "{} does not include its README.md", library.src_path);
    }
}

/// clippy reads only the nearest file, so the file of a crate has to repeat the root's.
#[test]
fn lints_of_a_crate_include_those_of_the_workspace() {
    let workspace = Workspace::read();
    let settings = |text: &str| -> Vec<String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
        lines.map(str::to_owned).collect()
    };
    let root = settings(&workspace.text("clippy.toml"));
    for member in workspace.members() {
        let own = workspace.root().join(member.folder).join("clippy.toml");
        let Ok(own) = fs::read_to_string(own) else { continue };
        let own = settings(&own);
        let lost: Vec<_> = root.iter().filter(|line| !own.contains(line)).collect();
        assert!(lost.is_empty(), "{}/clippy.toml lacks {lost:?}", member.folder);
    }
}

#[test]
fn only_inline_tests_are_excluded_from_a_count() {
    assert_eq!(lines_of_code("#[cfg(test)]\nmod tests;\nfn a() {}\n"), 3);
    assert_eq!(lines_of_code("fn a() {}\n\n#[cfg(test)]\nmod tests {\n}\n"), 2);
}
