use std::sync::Arc;

use minijinja::{Environment, Error, UndefinedBehavior, Value, context};
use synod_domain::{
    BallotForm, Brief, CallTask, DebateOption, Move, OptionId, Persona, Purpose, Scale,
    TranscriptEntry, shortened,
};

use super::{Excerpt, reminder, reply_schema, sanitize};

/// The texts of all prompts, compiled.
///
/// Parts are ordered by how often they change: first the part that all calls of a debate share, then the
/// transcript, which only grows, then the part of the single call. A host that caches the state of a
/// prompt's beginning need not process it again.
#[derive(Debug)]
pub(crate) struct Wording {
    templates: Environment<'static>,
    /// The system message that explains all instructions, and the brief one. Both are rendered once.
    explaining: Arc<str>,
    brief: Arc<str>,
}

const TEMPLATES: [(&str, &str); 20] = [
    ("system", include_str!("../../prompts/system.jinja")),
    ("debate", include_str!("../../prompts/debate.jinja")),
    ("options", include_str!("../../prompts/options.jinja")),
    ("persona", include_str!("../../prompts/persona.jinja")),
    ("reminder", include_str!("../../prompts/reminder.jinja")),
    ("openings", include_str!("../../prompts/openings.jinja")),
    ("opening", include_str!("../../prompts/opening.jinja")),
    ("argument", include_str!("../../prompts/argument.jinja")),
    ("list_options", include_str!("../../prompts/list_options.jinja")),
    ("choose_move", include_str!("../../prompts/choose_move.jinja")),
    ("ballots", include_str!("../../prompts/ballots.jinja")),
    ("vote", include_str!("../../prompts/vote.jinja")),
    ("rule", include_str!("../../prompts/rule.jinja")),
    ("repair", include_str!("../../prompts/repair.jinja")),
    ("begun", include_str!("../../prompts/begun.jinja")),
    ("chat", include_str!("../../prompts/chat.jinja")),
    ("text", include_str!("../../prompts/text.jinja")),
    ("analyze", include_str!("../../prompts/analyze.jinja")),
    ("summarize", include_str!("../../prompts/summarize.jinja")),
    ("critique", include_str!("../../prompts/critique.jinja")),
];

/// The maximum characters of an answer in a begun sentence.
const MOST_OF_BEGUN_ANSWER: usize = 60;

/// The maximum bytes of the list of roles. If it is longer, each prompt has only its own role.
const MOST_OF_ROLES: usize = 1_500;

/// The ends of the name in an expertise, after which a description follows.
const ENDS_NAME: [&str; 4] = [" who ", " that ", " which ", ", "];

/// The maximum characters of a validation error.
const MOST_OF_ERROR: usize = 300;

