//! The modules of the page as one script: one request in place of ninety, and much smaller when compressed.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    error::PageError,
    module::{Module, Name},
};

/// The specifiers of the page's own modules begin with it; all others are vendored.
const OWN: &str = "synod/";

/// Joins a module and those that it imports, each after those that it needs. The script is a module too. In it,
/// the page's own modules follow one another as they are, without their imports and exports: their names are
/// those of the script. A vendored module is the body of a function, which returns its exports.
///
/// # Errors
/// If a module is missing, has an import or export of a form that the page does not use, or imports what another
/// does not export; if modules import each other; or if two of the page's modules declare the same name.
pub(crate) fn bundle(
    entry: &str,
    source: &dyn Fn(&str) -> Result<String, PageError>,
) -> Result<String, PageError> {
    let mut bundle = Bundle { source, exports: BTreeMap::new(), modules: Vec::new() };
    bundle.add(entry)?;
    bundle.check_names()?;
    Ok(bundle.text())
}

struct Bundle<'a> {
    source: &'a dyn Fn(&str) -> Result<String, PageError>,
    /// The exports of the modules that were added; `None` while what one imports is added.
    exports: BTreeMap<String, Option<Vec<String>>>,
    modules: Vec<(String, Module)>,
}

impl Bundle<'_> {
    fn add(&mut self, specifier: &str) -> Result<(), PageError> {
        match self.exports.get(specifier) {
            Some(Some(_)) => return Ok(()),
            Some(None) => return Err(PageError::Cycle(specifier.to_owned())),
            None => {}
        }
        self.exports.insert(specifier.to_owned(), None);
        let unreadable = |what| PageError::Unreadable { file: specifier.to_owned(), what };
        let module = Module::read(&(self.source)(specifier)?).map_err(unreadable)?;
        let mut exports: Vec<_> = module.exports.iter().map(|name| name.exported.clone()).collect();
        for import in &module.imports {
            self.add(&import.specifier)?;
            let offered = self.exports.get(&import.specifier).and_then(Option::as_ref);
            // A name is looked up in the other module by the name that it has there.
            let wanted = |name: &Name| {
                if import.is_export { name.local.clone() } else { name.exported.clone() }
            };
            let lacks = |name: &String| offered.is_none_or(|offered| !offered.contains(name));
            if let Some(name) = import.names.iter().map(wanted).find(lacks) {
                let (from, of) = (specifier.to_owned(), import.specifier.clone());
                return Err(PageError::NoExport { from, name, of });
            }
            if import.is_export {
                exports.extend(import.names.iter().map(|name| name.exported.clone()));
            }
        }
        let renames = |name: &Name| name.exported != name.local && name.exported != "default";
        let names = module.imports.iter().flat_map(|import| &import.names).chain(&module.exports);
        if specifier.starts_with(OWN) && names.into_iter().any(renames) {
            return Err(unreadable("an import or export under another name"));
        }
        self.exports.insert(specifier.to_owned(), Some(exports));
        self.modules.push((specifier.to_owned(), module));
        Ok(())
    }

    /// Refuses a name of the script that two modules declare.
    fn check_names(&self) -> Result<(), PageError> {
        let mut known: BTreeMap<String, String> = BTreeMap::new();
        let vendored = self.vendored();
        let taken = vendored
            .iter()
            .flat_map(|(of, names)| names.iter().map(move |name| (*of, &name.local)));
        let own = self.modules.iter().filter(|(specifier, _)| specifier.starts_with(OWN));
        let declared = own
            .flat_map(|(of, module)| module.declared.iter().map(move |name| (of.as_str(), name)));
        for (module, name) in taken.chain(declared) {
            if let Some(other) = known.insert(name.clone(), module.to_owned()) {
                return Err(PageError::SameName {
                    name: name.clone(),
                    one: other,
                    other: module.to_owned(),
                });
            }
        }
        Ok(())
    }

    /// The names that the page's modules take from each vendored one.
    fn vendored(&self) -> BTreeMap<&str, BTreeSet<&Name>> {
        let own = self.modules.iter().filter(|(specifier, _)| specifier.starts_with(OWN));
        let imports = own.flat_map(|(_, module)| &module.imports);
        let mut taken: BTreeMap<&str, BTreeSet<&Name>> = BTreeMap::new();
        for import in imports.filter(|import| !import.specifier.starts_with(OWN)) {
            taken.entry(&import.specifier).or_default().extend(&import.names);
        }
        taken
    }

    fn text(&self) -> String {
        let taken = self.vendored();
        let mut text = String::from("const $vendor={};\n");
        for (specifier, module) in &self.modules {
            if specifier.starts_with(OWN) {
                text.push_str(&module.body);
            } else {
                text.push_str(&function(specifier, module));
                if let Some(names) = taken.get(specifier.as_str()) {
                    text.push_str(&taking(specifier, names.iter().copied()));
                }
            }
            text.push('\n');
        }
        text
    }
}

