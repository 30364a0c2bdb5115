use super::*;

fn read(status: u16, message: &str) -> Reading {
    Refusal { status, message: message.to_owned(), param: None }.read(400)
}

fn named(subject: Subject) -> Reading {
    Reading::Named(vec![subject])
}

/// Messages of servers; public issues that quote them are named.
#[test]
fn refusals_are_read_from_the_words_of_servers() {
    let cases = [
        // vLLM and Hugging Face's templates of Gemma 1 and 2 (OoriData/Toolio#1).
        (400, "System role not supported", Subject::Roles),
        (400, "System role not supported System role not supported", Subject::Roles),
        // llama.cpp's server with the template of Gemma 2.
        (
            500,
            "\n------------\nWhile executing CallExpression at line 1, column 69 in source:\n...'system' %}{{ raise_exception('System role not supported') }}{% endif %}{% for m...\n     ^\nError: Jinja Exception: System role not supported",
            Subject::Roles,
        ),
        // LM Studio (lmstudio-bug-tracker#1054).
        (
            400,
            "Error rendering prompt with jinja template: \"Only user and assistant roles are supported!\".",
            Subject::Roles,
        ),
        (
            400,
            "Conversation roles must alternate user/assistant/user/assistant/...",
            Subject::Roles,
        ),
        (
            500,
            "After the optional system message, conversation roles must alternate user/assistant/user/assistant/...",
            Subject::Roles,
        ),
        // Google (0xPlaygrounds/rig#788).
        (400, "Developer instruction is not enabled for models/gemma-3-27b-it", Subject::Roles),
        (
            400,
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            Subject::Roles,
        ),
        (
            400,
            "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
            Subject::Roles,
        ),
        // vLLM before 0.4.3, Mistral and FastAPI (gpustack#429).
        (
            400,
            "[{'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted', 'input': {'include_usage': True}}]",
            Subject::StreamUsage,
        ),
        (
            422,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","stream_options"],"msg":"Extra inputs are not permitted","input":{"include_usage":true}}]}"#,
            Subject::StreamUsage,
        ),
        (400, "Unrecognized request argument supplied: stream_options", Subject::StreamUsage),
        (400, "property 'stream_options' is unsupported", Subject::StreamUsage),
        (
            422,
            "Failed to deserialize the JSON body into the target type: unknown field `stream_options`, expected one of `model`, `messages`, `temperature`, `stop`, `seed`, `response_format` at line 1 column 90",
            Subject::StreamUsage,
        ),
        // OpenAI.
        (
            400,
            "Invalid schema for response_format 'reply': schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level.",
            Subject::UnionRoot,
        ),
        (
            400,
            "Invalid schema for response_format 'reply': schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'.",
            Subject::UnionRoot,
        ),
        (
            400,
            "output_config.format.schema: does not support oneOf, allOf, or anyOf at the top level",
            Subject::UnionRoot,
        ),
        (
            400,
            "Invalid schema for response_format 'reply': In context=('properties', 'choice'), schema must have a 'type' key.",
            Subject::SchemaDialect,
        ),
        (
            400,
            "Invalid schema for response_format 'reply': In context=('properties', 'answer'), 'minLength' is not permitted.",
            Subject::SchemaDialect,
        ),
        // vLLM.
        (
            400,
            "The provided JSON schema contains features not supported by xgrammar.",
            Subject::SchemaDialect,
        ),
        (500, "invalid JSON schema in format", Subject::SchemaDialect),
        // llama.cpp (llama.cpp#23990, opencodex#2135).
        (400, "Failed to initialize samplers: failed to parse grammar", Subject::Grammar),
        (
            400,
            "Failed to initialize samplers: Unexpected empty grammar stack after accepting piece: {\" (14937)",
            Subject::Grammar,
        ),
        (400, "Failed to initialize samplers: std::exception", Subject::Grammar),
        (200, "failed to parse grammar", Subject::Grammar),
        (
            400,
            "JSON schema conversion failed:\nUnrecognized schema: {\"pattern\":\"x\"}",
            Subject::Grammar,
        ),
        // Ollama (ollama#12422, Kiln#186).
        (500, "failed to load model vocabulary required for format", Subject::Grammars),
        (
            400,
            "json: cannot unmarshal object into Go struct field ChatRequest.format of type string",
            Subject::JsonSchema,
        ),
        (
            500,
            "invalid format: \"xml\"; expected \"json\" or a valid JSON Schema object",
            Subject::ReplyFormat,
        ),
        (400, "\"qwen2.5:3b\" does not support thinking", Subject::Thinking),
        (400, "registry.ollama.ai/library/qwen2.5:3b does not support thinking", Subject::Thinking),
        (400, "think value \"false\" is not supported for this model", Subject::Thinking),
        (500, "option \"stop\" must be of type array", Subject::Stops(None)),
        (400, "json: unknown field \"truncate\"", Subject::Truncate),
        // Old llama.cpp, LM Studio, Groq, DeepSeek, Azure (dify#8994), OpenAI (openai-dotnet#276).
        (
            500,
            "response_format type must be one of \"text\" or \"json_object\", but got: json_schema",
            Subject::JsonSchema,
        ),
        (400, "'response_format.type' must be 'json_schema' or 'text'", Subject::JsonSchema),
        (
            400,
            "This model does not support response format `json_schema`. See supported models at https://console.groq.com/docs/structured-outputs#supported-models",
            Subject::JsonSchema,
        ),
        (400, "This response_format type is unavailable now", Subject::ReplyFormat),
        (
            400,
            "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later",
            Subject::JsonSchema,
        ),
        (
            400,
            "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
            Subject::JsonSchema,
        ),
        (
            422,
            "Failed to deserialize the JSON body into the target type: response_format: unknown variant `json_schema`, expected one of `json`, `json_object`, `regex`",
            Subject::JsonSchema,
        ),
        (400, "Unrecognized request argument supplied: response_format", Subject::ReplyFormat),
        (400, "JSON mode is not supported for this model", Subject::ReplyFormat),
        (
            400,
            "[{'type': 'extra_forbidden', 'loc': ('body', 'response_format', 'json_schema', 'strict'), 'msg': 'Extra inputs are not permitted', 'input': True}]",
            Subject::Strict,
        ),
        // OpenAI and Azure (continuedev/continue#2461, langchain#20234), Google (litellm#18921),
        // FastDeploy (FastDeploy#3216), Dynamo (dynamo#14462).
        (
            400,
            "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.",
            Subject::Stops(Some(4)),
        ),
        (
            400,
            "'$.stop' is invalid. Please check the API reference: https://platform.openai.com/docs/api-reference.",
            Subject::Stops(None),
        ),
        (
            400,
            "Unsupported parameter: 'stop' is not supported with this model.",
            Subject::Stops(None),
        ),
        (400, "Argument not supported on this model: stop", Subject::Stops(None)),
        (
            400,
            "* GenerateContentRequest.generation_config.stop_sequences: the number of stop_sequences must not exceed 5.",
            Subject::Stops(Some(5)),
        ),
        (
            400,
            "Length of stop ([2, 16, 2, 1, 3, 3]) exceeds the limit max_model_len(5).Please reduce the number of stop or set a lager max_stop_seqs_num by `FD_MAX_STOP_SEQS_NUM`",
            Subject::Stops(Some(5)),
        ),
        (400, "Maximum of 1 stop sequences allowed, got 3", Subject::Stops(Some(1))),
        (
            400,
            "Unsupported value: 'temperature' does not support 0.5 with this model. Only the default (1) value is supported.",
            Subject::Temperature,
        ),
        (400, "`temperature` is deprecated for this model.", Subject::Temperature),
        (
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
            Subject::MaxTokens,
        ),
        (
            422,
            r#"{"detail":[{"type":"extra_forbidden","loc":["body","seed"],"msg":"Extra inputs are not permitted","input":7}]}"#,
            Subject::Seed,
        ),
        (
            400,
            "Your organization must be verified to stream this model. Please go to: https://platform.openai.com/settings/organization/general and click on Verify Organization.",
            Subject::Streaming,
        ),
        (
            400,
            "Unsupported value: 'stream' does not support true with this model. Only the default (false) value is supported.",
            Subject::Streaming,
        ),
        // In a sentence, without the key: LiteLLM, Bedrock, Azure and servers of one's own.
        (400, "Streaming is not supported for this model", Subject::Streaming),
        (400, "This model does not support streaming.", Subject::Streaming),
        (
            400,
            "litellm.BadRequestError: BedrockException - The model is unsupported for streaming: Streaming isn't supported on this model",
            Subject::Streaming,
        ),
        (501, "Streaming not implemented", Subject::Streaming),
        (400, "stream mode is not supported yet", Subject::Streaming),
        (400, "This endpoint doesn't support streaming responses", Subject::Streaming),
        (400, "The model does not support setting temperature.", Subject::Temperature),
        (400, "Custom temperature is not supported with this model", Subject::Temperature),
        (400, "Stop sequences are not supported by this model", Subject::Stops(None)),
        (400, "this engine does not support stop words", Subject::Stops(None)),
        (
            400,
            "litellm.BadRequestError: BedrockException - This model doesn't support the stopSequences field. Remove stopSequences and try again.",
            Subject::Stops(None),
        ),
        (400, "The model doesn't support seed", Subject::Seed),
        (400, "Seeds are not supported", Subject::Seed),
        (400, "json: unknown field \"shift\"", Subject::Shift),
        // As the clients put lists of errors by place.
        (422, "`shift`: Extra inputs are not permitted", Subject::Shift),
        (422, "`stop.list[str]`: List should have at most 4 items, not 5", Subject::Stops(Some(4))),
        (
            422,
            "`response_format.json_schema.strict`: Extra inputs are not permitted",
            Subject::Strict,
        ),
        (422, "`messages.0.role`: Input should be 'user' or 'assistant'", Subject::Roles),
        (422, "`max_tokens`: Extra inputs are not permitted", Subject::MaxTokens),
        (
            422,
            "`response_format.type`: Input should be 'text' or 'json_object'",
            Subject::ReplyFormat,
        ),
    ];
    for (status, message, subject) in cases {
        assert_eq!(read(status, message), named(subject), "{message}");
    }
}

