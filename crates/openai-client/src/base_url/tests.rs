use proptest::prelude::*;
use synod_http_transport::{KeyPolicy, WithClient as _};

use super::*;

#[test]
fn every_form_is_accepted() {
    let cases = [
        ("http://h:8080", "http://h:8080/v1"),
        ("http://h:8080/", "http://h:8080/v1"),
        ("http://h:8080/v1", "http://h:8080/v1"),
        (" http://h:8080/v1/ ", "http://h:8080/v1"),
        ("h:8080", "http://h:8080/v1"),
        ("127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1"),
        ("[::1]:8080", "http://[::1]:8080/v1"),
        ("HTTPS://api.example.com", "https://api.example.com/v1"),
        ("http://gw/llm", "http://gw/llm/v1"),
        ("https://h/v1beta/openai/", "https://h/v1beta/openai"),
        ("https://h/api/v3", "https://h/api/v3"),
        ("http://h/v1/chat/completions", "http://h/v1"),
        ("http://h/v1/models", "http://h/v1"),
        ("http://h/vllm", "http://h/vllm/v1"),
    ];
    for (text, url) in cases {
        assert_eq!(BaseUrl::parse(text).unwrap().to_string(), url, "{text:?}");
    }
}

#[test]
fn invalid_base_urls_are_refused() {
    for text in
        ["", "  ", "ftp://h", "http://h/?q=1", "http://h#x", "http://a b", "http://", "http:/h"]
    {
        assert!(BaseUrl::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn credentials_in_the_url_are_refused_and_not_repeated() {
    let texts = [
        "http://me:secret@host",
        "me:secret@host:80",
        "http://me:secret@host?x",
        "/me:secret@host",
        "http:///me:secret@host",
        "http:\\\\me:secret@host",
        "secret@host",
        "me:secret@",
        "ftp://me:secret@host",
    ];
    for text in texts {
        let error = BaseUrl::parse(text).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("secret"), "{text}");
    }
}

#[test]
fn keys_are_sent_over_https_or_the_local_network_only() {
    let keeps = |text: &str| OpenAi::key_policy(&BaseUrl::parse(text).unwrap()) == KeyPolicy::Send;
    for near in ["https://api.example.com", "localhost:1", "10.0.0.2:1", "gpu:8000", "gpu.lan"] {
        assert!(keeps(near), "{near}");
    }
    for far in ["http://api.example.com", "8.8.8.8:1", "http://lan.example.com"] {
        assert!(!keeps(far), "{far}");
    }
}

proptest! {
    #[test]
    fn parsing_never_panics_and_is_idempotent(text in "(http://)?[a-z0-9.:/\\\\v@?# -]{0,30}") {
        if let Ok(base) = BaseUrl::parse(&text) {
            prop_assert_eq!(BaseUrl::parse(&base.to_string()).unwrap(), base);
        }
    }
}
