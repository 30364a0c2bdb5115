use std::fmt;

/// What a model is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelKind {
    /// Answers messages.
    Chat,
    /// Turns texts into vectors.
    Embedding,
    /// Orders texts by how well they fit a query.
    Reranker,
    /// Turns speech into text or text into speech.
    Speech,
    /// Makes, describes or compares images, or makes videos.
    Image,
    /// Reads the text in an image.
    Ocr,
    /// Says whether a text is harmless.
    Moderation,
}

/// Words of names, one list for each kind that cannot chat; the first that has a word of the name
/// counts. From the model lists of Hugging Face, Ollama's library, OpenAI and LM Studio.
const WORDS: &[(ModelKind, &[&str])] = &[
    (ModelKind::Reranker, &["rerank", "reranker", "reranking", "colbert"]),
    (
        ModelKind::Embedding,
        &[
            "embed",
            "embedder",
            "embedding",
            "embeddings",
            "embeddinggemma",
            "bge",
            "e5",
            "gte",
            "uae",
            "m3e",
            "minilm",
            "mpnet",
            "labse",
            "sbert",
            "simcse",
            "text2vec",
            "splade",
            "voyage",
            "gtr",
            "deberta",
            "bert",
            "roberta",
            "distilbert",
            "modernbert",
        ],
    ),
    (
        ModelKind::Speech,
        &[
            "whisper",
            "tts",
            "xtts",
            "stt",
            "asr",
            "bark",
            "piper",
            "kokoro",
            "parler",
            "parakeet",
            "speecht5",
            "wav2vec2",
            "transcribe",
            "musicgen",
            "audiogen",
            "vad",
            "silero",
        ],
    ),
    (
        ModelKind::Image,
        &[
            "clip",
            "openclip",
            "siglip",
            "blip",
            "dalle",
            "flux",
            "sdxl",
            "sd3",
            "imagen",
            "sora",
            "veo",
            "t2v",
            "i2v",
            "ti2v",
            "cogvideox",
            "hunyuanvideo",
            "ltxv",
            "animatediff",
            "kandinsky",
            "pixart",
            "controlnet",
            "mmproj",
        ],
    ),
    (
        ModelKind::Moderation,
        &[
            "moderation",
            "guard",
            "guardian",
            "safeguard",
            "shieldgemma",
            "wildguard",
            "promptguard",
            "llamaguard",
            "nemoguard",
            "qwenguard",
        ],
    ),
    (ModelKind::Ocr, &["ocr", "olmocr", "paddleocr", "dotsocr"]),
];

/// The same for words that mean it only one after the other.
const PAIRS: &[(ModelKind, [&str; 2])] = &[
    (ModelKind::Reranker, ["cross", "encoder"]),
    (ModelKind::Reranker, ["ms", "marco"]),
    (ModelKind::Embedding, ["sentence", "transformers"]),
    (ModelKind::Embedding, ["sentence", "t5"]),
    (ModelKind::Embedding, ["paraphrase", "multilingual"]),
    (ModelKind::Embedding, ["instructor", "base"]),
    (ModelKind::Embedding, ["instructor", "large"]),
    (ModelKind::Embedding, ["instructor", "xl"]),
    (ModelKind::Embedding, ["stella", "base"]),
    (ModelKind::Embedding, ["stella", "en"]),
    (ModelKind::Embedding, ["stella", "large"]),
    (ModelKind::Image, ["dall", "e"]),
    (ModelKind::Image, ["stable", "diffusion"]),
    (ModelKind::Image, ["gpt", "image"]),
    (ModelKind::Image, ["qwen", "image"]),
    (ModelKind::Image, ["chatgpt", "image"]),
    (ModelKind::Image, ["hunyuan", "video"]),
    (ModelKind::Image, ["stable", "video"]),
    (ModelKind::Image, ["ltx", "video"]),
];

/// Words that only models for chats have in their names.
const CHATTY: &[&str] = &["chat", "instruct", "it", "assistant", "qwq", "phi", "glm", "yi", "gpt"];

/// Beginnings of words, as `llama3`, that name families of such models.
const FAMILIES: &[&str] = &[
    "aya",
    "baichuan",
    "chatgpt",
    "claude",
    "codellama",
    "codestral",
    "command",
    "deepseek",
    "devstral",
    "dolphin",
    "exaone",
    "falcon",
    "gemini",
    "gemma",
    "granite",
    "hermes",
    "internlm",
    "kimi",
    "llama",
    "magistral",
    "minicpm",
    "ministral",
    "mistral",
    "mixtral",
    "nemotron",
    "olmo",
    "openchat",
    "openhermes",
    "orca",
    "qwen",
    "smollm",
    "solar",
    "stablelm",
    "starling",
    "tinyllama",
    "vicuna",
    "wizardlm",
    "zephyr",
];

