//! Paths in variables and settings that are empty or not UTF-8: none is silently taken for another directory.

use std::{
    ffi::{OsStr, OsString},
    fs,
    os::unix::ffi::OsStrExt,
    process::Stdio,
};

use tokio::process::Command;

use crate::synod::{RunResult, Synod};

/// Runs the binary with a variable that need not be text.
async fn run(synod: &Synod, name: &str, value: &OsStr, arguments: &[&str]) -> RunResult {
    let mut command = Command::new(env!("CARGO_BIN_EXE_synod"));
    command.args(arguments).current_dir(synod.folder()).env_clear().env("HOME", synod.folder());
    command.env("OLLAMA_HOST", crate::synod::UNREACHABLE).env(name, value);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    RunResult::of(command.spawn().expect("the binary starts")).await
}

fn not_unicode(synod: &Synod) -> OsString {
    let mut path = synod.folder().as_os_str().to_owned();
    path.push("/other");
    path.push(OsStr::from_bytes(b"\xff"));
    path
}

#[tokio::test]
async fn an_empty_path_is_refused_by_name() {
    let synod = Synod::without_host();
    for variable in ["SYNOD__LOG__DATA", "SYNOD__BACKUP__DIRECTORY", "SYNOD__SERVER__API_KEY_FILE"]
    {
        for value in ["", " "] {
            let run = run(&synod, variable, value.as_ref(), &["list"]).await;
            assert_eq!(run.code, 2, "{variable}: {}", run.stderr);
            assert!(run.stderr.contains(variable) && run.stderr.contains("must be a path"));
        }
    }
    synod.file("synod.toml", "[log]\ndata = \"\"\n");
    let listed = synod.run(&["list"]).await;
    assert_eq!(listed.code, 2, "{}", listed.stderr);
    assert!(listed.stderr.contains("`data` must be a path"), "{}", listed.stderr);
}

#[tokio::test]
async fn a_setting_that_is_not_utf_8_is_refused_by_name() {
    let synod = Synod::without_host();
    let run = run(&synod, "SYNOD__LOG__DATA", &not_unicode(&synod), &["list"]).await;
    assert_eq!(run.code, 2, "{}", run.stdout);
    assert!(run.stderr.contains("SYNOD__LOG__DATA: must be UTF-8"), "{}", run.stderr);
}

#[tokio::test]
async fn directories_that_are_not_utf_8_are_used() {
    for (variable, below) in [("XDG_DATA_HOME", "synod"), ("STATE_DIRECTORY", "")] {
        let synod = Synod::without_host();
        let path = not_unicode(&synod);
        fs::create_dir(&path).expect("a folder");
        let run = run(&synod, variable, &path, &["list"]).await;
        assert_eq!(run.code, 0, "{}", run.stderr);
        let dir = std::path::Path::new(&path).join(below);
        let named = format!("no debates are kept in {}", dir.display());
        assert!(run.stderr.contains(named.trim_end_matches('/')), "{variable}: {}", run.stderr);
    }
}
