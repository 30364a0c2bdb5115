use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::{Map, Value, json};

/// Writes deterministic replies.
pub(super) struct Author {
    key: u64,
    draws: u64,
    words: u32,
    agree_p: f64,
    free_text: Option<String>,
}

impl Author {
    pub(super) fn new(
        key: &impl Hash,
        words: u32,
        agree_p: f64,
        free_text: Option<String>,
    ) -> Self {
        Self { key: hash_of(key), draws: 0, words, agree_p, free_text }
    }

    /// A reply in prose, which begins with an answer if the end of the prompt asks for one.
    pub(super) fn prose(&mut self, prompt: &str) -> String {
        if let Some(text) = &self.free_text {
            return text.clone();
        }
        let task = prompt.rsplit("\n\n").next().unwrap_or_default();
        let answer = if task.contains("Answer:") {
            format!("Answer: {}\n", self.sentence(4))
        } else {
            String::new()
        };
        answer + &self.sentences(self.words)
    }

    /// A value that is valid under a schema. A list of options contains the answers in the prompt, if there
    /// are any.
    pub(super) fn reply_in(&mut self, schema: &Value, prompt: &str) -> Value {
        let listed = schema.pointer("/properties/options").is_some();
        let answers = prompt.lines().filter_map(|line| line.strip_prefix("Answer: ")).take(6);
        let answers: Vec<&str> = answers.filter(|_| listed).collect();
        if answers.is_empty() { self.instance(schema) } else { json!({ "options": answers }) }
    }

    /// A value that is valid under a schema.
    pub(super) fn instance(&mut self, schema: &Value) -> Value {
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(choices) = list(schema, "enum") {
            return self.choice(choices);
        }
        if let Some(choices) = list(schema, "anyOf").or_else(|| list(schema, "oneOf")) {
            return match self.pick(choices) {
                Some(schema) => self.instance(schema),
                None => Value::Null,
            };
        }
        let kind = match schema.get("type") {
            // The caller that fills the object decides whether the value is null.
            Some(Value::Array(kinds)) => {
                kinds.iter().filter_map(Value::as_str).find(|kind| *kind != "null")
            }
            Some(kind) => kind.as_str(),
            None => None,
        };
        match kind {
            Some("object") => Value::Object(self.object(schema)),
            Some("array") => Value::Array(self.array(schema)),
            Some("string") => Value::String(self.string(schema)),
            Some("number") => {
                let (least, most) = range(schema, 1.0);
                json!(least + (self.share() * (most - least) * 1_000.0).round() / 1_000.0)
            }
            Some("integer") => {
                let (least, most) = range(schema, 10.0);
                #[expect(clippy::cast_possible_truncation, reason = "bounds of schemas are small")]
                let value = (least + self.share() * (most - least)).round() as i64;
                json!(value)
            }
            Some("boolean") => json!(self.share() < 0.5),
            Some(_) | None => Value::Null,
        }
    }

    fn choice(&mut self, choices: &[Value]) -> Value {
        let agrees = self.share() < self.agree_p;
        let agree = choices.iter().find(|c| agrees && c.as_str() == Some("agree"));
        agree.or_else(|| self.pick(choices)).cloned().unwrap_or_default()
    }

