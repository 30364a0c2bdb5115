//! The exit codes of the command.

/// The exit codes as `--help` lists them.
pub(crate) const HELP: &str = "\
Exit codes:
    0  a verdict (the other commands: done, nothing wrong)
    1  an error, or a debate that could not be held
    2  a wrong option, question, agent, model or configuration
    3  no consensus, with --require-consensus
    4  a model host that refuses or is not in reach, or none with a model that can chat
    5  the budget or the deadline ended the debate
  130  interrupted";

/// The exit code of wrong options, questions, agents, models and configurations.
pub(crate) const USAGE: u8 = 2;
