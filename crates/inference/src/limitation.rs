use std::fmt;

/// Something optional that a host refuses for one model, and what is done instead. Learnt from the
/// host's own answers; see [`ChatModel::limitations`](crate::ChatModel::limitations).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Limitation {
    /// Messages of role system, or two messages of one role in a row.
    SystemMessages,
    /// A reply in pieces.
    Streaming,
    /// The token counts of a reply in pieces (`stream_options`).
    StreamUsage,
    /// A JSON Schema whose root is `anyOf`.
    UnionSchemas,
    /// What few servers understand of a JSON Schema: bounds of lengths, properties without a type.
    SchemaDetails,
    /// `strict` beside a JSON Schema.
    StrictSchemas,
    /// Some JSON Schemas; others are understood.
    SomeSchemas,
    /// JSON Schemas; JSON of any form can be asked for.
    Schemas,
    /// Any form of reply but free text.
    ReplyFormats,
    /// More texts to stop at than this.
    StopTexts {
        /// The number that is sent.
        max: usize,
    },
    /// `max_tokens`.
    MaxTokens,
    /// More output tokens than this.
    OutputTokens {
        /// The maximum that is requested, thought included.
        max: u32,
    },
    /// A temperature.
    Temperature,
    /// A repeat penalty.
    RepeatPenalty,
    /// A seed.
    Seed,
    /// The switch that turns thinking off or on.
    ThinkingSwitch,
    /// `truncate: false`.
    TruncateSwitch,
    /// `shift: false`.
    ShiftSwitch,
}

impl fmt::Display for Limitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SystemMessages => {
                "system messages are refused: their text is sent in the first user message"
            }
            Self::Streaming => "replies in pieces are refused: each is asked for as a whole",
            Self::StreamUsage => "`stream_options` is refused: tokens are estimated",
            Self::UnionSchemas => {
                "a JSON schema with `anyOf` at its root is refused: an object that admits the same \
                 replies is sent"
            }
            Self::SchemaDetails => {
                "details of JSON schemas are refused: a simpler schema is sent that admits more"
            }
            Self::StrictSchemas => "`strict` is refused: JSON schemas are sent without it",
            Self::SomeSchemas => {
                "some JSON schemas are refused: the prompt describes that JSON instead"
            }
            Self::Schemas => {
                "JSON schemas are refused: JSON of any form is asked for, and the prompt \
                 describes it"
            }
            Self::ReplyFormats => "reply formats are refused: JSON is asked for in the prompt",
            Self::StopTexts { max: 0 } => "stop texts are refused: replies are cut here instead",
            Self::StopTexts { max } => {
                return write!(
                    f,
                    "more than {max} stop texts are refused: replies are cut here at the others"
                );
            }
            Self::MaxTokens => "`max_tokens` is refused: `max_completion_tokens` is sent",
            Self::OutputTokens { max } => {
                return write!(
                    f,
                    "more than {max} output tokens are refused: replies, with the thought before \
                     them, are kept within that"
                );
            }
            Self::Temperature => "a temperature is refused: the model's own is used",
            Self::RepeatPenalty => "a repeat penalty is refused: the model's own is used",
            Self::Seed => "a seed is refused: replies cannot be repeated",
            Self::ThinkingSwitch => {
                "the thinking switch is refused: the model decides whether it thinks"
            }
            Self::TruncateSwitch => {
                "`truncate` is refused: a prompt that is too long may be cut by the server"
            }
            Self::ShiftSwitch => {
                "`shift` is refused: a reply that outgrows the window may lose its beginning"
            }
        })
    }
}
