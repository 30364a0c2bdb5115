use parking_lot::Mutex;

use crate::ReplyForm;

/// How one model on one host thinks before it replies, as its calls have shown.
#[derive(Debug, Default)]
pub(super) struct Thought(Mutex<Habits>);

/// The kind of a [`ReplyForm`]. It outlives the request, whose schema may be large.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormKind {
    Text,
    Object,
}

impl From<&ReplyForm> for FormKind {
    fn from(form: &ReplyForm) -> Self {
        match form {
            ReplyForm::Text => Self::Text,
            ReplyForm::Json(_) => Self::Object,
        }
    }
}

/// How a model thought before its last reply in free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeenThinking {
    /// For about this number of tokens.
    Tokens(u32),
    /// Not at all, as requested, because its thought exceeds the limits of its calls.
    Avoided,
}

#[derive(Clone, Copy, Debug, Default)]
struct Habits {
    /// It has thought in some call, whatever its host reports.
    thinks: bool,
    /// Tokens of thought before free text, an exponential average.
    before_text: Option<f64>,
    /// Tokens of thought before a JSON object: many hosts switch thinking off for these.
    before_object: Option<f64>,
    /// Whether it replied when it was asked not to think; `None`: not tried yet.
    avoiding_helps: Option<bool>,
    /// The thought of the last free text.
    last_text: Option<SeenThinking>,
    /// Its host counts thought that it does not send.
    is_hidden: bool,
}

/// What a call should do about thought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Tokens of thought to expect.
    pub(super) expected: u32,
    /// There is too little room for the usual thought, and the model can do without.
    pub(super) avoid: bool,
}

const WEIGHT_OF_MORE: f64 = 0.5;
const WEIGHT_OF_LESS: f64 = 0.2;

impl Thought {
    /// A reply of this form came after `tokens` tokens of thought. `avoided`: it was requested without
    /// thought.
    pub(super) fn before_reply(&self, form: impl Into<FormKind>, avoided: bool, tokens: u32) {
        let (form, mut seen) = (form.into(), self.0.lock());
        if form == FormKind::Text {
            let is_avoided = avoided && seen.thinks;
            seen.last_text = match tokens {
                0 => is_avoided.then_some(SeenThinking::Avoided),
                tokens => Some(SeenThinking::Tokens(tokens)),
            };
        }
        seen.thinks |= tokens > 0;
        if avoided {
            seen.avoiding_helps = Some(true);
        } else if seen.thinks {
            seen.learn(form, f64::from(tokens));
        }
    }

    /// A limit ended the call after `tokens` tokens of thought, before any reply.
    pub(super) fn without_reply(&self, form: impl Into<FormKind>, avoided: bool, tokens: u32) {
        let mut seen = self.0.lock();
        seen.thinks = true;
        if avoided {
            seen.avoiding_helps = Some(false);
        } else {
            // How much it would have been is not known: more than that.
            seen.learn(form.into(), 2.0 * f64::from(tokens));
        }
    }

    /// It has thought in some call.
    pub(super) fn is_seen(&self) -> bool {
        self.0.lock().thinks
    }

    /// Its host has counted thought that it did not send.
    pub(super) fn hide(&self) {
        self.0.lock().is_hidden = true;
    }

    /// Whether its host counts thought that it does not send.
    pub(super) fn is_hidden(&self) -> bool {
        self.0.lock().is_hidden
    }

    /// How it thought before its last free text; `None`: no thought was seen.
    pub(super) fn before_last_text(&self) -> Option<SeenThinking> {
        self.0.lock().last_text
    }

    /// It may reply at once if it is asked not to think.
    pub(super) fn avoiding_helps(&self) -> bool {
        self.0.lock().avoiding_helps != Some(false)
    }

    /// What to do about thought in a call with room for `room` tokens of it. `presumed` is what its host
    /// lets expect. `None`: it is not known to think.
    pub(super) fn plan(&self, form: &ReplyForm, presumed: Option<u32>, room: u32) -> Option<Plan> {
        let seen = *self.0.lock();
        // What a host does not say of objects is taken to be as before text: not all switch it off.
        let as_text = || seen.usual(FormKind::Text);
        let usual =
            seen.usual(form.into()).or(presumed).or_else(as_text).or(seen.thinks.then_some(0))?;
        let avoid = usual > room && seen.avoiding_helps != Some(false);
        Some(Plan { expected: if avoid { 0 } else { usual }, avoid })
    }
}