impl Wording {
    pub(crate) fn new() -> Self {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            templates.add_template(name, source).expect("a template of this crate compiles");
        }
        let system = |explained| {
            let text = render(&templates, "system", context! { explained });
            text.expect("a template of this crate renders").into()
        };
        let (explaining, brief) = (system(true), system(false));
        Self { templates, explaining, brief }
    }

    /// Returns the system message, which all calls of a debate share.
    pub(super) fn system(&self, brief: &Brief) -> Arc<str> {
        Arc::clone(if explained(brief) { &self.explaining } else { &self.brief })
    }

    /// Renders the user message.
    pub(super) fn user(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let mut parts = vec![self.debate(brief, excerpt)?];
        let added = added_options(brief);
        if !added.is_empty() {
            parts.push(self.render("options", context! { options => options_of(added) })?);
        }
        let phase = self.phase(brief, excerpt, scale, most_tokens)?;
        parts.extend(Some(phase).filter(|phase| !phase.is_empty()));
        parts.push(self.own(brief, excerpt, scale, most_tokens)?);
        Ok(parts.join("\n\n"))
    }

    /// Renders a prompt without the statements of the debate.
    pub(crate) fn frame(
        &self,
        brief: &Brief,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let user = |excerpt| self.user(brief, &excerpt, scale, most_tokens);
        let (roomy, short) = (user(Excerpt::NOTHING)?, user(Excerpt::of_last(0, brief))?);
        Ok(format!("{}\n{roomy}\n{short}\nSaid so far:", self.system(brief)))
    }

    /// Renders the beginning of a statement, for models that continue it. It states the answer and leads to a
    /// reason: without both, tiny models talk about the discussion instead of the question.
    pub(super) fn begun(&self, brief: &Brief) -> Result<String, Error> {
        let own = brief.own_answer.as_ref().map(reminder::own_answer);
        let lean = reminder::lean(brief).map(|option| sanitize::line(&option.text));
        let is_short = |answer: &String| answer.chars().count() <= MOST_OF_BEGUN_ANSWER;
        let bare = |answer: String| answer.trim_end_matches('.').to_owned();
        self.render(
            "begun",
            context! {
                quote => reminder::quote(brief),
                own => own.filter(is_short).map(bare),
                lean => lean.filter(is_short).map(bare),
            },
        )
    }

    fn debate(&self, brief: &Brief, excerpt: &Excerpt<'_>) -> Result<String, Error> {
        self.render(
            "debate",
            context! {
                topic => sanitize::block(&brief.topic),
                background => sanitize::block(&brief.problem_statement),
                words => explained(brief).then(|| usual_words(brief)),
                roles => roles(brief, excerpt).iter().map(role).collect::<Vec<_>>(),
                options => options_of(first_options(brief)),
                omitted => excerpt.omitted(),
                entries => excerpt.entries().iter().map(entry).collect::<Vec<_>>(),
            },
        )
    }

    /// Renders the part that all calls of a phase share: all openings, or the ballots of a round. It comes
    /// before the part of the single speaker, so that a host processes it once.
    fn phase(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let (explained, words) = (explained(brief), words(most_tokens));
        let question = reminder::question(brief);
        match &brief.task {
            CallTask::Opening { options } => {
                let closed = options.is_some();
                let values = context! { explained, scale => word(scale), question, closed, words };
                self.render("openings", values)
            }
            CallTask::Vote(form) if has_short_instructions(brief, scale) => {
                self.render("ballots", ballot_values(form, brief, excerpt, scale))
            }
            CallTask::Vote(_)
            | CallTask::Argument { .. }
            | CallTask::ListOptions
            | CallTask::ChooseMove { .. }
            | CallTask::Rule { .. } => Ok(String::new()),
        }
    }

    /// Renders the last part: the agent's role, the reminder, and the instruction.
    fn own(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let (persona, reminder) = (self.persona(brief, excerpt, scale)?, self.reminder(brief)?);
        let instruction = self.instruction(brief, excerpt, scale, most_tokens)?;
        let own = if explained(brief) {
            // On a line of its own, the instruction cannot be confused with quoted text above.
            format!("{}\n{instruction}", format!("{persona} {reminder}").trim_end())
        } else {
            format!("{persona}\n\n{}", format!("{reminder} {instruction}").trim())
        };
        let own = own.trim_end();
        let Some(repair) = &brief.repair else { return Ok(own.to_owned()) };
        let error = sanitize::line(&repair.error);
        let error = shortened(&error, MOST_OF_ERROR);
        let error = error.trim_end_matches('.');
        Ok(format!("{own} {}", self.render("repair", context! { error })?))
    }

    fn persona(&self, brief: &Brief, excerpt: &Excerpt<'_>, scale: Scale) -> Result<String, Error> {
        let persona = brief.persona.as_ref();
        // Ballots and moves need no voice, and tiny models describe their voice instead of using it.
        let speaks = brief.purpose.is_turn() && scale != Scale::Tiny;
        let role = roles(brief, excerpt).iter().position(|role| Some(role) == persona);
        let is_smaller_voter = matches!(brief.task, CallTask::Vote(_)) && scale != Scale::Regular;
        let expertise = persona.map(|persona| {
            let expertise = sanitize::line(&persona.expertise);
            if is_smaller_voter { name_of(&expertise).to_owned() } else { expertise }
        });
        self.render(
            "persona",
            context! {
                label => brief.label.map(|label| label.to_string()),
                role => role.map(|place| place + 1),
                expertise,
                voice => persona.filter(|_| speaks).map(|p| sanitize::line(&p.voice)),
            },
        )
    }

    fn reminder(&self, brief: &Brief) -> Result<String, Error> {
        let again = brief.purpose == Purpose::Argument && !explained(brief);
        let option = reminder::own_option(brief).map(|option| sanitize::line(&option.text));
        self.render(
            "reminder",
            context! {
                question => again.then(|| reminder::question(brief)).flatten(),
                opening => reminder::unseen_opening(brief),
                own_id => own_id(brief),
                own => option.or_else(|| brief.own_answer.as_ref().map(reminder::own_answer)),
                quote => reminder::quote(brief),
            },
        )
    }

    /// Renders the instruction, without the part that all calls of its phase share.
    fn instruction(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let (explained, words) = (explained(brief), words(most_tokens));
        let is_short = words < usual_words(brief);
        match &brief.task {
            CallTask::Opening { .. } => {
                self.render("opening", context! { explained, words, is_short })
            }
            CallTask::Argument { evidence, .. } => {
                let quoted = brief.quote.is_some();
                let values =
                    context! { explained, scale => word(scale), evidence, quoted, words, is_short };
                self.render("argument", values)
            }
            CallTask::ListOptions => {
                self.render("list_options", context! { explained, most_options => OptionId::MOST })
            }
            CallTask::ChooseMove { moves, .. } => {
                let may_call_vote = moves.contains(&Move::CallVote);
                let moves: Vec<_> = moves.iter().map(Move::to_string).collect();
                self.render(
                    "choose_move",
                    context! { explained, scale => word(scale), moves, may_call_vote },
                )
            }
            CallTask::Vote(form) => {
                let left = brief.purpose == Purpose::RunOff;
                let ids = ids_in_order(form, brief);
                let of_all = ballot_values(form, brief, excerpt, scale);
                let scale = word(scale);
                self.render("vote", context! { scale, left, ids, ..of_all })
            }
            CallTask::Rule { options } => {
                self.render("rule", context! { explained, options => options_of(options) })
            }
        }
    }

    pub(super) fn render(&self, template: &str, values: Value) -> Result<String, Error> {
        render(&self.templates, template, values)
    }
}

