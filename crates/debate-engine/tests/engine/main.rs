//! Whole debates among scripted participants, under paused time.

mod changed_models;
mod commands;
mod control;
mod crashes;
mod eight_clients;
mod faults;
mod feeds;
mod full_debates;
mod harness;
mod hosts_away;
mod idle;
mod messages_once;
mod modes;
mod store;
mod storm;
mod too_few_hosts;
