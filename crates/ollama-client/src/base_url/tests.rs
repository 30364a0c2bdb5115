use proptest::prelude::*;

use super::*;

#[test]
fn every_form_of_ollama_host_is_accepted() {
    let cases = [
        ("", "http://127.0.0.1:11434"),
        ("  \"10.0.0.7\" ", "http://10.0.0.7:11434"),
        ("'example.com'", "http://example.com:11434"),
        ("1.2.3.4:56", "http://1.2.3.4:56"),
        (":8080", "http://127.0.0.1:8080"),
        ("example.com:1234", "http://example.com:1234"),
        ("http://h", "http://h"),
        ("https://h", "https://h"),
        ("HTTPS://h", "https://h"),
        ("http://h:81", "http://h:81"),
        ("https://h:80", "https://h:80"),
        ("ollama.com", "https://ollama.com"),
        ("::1", "http://[::1]:11434"),
        ("[::1]", "http://[::1]:11434"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("http://gw/ollama", "http://gw/ollama"),
        ("http://gw/ollama/", "http://gw/ollama"),
        ("example.com/a/b", "http://example.com:11434/a/b"),
        ("example.com/'b'/", "http://example.com:11434/'b"),
        ("http://h:11434/api", "http://h:11434"),
        ("h/api/", "http://h:11434"),
        ("http://h/v1/", "http://h"),
        ("http://gw/ollama/api", "http://gw/ollama"),
        ("http://gw/my-api", "http://gw/my-api"),
        ("example.com:", "http://example.com:11434"),
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:80", "http://127.0.0.1"),
        ("::", "http://[::1]:11434"),
        ("http://[::]:9/x", "http://[::1]:9/x"),
    ];
    for (text, url) in cases {
        assert_eq!(BaseUrl::parse(text).unwrap().to_string(), url, "{text:?}");
    }
}

#[test]
fn invalid_base_urls_are_refused() {
    for text in [
        "ftp://h",
        "http://h/?q=1",
        "h#x",
        "http://a b",
        "http://h?x",
        "http://foo:bar",
        "h:66000",
        "h:0",
        ":x",
    ] {
        assert!(BaseUrl::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn credentials_in_the_url_are_refused_and_not_repeated() {
    let error = BaseUrl::parse("http://me:secret@host").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("secret"));
}

#[test]
fn endpoints_are_below_the_base_path() {
    let url = |base: &str| BaseUrl::parse(base).unwrap().endpoint("/api/chat").to_string();
    assert_eq!(url(""), "http://127.0.0.1:11434/api/chat");
    assert_eq!(url("https://gw/ollama/"), "https://gw/ollama/api/chat");
}

proptest! {
    #[test]
    fn parsing_never_panics_and_is_idempotent(text in "\\PC{0,40}") {
        if let Ok(base) = BaseUrl::parse(&text) {
            prop_assert_eq!(BaseUrl::parse(&base.to_string()).unwrap(), base);
        }
    }
}
