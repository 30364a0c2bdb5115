//! A module without its imports and exports.

use crate::tokens::{Gap, Token, TokenKind, is_of_word, tokens};

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Module {
    pub(crate) imports: Vec<ModuleImport>,
    /// The names that it exports, with the names that their values have within it.
    pub(crate) exports: Vec<Name>,
    /// The names that it declares outside of its functions and blocks.
    pub(crate) declared: Vec<String>,
    pub(crate) body: String,
}

/// What a module takes from another, or passes on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ModuleImport {
    pub(crate) specifier: String,
    pub(crate) names: Vec<Name>,
    /// Whether the module exports them, and does not use them.
    pub(crate) is_export: bool,
}

/// A name outside of a module, and within it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) exported: String,
    pub(crate) local: String,
}

impl Module {
    /// The name of the constant that holds a default export.
    pub(crate) const DEFAULT: &str = "$default";

    /// Reads a module, and leaves out its comments and its indentation.
    ///
    /// # Errors
    /// What cannot be read: a form of import or export that the page does not use, or code without its end.
    pub(crate) fn read(source: &str) -> Result<Self, &'static str> {
        let tokens = tokens(source)?;
        let mut reader =
            Reader { tokens: &tokens, at: 0, imports: Vec::new(), exports: Vec::new() };
        let mut declared = Vec::new();
        let mut body = Text::default();
        let mut depth = 0;
        while let Some(token) = reader.next() {
            let is_statement = token.kind == TokenKind::Word && !reader.is_property();
            if is_statement && token.gap == Gap::Line {
                body.end_line();
            }
            if is_statement && token.text == "import" {
                if depth > 0 || reader.peeks("(") || reader.peeks(".") {
                    return Err("an import within code");
                }
                reader.import()?;
            } else if is_statement && token.text == "export" {
                if let Some(instead) = reader.export()? {
                    body.line(&instead);
                }
            } else {
                if depth == 0 {
                    declared.extend(reader.declared());
                }
                depth += token.depth();
                body.push(token);
            }
        }
        Ok(Self { imports: reader.imports, exports: reader.exports, declared, body: body.text })
    }
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    imports: Vec<ModuleImport>,
    exports: Vec<Name>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<&'a Token<'a>> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token)
    }

    fn peek(&self) -> Option<&'a Token<'a>> {
        self.tokens.get(self.at)
    }

    fn peeks(&self, sign: &str) -> bool {
        self.peek().is_some_and(|token| token.is_sign(sign))
    }

    /// Takes the next token if it is this sign.
    fn takes(&mut self, sign: &str) -> bool {
        let is_there = self.peeks(sign);
        self.at += usize::from(is_there);
        is_there
    }

    /// Takes the next token if it is this word.
    fn takes_word(&mut self, word: &str) -> bool {
        let is_there = self.peek().is_some_and(|token| token.is_word(word));
        self.at += usize::from(is_there);
        is_there
    }

    fn word(&mut self) -> Result<&'a str, &'static str> {
        let token = self.next().filter(|token| token.kind == TokenKind::Word);
        token.map(|token| token.text).ok_or("an import or export without a name")
    }

    /// The token before the one that was taken last.
    fn before(&self) -> Option<&'a Token<'a>> {
        self.at.checked_sub(2).and_then(|at| self.tokens.get(at))
    }

    /// Whether the token that was taken last is the name of a property: `a.import`, or `import:` in an object.
    fn is_property(&self) -> bool {
        self.before().is_some_and(|token| token.is_sign(".")) || self.peeks(":")
    }

    /// The names that are declared by the statement that begins with the token that was taken last.
    fn declared(&self) -> Vec<String> {
        let rest = &self.tokens[self.at - 1..];
        let begins = match self.before() {
            Some(before) => {
                rest[0].gap == Gap::Line
                    || matches!(before.text, ";" | "}" | "export" | "async")
                    || before.kind == TokenKind::String
            }
            None => true,
        };
        let names = |tokens: &[Token<'_>]| -> Vec<String> {
            let words = tokens.iter().filter(|token| token.kind == TokenKind::Word);
            words.map(|token| token.text.to_owned()).collect()
        };
        match rest {
            [first, bracket, pattern @ ..]
                if begins
                    && matches!(first.text, "const" | "let" | "var")
                    && matches!(bracket.text, "[" | "{") =>
            {
                let end = pattern.iter().position(|token| matches!(token.text, "]" | "}"));
                names(&pattern[..end.unwrap_or_default()])
            }
            [first, star, name, ..] if begins && first.is_word("function") && star.is_sign("*") => {
                names(std::slice::from_ref(name))
            }
            [first, name, ..]
                if begins
                    && matches!(first.text, "const" | "let" | "var" | "function" | "class") =>
            {
                names(std::slice::from_ref(name))
            }
            _ => Vec::new(),
        }
    }

    /// Takes `from "specifier";`, or the specifier alone.
    fn source(&mut self, names: Vec<Name>, is_export: bool) -> Result<(), &'static str> {
        self.takes_word("from");
        let token = self.next().filter(|token| token.kind == TokenKind::String);
        let specifier = token.ok_or("an import without its module")?.text;
        let specifier = specifier[1..specifier.len() - 1].to_owned();
        self.takes(";");
        self.imports.push(ModuleImport { specifier, names, is_export });
        Ok(())
    }

    /// Takes `{ a, b as c }` after its brace: the names before and after `as`.
    fn names(&mut self) -> Result<Vec<(String, String)>, &'static str> {
        let mut names = Vec::new();
        while !self.takes("}") {
            let name = self.word()?;
            let other = if self.takes_word("as") { self.word()? } else { name };
            names.push((name.to_owned(), other.to_owned()));
            self.takes(",");
        }
        Ok(names)
    }

    /// Takes an import after its keyword.
    fn import(&mut self) -> Result<(), &'static str> {
        if self.peek().is_some_and(|token| token.kind == TokenKind::String) {
            return self.source(Vec::new(), false);
        }
        if self.takes("{") {
            let names = self.names()?.into_iter();
            let names = names.map(|(exported, local)| Name { exported, local }).collect();
            return self.source(names, false);
        }
        if self.peeks("*") {
            return Err("an import of everything");
        }
        let local = self.word()?.to_owned();
        if self.peeks(",") {
            return Err("an import of a default and of names");
        }
        self.source(vec![Name { exported: "default".to_owned(), local }], false)
    }

    /// Takes an export after its keyword, as far as it is not a declaration, and returns what is in its place.
    fn export(&mut self) -> Result<Option<String>, &'static str> {
        if self.takes("{") {
            let names: Vec<_> = {
                let names = self.names()?.into_iter();
                names.map(|(local, exported)| Name { exported, local }).collect()
            };
            if self.peek().is_some_and(|token| token.is_word("from")) {
                self.source(names, true)?;
            } else {
                self.exports.extend(names);
                self.takes(";");
            }
            return Ok(None);
        }
        if self.takes_word("default") {
            let local = Module::DEFAULT.to_owned();
            self.exports.push(Name { exported: "default".to_owned(), local });
            return Ok(Some(format!("const {}=", Module::DEFAULT)));
        }
        let declaration = self.tokens[self.at..].iter().filter(|token| !token.is_sign("*"));
        let words: Vec<_> = declaration.take(3).collect();
        let name = match words.as_slice() {
            [first, second, third] if first.is_word("async") && second.is_word("function") => third,
            [first, second, ..] if ["const", "function", "class"].contains(&first.text) => second,
            _ => return Err("an export that is no constant, function, class or list"),
        };
        if name.kind != TokenKind::Word {
            return Err("an export without a name");
        }
        let name = name.text.to_owned();
        self.exports.push(Name { exported: name.clone(), local: name });
        Ok(None)
    }
}

