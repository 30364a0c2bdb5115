//! Ballots: the form that a voter sees, and the strict reading of its reply.

use std::sync::Arc;

use serde_json::{Value, value::RawValue};
use synod_domain::{
    BallotForm, BallotResult, Confidence, Contradiction, DebateOption, OptionId, Proposal, Purpose,
    Rung, TranscriptEntry, TurnNo, chosen_option, is_blank, is_colon, is_dash, is_enclosing,
    is_invisible, norm, without_signs, without_word,
};

use crate::{
    Addressee, Debate, Step,
    debate::CountedBallot,
    json_object::{FoundObject, begins_object, closed_object, is_json, only_object, read_object},
    statement::one_line,
};

impl Debate {
    /// What a voter sees, whose prompt leaves out this many of the oldest statements.
    pub(crate) fn ballot_form(&self, step: &Step, omitted: u32) -> BallotForm {
        self.decision().ballot_form(self, step, omitted)
    }

    /// A ballot that names one option: the options from place (i + r) mod K on, and the statements
    /// that the voter may name as what moved it, which are those that its prompt shows.
    pub(crate) fn one_choice_form(&self, step: &Step, omitted: u32) -> BallotForm {
        let Addressee::Participant(index) = step.asked else {
            return BallotForm { choices: vec![], may_propose: false, moved_by: None };
        };
        let run_off = step.purpose == Purpose::RunOff;
        let mut choices = if run_off { self.leading_options() } else { self.options.to_vec() };
        if !choices.is_empty() {
            let start = (index + usize::from(step.round)) % choices.len();
            choices.rotate_left(start);
        }
        let asks_cause = step.round > 0 && !run_off;
        BallotForm {
            choices,
            may_propose: !run_off && self.may_propose(),
            moved_by: asks_cause.then(|| self.may_have_moved(index, omitted)),
        }
    }

    /// The options that led the last closed round.
    pub(crate) fn leading_options(&self) -> Vec<DebateOption> {
        let leaders = self.rounds.last().map(|round| &round.tally.leaders[..]).unwrap_or_default();
        self.options.iter().filter(|option| leaders.contains(&option.id)).cloned().collect()
    }

    /// The options a judge rules between; in reverse order the second time.
    pub(crate) fn tied_options(&self, reversed: bool) -> Vec<DebateOption> {
        let run_off = self.run_off.as_ref().map(|run_off| &run_off.tally.leaders[..]);
        let still_tied = run_off.filter(|leaders| !leaders.is_empty());
        let mut tied = self.leading_options();
        tied.retain(|option| still_tied.is_none_or(|leaders| leaders.contains(&option.id)));
        if reversed {
            tied.reverse();
        }
        tied
    }

    fn may_propose(&self) -> bool {
        let room = self.options.len() < OptionId::MOST;
        self.is_open_question() && room && self.round < self.setup.config.max_rounds
    }

    /// Peers' statements of this round, and in round 1 the openings, without the `omitted` oldest
    /// statements, which the prompt does not show.
    fn may_have_moved(&self, index: usize, omitted: u32) -> Vec<TurnNo> {
        let since = if self.round == 1 { 0 } else { self.round };
        let statements = self.transcript.iter().filter_map(|entry| match entry {
            TranscriptEntry::Statement { round, label, turn, .. } => Some((*round, *label, *turn)),
            TranscriptEntry::Interjection { .. } => None,
        });
        let shown = statements.skip(usize::try_from(omitted).unwrap_or(usize::MAX));
        let asked = shown.filter(|(round, label, _)| *round >= since && label.index() != index);
        asked.map(|(.., turn)| turn).collect()
    }
}

/// Keys of the form that a vote does not need.
const OPTIONAL_KEYS: [&str; 2] = ["confidence", "moved_by"];

/// Longest reply in bytes whose object is closed where it is not: it costs a look at each comma.
const LONGEST_UNCLOSED: usize = 4 * DebateOption::LONGEST + 1_024;

