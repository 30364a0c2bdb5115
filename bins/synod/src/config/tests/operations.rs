//! The tables of `docs/operations.md` are those of the declarations.

use std::collections::BTreeSet;

use crate::config::{
    BackupTable, DebateTable, LogTable, ServerTable, Table,
    host::{HostTable, ModelTable},
};

const PAGE: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/operations.md"));

/// The keys of the table with this first header, each with its default.
fn documented(header: &str) -> Vec<(&'static str, &'static str)> {
    let cells = |line: &'static str| line.trim_matches('|').split('|').map(str::trim);
    let rows = PAGE.lines().skip_while(|line| cells(line).next() != Some(header)).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|'));
    let keys = rows.flat_map(|row| {
        let [keys, defaults] = [0, 1].map(|column| cells(row).nth(column).unwrap_or_default());
        let keys: Vec<_> = keys.split(", ").collect();
        let parts: Vec<_> = defaults.split(", ").collect();
        let has_one_each = parts.len() == keys.len();
        let default = move |place: usize| if has_one_each { parts[place] } else { defaults };
        let pair = move |(place, key): (usize, &'static str)| {
            (key.trim_matches('`'), default(place).trim_matches('`'))
        };
        keys.into_iter().enumerate().map(pair).collect::<Vec<_>>()
    });
    keys.collect()
}

fn check<T: Table>(header: &str) {
    let documented = documented(header);
    let names: BTreeSet<_> = documented.iter().map(|(name, _)| *name).collect();
    let declared = T::KEYS.iter().map(|key| key.name).chain(T::TABLES.iter().copied());
    assert_eq!(names, declared.collect(), "{header}");
    assert_eq!(names.len(), documented.len(), "{header} has a key twice");
    for (name, default) in documented {
        let Some(key) = T::KEYS.iter().find(|key| key.name == name) else { continue };
        let declared = match key.default {
            "" => continue,
            "[]" => "none",
            default => default.trim_matches('"'),
        };
        assert_eq!(default, declared, "the default of `{name}` in {header}");
    }
}

#[test]
fn operations_document_every_key_with_its_default() {
    check::<ServerTable>("`[server]`");
    check::<DebateTable>("`[debate]`");
    check::<LogTable>("`[log]`");
    check::<BackupTable>("`[backup]`");
    check::<HostTable>("`[hosts.NAME]`");
    check::<ModelTable>("`[hosts.NAME.models.\"ID\"]`");
}
