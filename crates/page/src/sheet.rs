//! A style sheet without its comments, and without spaces that mean nothing.

use crate::tokens::quoted;

/// Writes a style sheet for browsers, with a rule on each line.
///
/// # Errors
/// What has no end: a comment or a string.
pub(crate) fn sheet(source: &str) -> Result<String, &'static str> {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    let mut is_apart = false;
    while let Some(first) = rest.chars().next() {
        let length = if let Some(comment) = rest.strip_prefix("/*") {
            is_apart = true;
            comment.find("*/").ok_or("a comment without its end")? + 4
        } else if first.is_whitespace() {
            is_apart = true;
            rest.len() - rest.trim_start().len()
        } else {
            let length = if first == '"' || first == '\'' {
                quoted(rest, first).ok_or("a string without its end")?
            } else {
                first.len_utf8()
            };
            // A colon with a space after it is one of a declaration; one without may be of a selector.
            if text.ends_with('}') && first != '}' {
                text.push('\n');
            } else if is_apart
                && !text.is_empty()
                && !text.ends_with(['{', ';', ',', ':'])
                && !['{', '}'].contains(&first)
            {
                text.push(' ');
            }
            is_apart = false;
            text.push_str(&rest[..length]);
            length
        };
        rest = &rest[length..];
    }
    text.push('\n');
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_spaces_go() {
        let source = "/* One. */\n.a,\n.b :hover {\n  content: \"/* \\\" no */\";\n\n  /* why */\n  margin: 0  1px;\n}\n\
            @media (min-width: 1px) {\n  .a > .b {\n    inset: calc(1px + 2px) auto\n  }\n}\n";
        let expected = ".a,.b :hover{content:\"/* \\\" no */\";margin:0 1px;}\n\
            @media (min-width:1px){.a > .b{inset:calc(1px + 2px) auto}}\n";
        assert_eq!(sheet(source).unwrap(), expected);
    }

    #[test]
    fn what_has_no_end_is_an_error() {
        assert!(sheet(".a { /* b }").is_err() && sheet(".a { content: 'b; }\n").is_err());
    }
}