impl ModelKind {
    /// The kind that the name of a model shows; `None` if it shows none.
    ///
    /// Only whole words of the name count, so that `whisperer` is not taken for `whisper`.
    #[must_use]
    pub fn of_name(id: &str) -> Option<Self> {
        let id = id.to_ascii_lowercase();
        let name = id.rsplit(['/', '\\']).next().unwrap_or(&id);
        let words: Vec<&str> = words_of(name).collect();
        let all: Vec<&str> = words_of(&id).collect();
        let is_one = |known: &[&str]| {
            let is_known =
                |word: &&str| known.contains(word) || known.contains(&without_version(word));
            words.iter().any(is_known)
        };
        let by_word = WORDS.iter().find(|(_, known)| is_one(known)).map(|(kind, _)| *kind);
        let by_pair = || {
            let is_there = |pair: &[&str; 2]| {
                let is_second = |word: &str| word == pair[1] || without_version(word) == pair[1];
                all.windows(2).any(|two| two[0] == pair[0] && is_second(two[1]))
            };
            PAIRS.iter().find(|(_, pair)| is_there(pair)).map(|(kind, _)| *kind)
        };
        let chats = || {
            let is_family = |word: &&str| FAMILIES.iter().any(|family| word.starts_with(family));
            (is_one(CHATTY) || words.iter().any(is_family)).then_some(Self::Chat)
        };
        by_word.or_else(by_pair).or_else(chats)
    }

    /// The kind behind the word of a server: its `type`, or one of its
    /// `capabilities`. `None` for any other word.
    #[must_use]
    pub fn of_word(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "chat" | "llm" | "vlm" | "completion" | "completion_chat" | "chat_completion"
            | "chat-completion" | "text-generation" | "generate" | "language" => Self::Chat,
            "embed" | "embedding" | "embeddings" | "text-embedding" | "feature-extraction" => {
                Self::Embedding
            }
            "rerank" | "reranker" | "reranking" => Self::Reranker,
            "audio"
            | "audio_transcription"
            | "audio_speech"
            | "transcription"
            | "transcribe"
            | "speech"
            | "stt"
            | "tts"
            | "speech_to_text"
            | "text_to_speech" => Self::Speech,
            "image" | "image_generation" | "diffusion" => Self::Image,
            "ocr" => Self::Ocr,
            "moderation" => Self::Moderation,
            _ => return None,
        })
    }

    /// It can take part in a chat.
    #[must_use]
    pub const fn chats(self) -> bool {
        match self {
            Self::Chat => true,
            Self::Embedding
            | Self::Reranker
            | Self::Speech
            | Self::Image
            | Self::Ocr
            | Self::Moderation => false,
        }
    }
}

/// With its article, as `an embedding model`.
impl fmt::Display for ModelKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chat => "a chat model",
            Self::Embedding => "an embedding model",
            Self::Reranker => "a reranker",
            Self::Speech => "a speech model",
            Self::Image => "an image or video model",
            Self::Ocr => "a model that reads text in images",
            Self::Moderation => "a moderation model",
        })
    }
}

