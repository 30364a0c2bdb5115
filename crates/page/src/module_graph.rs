use std::{borrow::Cow, collections::BTreeMap};

use serde_json::Value;

use crate::{PageError, compact::compact, files, import_map::ImportMap};

/// The modules that a module imports, itself included: source and path by specifier.
pub(crate) struct ModuleGraph {
    pub(crate) modules: BTreeMap<String, Module>,
}

pub(crate) struct Module {
    /// Its path within the page's folder.
    pub(crate) path: String,
    pub(crate) source: String,
}

impl Module {
    /// What a browser needs of it.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        if self.path.starts_with("vendor/") {
            Cow::Borrowed(&self.source)
        } else {
            compact(&self.source).into()
        }
    }
}

impl ModuleGraph {
    /// Follows the imports of a module. Specifiers are resolved by the import map of the page `index`.
    ///
    /// # Errors
    /// [`PageError::NoModule`] if the import map leads to no file.
    pub(crate) fn of(entry: &str, index: &str) -> Result<Self, PageError> {
        let imports = Imports::of(index).ok_or(PageError::NoImportMap("index.html"))?;
        let mut modules = BTreeMap::new();
        let mut open = vec![entry.to_owned()];
        while let Some(specifier) = open.pop() {
            if modules.contains_key(&specifier) {
                continue;
            }
            // Not every text that looks like an import is one.
            let Some(path) = imports.path(&specifier) else { continue };
            let file = files::file(&path).ok_or_else(|| PageError::NoModule(specifier.clone()))?;
            let source = String::from_utf8(file.bytes.into_owned());
            let source = source.map_err(|_| PageError::NoText(path.clone()))?;
            open.extend(specifiers(&source).map(str::to_owned));
            modules.insert(specifier, Module { path, source });
        }
        if modules.contains_key(entry) {
            Ok(Self { modules })
        } else {
            Err(PageError::NoModule(entry.to_owned()))
        }
    }
}

/// The import map of the page.
struct Imports(Vec<(String, String)>);

impl Imports {
    fn of(index: &str) -> Option<Self> {
        let map: Value = serde_json::from_str(ImportMap::find(index)?.json).ok()?;
        let entries = map.get("imports")?.as_object()?.iter();
        let entries = entries.filter_map(|(specifier, address)| {
            let path = address.as_str()?.trim_start_matches("./").strip_prefix("assets/")?;
            Some((specifier.clone(), path.to_owned()))
        });
        Some(Self(entries.collect()))
    }

    /// The path of a module within the page's folder.
    fn path(&self, specifier: &str) -> Option<String> {
        self.0.iter().find_map(|(key, path)| match specifier.strip_prefix(key.as_str()) {
            Some("") => Some(path.clone()),
            Some(rest) if key.ends_with('/') => Some(format!("{path}{rest}")),
            Some(_) | None => None,
        })
    }
}

/// The texts of a module that stand where a specifier stands: after `from`, `import` or `import(`.
fn specifiers(source: &str) -> impl Iterator<Item = &str> {
    let after = |word: &'static str| source.split(word).skip(1);
    let quoted = |rest: &'_ str| -> Option<(usize, usize)> {
        let trimmed = rest.trim_start().trim_start_matches('(').trim_start();
        let quote = trimmed.chars().next().filter(|c| ['"', '\''].contains(c))?;
        let begin = rest.len() - trimmed.len() + 1;
        Some((begin, begin + rest[begin..].find([quote, '\n']).unwrap_or(0)))
    };
    let both = after("from").chain(after("import"));
    both.filter_map(move |rest| quoted(rest).map(|(begin, end)| &rest[begin..end]))
}

/// The licences of the vendored modules among these, as the comment of an HTML page.
pub(crate) fn notices(graph: &ModuleGraph) -> String {
    let folder = |module: &Module| {
        let (folder, _) = module.path.strip_prefix("vendor/")?.split_once('/')?;
        Some(folder.to_owned())
    };
    let mut folders: Vec<_> = graph.modules.values().filter_map(folder).collect();
    folders.sort();
    folders.dedup();
    let notice = |folder: &String| {
        let licence = files::file(&format!("vendor/{folder}/LICENSE"))?;
        let text = String::from_utf8_lossy(&licence.bytes).into_owned();
        Some(format!("{folder}:\n\n{text}\n"))
    };
    let texts: String = folders.iter().filter_map(notice).collect();
    // A comment ends with `-->`, and must not contain `--`.
    let texts: Cow<'_, str> = texts.replace("--", "- -").into();
    format!("<!-- This file contains modules of other projects.\n\n{texts}-->")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_of_every_form_are_found() {
        let source = "import { a } from 'synod/a.js';\nimport {\n  b,\n} from \"synod/b.js\";\n\
            import 'synod/c.js'; export * from'synod/d.js';const e=await import('synod/e.js');\
            import*as f from\"preact\";";
        let mut found: Vec<_> = specifiers(source).collect();
        found.sort_unstable();
        let expected =
            ["preact", "synod/a.js", "synod/b.js", "synod/c.js", "synod/d.js", "synod/e.js"];
        assert_eq!(found, expected);
    }

    #[test]
    fn specifiers_resolve_by_the_import_map() {
        let page = r#"<script type="importmap">{"imports":{"synod/":"./assets/js/","preact":"./assets/vendor/p.js"}}</script>"#;
        let imports = Imports::of(page).unwrap();
        assert_eq!(imports.path("synod/debate/fold.js").as_deref(), Some("js/debate/fold.js"));
        assert_eq!(imports.path("preact").as_deref(), Some("vendor/p.js"));
        assert_eq!(imports.path("preact/hooks"), None);
        assert_eq!(imports.path("https://example.org/a.js"), None);
    }
}
