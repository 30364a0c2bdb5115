use crate::{PageError, asset::version, files, import_map::ImportMap};

/// The HTML that the page starts from, for every one of its paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The document.
    pub html: String,
    /// Its content security policy: it allows the files of this server, the API of this server, and the one
    /// import map.
    pub policy: String,
}

/// Returns the page's HTML. `base` is the path under which the server is published, with its final `/`, as
/// `/` or `/synod/`: all links are relative to it. URLs of assets get the [version].
///
/// # Errors
/// If the file is missing or lacks its import map: the build is broken.
pub fn index(base: &str) -> Result<Index, PageError> {
    const FILE: &str = "index.html";
    let file = files::file(FILE).ok_or(PageError::Missing(FILE.to_owned()))?;
    let html = str::from_utf8(&file.bytes).map_err(|_| PageError::NoText(FILE.to_owned()))?;
    fill(html, base, version()).ok_or(PageError::NoImportMap(FILE))
}

fn fill(html: &str, base: &str, version: &str) -> Option<Index> {
    let html = html
        .replacen("<base href=\"/\">", &format!("<base href=\"{}\">", escaped(base)), 1)
        .replace("\"assets/", &format!("\"assets/{version}/"))
        .replace("\"./assets/", &format!("\"./assets/{version}/"));
    let map = ImportMap::find(&html)?.source();
    let policy = format!(
        "default-src 'none'; script-src 'self' {map}; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
    );
    Some(Index { html, policy })
}

/// A text as the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = r#"<base href="/"><link rel="stylesheet" href="assets/css/a.css">
<script type="importmap">{"imports":{"synod/":"./assets/js/"}}</script>"#;

    #[test]
    fn base_and_versions_are_filled_in() {
        let index = fill(HTML, "/synod/", "1f").unwrap();
        assert!(index.html.contains("<base href=\"/synod/\">"), "{}", index.html);
        assert!(index.html.contains("href=\"assets/1f/css/a.css\""), "{}", index.html);
        assert!(index.html.contains("\"./assets/1f/js/\""), "{}", index.html);
    }

    #[test]
    fn the_policy_allows_the_import_map_as_it_is_sent() {
        let index = fill(HTML, "/", "1f").unwrap();
        let sent = ImportMap::find(&index.html).unwrap();
        assert!(sent.json.contains("1f"));
        assert!(index.policy.contains(&sent.source()), "{}", index.policy);
        assert!(!index.policy.contains("unsafe"), "{}", index.policy);
    }

    #[test]
    fn a_base_cannot_end_its_attribute() {
        let index = fill(HTML, "/\"><script>/", "1f").unwrap();
        assert!(index.html.starts_with("<base href=\"/&quot;&gt;&lt;script&gt;/\">"));
    }

    #[test]
    fn the_page_has_an_import_map() {
        assert!(index("/").is_ok());
    }
}
