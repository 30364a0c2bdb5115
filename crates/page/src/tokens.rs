//! Tells the code of a script from its comments, strings, templates and regular expressions.

/// What a token is. Names, keywords and numbers are words; what brackets and operators are made of are signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Word,
    Sign,
    String,
    /// A template literal, or its part up to, between or after the expressions in it.
    Template,
    Regex,
}

/// What separates a token from the one before: nothing, or spaces and comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Gap {
    None,
    Space,
    /// A line ends there, which can end a statement.
    Line,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) text: &'a str,
    pub(crate) gap: Gap,
}

impl Token<'_> {
    pub(crate) fn is(&self, kind: TokenKind, text: &str) -> bool {
        self.kind == kind && self.text == text
    }

    pub(crate) fn is_word(&self, text: &str) -> bool {
        self.is(TokenKind::Word, text)
    }

    pub(crate) fn is_sign(&self, text: &str) -> bool {
        self.is(TokenKind::Sign, text)
    }

    /// How much deeper in brackets the next token is: 1, 0 or -1.
    pub(crate) fn depth(&self) -> isize {
        match (self.kind, self.text) {
            (TokenKind::Sign, "(" | "[" | "{") => 1,
            (TokenKind::Sign, ")" | "]" | "}") => -1,
            (TokenKind::Template, text) => {
                isize::from(text.ends_with("${")) - isize::from(text.starts_with('}'))
            }
            (TokenKind::Word | TokenKind::Sign | TokenKind::String | TokenKind::Regex, _) => 0,
        }
    }

    /// Whether a `/` after it begins a regular expression and is no division. After `)` and `}`, where only a
    /// parser can tell, it is a division.
    fn precedes_regex(&self) -> bool {
        // Of these, none can be a name, as `of` can.
        const KEYWORDS: [&str; 11] = [
            "return", "typeof", "case", "delete", "void", "throw", "new", "else", "do", "await",
            "yield",
        ];
        match self.kind {
            TokenKind::Word => KEYWORDS.contains(&self.text),
            TokenKind::Sign => !matches!(self.text, ")" | "]" | "}" | "++" | "--"),
            TokenKind::Template => self.text.ends_with("${"),
            TokenKind::String | TokenKind::Regex => false,
        }
    }
}

/// Splits a script.
///
/// # Errors
/// What has no end: a comment, a string, a template or a regular expression.
pub(crate) fn tokens(source: &str) -> Result<Vec<Token<'_>>, &'static str> {
    let mut scanner = Scanner { source, at: 0, tokens: Vec::new(), braces: Vec::new() };
    let mut gap = Gap::None;
    while let Some(rest) = scanner.rest() {
        if let Some(end) = blank(rest)? {
            gap = gap.max(if rest[..end].contains('\n') { Gap::Line } else { Gap::Space });
            scanner.at += end;
            continue;
        }
        let (kind, length) = scanner.token(rest)?;
        scanner.tokens.push(Token { kind, text: &rest[..length], gap });
        scanner.at += length;
        gap = Gap::None;
    }
    if scanner.braces.is_empty() { Ok(scanner.tokens) } else { Err("a template without its end") }
}

/// The length of the spaces, or of the comment, that a text begins with.
fn blank(text: &str) -> Result<Option<usize>, &'static str> {
    if text.starts_with("//") {
        return Ok(Some(text.find('\n').unwrap_or(text.len())));
    }
    if let Some(comment) = text.strip_prefix("/*") {
        let end = comment.find("*/").ok_or("a comment without its end")?;
        return Ok(Some(end + 4));
    }
    let spaces = text.len() - text.trim_start().len();
    Ok((spaces > 0).then_some(spaces))
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    tokens: Vec<Token<'a>>,
    /// For each template that an expression interrupts: the braces that are open in the expression.
    braces: Vec<usize>,
}