    /// The required properties and about half of the optional ones. Nullable properties are null unless a
    /// new option was chosen before.
    fn object(&mut self, schema: &Value) -> Map<String, Value> {
        let required = list(schema, "required").unwrap_or_default();
        let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
            return Map::new();
        };
        let mut object = Map::new();
        for (name, property) in properties {
            if required.iter().any(|r| r == name) || self.share() < 0.5 {
                let value = if is_nullable(property) && !object.values().any(|v| v == "new") {
                    Value::Null
                } else {
                    self.instance(property)
                };
                object.insert(name.clone(), value);
            }
        }
        object
    }

    fn array(&mut self, schema: &Value) -> Vec<Value> {
        let size = |key| schema.get(key).and_then(Value::as_u64);
        let least = size("minItems").unwrap_or(1);
        let most = size("maxItems").unwrap_or(least + 2).max(least);
        let items = schema.get("items").unwrap_or(&Value::Null);
        (0..least + self.draw() % (most - least + 1)).map(|_| self.instance(items)).collect()
    }

    fn string(&mut self, schema: &Value) -> String {
        let most = schema.get("maxLength").and_then(Value::as_u64).unwrap_or(u64::MAX);
        let text = match &self.free_text {
            Some(text) => text.clone(),
            None if most <= 200 => self.sentence(5),
            None => self.sentences(self.words),
        };
        text.chars().take(usize::try_from(most).unwrap_or(usize::MAX)).collect()
    }

    fn sentences(&mut self, words: u32) -> String {
        let lengths = (0..words).step_by(12).map(|done| (words - done).min(12));
        lengths.map(|n| self.sentence(n)).collect::<Vec<_>>().join(" ")
    }

    fn sentence(&mut self, words: u32) -> String {
        let words: Vec<&str> = (0..words).filter_map(|_| self.pick(&WORDS).copied()).collect();
        let text = words.join(" ");
        let mut letters = text.chars();
        letters
            .next()
            .map_or(String::new(), |l| format!("{}{}.", l.to_uppercase(), letters.as_str()))
    }

    fn pick<'a, T>(&mut self, among: &'a [T]) -> Option<&'a T> {
        let size = u64::try_from(among.len()).ok().filter(|size| *size > 0)?;
        among.get(usize::try_from(self.draw() % size).ok()?)
    }

    /// A number from 0 to 1.
    fn share(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "a thousandth is fine enough")]
        let share = (self.draw() % 1_000) as f64 / 1_000.0;
        share
    }

    fn draw(&mut self) -> u64 {
        self.draws += 1;
        hash_of(&(self.key, self.draws))
    }
}

/// The text in pieces as a model writes them: words, and parts of long words.
pub(super) fn pieces(text: &str) -> Vec<String> {
    let chars = |word: &str| word.chars().collect::<Vec<_>>();
    text.split_inclusive(' ')
        .flat_map(|word| chars(word).chunks(12).map(String::from_iter).collect::<Vec<_>>())
        .collect()
}

pub(super) fn hash_of(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn list<'a>(schema: &'a Value, key: &str) -> Option<&'a [Value]> {
    schema.get(key)?.as_array().map(Vec::as_slice)
}

fn is_nullable(schema: &Value) -> bool {
    list(schema, "type").is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"))
}

fn range(schema: &Value, most: f64) -> (f64, f64) {
    let bound = |key| schema.get(key).and_then(Value::as_f64);
    let least = bound("minimum").unwrap_or(0.0);
    (least, bound("maximum").unwrap_or(least + most))
}

const WORDS: [&str; 48] = [
    "a", "and", "before", "benefit", "but", "careful", "change", "city", "claim", "clear", "cost",
    "each", "early", "evidence", "fair", "fewer", "first", "gain", "habit", "harm", "however",
    "in", "known", "late", "local", "measure", "money", "more", "of", "often", "people", "plan",
    "point", "price", "proof", "public", "reason", "risk", "rule", "safe", "simple", "slow",
    "test", "the", "time", "trust", "with", "years",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ballot() -> Value {
        json!({
            "type": "object",
            "properties": {
                "choice": {"type": "string", "enum": ["yes", "no", "abstain"]},
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                "note": {"type": "string", "maxLength": 9},
            },
            "required": ["choice", "confidence"],
        })
    }

    #[test]
    fn ballots_conform_to_the_schema_and_every_choice_occurs() {
        let mut chosen = std::collections::HashSet::new();
        for seed in 0..50 {
            let value = Author::new(&seed, 20, 0.0, None).instance(&ballot());
            let confidence = value["confidence"].as_f64().unwrap();
            assert!((0.0..=1.0).contains(&confidence), "{value}");
            assert!(value.get("note").is_none_or(|n| n.as_str().unwrap().len() <= 9), "{value}");
            chosen.insert(value["choice"].as_str().unwrap().to_owned());
        }
        assert_eq!(chosen.len(), 3);
    }

    #[test]
    fn equal_prompts_get_equal_replies_and_others_differ() {
        let reply = |key: &str| Author::new(&key, 40, 0.0, None).prose(key);
        assert_eq!(reply("one"), reply("one"));
        assert_ne!(reply("one"), reply("two"));
        assert_eq!(reply("one").split(' ').count(), 40);
    }

    #[test]
    fn pieces_concatenate_to_the_text() {
        let text = "Ça coûte 5 €, {\"choice\":\"a long option\"} 🦀\nend";
        assert_eq!(pieces(text).concat(), text);
    }
}
