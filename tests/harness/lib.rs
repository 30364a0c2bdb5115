#![doc = include_str!("../README.md")]

mod fake_ollama;

pub use fake_ollama::{Chat, FakeOllama, InvalidSetting, Misbehaviour, Refusal, Settings, Stats};
