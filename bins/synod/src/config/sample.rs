//! `synod config init`: a file with every key, commented out.

use std::fmt::Write;

use super::{
    Table,
    backup::BackupTable,
    debate::DebateTable,
    host::{HostTable, ModelTable},
    log::LogTable,
    server::ServerTable,
};

const HEAD: &str = "\
# Settings of synod. A line that is commented out shows a default or an example.
# A variable SYNOD__SECTION__KEY, such as SYNOD__SERVER__PORT=9000, overrides a value of this file, and a
# flag overrides both. `synod config show` prints the effective configuration.

[server]
";

const DEBATE: &str = "
# Defaults of `synod debate`, and of requests to `synod serve` (all but agents and models).
# [debate]
";

const LOG: &str = "
# Where debates are stored.
# [log]
";

const BACKUP: &str = "
# Backups of the data directory.
# [backup]
";

const LOCAL_HOST: &str = "
# A host of models. Without any, the Ollama at OLLAMA_HOST or at 127.0.0.1:11434 is used.
# [hosts.local]
";

const OTHER_HOST: &str = "
# A server with OpenAI's protocol: llama.cpp's server, vLLM, LM Studio.
# [hosts.gpu]
";

const MODEL: &str = "
# A model of that host, by its id, if the server does not report these values. A model of an Ollama may
# have its own `num_ctx` and `keep_alive`.
# [hosts.gpu.models.\"my-model\"]
";

const AGENT: &str = "
# An agent. For a built-in one (see `synod agents`), set only the keys to change.
# [agents.ada]
# name = \"Ada\"
# expertise = \"an engineer who has run systems like this one for years\"
# voice = \"concretely, from experience\"
# host = \"local\"
# model = \"qwen2.5:3b\"
";

/// A configuration file with every key, each commented out.
pub(crate) fn sample() -> String {
    let mut text = HEAD.to_owned();
    add_keys::<ServerTable>(&mut text, "");
    text.push_str(DEBATE);
    add_keys::<DebateTable>(&mut text, "");
    text.push_str(LOG);
    add_keys::<LogTable>(&mut text, "");
    text.push_str(BACKUP);
    add_keys::<BackupTable>(&mut text, "");
    text.push_str(LOCAL_HOST);
    add_keys::<HostTable>(&mut text, "local");
    text.push_str(OTHER_HOST);
    add_keys::<HostTable>(&mut text, "gpu");
    text.push_str(MODEL);
    add_keys::<ModelTable>(&mut text, "my-model");
    text + AGENT
}

/// Adds the keys that have a value in the sample's table of this name.
fn add_keys<T: Table>(text: &mut String, table: &str) {
    for key in T::KEYS {
        let sample = key.samples.iter().find(|(name, _)| *name == table);
        let value = match sample {
            Some((_, value)) => value,
            // A table with a name has only the keys that are meant for it.
            None if !table.is_empty() => continue,
            None if key.default.is_empty() => "\"...\"",
            None => key.default,
        };
        let pair = format!("{} = {value}", key.name);
        // Writing to a string cannot fail.
        writeln!(text, "# {pair:<32} # {}", key.about).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    /// The sample with all values that are not placeholders.
    fn examples() -> String {
        let is_example = |line: &str| line.contains(" = ") || line.starts_with("# [");
        let text = sample();
        let lines = text
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|_| is_example(line)).unwrap_or(line))
            .filter(|line| !line.contains("\"...\""));
        lines.map(|line| format!("{line}\n")).collect()
    }

    #[test]
    fn the_sample_is_accepted_as_it_is_and_with_its_examples() {
        Config::parse("synod.toml".as_ref(), &sample()).expect("it sets nothing");
        let examples = examples();
        let file = Config::parse("synod.toml".as_ref(), &examples).expect(&examples);
        let set = file.server.given_in_order().count();
        assert_eq!(set, ServerTable::KEYS.iter().filter(|key| !key.default.is_empty()).count());
        assert_eq!(file.debate.given_in_order().count(), DebateTable::KEYS.len());
        assert_eq!(file.hosts.len(), 2);
        assert_eq!(file.hosts[1].models[0].settings().parameters, Some(1_500_000_000));
    }

    #[test]
    fn the_sample_names_every_key_of_every_table() {
        fn check<T: Table>(sample: &str) {
            for key in T::KEYS {
                let name = key.name;
                let forms = [format!("# {name} = "), format!("`{name}`"), format!(" {name} ")];
                assert!(forms.iter().any(|form| sample.contains(form)), "{name}");
            }
        }
        let text = sample();
        let (server, rest) = text.split_once("[debate]").expect("[debate]");
        let (debate, rest) = rest.split_once("[log]").expect("[log]");
        let (log, rest) = rest.split_once("[backup]").expect("[backup]");
        let (backup, rest) = rest.split_once("[hosts.local]").expect("[hosts.local]");
        let (hosts, models) = rest.split_once("# A model of that host").expect("a model");
        check::<ServerTable>(server);
        check::<DebateTable>(debate);
        check::<LogTable>(log);
        check::<BackupTable>(backup);
        check::<HostTable>(hosts);
        check::<ModelTable>(&models.replace('\n', " "));
    }
}