/// A vendored module as a function that is called, and returns its exports.
fn function(specifier: &str, module: &Module) -> String {
    let imports =
        module.imports.iter().filter(|import| !import.is_export && !import.names.is_empty());
    let imports: String = imports.map(|import| taking(&import.specifier, &import.names)).collect();
    let exports = module.exports.iter().map(|name| pair(&name.exported, &name.local));
    let passed = module.imports.iter().filter(|import| import.is_export).flat_map(|import| {
        let of = |name: &Name| {
            pair(&name.exported, &format!("$vendor[\"{}\"].{}", import.specifier, name.local))
        };
        import.names.iter().map(of)
    });
    let returned: Vec<_> = exports.chain(passed).collect();
    format!(
        "$vendor[\"{specifier}\"]=(()=>{{{imports}{}\nreturn{{{}}}}})();",
        module.body,
        returned.join(",")
    )
}

/// A statement that takes exports of a vendored module.
fn taking<'a>(specifier: &str, names: impl IntoIterator<Item = &'a Name>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| pair(&name.exported, &name.local)).collect();
    format!("const{{{}}}=$vendor[\"{specifier}\"];", names.join(","))
}

/// A property of an object literal, or of a pattern.
fn pair(name: &str, value: &str) -> String {
    if name == value { name.to_owned() } else { format!("{name}:{value}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(modules: &[(&str, &str)]) -> Result<String, PageError> {
        let source = |specifier: &str| {
            let found = modules.iter().find(|(name, _)| *name == specifier);
            let missing = || PageError::NoModule(specifier.to_owned());
            found.map(|(_, source)| (*source).to_owned()).ok_or_else(missing)
        };
        bundle("synod/app.js", &source)
    }

    #[test]
    fn a_module_comes_after_those_that_it_imports() {
        let script = joined(&[
            (
                "synod/app.js",
                "import { b } from 'synod/b.js';\nimport { c } from 'synod/c.js';\nb(c);",
            ),
            ("synod/b.js", "import { c } from 'synod/c.js';\nexport { c };\nexport const b = c;"),
            ("synod/c.js", "export const c = 1;"),
        ]);
        assert_eq!(script.unwrap(), "const $vendor={};\nconst c=1;\nconst b=c;\nb(c);\n");
    }

    #[test]
    fn a_vendored_module_keeps_its_names_to_itself() {
        let script = joined(&[
            ("synod/app.js", "import htm from 'htm';\nimport { h } from 'preact';\nhtm(h);"),
            ("htm", "export default function(n){}"),
            ("preact", "import{k as n}from\"core\";export{b}from\"core\";var t=n;export{t as h};"),
            ("core", "var t=1,n=2;export{t as k,n as b}"),
        ]);
        let expected = "const $vendor={};\n\
            $vendor[\"htm\"]=(()=>{const $default=function(n){}\nreturn{default:$default}})();\
            const{default:htm}=$vendor[\"htm\"];\n\
            $vendor[\"core\"]=(()=>{var t=1,n=2;\nreturn{k:t,b:n}})();\n\
            $vendor[\"preact\"]=(()=>{const{k:n}=$vendor[\"core\"];var t=n;\n\
            return{h:t,b:$vendor[\"core\"].b}})();const{h}=$vendor[\"preact\"];\n\
            htm(h);\n";
        assert_eq!(script.unwrap(), expected);
    }

    #[test]
    fn what_would_fail_in_a_browser_is_refused() {
        let cycle = joined(&[("synod/app.js", "import 'b';"), ("b", "import 'synod/app.js';")]);
        assert_eq!(cycle, Err(PageError::Cycle("synod/app.js".to_owned())));
        let missing = joined(&[("synod/app.js", "import 'b';")]);
        assert_eq!(missing, Err(PageError::NoModule("b".to_owned())));
        let lacking =
            joined(&[("synod/app.js", "import { c } from 'b';"), ("b", "export const b = 1;")]);
        assert!(matches!(lacking, Err(PageError::NoExport { .. })), "{lacking:?}");
        let unreadable = joined(&[("synod/app.js", "import('b');")]);
        assert!(matches!(unreadable, Err(PageError::Unreadable { .. })), "{unreadable:?}");
    }

    #[test]
    fn a_name_that_two_modules_declare_is_refused() {
        let b = ("synod/b.js", "const PAGE = 1;\nexport const b = PAGE;");
        let app = |code: &'static str| ("synod/app.js", code);
        let twice = joined(&[app("import { b } from 'synod/b.js';\nfunction PAGE() {}"), b]);
        assert!(matches!(twice, Err(PageError::SameName { .. })), "{twice:?}");
        let renamed = joined(&[app("import { b as c } from 'synod/b.js';"), b]);
        assert!(matches!(renamed, Err(PageError::Unreadable { .. })), "{renamed:?}");
        assert!(joined(&[app("import { b } from 'synod/b.js';\n{ const PAGE = b; }"), b]).is_ok());
    }
}
