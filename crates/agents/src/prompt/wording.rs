use std::sync::Arc;

use minijinja::{Environment, Error, UndefinedBehavior, Value, context};
use synod_domain::{Brief, DebateOption, Entry, Move, OptionId, Scale, Task};

use super::{Excerpt, defuse, reminder, reply_schema};

/// The texts of all prompts, compiled.
///
/// Parts stand in the order in which they change: what is the same for all calls of a debate comes
/// first, then what only grows, then what differs from call to call. So a host that keeps the
/// state of a prompt's beginning need not read it again.
#[derive(Debug)]
pub(crate) struct Wording {
    templates: Environment<'static>,
    /// The system messages, rendered once: with all orders explained, and without.
    explaining: Arc<str>,
    brief: Arc<str>,
}

const TEMPLATES: [(&str, &str); 18] = [
    ("system", include_str!("../../prompts/system.jinja")),
    ("debate", include_str!("../../prompts/debate.jinja")),
    ("options", include_str!("../../prompts/options.jinja")),
    ("persona", include_str!("../../prompts/persona.jinja")),
    ("reminder", include_str!("../../prompts/reminder.jinja")),
    ("opening", include_str!("../../prompts/opening.jinja")),
    ("argument", include_str!("../../prompts/argument.jinja")),
    ("list_options", include_str!("../../prompts/list_options.jinja")),
    ("choose_move", include_str!("../../prompts/choose_move.jinja")),
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

/// Longest answer that a begun sentence says, in characters.
const MOST_OF_BEGUN_ANSWER: usize = 60;

/// Most characters of a validator's message.
const MOST_OF_ERROR: usize = 300;

impl Wording {
    pub(crate) fn new() -> Self {
        let mut templates = Environment::new();
        templates.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, source) in TEMPLATES {
            templates.add_template(name, source).expect("a template of ours compiles");
        }
        let system = |explained| {
            let text = render(&templates, "system", context! { explained });
            text.expect("a template of ours renders").into()
        };
        let (explaining, brief) = (system(true), system(false));
        Self { templates, explaining, brief }
    }

    /// The system message: one text for all calls of a debate.
    pub(super) fn system(&self, brief: &Brief) -> Arc<str> {
        Arc::clone(if explained(brief) { &self.explaining } else { &self.brief })
    }

    /// The user message.
    pub(super) fn user(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let mut parts = vec![self.debate(brief, excerpt)?];
        let options = listed(&brief.task);
        if !options.is_empty() {
            parts.push(self.render("options", context! { options => options_of(options) })?);
        }
        parts.push(self.persona(brief, scale)?);
        parts.push(self.task(brief, excerpt, scale, most_tokens)?);
        Ok(parts.join("\n\n"))
    }

    /// The beginning of a statement, for models that continue it. It says the answer, so that the
    /// side is fixed, and asks for a reason: without either, tiny models talk about the talking.
    pub(super) fn begun(&self, brief: &Brief) -> Result<String, Error> {
        let own = brief.own_answer.as_ref().map(reminder::own_answer);
        let lean = reminder::lean(brief).map(|option| defuse::line(&option.text));
        let sayable = |answer: &String| answer.chars().count() <= MOST_OF_BEGUN_ANSWER;
        let bare = |answer: String| answer.trim_end_matches('.').to_owned();
        self.render(
            "begun",
            context! {
                quote => reminder::quote(brief),
                own => own.filter(sayable).map(bare),
                lean => lean.filter(sayable).map(bare),
            },
        )
    }

    fn debate(&self, brief: &Brief, excerpt: &Excerpt<'_>) -> Result<String, Error> {
        self.render(
            "debate",
            context! {
                topic => defuse::block(&brief.topic),
                background => defuse::block(&brief.problem_statement),
                omitted => excerpt.omitted(),
                entries => excerpt.entries().iter().map(entry).collect::<Vec<_>>(),
            },
        )
    }

    fn persona(&self, brief: &Brief, scale: Scale) -> Result<String, Error> {
        let persona = brief.persona.as_ref();
        self.render(
            "persona",
            context! {
                expertise => persona.map(|persona| defuse::line(&persona.expertise)),
                // Tiny models talk about their voice instead of using it.
                voice => persona.filter(|_| scale != Scale::Tiny).map(|p| defuse::line(&p.voice)),
            },
        )
    }

    /// The last part: what the one asked is reminded of, and what it is to do.
    fn task(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let reminder = self.reminder(brief)?;
        let instruction = self.instruction(brief, excerpt, scale, most_tokens)?;
        // An order has a line of its own: nothing quoted above it can pass for one.
        let gap = match (reminder.as_str(), explained(brief)) {
            ("", _) => "",
            (_, true) => "\n",
            (_, false) => " ",
        };
        let task = format!("{reminder}{gap}{instruction}");
        let Some(repair) = &brief.repair else { return Ok(task) };
        let error = reminder::beginning(&defuse::line(&repair.error), MOST_OF_ERROR);
        let error = error.trim_end_matches('.');
        Ok(format!("{task} {}", self.render("repair", context! { error })?))
    }

    fn reminder(&self, brief: &Brief) -> Result<String, Error> {
        let again = brief.purpose.is_turn() && !explained(brief);
        self.render(
            "reminder",
            context! {
                label => brief.label.map(|label| label.to_string()),
                question => again.then(|| reminder::question(brief)).flatten(),
                opening => reminder::unseen_opening(brief),
                own => brief.own_answer.as_ref().map(reminder::own_answer),
                quote => reminder::quote(brief),
            },
        )
    }

    fn instruction(
        &self,
        brief: &Brief,
        excerpt: &Excerpt<'_>,
        scale: Scale,
        most_tokens: u32,
    ) -> Result<String, Error> {
        let (explained, words) = (explained(brief), (most_tokens / 30 * 10).max(10));
        match &brief.task {
            Task::Opening { options } => self.render(
                "opening",
                context! { explained, scale => word(scale), words, closed => options.is_some() },
            ),
            Task::Argument { evidence, .. } => self.render(
                "argument",
                context! { explained, scale => word(scale), words, evidence, quoted => brief.quote.is_some() },
            ),
            Task::ListOptions => self
                .render("list_options", context! { explained, most_options => OptionId::MOST }),
            Task::ChooseMove { moves, .. } => {
                let may_call_vote = moves.contains(&Move::CallVote);
                let moves: Vec<_> = moves.iter().map(Move::to_string).collect();
                self.render(
                    "choose_move",
                    context! { explained, scale => word(scale), moves, may_call_vote },
                )
            }
            Task::Vote(form) => self.render(
                "vote",
                context! {
                    explained,
                    scale => word(scale),
                    may_propose => reply_schema::may_propose(form, scale),
                    moved_by => reply_schema::moved_by(form, excerpt),
                },
            ),
            Task::Rule { options } => {
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

/// Whether the system message explains all orders, so that an instruction need only give one. Small
/// models lose themselves in a long one: where one of them is asked, every instruction is whole.
fn explained(brief: &Brief) -> bool {
    brief.smallest == Scale::Regular
}

/// The scale as templates know it.
const fn word(scale: Scale) -> &'static str {
    match scale {
        Scale::Tiny => "tiny",
        Scale::Small => "small",
        Scale::Regular => "regular",
    }
}

fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Statement { label, turn, text, .. } => context! {
            mark => format!("{label}, statement {}", turn.0),
            text => defuse::block(text),
        },
        Entry::Interjection { text, .. } => context! {
            mark => "A person in the room",
            text => defuse::block(text),
        },
    }
}

/// The options that a task puts before the one asked, in its order.
fn listed(task: &Task) -> &[DebateOption] {
    match task {
        Task::Opening { options } => options.as_deref().unwrap_or_default(),
        Task::Argument { options, .. }
        | Task::ChooseMove { options, .. }
        | Task::Rule { options } => options,
        Task::Vote(form) => &form.choices,
        Task::ListOptions => &[],
    }
}

fn options_of(options: &[DebateOption]) -> Vec<Value> {
    let row = |option: &DebateOption| {
        context! { id => option.id.to_string(), text => defuse::within_line(&option.text) }
    };
    options.iter().map(row).collect()
}
