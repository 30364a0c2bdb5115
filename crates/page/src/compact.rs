/// A script or a style sheet without the comments that fill whole lines, or begin them. Everything else
/// stays as it is, so that nothing has to be parsed.
///
/// The page's own files only: in them, no line of a template literal begins like a comment.
pub(crate) fn compact(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut is_comment = false;
    for line in source.lines() {
        let mut rest = line;
        if is_comment {
            let Some(end) = rest.find("*/") else { continue };
            (is_comment, rest) = (false, &rest[end + 2..]);
        }
        while let Some(comment) = rest.trim_start().strip_prefix("/*") {
            match comment.find("*/") {
                Some(end) => rest = &comment[end + 2..],
                None => (is_comment, rest) = (true, ""),
            }
        }
        let content = rest.trim();
        if !content.is_empty() && !content.starts_with("//") {
            text.push_str(rest.trim_end());
            text.push('\n');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_that_begin_a_line_are_left_out() {
        let source = "// A fold.\n/**\n * Of events.\n * @type {any} */\nconst a = 'http://x'; // kept\n\n\
            /** @type {any} */ (a).b();\n  /* one */ /* two */\n  c`/* kept */`;\n";
        let expected = "const a = 'http://x'; // kept\n (a).b();\n  c`/* kept */`;\n";
        assert_eq!(compact(source), expected);
    }
}
