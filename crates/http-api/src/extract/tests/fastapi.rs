//! Requests are read as FastAPI read them.

use serde_json::Value;
use synod_request_validation::test_util::FastApiCase;

use crate::wire::{DebateControlRequest, OllamaChatRequest, TaskRequest};

/// FastAPI's model takes any object for a message of the history; ours has `role` and `content`.
fn is_of_a_message(problem: &Value) -> bool {
    problem["loc"][1] == "conversation_history" && problem["loc"][3].is_string()
}

#[test]
fn requests_are_answered_as_fastapi_answered_them() {
    let mut count = 0;
    for case in FastApiCase::all() {
        match case.model.as_str() {
            "TaskRequest" => case.check::<TaskRequest>(|_| false),
            "OllamaChatRequest" => case.check::<OllamaChatRequest>(is_of_a_message),
            "DebateControlRequest" => case.check::<DebateControlRequest>(|_| false),
            _ => continue,
        }
        count += 1;
    }
    assert!(count > 20, "{count} cases");
}
