#[cfg(feature = "embedded")]
use std::io::Write;

use synod_domain::Scale;
use synod_inference::{ModelInfo, Placement};
use synod_transcript::printable;

use super::write_table;
#[cfg(feature = "embedded")]
use crate::compose;
use crate::{
    CliError,
    compose::{Embedded, connect},
    config::Config,
    environment::Environment,
    output::say,
};

/// Lists the models of all hosts.
pub(super) async fn run(config: &Config, environment: &Environment) -> Result<(), CliError> {
    let model_hosts = connect(config, environment, Embedded::IfNeeded).await?;
    let rows: Vec<_> =
        model_hosts.infos().map(|info| row(info, model_hosts.kind_of(&info.host))).collect();
    if rows.is_empty() {
        return Err(CliError::NoHost(model_hosts.why_no_chat()));
    }
    let head =
        ["HOST", "KIND", "MODEL", "FAMILY", "PARAMETERS", "WINDOW", "SIZE", "LOADED", "NOTE"];
    write_table(head, &rows)?;
    let unlisted = model_hosts.infos().filter(|info| info.unlisted);
    let notes = unlisted.filter_map(|info| model_hosts.unlisted_note(&info.host, &info.model));
    notes.for_each(|note| say(&note));
    for server in &model_hosts.servers {
        for (_, sentence) in model_hosts.missing_in_ollama(server) {
            say(&format!("{} has {sentence}", server.name));
        }
    }
    for (host, refusal) in model_hosts.refusals() {
        say(&format!("{host}: {refusal}"));
    }
    Ok(())
}

/// Downloads the weights of the demo model, unless they are there already.
#[cfg(feature = "embedded")]
pub(super) async fn fetch(environment: &Environment) -> Result<(), CliError> {
    let file = compose::fetch(environment).await?;
    let title = file.weights.as_ref().map_or("your own weights", |weights| &weights.title);
    writeln!(anstream::stdout(), "{title}: {}", file.path.display())?;
    Ok(())
}

#[cfg(not(feature = "embedded"))]
#[expect(clippy::unused_async, reason = "the build with the embedded model downloads it here")]
pub(super) async fn fetch(_: &Environment) -> Result<(), CliError> {
    let message = "this build has no embedded model; build it with `--features embedded`";
    Err(CliError::Usage(message.to_owned()))
}

fn row(info: &ModelInfo, kind: &str) -> [String; 9] {
    let unknown = || "–".to_owned();
    let cells = [
        info.host.to_string(),
        kind.to_owned(),
        info.model.to_string(),
        info.family.clone().unwrap_or_else(unknown),
        info.parameters.map_or_else(unknown, format_parameters),
        info.window.map_or_else(unknown, |window| window.to_string()),
        info.size.map_or_else(unknown, format_bytes),
        where_loaded(info).unwrap_or_else(unknown),
        note(info),
    ];
    cells.map(|cell| printable(&cell))
}

/// Where a model is loaded, such as `GPU`; `None` if its host does not report it.
fn where_loaded(info: &ModelInfo) -> Option<String> {
    match (info.loaded, info.placement) {
        (false, _) => Some("no".to_owned()),
        (true, Some(Placement::Gpu)) => Some("GPU".to_owned()),
        (true, Some(Placement::Cpu)) => Some("CPU".to_owned()),
        (true, Some(Placement::Split(percent))) => Some(format!("GPU {percent} %")),
        (true, None) => info.demo.then(|| "CPU".to_owned()),
    }
}

fn note(info: &ModelInfo) -> String {
    if let Some(why) = info.no_chat_reason() {
        return format!("cannot chat: {why}");
    }
    let note = match info {
        ModelInfo { demo: true, .. } => "demo model: expect weak arguments",
        ModelInfo { remote: true, .. } => "runs outside this network; used only if named",
        info if info.scale() == Scale::Tiny => "tiny: votes are near chance",
        _ => "",
    };
    note.to_owned()
}

/// Formats a number of parameters, such as `3.2B` or `135M`.
fn format_parameters(parameters: u64) -> String {
    let tenths = |unit: u64| (parameters / (unit / 10)) as f64 / 10.0;
    match parameters {
        1_000_000_000.. => format!("{}B", tenths(1_000_000_000)),
        1_000_000.. => format!("{}M", tenths(1_000_000)),
        _ => parameters.to_string(),
    }
}

/// Formats a size in bytes, such as `2.0 GB` or `93 MB`.
fn format_bytes(bytes: u64) -> String {
    const MEGA: u64 = 1_000_000;
    match bytes {
        1_000_000_000.. => {
            format!("{}.{} GB", bytes / (1_000 * MEGA), bytes / (100 * MEGA) % 10)
        }
        MEGA.. => format!("{} MB", bytes / MEGA),
        _ => format!("{bytes} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!([format_bytes(2_019_393_189), format_bytes(93_000_000)], ["2.0 GB", "93 MB"]);
        assert_eq!(
            [format_parameters(3_212_749_888), format_parameters(134_515_008)],
            ["3.2B", "134.5M"]
        );
    }
}