/// The ballot that a reply is, and the rung it was read on. `cut`: a limit of tokens ended the reply,
/// so that more would have followed.
///
/// # Errors
/// The error to quote in the repair.
pub(crate) fn read(
    reply: &str,
    cut: bool,
    form: &BallotForm,
    options: &[DebateOption],
) -> Result<(CountedBallot, Rung), String> {
    let reply = reply.trim();
    let strict = match filled(reply, form, options) {
        Ok(ballot) => return Ok((ballot, Rung::Strict)),
        Err(error) => error,
    };
    // The text after the end may change the meaning: `Keep` may be `Keep it`, and an object an
    // example in a thought.
    if cut {
        return Err(strict);
    }
    if let Some(FoundObject { object, prose }) = only_object(reply)
        && let Ok(ballot) = filled(object, form, options)
    {
        prose.check_ballot(ballot.option, &ballot.text(options), options)?;
        return Ok((ballot, Rung::Embedded));
    }
    // A model that ended its reply itself, but for the closing brace, has said all of its vote.
    if reply.len() <= LONGEST_UNCLOSED
        && let Some(FoundObject { object, prose }) = closed_object(reply, &OPTIONAL_KEYS)
        && let Ok(ballot) = filled(&object, form, options)
    {
        prose.check_ballot(ballot.option, &ballot.text(options), options)?;
        return Ok((ballot, Rung::Embedded));
    }
    match bare(reply, &form.choices, options) {
        Ok(Some(Choice::Option(option))) => Ok((CountedBallot::vote(option), Rung::Bare)),
        Ok(Some(Choice::Abstain)) => Ok((CountedBallot::abstention(), Rung::Bare)),
        Ok(Some(Choice::New) | None) => Err(strict),
        Err(contradiction) => Err(contradiction.to_string()),
    }
}

/// The option that a judge's reply names, among those that are tied. `cut`: a limit of tokens ended
/// the reply.
///
/// # Errors
/// The error of the reply.
pub(crate) fn read_ruling(
    reply: &str,
    cut: bool,
    tied: &[DebateOption],
    options: &[DebateOption],
) -> Result<OptionId, String> {
    let reply = reply.trim();
    let named = |ruling: &RulingReply| Choice::named(&ruling.choice, tied, options);
    let (named, prose) = match read_object(reply) {
        Ok(ruling) => (named(&ruling), None),
        Err(_) if cut => return Err("the reply was cut by its length limit".to_owned()),
        Err(_) => match only_object(reply) {
            Some(FoundObject { object, prose }) => match read_object(object) {
                Ok(ruling) => (named(&ruling), Some(prose)),
                Err(_) => (bare(reply, tied, options), None),
            },
            None => (bare(reply, tied, options), None),
        },
    };
    match named {
        Ok(Some(Choice::Option(option))) => {
            let own = CountedBallot::vote(option);
            prose.map_or(Ok(()), |prose| {
                prose.check_ballot(Some(option), &own.text(options), options)
            })?;
            Ok(option)
        }
        Ok(Some(Choice::Abstain | Choice::New) | None) => {
            Err("`choice` names no option".to_owned())
        }
        Err(contradiction) => Err(contradiction.to_string()),
    }
}

/// The object of the form. Unknown and repeated keys are errors.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct BallotReply {
    choice: String,
    /// As it is written: a number, or whatever a model gives in its place.
    #[serde(default)]
    confidence: Option<Box<RawValue>>,
    #[serde(default)]
    new_option: Option<String>,
    /// As it is written: whatever it is, it makes no vote invalid.
    #[serde(default)]
    moved_by: Option<Box<RawValue>>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RulingReply {
    choice: String,
}

enum Choice {
    Option(OptionId),
    Abstain,
    New,
}

impl Choice {
    /// The choice that a text names by id, text or word; equality of norms, never mention. A text of
    /// an option outside of the choices names no choice, even if only a number in front differs.
    ///
    /// # Errors
    /// [`Contradiction`], if it names two options.
    fn named(
        text: &str,
        choices: &[DebateOption],
        options: &[DebateOption],
    ) -> Result<Option<Self>, Contradiction> {
        if let Some(option) = chosen_option(text, options)? {
            let is_choice = choices.iter().any(|choice| choice.id == option);
            return Ok(is_choice.then_some(Self::Option(option)));
        }
        let word = |text: &str| match norm(text).as_str() {
            "abstain" | "i abstain" => Some(Self::Abstain),
            "new" => Some(Self::New),
            _ => None,
        };
        Ok(word(text).or_else(|| word(without_signs(text)?)))
    }
}