#[test]
fn several_refusals_in_one_answer_are_all_read() {
    let litellm = "litellm.UnsupportedParamsError: openai does not support parameters: ['temperature', 'seed'], for model=o1-mini. To drop these, set `litellm.drop_params=True`";
    let both = Reading::Named(vec![Subject::Temperature, Subject::Seed]);
    assert_eq!(read(400, litellm), both);
    let listed = "[{'type': 'extra_forbidden', 'loc': ('body', 'seed'), 'msg': 'Extra inputs are not permitted', 'input': 7}, {'type': 'extra_forbidden', 'loc': ('body', 'stream_options'), 'msg': 'Extra inputs are not permitted', 'input': {'temperature': 'stop'}}]";
    assert_eq!(read(422, listed), Reading::Named(vec![Subject::StreamUsage, Subject::Seed]));
    let message = "`stream_options`: Extra inputs are not permitted; `seed`: Extra inputs are not permitted; `temperature`: Extra inputs are not permitted";
    let three = vec![Subject::StreamUsage, Subject::Temperature, Subject::Seed];
    assert_eq!(read(422, message), Reading::Named(three));
}

#[test]
fn a_token_limit_differs_from_a_refused_name() {
    let openai = "max_tokens is too large: 400. This model supports at most 256 completion tokens, whereas you provided 400.";
    assert_eq!(read(400, openai), named(Subject::OutputTokens(Some(256))));
    let bare = "'max_tokens' or 'max_completion_tokens' is too large: 5000.";
    assert_eq!(read(400, bare), named(Subject::OutputTokens(None)));
    let credit = "This request requires more credits, or fewer max_tokens. You requested up to 400 tokens, but can only afford 256.";
    assert_eq!(read(402, credit), named(Subject::OutputTokens(Some(256))));
    assert_eq!(read(402, "Insufficient credits"), Reading::Other);
    let (message, param) = ("Param Incorrect".to_owned(), Some(openai.to_owned()));
    let relayed = Refusal { status: 400, message, param };
    assert_eq!(relayed.read(400), named(Subject::OutputTokens(Some(256))));
}

