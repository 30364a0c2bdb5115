use crate::CliError;

/// Describes the process that drives a debate, by the name under which it claims debates: the command and the
/// id of the process, such as "`synod serve`, process 4711".
pub(crate) fn driver_in_words(worker: &str) -> String {
    let mut words = worker.split(' ');
    match (words.next(), words.next(), words.next()) {
        (Some("synod"), Some(command), Some(pid)) if pid.parse::<u32>().is_ok() => {
            format!("`synod {command}`, process {pid}")
        }
        _ => format!("the process `{worker}`"),
    }
}

/// Refuses to drive a debate that another process drives; `short` is its shortest name.
pub(crate) fn driven_elsewhere(short: &str, driver: &str) -> CliError {
    CliError::Failed(format!(
        "debate {short} is driven by {driver}; follow it there, or stop that process first"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_driver_is_named_by_its_command_and_process() {
        let words = driver_in_words(&crate::store::worker_name("serve"));
        assert_eq!(words, format!("`synod serve`, process {}", std::process::id()));
        assert_eq!(driver_in_words("another name"), "the process `another name`");
    }
}
