//! The table `[log]`.

use std::path::PathBuf;

use super::key::keys;

keys! {
    /// The values of `[log]`.
    pub(crate) struct LogTable(" in [log]") {
        data: PathBuf { "directory that keeps debates, agents and tasks; ~/.local/share/synod if not set" }
        ephemeral: bool {
            "true keeps nothing after the end of the process",
            default: "false",
        }
        allow_network_fs: bool {
            "true accepts a directory on a network file system, whose locks may not work",
            default: "false",
        }
    }
}
