//! The command `synod` as users and scripts run it: its output and its exit codes.

mod ascii;
mod backup;
mod bad_input;
mod completion;
mod cutting_proxy;
mod damaged;
mod data_directory;
mod debate;
mod doctor;
mod extremes;
mod hosts_away;
mod import;
mod interrupts;
mod kept;
mod models;
mod moved;
mod paths;
mod question;
mod refusing_hosts;
mod resumed;
mod scripted_host;
mod shell;
mod synod;
mod unloadable_models;
mod upgrade_check;
mod verify;
