use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chat::Usage;
use crate::error::{Error, Result};

/// A request for the embeddings of texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EmbedRequest {
    /// The model's name.
    pub model: String,
    /// The texts.
    pub input: Vec<String>,
}

/// The embeddings of texts, in their order.
#[derive(Debug, Clone, PartialEq)]
pub struct EmbedReply {
    /// One vector for each text.
    pub embeddings: Vec<Vec<f32>>,
    /// The number of tokens of all texts, if the server reports it.
    pub prompt_tokens: Option<u64>,
}

/// The response on the wire.
#[derive(Deserialize)]
pub(crate) struct Embeddings {
    data: Vec<Embedding>,
    #[serde(default)]
    usage: Value,
}

#[derive(Deserialize)]
struct Embedding {
    #[serde(default)]
    index: Option<usize>,
    embedding: Vec<f32>,
}

impl Embeddings {
    /// Puts the vectors in the order of their texts. Fails if they do not correspond.
    pub(crate) fn in_order(self, texts: usize) -> Result<EmbedReply> {
        let got = self.data.len();
        let mut ordered = vec![None; texts];
        for (place, Embedding { index, embedding }) in self.data.into_iter().enumerate() {
            if let Some(vector) = ordered.get_mut(index.unwrap_or(place)) {
                *vector = Some(embedding);
            }
        }
        let embeddings: Option<Vec<_>> = ordered.into_iter().collect();
        match embeddings.filter(|_| got == texts) {
            Some(embeddings) => {
                let prompt_tokens = Usage::of(&self.usage).map(|usage| usage.prompt_tokens);
                Ok(EmbedReply { embeddings, prompt_tokens })
            }
            None => {
                let problem = format!("{texts} texts were sent, and the number of embeddings is");
                Err(Error::protocol(&problem, got.to_string().as_bytes()).with_status(200))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str, texts: usize) -> Option<Vec<Vec<f32>>> {
        let answer: Embeddings = serde_json::from_str(json).unwrap();
        answer.in_order(texts).ok().map(|reply| reply.embeddings)
    }

    #[test]
    fn vectors_are_ordered_as_their_texts_or_refused() {
        let swapped = r#"{"data":[{"index":1,"embedding":[2]},{"index":0,"embedding":[1]}]}"#;
        assert_eq!(read(swapped, 2), Some(vec![vec![1.0], vec![2.0]]));
        assert_eq!(read(r#"{"data":[{"embedding":[1]}]}"#, 1), Some(vec![vec![1.0]]));
        assert_eq!(read(swapped, 1), None);
        assert_eq!(read(swapped, 3), None);
        let twice = r#"{"data":[{"index":0,"embedding":[2]},{"index":0,"embedding":[1]}]}"#;
        assert_eq!(read(twice, 2), None);
    }
}
