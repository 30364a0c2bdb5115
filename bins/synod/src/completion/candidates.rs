use std::{cmp::Reverse, collections::BTreeSet, ffi::OsStr, path::PathBuf, time::Duration};

use clap_complete::{CompletionCandidate, PathCompleter, engine::ValueCompleter};
use futures_util::future::join_all;
use synod_event_log::{ListQuery, Summary, Which};
use synod_inference::ModelInfo;
use tokio::{runtime::Builder, time::timeout};

use crate::{
    CliError,
    compose::{ModelServer, model_servers},
    config::Config,
    data_args::DataArgs,
    environment::Environment,
    kept::{self, DebateRef, Kept, KeptStatus, ShortIds},
};

/// Maximum wait for a host, because a user is waiting for candidates.
const LIMIT: Duration = Duration::from_millis(800);
/// Maximum number of debates that are offered.
const MAX_DEBATES: usize = 50;

/// The configured agents that the command line does not name yet.
pub(crate) fn agents() -> Vec<CompletionCandidate> {
    let environment = Environment::read();
    let config = config(&environment);
    let given = given_agents(environment.completed_word);
    let agents = config
        .registry
        .iter()
        .filter(|agent| is_plain(agent.id.as_str()) && !given.contains(agent.id.as_str()));
    let candidate = |agent: &synod_domain::AgentProfile| {
        let name = agent.name.to_string();
        CompletionCandidate::new(agent.id.as_str()).help(Some(name.into()))
    };
    agents.map(candidate).collect()
}

/// The models of the hosts that respond in time, as `MODEL` and as `HOST/MODEL`. Hosts that do not respond
/// are skipped without a message, because the user is at the prompt of a shell.
pub(crate) fn models() -> Vec<CompletionCandidate> {
    let environment = Environment::read();
    let Ok(servers) = model_servers(&config(&environment), &environment) else {
        return Vec::new();
    };
    let infos = infos(&servers);
    // With a single host, its name is completed only if the user has typed it.
    let is_one = servers.len() == 1;
    let bare = infos.iter().map(|info| candidate(info.model.as_str(), info));
    let full = infos.iter().map(|info| {
        candidate(&format!("{}/{}", info.host, info.model), info).id(None).hide(is_one)
    });
    bare.chain(full).collect()
}

/// The stored debates, by their shortest names, newest first.
pub(crate) fn debates() -> Vec<CompletionCandidate> {
    Offer { which: Which::All, damaged: false }.candidates(|_| true)
}

/// The stored debates, also those that are damaged.
pub(crate) fn all_debates() -> Vec<CompletionCandidate> {
    Offer { which: Which::All, damaged: true }.candidates(|_| true)
}

/// The debates that can be resumed: those that no process drives, and those that are paused.
pub(crate) fn resumable_debates() -> Vec<CompletionCandidate> {
    Offer { which: Which::Unfinished, damaged: false }.candidates(|summary| {
        summary.worker.is_none() || KeptStatus::of(summary) == KeptStatus::Paused
    })
}

/// The debates that have ended.
pub(crate) fn finished_debates() -> Vec<CompletionCandidate> {
    Offer { which: Which::Finished, damaged: false }.candidates(|_| true)
}

/// The stored debates, and files.
pub(crate) fn debates_and_files(word: &OsStr) -> Vec<CompletionCandidate> {
    let mut debates = all_debates();
    debates.retain(|debate| {
        debate.get_value().as_encoded_bytes().starts_with(word.as_encoded_bytes())
    });
    // Behind the debates, whose order is their age.
    let files = PathCompleter::any().stdio().complete(word);
    let files = files.into_iter().map(|file| file.display_order(Some(MAX_DEBATES + 1)));
    debates.into_iter().chain(files).collect()
}

/// Which stored debates are offered.
#[derive(Clone, Copy)]
struct Offer {
    which: Which,
    /// Whether damaged ones are, too.
    damaged: bool,
}

impl Offer {
    /// Those that `accepts` accepts, newest first, and `last` if it names one of them.
    fn candidates(self, accepts: fn(&Summary) -> bool) -> Vec<CompletionCandidate> {
        let environment = Environment::read();
        let data = DataArgs { data: named_path("--data") };
        let Ok(kept) = Kept::open(&data, &config(&environment).log, &environment) else {
            return Vec::new();
        };
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            return Vec::new();
        };
        // A time-out can be made only within a runtime.
        let named = runtime.block_on(async { timeout(LIMIT, self.named(&kept, accepts)).await });
        runtime.shutdown_background();
        let named = named.ok().and_then(Result::ok).unwrap_or_default();
        let candidate = |(index, (name, help)): (usize, (String, String))| {
            CompletionCandidate::new(name).help(Some(help.into())).display_order(Some(index))
        };
        named.into_iter().enumerate().map(candidate).collect()
    }

    /// The debates, each with its shortest name and its question.
    async fn named(
        self,
        kept: &Kept,
        accepts: fn(&Summary) -> bool,
    ) -> Result<Vec<(String, String)>, CliError> {
        let list = kept.list(ListQuery::of(self.which), MAX_DEBATES, accepts).await?;
        let damage = list.damage.into_iter().filter(|_| self.damaged);
        let damaged = damage.filter_map(|damage| Some((damage.debate?, "damaged".to_owned())));
        let debates = list.debates.iter().map(|s| (s.id, kept::short_question(s)));
        let mut found: Vec<_> = debates.chain(damaged).collect();
        found.sort_by_key(|(id, _)| Reverse(*id));
        found.truncate(MAX_DEBATES);
        let Some((newest, _)) = found.first() else { return Ok(Vec::new()) };
        let is_last = kept.find_even_damaged(&DebateRef::Last).await?.id() == *newest;
        let last = is_last.then(|| ("last".to_owned(), "the newest debate".to_owned()));
        let ids: Vec<_> = found.iter().map(|(id, _)| *id).collect();
        let short = ShortIds::among(&*kept.log, &ids).await?;
        let named = found.into_iter().map(|(id, help)| (short.get(id), help));
        Ok(last.into_iter().chain(named).collect())
    }
}

