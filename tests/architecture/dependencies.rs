use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::Workspace;

/// Rows of the table in `docs/architecture.md` whose first column is headed `crate`: a member's
/// folder, and the folders of those it may be built from.
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
fn the_table_lists_every_member_and_nothing_else() {
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
fn every_member_is_built_only_from_those_the_table_allows() {
    let workspace = Workspace::read();
    let allowed = allowed(&workspace.text("docs/architecture.md"));
    for member in workspace.members() {
        let forbidden: Vec<_> =
            workspace.dependencies(&member).difference(&allowed[member.folder]).cloned().collect();
        assert!(forbidden.is_empty(), "{} must not depend on {forbidden:?}", member.folder);
    }
}

#[test]
fn a_table_is_read_as_it_is_written() {
    let page = "Text | with | bars\n\n| crate | what it is | may depend on |\n|---|---|---|\n\
        | `crates/a` | first | – |\n| `bins/b` | second | `crates/a`, bins/c |\n\nMore | text\n";
    let rows = allowed(page);
    assert_eq!(rows.len(), 2);
    assert_eq!(rows["crates/a"], BTreeSet::new());
    assert_eq!(rows["bins/b"], ["crates/a", "bins/c"].map(str::to_owned).into());
}
