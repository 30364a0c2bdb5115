/// OpenAI's wire protocol, as the type parameter of errors and base URLs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenAi {}
