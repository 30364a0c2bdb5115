/// The vectors of some texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Embeddings {
    /// One vector for each text, in their order.
    pub vectors: Vec<Vec<f32>>,
    /// Tokens of all texts, if the host counted.
    pub prompt_tokens: Option<u32>,
}