#[test]
fn a_key_beside_the_message_counts() {
    for (param, subject) in [
        ("stream_options", Subject::StreamUsage),
        ("response_format", Subject::ReplyFormat),
        ("messages[0].role", Subject::Roles),
        ("stream", Subject::Streaming),
    ] {
        let message = "Unsupported parameter.".to_owned();
        let refusal = Refusal { status: 400, message, param: Some(param.to_owned()) };
        assert_eq!(refusal.read(400), named(subject), "{param}");
    }
}

#[test]
fn unexplained_refusals_differ_from_other_errors() {
    for (status, message) in [
        (400, "bad request"),
        (400, "Input should be shorter; the stream of tokens would stop at a bad seed"),
        (422, "Unprocessable Entity"),
        (501, "not implemented"),
        (404, "No endpoints found that can handle the requested parameters."),
    ] {
        assert_eq!(read(status, message), Reading::Unnamed, "{message}");
    }
    // SGLang hides a template's refusal like this (sglang#892), and a crash as well.
    assert_eq!(read(500, "Internal Server Error"), Reading::Opaque);
    for (status, message) in [
        (401, "Incorrect API key provided, 'stop' is not supported"),
        (403, "no"),
        (404, "404 page not found"),
        (429, "stream_options not supported"),
        (503, "Loading model"),
        (400, "\"nomic-embed-text\" does not support chat"),
        (501, "This server does not support chat completions. Start it without `--embeddings`"),
        (
            400,
            "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
        ),
        (200, "an error was encountered while running the model: unexpected EOF"),
    ] {
        assert_eq!(read(status, message), Reading::Other, "{message}");
    }
}
