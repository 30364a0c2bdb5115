use std::time::Duration;

use crate::{AdmissionClass, Flow, Message, ReplyForm, RequestFactory, Sampling};

/// A request to a model.
///
/// ```
/// use std::time::Duration;
///
/// use synod_inference::{ChatRequest, Message, Sampling};
///
/// let request = ChatRequest::new([Message::user("Tea or coffee?")])
///     .with_sampling(Sampling::default().with_seed(7).with_max_output_tokens(100))
///     .with_time_limit(Duration::from_secs(20));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ChatRequest {
    /// The messages in order. A last one of role assistant is the beginning of the reply; it is
    /// only understood by models with [`continues_reply`](crate::ModelInfo::continues_reply), and it is
    /// not repeated in the deltas.
    pub messages: Vec<Message>,
    /// The form the reply must have.
    pub form: ReplyForm,
    /// How the tokens of the reply are drawn.
    pub sampling: Sampling,
    /// How soon the call is admitted.
    pub class: AdmissionClass,
    /// The flow that the call belongs to, among those of its class.
    pub flow: Flow,
    /// The clock of the call: it starts when the call is granted and the model in memory, and at its end
    /// the call fails with [`ChatError::Deadline`](crate::ChatError::Deadline).
    pub time_limit: Duration,
    /// Builds the same request again for another attempt. `None`: a gateway keeps the request until there
    /// is output.
    pub factory: Option<RequestFactory>,
}

impl ChatRequest {
    /// The default of [`time_limit`](Self::time_limit).
    pub const TIME_LIMIT: Duration = Duration::from_secs(60);

    /// A request for free text with the sampling of the model, of class normal, in the flow of all calls
    /// without a named flow, within [`TIME_LIMIT`](Self::TIME_LIMIT).
    #[must_use]
    pub fn new(messages: impl Into<Vec<Message>>) -> Self {
        Self {
            messages: messages.into(),
            form: ReplyForm::Text,
            sampling: Sampling::default(),
            class: AdmissionClass::Normal,
            flow: Flow::default(),
            time_limit: Self::TIME_LIMIT,
            factory: None,
        }
    }

    /// Sets the form that the reply must have.
    #[must_use]
    pub fn with_form(mut self, form: ReplyForm) -> Self {
        self.form = form;
        self
    }

    /// Sets how the tokens of the reply are drawn.
    #[must_use]
    pub fn with_sampling(mut self, sampling: Sampling) -> Self {
        self.sampling = sampling;
        self
    }

    /// Sets how soon the call is admitted.
    #[must_use]
    pub const fn with_class(mut self, class: AdmissionClass) -> Self {
        self.class = class;
        self
    }

    /// Sets the flow that the call belongs to.
    #[must_use]
    pub fn with_flow(mut self, flow: Flow) -> Self {
        self.flow = flow;
        self
    }

    /// Sets the clock of the call.
    #[must_use]
    pub const fn with_time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit;
        self
    }

    /// Sets what builds the same request again.
    #[must_use]
    pub fn with_factory(mut self, factory: RequestFactory) -> Self {
        self.factory = Some(factory);
        self
    }
}