/// The end of a line behind one of these means nothing. A string ends with none of them, and code follows the part
/// of a template that does.
const JOINING: [char; 12] = ['\n', ';', '{', ',', '(', '[', '=', '&', '|', '?', ':', '>'];

/// Code as it is written out.
#[derive(Default)]
struct Text {
    text: String,
    /// For each template that is open, whether it is one of `html`.
    templates: Vec<bool>,
}

impl Text {
    /// Writes a token. Of what separated it from the one before, the end of a line is kept where it may end a
    /// statement, and a space where the two would be one without it.
    fn push(&mut self, token: &Token<'_>) {
        let last = self.text.chars().next_back().unwrap_or_default();
        let first = token.text.chars().next().unwrap_or_default();
        let would_join = is_of_word(last) && is_of_word(first)
            || last == first && "+-/".contains(first)
            || last == '/' && first == '*';
        match token.gap {
            Gap::Line => self.end_line(),
            Gap::Space if would_join => self.text.push(' '),
            Gap::None | Gap::Space => {}
        }
        if token.kind == TokenKind::Template && self.is_html(token.text) {
            self.markup(token.text);
        } else {
            self.text.push_str(token.text);
        }
    }

    /// Whether a part of a template belongs to one of `html`.
    fn is_html(&mut self, part: &str) -> bool {
        if part.starts_with('`') {
            let before = self.text.strip_suffix("html");
            self.templates.push(before.is_some_and(|before| !before.ends_with(is_of_word)));
        }
        let is_html = self.templates.last().copied().unwrap_or_default();
        if part.ends_with('`') {
            self.templates.pop();
        }
        is_html
    }

