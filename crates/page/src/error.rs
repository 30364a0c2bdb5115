use thiserror::Error;

/// A file of the page that is missing or wrong: the build is broken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PageError {
    /// The file was not found, or is not UTF-8.
    #[error(
        "the file crates/page/web/{file} of the page cannot be read: {cause}; a debug build reads it from the source tree"
    )]
    Missing {
        /// Its path within `web/`.
        file: String,
        /// What the system says.
        cause: String,
    },
    /// The file has no place for what has to be put into it.
    #[error("the file crates/page/web/{0} of the page has no place for what is filled in")]
    NoPlace(&'static str),
    /// The import map is not JSON.
    #[error("crates/page/web/importmap.json is no import map")]
    NoImportMap,
    /// The import map leads to no file for a module.
    #[error("crates/page/web/importmap.json leads to no file for the module {0}")]
    NoModule(String),
    /// A module or a style sheet has a form that the page does not use.
    #[error("{file} of the page has {what}")]
    Unreadable {
        /// The module's specifier, or the path of the style sheet.
        file: String,
        /// The form.
        what: &'static str,
    },
    /// A module imports a name that the other module does not export.
    #[error("the module {from} of the page imports `{name}`, which {of} does not export")]
    NoExport {
        /// The module that imports it.
        from: String,
        /// The name.
        name: String,
        /// The module that should export it.
        of: String,
    },
    /// Two modules declare the same name outside of their functions: the names of all modules are those of one
    /// script.
    #[error("the modules {one} and {other} of the page both declare `{name}`: rename one of them")]
    SameName {
        /// The name.
        name: String,
        /// A module that declares it, or a vendored one that it is imported from.
        one: String,
        /// The other one.
        other: String,
    },
    /// Modules import each other.
    #[error("the module {0} of the page imports itself through others")]
    Cycle(String),
}