impl CountedBallot {
    fn vote(option: OptionId) -> Self {
        Self { result: BallotResult::Vote, option: Some(option), ..Self::abstention() }
    }

    const fn abstention() -> Self {
        Self {
            result: BallotResult::Abstain,
            option: None,
            proposal: None,
            confidence: None,
            moved_by: None,
        }
    }

    /// The text of the choice.
    fn text(&self, options: &[DebateOption]) -> Arc<str> {
        let option = self.option.and_then(|option| options.get(option.place()));
        match (option, &self.proposal) {
            (Some(option), _) => Arc::clone(&option.text),
            (None, Some(proposal)) => (&**proposal).into(),
            (None, None) => "abstain".into(),
        }
    }
}

fn filled(
    text: &str,
    form: &BallotForm,
    options: &[DebateOption],
) -> Result<CountedBallot, String> {
    let reply: BallotReply = read_object(text)?;
    let choice = Choice::named(&reply.choice, &form.choices, options)
        .map_err(|contradiction| format!("`choice`: {contradiction}"))?;
    // Models that fill every key write an empty text or `none` where there is nothing to write.
    let line = reply.new_option.as_deref().filter(|text| !is_blank(text)).map(one_line);
    let offered = line.as_deref().map(|line| Proposal::read(line, options));
    let offered = offered.filter(|offered| *offered != Ok(Proposal::Nothing));
    let says_again = matches!((choice.as_ref(), &offered),
        (Some(Choice::Option(chosen)), Some(Ok(Proposal::Existing(again)))) if chosen == again);
    if offered.is_some() && !says_again && !matches!(choice, Some(Choice::New) | None) {
        return Err(
            "`new_option` must be left out or null, because `choice` is not `new`".to_owned()
        );
    }
    let position = match choice {
        Some(Choice::Option(option)) => CountedBallot::vote(option),
        Some(Choice::Abstain) => CountedBallot::abstention(),
        Some(Choice::New) if form.may_propose => {
            let offered = offered.ok_or("`new` needs `new_option`")?;
            proposed(offered.map_err(|error| format!("`new_option`: {error}"))?)?
        }
        Some(Choice::New) | None => return Err("`choice` names none of the choices".to_owned()),
    };
    Ok(CountedBallot {
        confidence: reply.confidence.and_then(|written| confidence(written.get())),
        moved_by: reply.moved_by.and_then(|written| cause(written.get(), form)),
        ..position
    })
}

/// The confidence that a value states, if it is a number or a text that is one. What it is not, a
/// voter has not said: the vote counts all the same.
fn confidence(written: &str) -> Option<Confidence> {
    if written.starts_with('"') {
        let text: String = serde_json::from_str(written).ok()?;
        return Confidence::read_text(&text);
    }
    Confidence::read(written)
}

/// A new option that equals an existing one is a vote for it.
fn proposed(proposal: Proposal<'_>) -> Result<CountedBallot, String> {
    match proposal {
        Proposal::Existing(option) => Ok(CountedBallot::vote(option)),
        Proposal::New(stored) => {
            DebateOption::check(stored).map_err(|error| format!("`new_option`: {error}"))?;
            Ok(CountedBallot { proposal: Some(stored.into()), ..CountedBallot::abstention() })
        }
        Proposal::Nothing => Err("`new_option` proposes nothing".to_owned()),
    }
}

/// The statement that a voter names as what moved it, if it names exactly one that was asked for.
/// What it is not, a voter has not said: the vote counts all the same.
fn cause(written: &str, form: &BallotForm) -> Option<TurnNo> {
    let asked = form.moved_by.as_ref()?;
    let turn = statement_named(&serde_json::from_str(written).ok()?).map(TurnNo);
    turn.filter(|turn| asked.contains(turn))
}