impl<'a> Scanner<'a> {
    fn rest(&self) -> Option<&'a str> {
        self.source.get(self.at..).filter(|rest| !rest.is_empty())
    }

    /// The kind and the length of the token that a text begins with.
    fn token(&mut self, rest: &str) -> Result<(TokenKind, usize), &'static str> {
        let first = rest.chars().next().unwrap_or_default();
        let begins_regex = || self.tokens.last().is_none_or(Token::precedes_regex);
        match first {
            '"' | '\'' => {
                Ok((TokenKind::String, quoted(rest, first).ok_or("a string without its end")?))
            }
            '`' => self.template(rest),
            '/' if begins_regex() => {
                Ok((TokenKind::Regex, regex(rest).ok_or("a regular expression without its end")?))
            }
            '{' => {
                if let Some(open) = self.braces.last_mut() {
                    *open += 1;
                }
                Ok((TokenKind::Sign, 1))
            }
            '}' => match self.braces.last_mut() {
                Some(0) => {
                    self.braces.pop();
                    self.template(rest)
                }
                Some(open) => {
                    *open -= 1;
                    Ok((TokenKind::Sign, 1))
                }
                None => Ok((TokenKind::Sign, 1)),
            },
            _ if is_of_word(first) => {
                Ok((TokenKind::Word, rest.find(|c| !is_of_word(c)).unwrap_or(rest.len())))
            }
            '+' | '-' if rest[1..].starts_with(first) => Ok((TokenKind::Sign, 2)),
            _ => Ok((TokenKind::Sign, first.len_utf8())),
        }
    }

    /// The part of a template up to its end, or up to an expression in it.
    fn template(&mut self, rest: &str) -> Result<(TokenKind, usize), &'static str> {
        let mut is_escaped = false;
        for (at, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'`' => return Ok((TokenKind::Template, at + 1)),
                b'{' if rest.as_bytes()[at - 1] == b'$' => {
                    self.braces.push(0);
                    return Ok((TokenKind::Template, at + 1));
                }
                _ => {}
            }
        }
        Err("a template without its end")
    }
}

pub(crate) fn is_of_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// The length of the string, with its quotes, that a text begins with. `None` if its line ends first.
pub(crate) fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\n' => return None,
            _ if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The length of a regular expression with its flags.
fn regex(text: &str) -> Option<usize> {
    let (mut is_escaped, mut is_class) = (false, false);
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return None,
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '[' => is_class = true,
            ']' => is_class = false,
            '/' if !is_class => {
                let flags = &text[at + 1..];
                return Some(at + 1 + flags.find(|c| !is_of_word(c)).unwrap_or(flags.len()));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(TokenKind, &str)> {
        tokens(source).unwrap().into_iter().map(|token| (token.kind, token.text)).collect()
    }

    #[test]
    fn comments_are_told_from_what_looks_like_one() {
        let source = "a('// no', \"/* no */\", `// no`, /\\/* no [/*] /); // yes\n/* yes */ b";
        let found = kinds(source);
        assert!(found.contains(&(TokenKind::String, "'// no'")));
        assert!(found.contains(&(TokenKind::String, "\"/* no */\"")));
        assert!(found.contains(&(TokenKind::Template, "`// no`")));
        assert!(found.contains(&(TokenKind::Regex, "/\\/* no [/*] /")));
        assert_eq!(found.last(), Some(&(TokenKind::Word, "b")));
        assert_eq!(tokens(source).unwrap().last().unwrap().gap, Gap::Line);
    }

    #[test]
    fn a_division_is_no_regular_expression() {
        for source in
            ["a / b / c", "(a) / b / c", "a[0] / b / c", "i++ / 2 / c", "1 / 2 / c", "of / 2 / c"]
        {
            assert!(kinds(source).iter().all(|(kind, _)| *kind != TokenKind::Regex), "{source}");
        }
        for source in ["a = /b/g", "return /b/g", "f(/b/g)", "[/b/g]", "!/b/g", "`${/b/g}`"] {
            assert!(kinds(source).contains(&(TokenKind::Regex, "/b/g")), "{source}");
        }
    }

    #[test]
    fn templates_nest() {
        let source = "html`<p a=${{ b: `x${c}y` }}>\\`${d}</p>` + e";
        let parts: Vec<_> =
            kinds(source).into_iter().filter(|(kind, _)| *kind == TokenKind::Template).collect();
        let texts: Vec<_> = parts.iter().map(|(_, text)| *text).collect();
        assert_eq!(texts, ["`<p a=${", "`x${", "}y`", "}>\\`${", "}</p>`"]);
        assert_eq!(tokens(source).unwrap().iter().map(Token::depth).sum::<isize>(), 0);
    }

    #[test]
    fn what_has_no_end_is_an_error() {
        for source in ["'a", "'a\n'", "`a", "`a${b", "/* a", "a = /b"] {
            assert!(tokens(source).is_err(), "{source}");
        }
    }
}
