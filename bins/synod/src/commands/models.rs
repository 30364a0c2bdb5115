use synod_domain::Scale;
use synod_inference::{ModelInfo, Placement};
use synod_transcript::printable;

use super::write_table;
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
    for (host, refusal) in model_hosts.refusals() {
        say(&format!("{host}: {refusal}"));
    }
    Ok(())
}

fn row(info: &ModelInfo, kind: &str) -> [String; 9] {
    let unknown = || "–".to_owned();
    let cells = [
        info.host.to_string(),
        kind.to_owned(),
        info.model.to_string(),
        info.family.clone().unwrap_or_else(unknown),
        info.parameters.map_or_else(unknown, in_billions),
        info.window.map_or_else(unknown, |window| window.to_string()),
        info.size.map_or_else(unknown, in_bytes),
        where_loaded(info).unwrap_or_else(unknown),
        note(info),
    ];
    cells.map(|cell| printable(&cell))
}

/// Where a model is loaded, such as `GPU`; `None` if its host does not report that.
fn where_loaded(info: &ModelInfo) -> Option<String> {
    match (info.loaded, info.placement) {
        (false, _) => Some("no".to_owned()),
        (true, Some(Placement::Gpu)) => Some("GPU".to_owned()),
        (true, Some(Placement::Cpu)) => Some("processor".to_owned()),
        (true, Some(Placement::Split(percent))) => Some(format!("GPU {percent} %")),
        (true, None) => info.demo.then(|| "processor".to_owned()),
    }
}

fn note(info: &ModelInfo) -> String {
    if let Some(why) = info.no_chat_reason() {
        return format!("cannot chat: {why}");
    }
    let note = match info {
        ModelInfo { demo: true, .. } => "the demo model: expect weak arguments",
        ModelInfo { remote: true, .. } => "runs beyond this network; used only if named",
        info if info.scale() == Scale::Tiny => "tiny: its ballots are near chance",
        _ => "",
    };
    note.to_owned()
}

/// A number of parameters, as `3.2B` or `135M`.
fn in_billions(parameters: u64) -> String {
    let tenths = |unit: u64| (parameters / (unit / 10)) as f64 / 10.0;
    match parameters {
        1_000_000_000.. => format!("{}B", tenths(1_000_000_000)),
        1_000_000.. => format!("{}M", tenths(1_000_000)),
        _ => parameters.to_string(),
    }
}

/// A number of bytes, as `2.0 GB` or `93 MB`.
fn in_bytes(bytes: u64) -> String {
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
    fn sizes_are_written_as_people_say_them() {
        assert_eq!([in_bytes(2_019_393_189), in_bytes(93_000_000)], ["2.0 GB", "93 MB"]);
        assert_eq!([in_billions(3_212_749_888), in_billions(134_515_008)], ["3.2B", "134.5M"]);
    }
}
