use std::sync::LazyLock;

use ammonia::Builder;
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

/// Allows tags that structure and mark text, and links; nothing that loads, runs, submits or imitates other
/// content.
static SANITISER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let mut builder = Builder::default();
    builder
        .rm_tags(["h1", "h2", "h3", "img", "map", "area", "figure", "figcaption", "bdo", "bdi"])
        .rm_generic_attributes(["lang", "title"])
        .url_schemes(["http", "https", "mailto"].into())
        .url_relative(ammonia::UrlRelative::Deny)
        .link_rel(Some("noopener noreferrer nofollow ugc"));
    builder
});

/// Renders a statement of a model, which is Markdown and hostile input, as HTML without images, scripts,
/// styles, ids or frames.
#[must_use]
pub fn statement_html(markdown: &str) -> String {
    let text = synod_transcript::printable(markdown);
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let mut html = String::with_capacity(text.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut html, Parser::new_ext(&text, options).map(lowered));
    SANITISER.clean(&html).to_string()
}

/// Headings of a statement are below those of the page, which reach down to the third level.
fn lowered(event: Event<'_>) -> Event<'_> {
    let lower = |level: HeadingLevel| match level {
        HeadingLevel::H1 => HeadingLevel::H4,
        HeadingLevel::H2 => HeadingLevel::H5,
        HeadingLevel::H3 | HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => {
            HeadingLevel::H6
        }
    };
    if let Event::Start(Tag::Heading { level, id, classes, attrs }) = event {
        Event::Start(Tag::Heading { level: lower(level), id, classes, attrs })
    } else if let Event::End(TagEnd::Heading(level)) = event {
        Event::End(TagEnd::Heading(lower(level)))
    } else {
        event
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::statement_html;

    #[test]
    fn markdown_becomes_html() {
        let html = statement_html("**Yes**, see\n\n- [this](https://example.org/a?b)\n");
        assert!(html.contains("<strong>Yes</strong>"), "{html}");
        assert!(html.contains("href=\"https://example.org/a?b\""), "{html}");
        assert!(html.contains("rel=\"noopener noreferrer nofollow ugc\""), "{html}");
    }

    #[test]
    fn headings_are_below_those_of_the_page() {
        let html = statement_html("# One\n\n### Three\n\n<h1>Raw</h1>\n");
        assert!(html.contains("<h4>One</h4>") && html.contains("<h6>Three</h6>"), "{html}");
        assert!(html.contains("Raw") && !html.contains("<h1"), "{html}");
    }

    #[test]
    fn hostile_html_neither_runs_loads_nor_submits() {
        let hostile = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "![pixel](https://example.org/pixel.png)",
            "[x](javascript:alert(1))",
            "[x](data:text/html,<script>alert(1)</script>)",
            "[x](//example.org/a)",
            "<a href=\"java\nscript:alert(1)\">x</a>",
            "<style>@import 'https://example.org/a.css';</style>",
            "<link rel=stylesheet href=https://example.org/a.css>",
            "<svg><use href=https://example.org/a.svg /></svg>",
            "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
            "<iframe src=https://example.org></iframe>",
            "<form action=https://example.org><input name=a></form>",
            "<video poster=https://example.org/a><source src=https://example.org/b></video>",
            "<p id=verdict class=winner style=position:fixed onclick=alert(1)>x</p>",
            "<base href=https://example.org>",
            "<meta http-equiv=refresh content='0;url=https://example.org'>",
        ];
        for text in hostile {
            let html = statement_html(text).to_lowercase();
            for word in [
                "<script",
                "<img",
                "onerror",
                "onclick",
                "javascript:",
                "data:",
                "<style",
                "<link",
                "<svg",
                "<math",
                "<iframe",
                "<form",
                "<input",
                "<video",
                "<source",
                "style=",
                "id=",
                "class=",
                "<base",
                "<meta",
                "poster",
                "href=\"//",
            ] {
                assert!(!html.contains(word), "{text} became {html}");
            }
        }
    }

    proptest! {
        #[test]
        fn sanitized_html_has_allowed_tags_only(text in "[<>a-z/='\" !\\[\\]()*_`-]{0,80}") {
            let html = statement_html(&text);
            prop_assert!(!html.contains("<img") && !html.contains("<script"), "{}", html);
            // Sanitizing is idempotent.
            prop_assert_eq!(super::SANITISER.clean(&html).to_string(), html);
        }
    }
}
