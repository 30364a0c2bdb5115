use crate::{asset::version, content::text, error::PageError, part::PagePart};

/// The HTML that the page starts from, for every one of its paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The document.
    pub html: String,
}

impl Index {
    /// Its content security policy: it allows the files and the API of this server.
    pub const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                              connect-src 'self'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'";
}

/// Returns the page's HTML. `base` is the path under which the server is published, with its final `/`, as
/// `/` or `/synod/`: all links are relative to it. URLs of assets get the [version].
///
/// # Errors
/// In debug builds, if the file is missing.
pub fn index(base: &str) -> Result<Index, PageError> {
    Ok(Index { html: fill(&text(PagePart::Index)?, base, version()) })
}

fn fill(html: &str, base: &str, version: &str) -> String {
    html.replacen("<base href=\"/\">", &format!("<base href=\"{}\">", escaped(base)), 1)
        .replace("\"assets/", &format!("\"assets/{version}/"))
}

/// A text as the value of an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = r#"<base href="/"><link rel="stylesheet" href="assets/page.css">"#;

    #[test]
    fn base_and_versions_are_filled_in() {
        let html = fill(HTML, "/synod/", "1f");
        assert_eq!(
            html,
            r#"<base href="/synod/"><link rel="stylesheet" href="assets/1f/page.css">"#
        );
    }

    #[test]
    fn a_base_cannot_end_its_attribute() {
        let html = fill(HTML, "/\"><script>/", "1f");
        assert!(html.starts_with("<base href=\"/&quot;&gt;&lt;script&gt;/\">"));
    }

    #[test]
    fn the_page_loads_its_script_and_its_style() {
        let html = index("/").unwrap().html;
        for file in ["page.js", "page.css"] {
            assert!(html.contains(&format!("\"assets/{}/{file}\"", version())), "{html}");
        }
        // The policy allows no script and no style in the document.
        assert!(!html.contains("<style") && html.matches("<script").count() == 1, "{html}");
    }
}
