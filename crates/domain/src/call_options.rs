use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The options that a request to a model was sent with. Absent: not sent, so that the host's own value
/// applied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CallOptions {
    /// The seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u32>,
    /// The softmax temperature.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<Decimal>,
    /// The repeat penalty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_penalty: Option<Decimal>,
    /// Tokens of the reply at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Tokens of thinking before the reply at most, of models that think.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_thinking_tokens: Option<u32>,
    /// Tokens of prompt and reply together, as the context window was known at the end of the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_tokens: Option<u32>,
    /// The texts before which the reply ends.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    pub stop: Box<[Box<str>]>,
}

/// A number with at most three decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct Decimal(#[cfg_attr(feature = "schema", schemars(with = "f64"))] i32);

impl Decimal {
    /// The number, rounded to three decimals. Numbers beyond two million are bounded to it.
    #[must_use]
    pub fn of(number: f32) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "a cast of floats saturates")]
        Self((f64::from(number) * 1_000.0).round() as i32)
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from(self.0) / 1_000.0
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.get())
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[expect(clippy::cast_possible_truncation, reason = "three decimals are kept")]
        f64::deserialize(deserializer).map(|number| Self::of(number as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_written_as_they_were_sent() {
        let options = CallOptions {
            seed: Some(7),
            temperature: Some(Decimal::of(0.6)),
            repeat_penalty: Some(Decimal::of(1.1)),
            stop: ["\n".into()].into(),
            ..CallOptions::default()
        };
        let json = r#"{"seed":7,"temperature":0.6,"repeat_penalty":1.1,"stop":["\n"]}"#;
        assert_eq!(serde_json::to_string(&options).unwrap(), json);
        assert_eq!(serde_json::from_str::<CallOptions>(json).unwrap(), options);
        assert_eq!(serde_json::from_str::<CallOptions>("{}").unwrap(), CallOptions::default());
    }
}
