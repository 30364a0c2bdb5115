use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::Workspace;

/// The rows of the table of crates in `docs/architecture.md`: the folder of a member, and the folders of the
/// members it may depend on.
fn allowed(page: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut rows = BTreeMap::new();
    for row in table(page) {
        let [member, _, allowed] = &row[..] else { panic!("a row has three cells: {row:?}") };
        let allowed = allowed.split(',').map(str::trim).filter(|a| !matches!(*a, "" | "–" | "-"));
        rows.insert(member.clone(), allowed.map(str::to_owned).collect());
    }
    rows
}

fn table(page: &str) -> Vec<Vec<String>> {
    let cells = |line: &str| -> Vec<String> {
        let line = line.trim().trim_matches('|');
        line.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect()
    };
    let lines = page.lines().skip_while(|line| cells(line)[0] != "crate");
    lines.skip(2).take_while(|line| line.trim_start().starts_with('|')).map(cells).collect()
}

#[test]
fn the_table_lists_exactly_the_members() {
    let workspace = Workspace::read();
    let allowed = allowed(&workspace.text("docs/architecture.md"));
    let listed: BTreeSet<&str> = allowed.keys().map(String::as_str).collect();
    let members = workspace.members();
    let members: BTreeSet<&str> = members.iter().map(|m| m.folder).collect();
    assert_eq!(listed, members);
    for (member, dependency) in allowed.iter().flat_map(|(m, ds)| ds.iter().map(move |d| (m, d))) {
        assert!(members.contains(&**dependency), "{member} may depend on {dependency}: no member");
    }
}

#[test]
fn members_depend_only_on_those_in_the_table() {
    let workspace = Workspace::read();
    let allowed = allowed(&workspace.text("docs/architecture.md"));
    for member in workspace.members() {
        let forbidden: Vec<_> =
            workspace.dependencies(&member).difference(&allowed[member.folder]).cloned().collect();
        assert!(forbidden.is_empty(), "{} must not depend on {forbidden:?}", member.folder);
    }
}

#[test]
fn tables_are_parsed() {
    let page = "Text | with | bars\n\n| crate | what it is | may depend on |\n|---|---|---|\n\
        | `crates/a` | first | – |\n| `bins/b` | second | `crates/a`, bins/c |\n\nMore | text\n";
    let rows = allowed(page);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows["crates/a"], BTreeSet::new());
    assert_eq!(rows["bins/b"], ["crates/a", "bins/c"].map(str::to_owned).into());
}
