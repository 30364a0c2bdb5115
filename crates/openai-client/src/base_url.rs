use synod_http_transport as http;
use url::Url;

use crate::protocol::OpenAi;

/// The base URL of a server, in every form in which people write it:
///
/// | text | base URL |
/// |---|---|
/// | `http://host:8080`, `http://host:8080/`, `http://host:8080/v1`, `http://host:8080/v1/` | `http://host:8080/v1` |
/// | `host:8080` | `http://host:8080/v1` |
/// | `http://gateway/llm` | `http://gateway/llm/v1` |
/// | `https://host/v1beta/openai` | unchanged: the path has a version |
/// | `http://host/v1/chat/completions` | `http://host/v1` |
pub type BaseUrl = http::BaseUrl<OpenAi>;

/// Reads a base URL; the error is the reason why the text is not one.
pub(crate) fn parse(text: &str) -> Result<Url, String> {
    let text = text.trim();
    if text.is_empty() {
        return Err("it is empty".to_owned());
    }
    let whole = if text.contains("://") {
        text.to_owned()
    } else if ["http:/", "https:/", "http:\\", "https:\\"].iter().any(|odd| starts_with(text, odd))
    {
        return Err("the scheme must be followed by `://`".to_owned());
    } else {
        format!("http://{text}")
    };
    let mut url = Url::parse(&whole).map_err(|error| error.to_string())?;
    let path = with_version(url.path());
    url.set_path(&path);
    Ok(url)
}

/// The URL of a path beside the version, such as `/props`; `None` if the base URL does not end with
/// `/v1`.
pub(crate) fn beside_version(base: &BaseUrl, path: &str) -> Option<Url> {
    let root = base.as_url().path().strip_suffix("/v1")?;
    let mut url = base.as_url().clone();
    url.set_path(&format!("{root}{path}"));
    Some(url)
}

fn starts_with(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|begun| begun.eq_ignore_ascii_case(start))
}

/// The path with a version, and without an endpoint or slashes at its end.
fn with_version(path: &str) -> String {
    const ENDPOINTS: [&str; 3] = ["/chat/completions", "/models", "/embeddings"];
    let mut bare = path.trim_end_matches('/');
    while let Some(shorter) = ENDPOINTS.iter().find_map(|end| bare.strip_suffix(end)) {
        bare = shorter.trim_end_matches('/');
    }
    if bare.split('/').any(is_version) { bare.to_owned() } else { format!("{bare}/v1") }
}

/// Whether a segment is a version, as `v1` or `v1beta`: a v and a digit.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