/// The words of a lower-case name.
fn words_of(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// The word without the number at its end: `guard3` is `guard`, and `colbertv2` is `colbert`.
fn without_version(word: &str) -> &str {
    let rest = word.trim_end_matches(|c: char| c.is_ascii_digit());
    match rest.strip_suffix('v') {
        Some(name) if rest.len() < word.len() && !name.is_empty() => name,
        Some(_) | None => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_known_kinds_are_known() {
        use ModelKind as Kind;
        let cases: &[(Kind, &[&str])] = &[
            (
                Kind::Embedding,
                &[
                    "nomic-embed-text:latest",
                    "mxbai-embed-large",
                    "bge-m3",
                    "BAAI/bge-large-en-v1.5",
                    "intfloat/multilingual-e5-large",
                    "e5-mistral-7b-instruct",
                    "Alibaba-NLP/gte-Qwen2-7B-instruct",
                    "all-minilm:22m",
                    "snowflake-arctic-embed2",
                    "jina-embeddings-v3",
                    "text-embedding-3-small",
                    "text-embedding-ada-002",
                    "text-embedding-nomic-embed-text-v1.5",
                    "embeddinggemma:300m",
                    "qwen3-embedding:0.6b",
                    "Qwen3-Embedding-0.6B-Q8_0.gguf",
                    "nvidia/NV-Embed-v2",
                    "sentence-transformers/paraphrase-multilingual-v2",
                    "granite-embedding:30m",
                    "/models/nomic-embed-text-v1.5.Q4_K_M.gguf",
                    r"C:\models\bge-m3-Q8_0.gguf",
                    "embed-english-v3.0",
                    "answerdotai/ModernBERT-base",
                    "paraphrase-multilingual",
                    "paraphrase-multilingual:278m",
                    "sentence-t5-xl",
                    "gtr-t5-large",
                    "instructor-xl",
                    "hkunlp/instructor-large",
                    "stella_en_1.5B_v5",
                    "nli-deberta-v3-base",
                ],
            ),
            (
                Kind::Reranker,
                &[
                    "bge-reranker-v2-m3",
                    "colbertv2",
                    "colbert-ir/colbertv2.0",
                    "Qwen3-Reranker-0.6B",
                    "rerank-english-v3.0",
                    "cross-encoder/ms-marco-v2",
                    "jina-reranker-v2-base-multilingual",
                ],
            ),
            (
                Kind::Speech,
                &[
                    "whisper-1",
                    "openai/whisper-large-v3",
                    "tts-1-hd",
                    "gpt-4o-mini-tts",
                    "suno/bark",
                    "piper-en",
                    "gpt-4o-transcribe",
                    "kokoro-82m",
                    "stt-2",
                    "silero-vad",
                ],
            ),
            (
                Kind::Image,
                &[
                    "clip-vit-large-patch14",
                    "google/siglip2-base",
                    "dall-e-3",
                    "flux.1-dev",
                    "stable-diffusion-3.5",
                    "sdxl-turbo",
                    "gpt-image-1",
                    "veo-3",
                    "veo-3.1-fast-generate-preview",
                    "wan2.2-t2v",
                    "Wan-AI/Wan2.1-I2V-14B-480P",
                    "tencent/hunyuan-video",
                    "HunyuanVideo",
                    "Lightricks/LTX-Video",
                    "mmproj-model-f16.gguf",
                ],
            ),
            (
                Kind::Moderation,
                &[
                    "omni-moderation-latest",
                    "text-moderation-stable",
                    "llama-guard3:1b",
                    "meta-llama/Llama-Guard-4-12B",
                    "shieldgemma:2b",
                    "granite3-guardian:8b",
                ],
            ),
            (Kind::Ocr, &["deepseek-ocr", "allenai/olmOCR-7B", "dots.ocr"]),
            (
                Kind::Chat,
                &[
                    "llama3.2:3b",
                    "Qwen2.5-7B-Instruct-Q4_K_M.gguf",
                    "gemma-3n-e2b-it",
                    "phi-4",
                    "smollm2:135m",
                    "mistral-small",
                    "gpt-oss:20b",
                    "deepseek-r1:1.5b",
                    "hunyuan-7b-instruct",
                    "org/some-model-chat",
                ],
            ),
        ];
        for (kind, names) in cases {
            for name in *names {
                assert_eq!(ModelKind::of_name(name), Some(*kind), "{name}");
            }
        }
    }

    #[test]
    fn a_name_that_only_contains_such_a_word_is_of_no_such_kind() {
        for name in [
            "whisperer-7b",
            "embedded-systems-coder",
            "vanguard-8b",
            "video-llava-7b",
            "instructor-7b",
            "stella-7b",
            "embark",
            "clipper",
            "barkley",
            "pipeline-7b",
            "e50",
            "my-model",
            "rank-7b",
            "default",
            "",
            "///",
            "guarded",
        ] {
            assert_eq!(ModelKind::of_name(name), None, "{name}");
        }
        assert_eq!(ModelKind::of_name("whisper/llama-3.1-8b"), Some(ModelKind::Chat), "its owner");
    }

    #[test]
    fn words_of_servers_tell_the_kind() {
        for (word, kind) in [
            ("LLM", Some(ModelKind::Chat)),
            ("embeddings", Some(ModelKind::Embedding)),
            ("rerank", Some(ModelKind::Reranker)),
            ("vision", None),
            ("", None),
        ] {
            assert_eq!(ModelKind::of_word(word), kind, "{word}");
        }
    }
}
