//! `synod serve` as a process, asked in bytes.

mod clients;
mod configuration;
mod guards;
mod log;
mod refusals;
mod server;
mod stopping;
