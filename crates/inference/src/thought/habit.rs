use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the replies of one model on one host begin within a thought, because the model's chat
/// template has opened it: such a reply holds `</think>` and no `<think>`.
///
/// Where that is expected, a reply is reported as thought until the thought closes. The name of a model
/// is the first guess; its replies correct it.
#[derive(Debug)]
pub(crate) struct ThoughtHabit(AtomicBool);

/// Parts of the names of models whose chat templates end with an opened thought, as their published
/// templates do, or that are often served that way.
const NAMES: [&str; 14] = [
    "deepseek-r1",
    "deepseek_r1",
    "r1-distill",
    "qwq",
    "thinking",
    "thinker",
    "-think",
    "qwen3.5",
    "qwen3.6",
    "minimax-m2",
    "exaone-deep",
    "glm-4.7",
    "nemotron-nano",
    "nemotron-3",
];

impl ThoughtHabit {
    /// What the name of a model lets expect.
    pub(crate) fn of_model(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        Self(AtomicBool::new(NAMES.iter().any(|part| name.contains(part))))
    }

    /// The next reply is expected to begin within a thought.
    pub(crate) fn opens_in_thought(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// A reply has shown whether the model's replies begin within a thought.
    pub(crate) fn learn(&self, opens_in_thought: bool) {
        self.0.store(opens_in_thought, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_first_guess_and_replies_correct_it() {
        for (name, expected) in [
            ("deepseek-r1:7b", true),
            ("Qwen/QwQ-32B", true),
            ("qwen3-4b-thinking-2507", true),
            ("llama3.2:3b", false),
            ("gpt-oss:20b", false),
            ("qwen3:4b", false),
        ] {
            let habit = ThoughtHabit::of_model(name);
            assert_eq!(habit.opens_in_thought(), expected, "{name}");
            habit.learn(!expected);
            assert_eq!(habit.opens_in_thought(), !expected, "{name}");
        }
    }
}
