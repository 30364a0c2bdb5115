use std::fmt::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use sha2::{Digest, Sha256};
use synod_domain::Recorded;

use crate::{content::text, error::PageError, part::PagePart, rendered};

/// Writes a debate as one HTML file that plays it without a server: it holds the script and the style of
/// the page and the log, and loads nothing. No text of the log can end the element that holds it.
///
/// # Errors
/// In debug builds, if a file of the source tree is missing or wrong.
pub fn player<'a>(log: impl IntoIterator<Item = &'a Recorded>) -> Result<String, PageError> {
    let log: Vec<Value> = log.into_iter().map(rendered).collect();
    // Within an element, only its closing tag ends it, and an opened comment.
    let script = text(PagePart::PlayerScript)?.replace("</", "<\\/").replace("<!--", "<\\!--");
    let style = text(PagePart::PlayerStyle)?.replace("</", "<\\/");
    // A comment ends with `-->`, and must not contain `--`.
    let licences = text(PagePart::Licences)?.replace("--", "- -");
    fill(&text(PagePart::Player)?, &script, &style, &embedded(&Value::from(log)), &licences)
        .ok_or(PageError::NoPlace(PagePart::Player.name()))
}

/// Fills the document. Its policy allows the script by its hash.
fn fill(html: &str, script: &str, style: &str, log: &str, licences: &str) -> Option<String> {
    let source = format!("script-src 'sha256-{}'", STANDARD.encode(Sha256::digest(script)));
    let mut filled =
        String::with_capacity(html.len() + script.len() + style.len() + log.len() + licences.len());
    let mut rest = html;
    let places = [
        ("script-src 'unsafe-inline'", source.as_str(), ""),
        (
            "<!-- synod:licences -->",
            "<!-- This file contains modules of other projects.\n\n",
            "-->",
        ),
        ("<style></style>", "<style>\n", "</style>"),
        ("[]</script>", "", "</script>"),
        ("<script type=\"module\"></script>", "<script type=\"module\">", "</script>"),
    ];
    for ((place, before, after), content) in
        places.into_iter().zip(["", licences, style, log, script])
    {
        let (head, tail) = rest.split_once(place)?;
        filled.extend([head, before, content, after]);
        rest = tail;
    }
    filled.push_str(rest);
    Some(filled)
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn log(text: &str) -> Vec<Recorded> {
        let said = json!({
            "v": 1, "debate_id": "01939b3e-0000-7000-8000-000000000000", "seq": 1,
            "at": "2026-11-23T10:00:04.120Z", "type": "interjected",
            "data": { "text": text, "author": "Mira" },
        });
        vec![serde_json::from_value(said).unwrap()]
    }

    /// The content of the element that begins with a tag.
    fn content<'a>(html: &'a str, tag: &str, end: &str) -> &'a str {
        html.split_once(tag).unwrap().1.split_once(end).unwrap().0
    }

    const LOG: &str = "id=\"synod-log\">";
    const SCRIPT: &str = "<script type=\"module\">";

    #[test]
    fn the_file_holds_everything_and_loads_nothing() {
        let html = player(&log("Think of the bus line.")).unwrap();
        for loads in ["src=\"", "href=\"assets", "<link rel=\"stylesheet\"", "@import", "import("] {
            assert!(!html.contains(loads), "{loads}");
        }
        assert!(content(&html, SCRIPT, "</script>").contains("function Player("));
        for styled in [":root", "\n.matrix", "\n.verdict"] {
            assert!(content(&html, "<style>", "</style>").contains(styled), "{styled}");
        }
        assert!(content(&html, "<!--", "-->").contains("The MIT License"));
    }

    #[test]
    fn the_script_is_allowed_by_its_hash() {
        let html = player(&log("x")).unwrap();
        let policy = content(&html, "script-src ", ";");
        let script = content(&html, SCRIPT, "</script>");
        assert_eq!(policy, format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script))));
    }

    #[test]
    fn a_script_that_names_tags_does_not_end_its_element() {
        let html = "<meta script-src 'unsafe-inline'><!-- synod:licences --><style></style>\
            <script>[]</script><script type=\"module\"></script>";
        let filled = fill(html, "a", "b", "[1]", "c").unwrap();
        assert!(
            filled.ends_with(
                "<style>\nb</style><script>[1]</script><script type=\"module\">a</script>"
            )
        );
        assert!(fill("<p>", "", "", "", "").is_none());
    }

    #[test]
    fn no_text_ends_the_element_of_the_log() {
        for text in
            ["</script><script>alert(1)</script>", "<!--<script>", "]]>&lt;/script>", "\u{2028}"]
        {
            let events = log(text);
            let html = player(&events).unwrap();
            let read: Value = serde_json::from_str(content(&html, LOG, "</script>")).unwrap();
            assert_eq!(read[0]["data"]["text"], text);
            assert!(!content(&html, LOG, "</script>").contains('<'));
        }
    }
}