/// Addresses for a server to listen on.
pub(crate) fn addresses() -> Vec<CompletionCandidate> {
    let addresses = [
        ("localhost", "this machine"),
        ("127.0.0.1", "this machine, IPv4"),
        ("::1", "this machine, IPv6"),
        ("0.0.0.0", "all networks, IPv4"),
        ("::", "all networks, IPv6"),
    ];
    let candidate = |(address, help): (&str, &str)| {
        CompletionCandidate::new(address).help(Some(help.to_owned().into()))
    };
    addresses.into_iter().map(candidate).collect()
}

/// Creates a candidate. Models with the same name on several hosts share one by its id.
fn candidate(name: &str, info: &ModelInfo) -> CompletionCandidate {
    CompletionCandidate::new(name)
        .id(Some(name.to_owned()))
        .help(Some(format!("on {}", info.host).into()))
}

/// The configuration that the command line names; the built-in one if that has errors.
fn config(environment: &Environment) -> Config {
    Config::find(named_path("--config").as_deref(), environment)
        .unwrap_or_else(|_| Config::built_in())
}

/// The path after a flag. The command line is not parsed, because it is incomplete.
fn named_path(flag: &str) -> Option<PathBuf> {
    let mut words = std::env::args_os();
    while let Some(word) = words.next() {
        if word == flag {
            return words.next().map(PathBuf::from);
        }
        let value = word.to_str().and_then(|word| word.strip_prefix(flag)?.strip_prefix('='));
        if let Some(path) = value {
            return Some(path.into());
        }
    }
    None
}

/// The agents that the command line names, without the name that is being completed. That is at the end of
/// the word at `cursor`, or of the last word if the shell does not report the cursor.
fn given_agents(cursor: Option<usize>) -> BTreeSet<String> {
    let words: Vec<String> =
        std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect();
    let begin = words.iter().position(|word| word == "--").map_or(0, |at| at + 1);
    let words = &words[begin..];
    agents_named_by(words, cursor.unwrap_or_else(|| words.len().saturating_sub(1)))
}

/// The agents that these words name, except the one at the end of the word at `cursor`.
fn agents_named_by(words: &[String], cursor: usize) -> BTreeSet<String> {
    const FLAGS: [&str; 4] = ["-a", "--agents", "--moderator", "--judge"];
    let mut given = BTreeSet::new();
    for (at, word) in words.iter().enumerate() {
        let follows_flag = at > 0 && FLAGS.contains(&words[at - 1].as_str());
        let attached = FLAGS.iter().find_map(|flag| word.strip_prefix(flag)?.strip_prefix('='));
        let Some(value) = attached.or_else(|| follows_flag.then_some(word.as_str())) else {
            continue;
        };
        let value =
            if at == cursor { value.rsplit_once(',').map_or("", |(v, _)| v) } else { value };
        given.extend(value.split(',').map(|name| name.trim().to_owned()));
    }
    given
}

/// The chat models whose names are safe on a command line.
fn infos(servers: &[ModelServer]) -> Vec<ModelInfo> {
    let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
        return Vec::new();
    };
    let listings = servers.iter().map(|server| timeout(LIMIT, server.host.models()));
    let listings = runtime.block_on(async { join_all(listings).await });
    // A pending name lookup would block a shutdown.
    runtime.shutdown_background();
    let infos = listings.into_iter().flatten().flatten().flatten();
    infos.filter(|info| info.chats && is_plain(info.model.as_str())).collect()
}

/// Whether a shell reads a name as a single plain word. Names come from hosts, and a user may run the
/// completed line without reading it.
fn is_plain(name: &str) -> bool {
    name.chars().all(|c| c.is_alphanumeric() || "-_.:/@+".contains(c)) && !name.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_agents_are_not_offered_again() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let given = |line: &str| {
            let words = words(line);
            let given = agents_named_by(&words, words.len() - 1);
            given.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>()
        };
        assert_eq!(given("synod debate x -a analyst,"), ["analyst"]);
        assert_eq!(given("synod debate x -a analyst"), [""; 0]);
        assert_eq!(given("synod debate x --agents=ada,bo,cr"), ["ada", "bo"]);
        assert_eq!(given("synod debate x -a ada --judge "), ["ada"]);
        assert_eq!(given("synod debate analyst -m analyst"), [""; 0]);
        assert_eq!(agents_named_by(&words("synod debate -a a,b -a c"), 3).len(), 2, "a and c");
    }

    #[test]
    fn names_with_special_characters_are_not_offered() {
        for name in ["llama3.2:3b", "hf.co/a/B_c-GGUF:Q4_K_M", "qwen3+tools", "weiß"] {
            assert!(is_plain(name), "{name}");
        }
        for name in
            ["a b", "a;reboot", "$(reboot)", "`reboot`", "-rf", "a\nb", "a\u{1b}[2J", "~a", "a*"]
        {
            assert!(!is_plain(name), "{name:?}");
        }
    }
}
