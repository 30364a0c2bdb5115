//! Completion in shells. The scripts call the command for candidates, so they complete the configured
//! agents and the models of the hosts as well as flags.

mod bash;
mod candidates;

use std::io::{self, Write};

use clap_complete::{
    CompleteEnv,
    env::{Elvish, Fish, Powershell, Shells, Zsh},
};

use bash::Bash;
pub(crate) use candidates::{
    addresses, agents, all_debates, debates, debates_and_files, finished_debates, models,
    resumable_debates,
};

/// The variable with which a script requests candidates; its value is the shell.
const VARIABLE: &str = "SYNOD_COMPLETE";
const NAME: &str = "synod";
const SHELLS: Shells<'static> = Shells(&[&Bash, &Elvish, &Fish, &Powershell, &Zsh]);

/// zsh calls a file of its `fpath` instead of the function that the file defines.
const ZSH_AUTOLOAD: &str = r#"
if [[ "${funcstack[1]}" == _synod ]]; then
    _clap_dynamic_completer_synod "$@"
fi
"#;

/// Writes the candidates and ends the process, if a script asks for them. `command` describes the
/// arguments.
pub(crate) fn answer_script(command: fn() -> clap::Command) {
    CompleteEnv::with_factory(command).var(VARIABLE).shells(SHELLS).complete();
}

/// Writes the completion script for a shell.
///
/// # Errors
/// If the shell is not supported, or the script cannot be written.
pub(crate) fn write_script(shell: &str, script: &mut dyn Write) -> io::Result<()> {
    let Some(completer) = SHELLS.completer(shell) else {
        return Err(io::Error::other(format!("there is no script for {shell}")));
    };
    completer.write_registration(VARIABLE, NAME, NAME, NAME, script)?;
    if shell == "zsh" { script.write_all(ZSH_AUTOLOAD.as_bytes()) } else { Ok(()) }
}