/// The number of the one statement that a value names, in the forms in which models name one.
fn statement_named(value: &Value) -> Option<u32> {
    match value {
        Value::String(text) => statement_number(&norm(text)),
        Value::Number(number) => {
            let digits = number.to_string();
            digits.strip_suffix(".0").unwrap_or(&digits).parse().ok()
        }
        Value::Array(values) => match &values[..] {
            [value] => statement_named(value),
            [] | [_, _, ..] => None,
        },
        Value::Null | Value::Bool(_) | Value::Object(_) => None,
    }
}

/// The number of a statement in the forms in which prompts show it (`S7`, `Speaker B, statement 7`),
/// or alone, of a text under `norm`. A reason may follow behind a mark, as in `S7: it is true`, unless
/// it has a number too, which may be that of another statement.
fn statement_number(named: &str) -> Option<u32> {
    let behind_speaker = named.strip_prefix("speaker ").and_then(|rest| {
        let rest = rest.strip_prefix(|c: char| c.is_ascii_lowercase())?;
        Some(rest.strip_prefix(',')?.trim_start())
    });
    let words = behind_speaker.unwrap_or(named);
    let label = words.strip_prefix("statement").map_or(words, str::trim_start);
    let label = label.strip_prefix(['s', '#']).unwrap_or(label);
    let digits = label.trim_end_matches(|c: char| !c.is_ascii_digit());
    let reason = &label[digits.len()..];
    let by_mark = |rest: &str| !rest.starts_with(char::is_alphanumeric);
    let is_named = reason.is_empty() || (label.len() < named.len() && by_mark(reason.trim_start()));
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    (is_named && is_number).then(|| digits.parse().ok()).flatten()
}

/// What may stand in front of the word that leads a bare reply.
const OWN: [&str; 5] = ["my final", "my", "final", "the final", "the"];

/// How a sentence of its own casts a vote. What follows must equal a choice all the same.
const OWN_VOTE: [&str; 4] = ["i vote for", "i vote", "i choose", "i am voting for"];

/// The choice that a bare reply is, after one leading `choice`, `vote`, `answer` or `option`, also as
/// in `My vote: …`.
///
/// # Errors
/// [`Contradiction`], if it names two options.
fn bare(
    reply: &str,
    choices: &[DebateOption],
    options: &[DebateOption],
) -> Result<Option<Choice>, Contradiction> {
    // Longer replies cannot equal a choice; they need no normalising.
    if reply.len() > 4 * DebateOption::LONGEST + 64 || is_json(reply) || begins_object(reply) {
        return Ok(None);
    }
    if let Some(choice) = Choice::named(reply, choices, options)? {
        return Ok(Some(choice));
    }
    let is_decoration = |c: char| c.is_whitespace() || is_invisible(c) || is_enclosing(c);
    let begun = reply.trim_start_matches(is_decoration);
    // `My vote: Keep it`, `I vote for Keep it`.
    let behind = |lead: &str| {
        let rest = without_word(begun, lead)?;
        rest.starts_with(|c| is_decoration(c) || is_colon(c))
            .then(|| rest.trim_start_matches(is_decoration))
    };
    if let Some(rest) = OWN_VOTE.into_iter().find_map(behind) {
        return Choice::named(rest.trim_start_matches(is_colon), choices, options);
    }
    let begun = OWN.into_iter().find_map(behind).unwrap_or(begun);
    let led = ["choice", "vote", "answer", "option"].into_iter().find_map(|word| {
        let rest = without_word(begun, word)?;
        let bare = rest.trim_start_matches(is_decoration);
        // `Answer is: Keep it`.
        let behind_is = without_word(bare, "is")
            .map(|rest| rest.trim_start_matches(is_decoration))
            .filter(|rest| rest.starts_with(is_colon));
        let is_mark = |c| is_colon(c) || (is_dash(c) && c != '-' && c != '\u{2212}');
        let parted = rest.starts_with(char::is_whitespace) || bare.starts_with(is_mark);
        let rest = behind_is.unwrap_or(rest);
        parted.then(|| rest.trim_start_matches(|c| is_decoration(c) || is_mark(c)))
    });
    led.map_or(Ok(None), |rest| Choice::named(rest, choices, options))
}

#[cfg(test)]
mod tests;
