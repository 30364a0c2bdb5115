use std::io;

use serde_json::{Value, json};

use super::{
    Host,
    connection::{Connection, Request},
    memory::Use,
    refusal::Refusal,
    reply::hash_of,
};

/// All routes except chat.
pub(super) async fn answer(
    host: &Host,
    connection: &mut Connection,
    request: &Request,
) -> io::Result<()> {
    let asked = request.body["model"].as_str().unwrap_or_default();
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/api/version") => connection.answer("200 OK", &json!({"version": "0.24.0"})).await,
        ("GET", "/api/tags") => {
            let models = host.settings.models.iter().map(|m| listed(m, host.settings.digests));
            connection.answer("200 OK", &json!({"models": models.collect::<Vec<_>>()})).await
        }
        ("GET", "/api/ps") => {
            let models = host
                .memory
                .resident()
                .into_iter()
                .map(|(m, w)| resident(&m, w, host.settings.digests));
            connection.answer("200 OK", &json!({"models": models.collect::<Vec<_>>()})).await
        }
        ("GET", "/stats") => connection.answer("200 OK", &json!(host.stats())).await,
        ("POST", "/api/show" | "/api/generate") if !host.knows(asked) => {
            not_found(connection, asked).await
        }
        ("POST", "/api/show") => {
            connection.answer("200 OK", &shown(asked, host.settings.think > 0)).await
        }
        ("POST", "/api/generate")
            if let Some((status, body)) = Refusal::of_model(asked).and_then(Refusal::of_load) =>
        {
            connection.answer(status, &body).await
        }
        ("POST", "/api/generate") => {
            drop(host.load(connection, request).await?);
            let loaded = json!({
                "model": asked, "created_at": CREATED_AT, "response": "",
                "done": true, "done_reason": "load",
            });
            connection.answer("200 OK", &loaded).await
        }
        _ => connection.answer("404 Not Found", &json!("404 page not found")).await,
    }
}

pub(super) async fn not_found(connection: &mut Connection, model: &str) -> io::Result<()> {
    let error = json!({"error": format!("model '{model}' not found")});
    connection.answer("404 Not Found", &error).await
}

/// The time in all replies, so that equal requests get equal bytes.
pub(super) const CREATED_AT: &str = "2026-01-01T00:00:00Z";

impl Host {
    pub(super) fn knows(&self, model: &str) -> bool {
        let models = &self.settings.models;
        !self.settings.strict_models || models.iter().any(|m| tagged(m) == tagged(model))
    }

    /// Loads the model of a request unless it is loaded.
    pub(super) async fn load(
        &self,
        connection: &mut Connection,
        request: &Request,
    ) -> io::Result<Use> {
        let window = request.body["options"]["num_ctx"].as_u64().unwrap_or(self.settings.num_ctx);
        let model = tagged(request.body["model"].as_str().unwrap_or_default());
        self.memory.load(connection, &model, window).await
    }
}

fn tagged(model: &str) -> String {
    if model.contains(':') { model.to_owned() } else { format!("{model}:latest") }
}

fn digest(model: &str, of: u64) -> String {
    format!("{:064x}", hash_of(&tagged(model)).wrapping_add(of))
}

fn details(model: &str) -> Value {
    let (millions, _) = size(model);
    let parameter_size = if millions < 1_000.0 {
        format!("{millions:.2}M")
    } else {
        format!("{:.1}B", millions / 1_000.0)
    };
    json!({
        "parent_model": "", "format": "gguf", "family": "llama", "families": ["llama"],
        "parameter_size": parameter_size, "quantization_level": "Q4_K_M",
    })
}

/// The number of parameters by the tag, as in `any:0.5b` or `any:135m`: in millions, and exactly.
fn size(model: &str) -> (f64, u64) {
    let tag = model.split_once(':').map_or("", |(_, tag)| tag);
    let number = |unit| tag.strip_suffix(unit).and_then(|n| n.parse::<f64>().ok());
    let millions = number('b').map(|n| n * 1_000.0).or_else(|| number('m')).unwrap_or(3_212.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "sizes of models are small positive numbers"
    )]
    let parameters = (millions * 1_000_000.0) as u64;
    (millions, parameters)
}

fn listed(model: &str, digests: u64) -> Value {
    json!({
        "name": tagged(model), "model": tagged(model), "modified_at": CREATED_AT,
        "size": size(model).1, "digest": digest(model, digests), "details": details(model),
    })
}

fn resident(model: &str, window: u64, digests: u64) -> Value {
    let mut resident = listed(model, digests);
    resident["size_vram"] = resident["size"].clone();
    resident["expires_at"] = json!("2030-01-01T00:00:00Z");
    resident["context_length"] = json!(window);
    resident
}

fn shown(model: &str, thinks: bool) -> Value {
    let capabilities: &[&str] = if thinks { &["completion", "thinking"] } else { &["completion"] };
    json!({
        "modelfile": format!("FROM {model}"), "parameters": "", "template": "{{ .Prompt }}",
        "details": details(model), "modified_at": CREATED_AT, "capabilities": capabilities,
        "model_info": {
            "general.architecture": "llama", "general.parameter_count": size(model).1,
            "llama.context_length": 131_072,
        },
    })
}