    /// Writes markup without the indentation of its lines, which means nothing in HTML.
    fn markup(&mut self, part: &str) {
        let mut lines = part.split('\n');
        self.text.push_str(lines.next().unwrap_or_default());
        for line in lines {
            self.text.push('\n');
            self.text.push_str(line.trim_start());
        }
    }

    /// Writes code that begins a statement.
    fn line(&mut self, code: &str) {
        self.end_line();
        self.text.push_str(code);
    }

    fn end_line(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(JOINING) {
            self.text.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(source: &str) -> String {
        Module::read(source).unwrap().body
    }

    fn name(exported: &str, local: &str) -> Name {
        Name { exported: exported.to_owned(), local: local.to_owned() }
    }

    #[test]
    fn imports_of_every_form_are_read() {
        let source = "// A view.\nimport { h as a, render } from 'preact';\nimport htm from \"htm\";\n\
            import 'synod/a.js';\nimport{b}from\"c\";a(b);\n";
        let module = Module::read(source).unwrap();
        assert_eq!(module.body, "a(b);");
        let import = |specifier: &str, names| ModuleImport {
            specifier: specifier.to_owned(),
            names,
            is_export: false,
        };
        let expected = [
            import("preact", vec![name("h", "a"), name("render", "render")]),
            import("htm", vec![name("default", "htm")]),
            import("synod/a.js", Vec::new()),
            import("c", vec![name("b", "b")]),
        ];
        assert_eq!(module.imports, expected);
    }

    #[test]
    fn exports_of_every_form_are_read() {
        let source = "export const a = 1;\nexport async function b() {}\nexport class C {}\n\
            export function* d() {}\nexport { e as f } from 'g';\nconst i = 2; export { i, a as j };\n";
        let module = Module::read(source).unwrap();
        let expected = ["a", "b", "C", "d", "i"].map(|same| name(same, same));
        assert_eq!(module.exports[..5], expected);
        assert_eq!(module.exports[5..], [name("j", "a")]);
        assert_eq!(module.imports[0].names, [name("f", "e")]);
        assert!(module.imports[0].is_export);
        assert_eq!(module.declared, ["a", "b", "C", "d", "i"]);
        assert_eq!(
            module.body,
            "const a=1;async function b(){}\nclass C{}\nfunction*d(){}\nconst i=2;"
        );
        let default = Module::read("export default function(n){}").unwrap();
        assert_eq!(default.body, "const $default=function(n){}");
        assert_eq!(default.exports, [name("default", "$default")]);
    }

    #[test]
    fn names_within_functions_are_not_declared() {
        let source = "import 'x';\nconst [a, b] = [1, 2];\nfunction c() { const d = 1; function e() {} }\n\
            const f = function g() {};\nconst h = class {};\nlet i\nclass J { k = 1 }";
        assert_eq!(Module::read(source).unwrap().declared, ["a", "b", "c", "f", "h", "i", "J"]);
    }

    #[test]
    fn ends_of_lines_stay_where_they_may_end_a_statement_and_spaces_go() {
        let source = "  const a = b + +c - -d; // why\n\n\n  /* what */ return  typeof a / 2\n  x`  ${ y }  z`\n";
        assert_eq!(body(source), "const a=b+ +c- -d;return typeof a/2\nx`  ${y}  z`");
        assert_eq!(body("f(\n  a,\n  {\n    b\n  }\n)\n'c;'\nd"), "f(a,{b\n}\n)\n'c;'\nd");
        assert_eq!(body("a = b / /c/.d"), "a=b/ /c/.d");
        assert_eq!(body("a /* b\n*/ c /* d */ e"), "a\nc e");
    }

    #[test]
    fn markup_is_not_indented() {
        let source =
            "html`\n  <p>\n    ${a ? html`<b>\n      x</b>` : `y\n  z`}\n  </p>`; b`\n  c`";
        let expected = "html`\n<p>\n${a?html`<b>\nx</b>`:`y\n  z`}\n</p>`;b`\n  c`";
        assert_eq!(body(source), expected);
    }

    #[test]
    fn what_looks_like_an_import_is_none() {
        for code in ["a.import(b)", "c={import:1}", "d='import x from \"y\"'"] {
            assert_eq!(body(code), code);
        }
    }

    #[test]
    fn forms_that_the_page_does_not_use_are_refused() {
        for source in [
            "const a = await import('b')",
            "import.meta.url",
            "import * as a from 'b'",
            "import a, { c } from 'b'",
            "export * from 'a'",
            "export let a = 1",
            "export const { a } = b",
        ] {
            assert!(Module::read(source).is_err(), "{source}");
        }
    }
}
