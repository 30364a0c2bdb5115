use std::fmt::Write;

use crate::config::KEYS;

/// The text before the keys of `[server]`.
const HEAD: &str = "\
# Settings of synod. What is commented out is a default or an example.
# A variable SYNOD__SECTION__KEY, as SYNOD__SERVER__PORT=9000, overrules a value here, and a flag
# overrules both. `synod config show` shows the effective configuration.

[server]
";

/// The text after them.
const TAIL: &str = "
# What `synod debate` takes where no flag says otherwise, and `synod serve` where a request leaves a
# field out (all but agents and models).
# [debate]
# agents = [\"analyst\", \"critic\", \"pragmatist\"]
# models = [\"llama3.2:3b\", \"gpu/my-model\"] # in turn
# mode = \"structured\"     # or freeform, autonomous
# rounds = 3
# iterations = 1          # turns of each participant per round
# threshold = 0.8         # share of all participants that makes a consensus
# min_rounds = 1
# run_off = true
# time_limit = 60         # seconds of a call
# max_tokens = 400        # of a statement
# budget = 200000         # tokens of all calls; without it, no limit
# deadline = 3600         # seconds of the debate; without it, no limit

# A place that serves models; without any: the Ollama at OLLAMA_HOST, or at 127.0.0.1:11434.
# [hosts.local]
# url = \"http://127.0.0.1:11434\"
# concurrent_calls = 1    # calls that each model serves at a time: OLLAMA_NUM_PARALLEL there
# models_at_once = 2      # models that fit into its memory; without it, it is learnt
# calls_at_once = 1       # calls of all models together; without it, 1 where they run on the processor
# load_seconds = 600      # longest that calls wait for a model, or the server, to be loaded
# away_seconds = 120      # longest that calls wait for it while it cannot be reached
# num_ctx = 8192          # tokens of the window that models are loaded with
# keep_alive = \"30m\"      # how long models stay in memory; without it: OLLAMA_KEEP_ALIVE there

# A server that speaks OpenAI's protocol: llama.cpp's, vLLM, LM Studio.
# [hosts.gpu]
# kind = \"openai\"         # \"ollama\" if not set
# url = \"http://gpu:8080\" # with or without /v1
# api_key_file = \"gpu.key\" # or SYNOD__HOSTS__GPU__API_KEY, or `api_key` here
# window = 8192           # tokens of a call, where the server does not tell

# One of its models, by its id, where the server does not tell. An Ollama's may have num_ctx and
# keep_alive of its own.
# [hosts.gpu.models.\"my-model\"]
# parameters = \"1.5B\"     # small models are asked in other words
# window = 4096           # as above, for this model
# chats = true            # or false: it gets no seat

# An agent; of a built-in one (`synod agents`) only what is to change.
# [agents.ada]
# name = \"Ada\"
# expertise = \"an engineer who has run systems like this one for years\"
# voice = \"concretely, from experience\"
# host = \"local\"
# model = \"qwen2.5:3b\"
";

/// A configuration file with every key, each commented out.
pub(super) fn sample() -> String {
    let mut text = HEAD.to_owned();
    for key in &KEYS {
        let value = if key.default.is_empty() { "\"...\"" } else { key.default };
        let pair = format!("{} = {value}", key.name);
        // A string takes everything.
        writeln!(text, "# {pair:<32} # {}", key.about).unwrap_or_default();
    }
    text + TAIL
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn the_sample_is_accepted_as_it_is_and_with_its_examples() {
        Config::parse("synod.toml".as_ref(), &sample()).expect("it says nothing");
        let is_example = |line: &str| line.contains(" = ") || line.starts_with("# [");
        let examples: String = sample()
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|_| is_example(line)).unwrap_or(line))
            .filter(|line| !line.contains("\"...\""))
            .map(|line| format!("{line}\n"))
            .collect();
        let file = Config::parse("synod.toml".as_ref(), &examples).expect(&examples);
        let set = KEYS.iter().filter(|key| file.server.value(key).is_some()).count();
        assert_eq!(set, KEYS.iter().filter(|key| !key.default.is_empty()).count());
        assert_eq!(file.debate.iter().count(), 12);
        assert_eq!(file.hosts.len(), 2);
        assert_eq!(file.hosts[1].models[0].parameters, Some(1_500_000_000));
    }
}
