use std::{collections::BTreeSet, fs, path::Path};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// The workspace, from `cargo metadata`.
pub(crate) struct Workspace(Metadata);

/// A member of the workspace.
pub(crate) struct Member<'a> {
    pub(crate) package: &'a Package,
    /// The folder relative to the root of the workspace, such as `crates/domain`.
    pub(crate) folder: &'a str,
}

impl Workspace {
    pub(crate) fn read() -> Self {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        Self(MetadataCommand::new().manifest_path(manifest).no_deps().exec().unwrap())
    }

    pub(crate) fn root(&self) -> &Path {
        self.0.workspace_root.as_std_path()
    }

    pub(crate) fn text(&self, path: &str) -> String {
        let path = self.root().join(path);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }

    pub(crate) fn members(&self) -> Vec<Member<'_>> {
        let packages = self.0.workspace_packages().into_iter();
        packages.map(|package| Member { package, folder: self.folder(package) }).collect()
    }

    /// The folders of the members that a member depends on, except in tests.
    pub(crate) fn dependencies(&self, of: &Member<'_>) -> BTreeSet<String> {
        let members = self.members();
        let folder_of = |name: &str| members.iter().find(|m| m.package.name == name);
        let built_from = of.package.dependencies.iter().filter(|d| match d.kind {
            DependencyKind::Normal | DependencyKind::Build => true,
            DependencyKind::Development | DependencyKind::Unknown => false,
        });
        built_from.filter_map(|d| folder_of(&d.name)).map(|m| m.folder.to_owned()).collect()
    }

    fn folder<'a>(&'a self, package: &'a Package) -> &'a str {
        let folder = package.manifest_path.parent().unwrap();
        folder.strip_prefix(&self.0.workspace_root).unwrap().as_str()
    }
}
