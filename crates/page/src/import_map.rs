use base64::{Engine, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};

/// An import map within a page: the content of its element.
pub(crate) struct ImportMap<'a> {
    /// The page up to the content.
    pub(crate) before: &'a str,
    pub(crate) json: &'a str,
    /// The page from its closing tag on.
    pub(crate) after: &'a str,
}

impl<'a> ImportMap<'a> {
    /// Finds the element `<script type="importmap">` of a page.
    pub(crate) fn find(html: &'a str) -> Option<Self> {
        let element = html.find("<script type=\"importmap\"")?;
        let begin = element + html[element..].find('>')? + 1;
        let end = begin + html[begin..].find("</script>")?;
        Some(Self { before: &html[..begin], json: &html[begin..end], after: &html[end..] })
    }

    /// The source of a content security policy that allows it.
    pub(crate) fn source(&self) -> String {
        source_of(self.json)
    }
}

/// The source of a content security policy that allows an inline script of this content.
pub(crate) fn source_of(script: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(script)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_content_of_the_element_is_found() {
        let map = ImportMap::find("<p><script type=\"importmap\" id=map>{}</script><p>").unwrap();
        assert_eq!((map.json, map.after), ("{}", "</script><p>"));
        // As `printf {} | openssl dgst -sha256 -binary | base64` prints it.
        assert_eq!(map.source(), "'sha256-RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o='");
        assert!(ImportMap::find("<script>{}</script>").is_none());
    }
}