fn render(templates: &Environment<'_>, template: &str, values: Value) -> Result<String, Error> {
    let text = templates.get_template(template)?.render(values)?;
    Ok(text.trim().to_owned())
}

/// Whether the system message explains all instructions, so that the user message ends with a short one.
/// Small models lose the thread in a long system message: if the debate has one, every instruction is
/// complete.
fn explained(brief: &Brief) -> bool {
    brief.smallest == Scale::Regular
}

/// Whether the system message explains ballots, so that the instruction is only to vote. It is worded for the
/// smallest model; a regular model beside a small one gets the rest with the instruction.
fn has_short_instructions(brief: &Brief, scale: Scale) -> bool {
    explained(brief) || scale != Scale::Regular
}

/// Returns the id of the option that the agent answered last, for models that can look it up.
fn own_id(brief: &Brief) -> Option<String> {
    let option = reminder::own_option(brief).filter(|_| explained(brief))?;
    Some(option.id.to_string())
}

/// Returns the roles that every prompt of the debate lists, as long as the window has room for the whole
/// transcript. Smaller models do not keep to a role unless it comes right before the instruction.
fn roles<'a>(brief: &'a Brief, excerpt: &Excerpt<'_>) -> &'a [Persona] {
    let length: usize =
        brief.roles.iter().map(|role| role.expertise.len() + role.voice.len()).sum();
    let is_roomy = length <= MOST_OF_ROLES && excerpt.omitted() == 0;
    if is_roomy && explained(brief) { &brief.roles } else { &[] }
}

/// Returns the name in an expertise, which is enough for a ballot: `a critic` in `a critic who looks for
/// risks`.
fn name_of(expertise: &str) -> &str {
    let end = ENDS_NAME.iter().filter_map(|mark| expertise.find(mark)).min();
    &expertise[..end.unwrap_or(expertise.len())]
}

/// Returns the values that all ballots of a round share.
fn ballot_values(form: &BallotForm, brief: &Brief, excerpt: &Excerpt<'_>, scale: Scale) -> Value {
    context! {
        explained => explained(brief),
        may_propose => reply_schema::may_propose(form, scale),
        moved_by => form.moved_by.is_some(),
        since => reply_schema::first_that_may_have_moved(form, brief, excerpt),
    }
}

fn role(persona: &Persona) -> Value {
    let (expertise, voice) = (sanitize::line(&persona.expertise), sanitize::line(&persona.voice));
    context! { expertise, voice }
}

/// Returns the number of words for a number of tokens.
fn words(tokens: u32) -> u32 {
    (tokens / 30 * 10).max(10)
}

/// Returns the words of a statement for which time and window suffice.
fn usual_words(brief: &Brief) -> u32 {
    words(brief.max_tokens_per_turn)
}

/// Returns the name of a scale in templates.
const fn word(scale: Scale) -> &'static str {
    match scale {
        Scale::Tiny => "tiny",
        Scale::Small => "small",
        Scale::Regular => "regular",
    }
}

fn entry(entry: &TranscriptEntry) -> Value {
    match entry {
        TranscriptEntry::Statement { label, turn, text, .. } => context! {
            mark => format!("{label}, statement {}", turn.0),
            text => sanitize::statement(text, &label.to_string(), Some(*label)),
        },
        TranscriptEntry::Interjection { text, .. } => context! {
            mark => "A person in the room",
            text => sanitize::statement(text, "the person", None),
        },
    }
}

/// Returns the options that existed before the first round. They come before the transcript, so that a host
/// processes them once.
fn first_options(brief: &Brief) -> &[DebateOption] {
    let first = brief.first_options.min(brief.options.len());
    &brief.options[..first]
}

/// Returns the options that ballots added. They come after the transcript, so that the text before them
/// stays the same.
fn added_options(brief: &Brief) -> &[DebateOption] {
    &brief.options[first_options(brief).len()..]
}

/// Returns the ids of a ballot's choices in its order, if it differs from the order of the list.
fn ids_in_order(form: &BallotForm, brief: &Brief) -> Vec<String> {
    let ids = |options: &[DebateOption]| options.iter().map(|option| option.id).collect::<Vec<_>>();
    let order = ids(&form.choices);
    let differs = order != ids(&brief.options);
    order.into_iter().filter(|_| differs).map(|id| id.to_string()).collect()
}

fn options_of(options: &[DebateOption]) -> Vec<Value> {
    let row = |option: &DebateOption| {
        context! { id => option.id.to_string(), text => sanitize::within_line(&option.text) }
    };
    options.iter().map(row).collect()
}