impl Habits {
    fn usual(&self, form: FormKind) -> Option<u32> {
        let usual = match form {
            FormKind::Text => self.before_text,
            FormKind::Object => self.before_object,
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and the cast saturates"
        )]
        usual.map(|usual| usual.ceil() as u32)
    }

    fn learn(&mut self, form: FormKind, now: f64) {
        let usual = match form {
            FormKind::Text => &mut self.before_text,
            FormKind::Object => &mut self.before_object,
        };
        *usual = Some(usual.map_or(now, |before| {
            let weight = if now > before { WEIGHT_OF_MORE } else { WEIGHT_OF_LESS };
            before + weight * (now - before)
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: ReplyForm = ReplyForm::Text;

    fn object() -> ReplyForm {
        ReplyForm::json(&serde_json::json!({}))
    }

    #[test]
    fn a_model_that_never_thought_needs_no_plan() {
        let thought = Thought::default();
        thought.before_reply(&TEXT, false, 0);
        assert_eq!(thought.plan(&TEXT, None, 100), None);
        let expected = Some(Plan { expected: 50, avoid: false });
        assert_eq!(thought.plan(&TEXT, Some(50), 100), expected, "its host says that it thinks");
    }

    #[test]
    fn usual_thought_is_learnt_by_form() {
        let thought = Thought::default();
        thought.before_reply(&TEXT, false, 400);
        thought.before_reply(&object(), false, 0);
        let expected = |form: &ReplyForm| thought.plan(form, Some(9), 2_048).unwrap().expected;
        assert_eq!((expected(&TEXT), expected(&object())), (400, 0));
        thought.before_reply(&TEXT, false, 600);
        assert_eq!(expected(&TEXT), 500);
        thought.before_reply(&TEXT, true, 0);
        assert_eq!(expected(&TEXT), 500, "what was avoided says nothing of what is usual");
    }

    #[test]
    fn only_thought_that_was_seen_is_reported() {
        let thought = Thought::default();
        thought.before_reply(&TEXT, true, 0);
        assert_eq!(thought.before_last_text(), None, "it may not think at all");
        thought.before_reply(&object(), false, 30);
        assert_eq!(thought.before_last_text(), None, "that was before an object");
        thought.before_reply(&TEXT, false, 400);
        thought.before_reply(&TEXT, false, 600);
        assert_eq!(thought.before_last_text(), Some(SeenThinking::Tokens(600)));
        thought.before_reply(&TEXT, false, 0);
        assert_eq!(thought.before_last_text(), None);
        thought.without_reply(&TEXT, false, 2_000);
        thought.before_reply(&TEXT, true, 0);
        assert_eq!(thought.before_last_text(), Some(SeenThinking::Avoided));
    }

    #[test]
    fn thought_without_room_is_avoided_unless_that_is_of_no_use() {
        let thought = Thought::default();
        thought.without_reply(&TEXT, false, 1_100);
        let avoid = Plan { expected: 0, avoid: true };
        assert_eq!(thought.plan(&TEXT, None, 2_048), Some(avoid));
        thought.without_reply(&TEXT, true, 900);
        let let_it_think = Plan { expected: 2_200, avoid: false };
        assert_eq!(thought.plan(&TEXT, None, 2_048), Some(let_it_think));
        thought.before_reply(&TEXT, true, 0);
        assert_eq!(thought.plan(&TEXT, None, 2_048), Some(avoid));
    }

    #[test]
    fn objects_are_expected_to_need_as_much_thought_as_text() {
        let thought = Thought::default();
        thought.without_reply(&TEXT, false, 300);
        let avoid = Plan { expected: 0, avoid: true };
        assert_eq!(thought.plan(&object(), None, 64), Some(avoid));
        let expected = Some(Plan { expected: 0, avoid: false });
        assert_eq!(thought.plan(&object(), Some(0), 64), expected, "its host switches it off");
        thought.before_reply(&object(), false, 20);
        let seen = Some(Plan { expected: 20, avoid: false });
        assert_eq!(thought.plan(&object(), None, 64), seen);
    }
}
