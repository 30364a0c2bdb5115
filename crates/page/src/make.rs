//! Makes the parts of the page from the files in `web/`.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{bundle::bundle, error::PageError, part::PagePart, sheet::sheet};

impl PagePart {
    /// Makes the part from the files in a folder.
    ///
    /// # Errors
    /// If a file is missing or wrong.
    pub(crate) fn make(self, web: &Path) -> Result<String, PageError> {
        /// In the order in which their rules apply.
        const SHEETS: [&str; 8] =
            ["tokens", "base", "fields", "start", "list", "panel", "debate", "verdict"];
        const PLAYER_SHEETS: [&str; 4] = ["tokens", "base", "debate", "verdict"];
        match self {
            Self::Index | Self::Player => read(web, self.name()),
            Self::Script => script(web, "synod/app.js"),
            Self::PlayerScript => script(web, "synod/player.js"),
            Self::Style => style(web, &SHEETS),
            Self::PlayerStyle => style(web, &PLAYER_SHEETS),
            Self::Licences => licences(web),
        }
    }
}

fn read(web: &Path, file: &str) -> Result<String, PageError> {
    let missing = |cause: std::io::Error| PageError::Missing {
        file: file.to_owned(),
        cause: cause.to_string(),
    };
    fs::read_to_string(web.join(file)).map_err(missing)
}

fn script(web: &Path, entry: &str) -> Result<String, PageError> {
    let map: Value =
        serde_json::from_str(&read(web, "importmap.json")?).map_err(|_| PageError::NoImportMap)?;
    let imports = map.get("imports").and_then(Value::as_object).ok_or(PageError::NoImportMap)?;
    let path = |specifier: &str| {
        imports.iter().find_map(|(key, path)| {
            match (specifier.strip_prefix(key.as_str())?, path.as_str()?) {
                ("", path) => Some(path.to_owned()),
                (rest, folder) if key.ends_with('/') => Some(format!("{folder}{rest}")),
                _ => None,
            }
        })
    };
    let source = |specifier: &str| {
        let path = path(specifier).ok_or_else(|| PageError::NoModule(specifier.to_owned()))?;
        read(web, path.trim_start_matches("./"))
    };
    let notice =
        "/* Contains modules of other projects, listed with their licences in licences.txt. */\n";
    Ok(format!("{notice}{}", bundle(entry, &source)?))
}

fn style(web: &Path, names: &[&str]) -> Result<String, PageError> {
    let mut all = String::new();
    for name in names {
        let file = format!("css/{name}.css");
        let source = read(web, &file)?;
        all.push_str(&sheet(&source).map_err(|what| PageError::Unreadable { file, what })?);
    }
    Ok(all)
}

fn licences(web: &Path) -> Result<String, PageError> {
    let mut texts = String::new();
    for folder in ["htm", "preact", "signals", "signals-core"] {
        let licence = read(web, &format!("vendor/{folder}/LICENSE"))?;
        texts.push_str(&format!("{folder}:\n\n{}\n\n", licence.trim()));
    }
    Ok(texts)
}
