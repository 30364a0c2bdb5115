use std::{
    io::Write,
    process::{Command, Stdio},
};

use crate::synod::Synod;

/// Runs a program on a text. `None` if it is not installed.
fn checked(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take().expect("a pipe");
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()).unwrap_or_default());
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("written");
    let output_text = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8_lossy(&output_text).into_owned()))
}

#[tokio::test]
async fn completion_scripts_call_the_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = Synod::without_host().run(&["completions", shell]).await;
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        assert!(run.stdout.contains("SYNOD_COMPLETE"), "{shell}: {}", run.stdout);
        let arguments = if shell == "fish" { "--no-execute" } else { "-n" };
        if ["bash", "zsh", "fish"].contains(&shell) {
            let result = checked(shell, &[arguments], &run.stdout);
            assert!(result.is_none_or(|(is_valid, text)| is_valid && text.is_empty()), "{shell}");
        }
    }
    // zsh calls a file of its fpath in place of the function.
    let zsh = Synod::without_host().run(&["completions", "zsh"]).await.stdout;
    assert!(zsh.starts_with("#compdef synod\n") && zsh.contains("funcstack"), "{zsh}");
}

#[tokio::test]
async fn manual_page_renders_without_warnings() {
    let run = Synod::without_host().run(&["man"]).await;
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.contains(".SH \"EXIT STATUS\"\n"), "{}", run.stdout);
    for section in ["EXAMPLES", "FILES", "ENVIRONMENT"] {
        assert!(run.stdout.contains(&format!(".SH {section}\n")), "{}", run.stdout);
    }
    if let Some((is_valid, text)) = checked("groff", &["-man", "-Tascii", "-ww"], &run.stdout) {
        assert!(is_valid, "{text}");
        assert!(text.contains("130  interrupted"), "{text}");
        assert!(!text.contains("warning:"), "{text}");
    }
}

#[tokio::test]
async fn every_command_has_a_manual_page() {
    let synod = Synod::without_host();
    let run = synod.run(&["man", "--into", "man/man1"]).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let page = |name: &str| std::fs::read_to_string(synod.folder().join("man/man1").join(name));
    assert!(page("synod.1").is_ok());
    let debate = page("synod-debate.1").expect("a page");
    assert!(debate.contains("threshold") && debate.contains("synod debate"), "{debate}");
    assert!(debate.contains(".SH EXAMPLES\n") && debate.contains(".SH FILES\n"), "{debate}");
    for section in [".SH DEFAULTS\n", "\n.SH \"EXIT STATUS\"\n"] {
        assert_eq!(debate.matches(section).count(), 1, "{section}: {debate}");
    }
    let completions = page("synod-completions.1").expect("a page");
    assert!(completions.contains(".SH EXAMPLES\nFor bash"), "{completions}");
    assert!(page("synod-config-import.1").is_ok());
    assert!(page("synod-help.1").is_err());
}

#[tokio::test]
async fn help_lists_global_options_under_their_own_heading() {
    for command in ["serve", "doctor", "models"] {
        let help = Synod::without_host().run(&[command, "--help"]).await.stdout;
        let (own, global) = help.split_once("\nGlobal options:\n").expect("a heading");
        assert!(!own.contains("--config") && !own.contains("--color"), "{help}");
        assert!(global.contains("--config") && global.contains("--verbose"), "{help}");
    }
}
