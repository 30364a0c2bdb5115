//! `synod serve` as a process, tested over TCP.

mod clients;
mod configuration;
mod guards;
mod log;
mod refusals;
mod server;
mod stopping;
