use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use synod_domain::Recorded;

use crate::{
    PageError,
    compact::compact,
    files,
    import_map::{ImportMap, source_of},
    module_graph::{ModuleGraph, notices},
    rendered,
};

const SHELL: &str = "player.html";
const INDEX: &str = "index.html";
/// The module that shows the log.
const ENTRY: &str = "synod/player.js";

/// Writes a debate as one HTML file that plays it without a server: it holds the modules and the style of
/// the page and the log, and loads nothing. No text of the log can end the element that holds it.
///
/// # Errors
/// If a file of the page is missing or wrong: the build is broken.
pub fn player<'a>(log: impl IntoIterator<Item = &'a Recorded>) -> Result<String, PageError> {
    let (shell, index) = (text(SHELL)?, text(INDEX)?);
    let graph = ModuleGraph::of(ENTRY, &index)?;
    let url = |source: &str| format!("data:text/javascript;base64,{}", STANDARD.encode(source));
    let modules = graph.modules.iter();
    let urls: Map<String, Value> =
        modules.map(|(name, module)| (name.clone(), url(&module.text()).into())).collect();
    let import_map = json!({ "imports": urls }).to_string();
    let log: Vec<Value> = log.into_iter().map(rendered).collect();
    fill(&shell, &import_map, &style(&shell)?, &embedded(&Value::from(log)), &notices(&graph))
        .ok_or(PageError::NoImportMap(SHELL))
}

/// Fills the shell. The scripts are allowed by their hashes.
fn fill(shell: &str, import_map: &str, style: &str, log: &str, notices: &str) -> Option<String> {
    const LOG: &str = "<script type=\"application/json\" id=\"synod-log\">";
    const MODULE: &str = "<script type=\"module\">";
    let map = ImportMap::find(shell)?;
    let (before_log, rest) = map.after.split_once(LOG)?;
    let after_log = &rest[rest.find("</script>")?..];
    let entry = after_log.split_once(MODULE)?.1;
    let entry = &entry[..entry.find("</script>")?];
    let scripts = format!("script-src {} {} data:", source_of(import_map), source_of(entry));
    let head = map.before.replacen("script-src 'unsafe-inline' data:", &scripts, 1).replacen(
        sheets(shell)?.0,
        &format!("{notices}\n<style>\n{style}</style>"),
        1,
    );
    Some([head.as_str(), import_map, before_log, LOG, log, after_log].concat())
}

/// JSON within a script element, which would otherwise end at `</script>` in a text. These characters
/// occur in texts only.
fn embedded(json: &Value) -> String {
    let mut text = String::new();
    for c in json.to_string().chars() {
        match c {
            '<' | '>' | '&' => {
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text
}

/// The marker in the shell that the style replaces, and the paths of the style sheets that it names.
fn sheets(shell: &str) -> Option<(&str, impl Iterator<Item = &str>)> {
    const BEGIN: &str = "<!-- synod:styles ";
    let marker = &shell[shell.find(BEGIN)?..];
    let marker = &marker[..marker.find("-->")? + 3];
    Some((marker, marker[BEGIN.len()..].split_whitespace().filter(|path| *path != "-->")))
}

/// The style sheets of the player in their order.
fn style(shell: &str) -> Result<String, PageError> {
    let mut style = String::new();
    let (_, paths) = sheets(shell).ok_or(PageError::Missing("synod:styles".to_owned()))?;
    for path in paths {
        style.push_str(&compact(&text(path)?).replace("</", "<\\/"));
        style.push('\n');
    }
    Ok(style)
}

fn text(path: &str) -> Result<String, PageError> {
    let file = files::file(path).ok_or_else(|| PageError::Missing(path.to_owned()))?;
    String::from_utf8(file.bytes.into_owned()).map_err(|_| PageError::NoText(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(text: &str) -> Vec<Recorded> {
        let said = json!({
            "v": 1, "debate_id": "01939b3e-0000-7000-8000-000000000000", "seq": 1,
            "at": "2026-11-23T10:00:04.120Z", "type": "interjected",
            "data": { "text": text, "author": "Mira" },
        });
        vec![serde_json::from_value(said).unwrap()]
    }

    /// The content of the element with the log.
    fn embedded_log(html: &str) -> &str {
        let rest = html.split_once("id=\"synod-log\">").unwrap().1;
        rest.split_once("</script>").unwrap().0
    }

    #[test]
    fn the_file_holds_everything_and_loads_nothing() {
        let html = player(&log("Think of the bus line.")).unwrap();
        let map: Value = serde_json::from_str(ImportMap::find(&html).unwrap().json).unwrap();
        let urls = map["imports"].as_object().unwrap();
        assert!(urls.contains_key("synod/player.js") && urls.contains_key("preact"));
        assert!(urls.values().all(|url| url.as_str().unwrap().starts_with("data:text/javascript")));
        for loads in
            ["src=\"", "href=\"assets", "<link rel=\"stylesheet\"", "@import", "\"./assets"]
        {
            assert!(!html.contains(loads), "{loads}");
        }
        assert!(html.contains("<style>") && html.contains("MIT"));
        for styled in [":root", "\n.matrix", "\n.verdict"] {
            assert!(html.contains(styled), "{styled}");
        }
    }

    #[test]
    fn every_import_of_the_player_is_in_its_import_map() {
        let graph = ModuleGraph::of(ENTRY, &text(INDEX).unwrap()).unwrap();
        assert!(graph.modules.len() > 5);
    }

    #[test]
    fn scripts_are_allowed_by_hash() {
        let html = player(&log("x")).unwrap();
        let policy = html.split_once("script-src ").unwrap().1.split(';').next().unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains(&ImportMap::find(&html).unwrap().source()), "{policy}");
    }

    #[test]
    fn no_text_ends_the_element_of_the_log() {
        for text in
            ["</script><script>alert(1)</script>", "<!--<script>", "]]>&lt;/script>", "\u{2028}"]
        {
            let events = log(text);
            let html = player(&events).unwrap();
            let read: Value = serde_json::from_str(embedded_log(&html)).unwrap();
            assert_eq!(read[0]["data"]["text"], text);
            assert!(!embedded_log(&html).contains('<'));
        }
    }
}
