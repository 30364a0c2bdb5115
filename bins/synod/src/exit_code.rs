//! The exit codes of the command.

/// The exit codes as `--help` lists them.
pub(crate) const HELP: &str = "\
Exit codes:
    0  a verdict; for other commands, success
    1  an error, or a debate that could not be completed
    2  an invalid option, question, agent, model or configuration
    3  no consensus, with --require-consensus
    4  a model host refuses access or cannot be reached, or no host has a chat model
    5  the budget or the deadline ended the debate
  130  interrupted";

/// The exit code for invalid options, questions, agents, models and configurations.
pub(crate) const USAGE: u8 = 2;
