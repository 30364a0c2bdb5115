/// What a build of the page consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PagePart {
    /// The document of the page.
    Index,
    /// All modules of the page.
    Script,
    /// All style sheets of the page.
    Style,
    /// The document of a debate that is played from a file.
    Player,
    /// The modules of that document.
    PlayerScript,
    /// The style sheets of that document.
    PlayerStyle,
    /// The licences of the vendored modules.
    Licences,
}

impl PagePart {
    /// The name of the file that it is served or embedded as.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Index => "index.html",
            Self::Script => "page.js",
            Self::Style => "page.css",
            Self::Player => "player.html",
            Self::PlayerScript => "player.js",
            Self::PlayerStyle => "player.css",
            Self::Licences => "licences.txt",
        }
    }
}
