#![doc = include_str!("../README.md")]

mod agent;
mod answer_line;
mod ballot;
mod brief;
mod call;
mod call_options;
mod clock;
mod confidence;
mod config;
mod config_path;
mod enumeration;
mod event;
mod frame;
mod id;
mod invalid_config;
mod invisible;
mod label;
mod limits;
mod mark;
mod millis;
mod model_change;
mod moderator;
mod norm;
mod option;
mod participant;
mod plain_text;
mod proposal;
mod punctuation;
mod recorded;
mod rules;
mod scale;
mod sentence;
mod separator;
mod shortened;
mod spelling;
mod tally;
mod timestamp;
mod valid_config;
mod verdict;

pub use agent::{AgentProfile, Persona};
pub use answer_line::{answer_line, without_closing_tag, without_word};
pub use ballot::{BallotForm, BallotResult, Rung};
pub use brief::{Brief, CallTask, OwnAnswer, Quote, Repair, TranscriptEntry};
pub use call::{CallMeta, CallNo, Purpose, TurnNo};
pub use call_options::{CallOptions, Decimal};
pub use clock::Clock;
#[cfg(feature = "test-util")]
pub use clock::ManualClock;
pub use confidence::Confidence;
pub use config::{DebateConfig, DebateMode};
pub use config_path::{ConfigPath, PathSegment};
pub use enumeration::enumeration;
pub use event::{
    BallotRecorded, CallStarted, CallVoided, Event, FailureCause, Initialized, Interjected,
    JudgeRuled, MoveChosen, MoveKind, MoveSource, OptionsSet, OptionsSource, PausePolicy,
    PauseReason, Paused, Resumed, RoundClosed, Then, Truncated, TurnEnded, TurnResult, VoidCause,
};
pub use frame::{
    FrameVariant, LabelStyle, PromptFrame, begins_statement, breaks_line, is_order, telling,
    with_author_named,
};
pub use id::{AgentId, DebateId, HostName, InvalidId, ModelName};
pub use invalid_config::{ConfigProblem, InvalidConfig};
pub use invisible::{is_blank, is_invisible};
pub use label::Label;
pub use limits::DebateLimits;
pub use mark::{Contradiction, behind_marks, named_option, same_listed, unmarked, without_signs};
pub use millis::Millis;
pub use model_change::ModelChange;
pub use moderator::Move;
pub use norm::{norm, same_answer};
pub use option::{DebateOption, InvalidOption, OptionId, UnknownOption};
pub use participant::ParticipantProfile;
pub use plain_text::{ForbiddenCharacter, check_name, check_text};
pub use proposal::{Proposal, chosen_option, says_nothing};
pub use punctuation::{
    is_colon, is_dash, is_enclosing, is_quotation_mark, is_sentence_end, is_sentence_punctuation,
};
pub use recorded::Recorded;
pub use rules::{DebateRules, DecisionRule};
pub use scale::Scale;
pub use sentence::{sentences, telling_sentence};
pub use shortened::shortened;
pub use spelling::{instead_of, near_names};
pub use tally::{Tally, VoteCount};
pub use timestamp::Timestamp;
pub use valid_config::ValidConfig;
pub use verdict::{
    Argument, CallCount, Dissent, Hollow, Outcome, Panel, Silent, TieBreak, TokenCount, Verdict,
};
