mod import;

use std::{fs::File, io, io::Write, path::Path};

use crate::{
    CliError,
    args::ConfigCommand,
    config::{Config, DEFAULT, sample},
    environment::Environment,
    output::say,
};

/// Writes the sample, shows the effective configuration, or imports agents.
pub(super) fn run(
    command: &ConfigCommand,
    path: Option<&Path>,
    environment: &Environment,
) -> Result<(), CliError> {
    match command {
        ConfigCommand::Init => init(path.unwrap_or(Path::new(DEFAULT))),
        ConfigCommand::Import(args) => import::run(args),
        ConfigCommand::Show => {
            let config = Config::find(path, environment)?;
            let mut stdout = anstream::stdout().lock();
            stdout.write_all(config.effective(environment).as_bytes())?;
            Ok(stdout.flush()?)
        }
    }
}

fn init(path: &Path) -> Result<(), CliError> {
    let shown = path.display();
    let mut file = File::create_new(path).map_err(|error| {
        if error.kind() == io::ErrorKind::AlreadyExists {
            CliError::Usage(format!("{shown} exists already, and was left as it is"))
        } else {
            CliError::Failed(format!("cannot write {shown}: {error}"))
        }
    })?;
    if let Err(error) = file.write_all(sample().as_bytes()) {
        // Half a file would be in the way of the next attempt. If it stays, that is said then.
        std::fs::remove_file(path).unwrap_or_default();
        return Err(CliError::Failed(format!("cannot write {shown}: {error}")));
    }
    say(&format!("wrote {shown}: every key is there, commented out"));
    Ok(())
}
