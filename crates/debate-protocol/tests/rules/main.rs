//! The rules, judged from outside: whole debates, their logs, and the laws that hold in all of them.

mod commands;
mod defects;
mod laws;
mod options;
mod recovery;
mod scenarios;
mod table;
mod ties;
mod worked_example;
