use std::fmt;

use actix_web::http::header::{self, HeaderMap};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;

/// The subprotocol of a socket whose key was read from its list of subprotocols.
pub(super) const PROTOCOL: &str = "synod";
/// The prefix of a base64url key among the subprotocols that a browser's socket offers.
const KEY_PROTOCOL: &str = "synod.key.";

/// The secret that clients send. Only its hash is kept.
#[derive(Clone)]
pub struct ApiKey([u8; 32]);

/// A text that is no valid key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the API key must be 16 to 512 visible ASCII characters; `synod key new` makes one")]
pub struct InvalidKey;

impl ApiKey {
    /// Returns the key with this text.
    ///
    /// # Errors
    /// [`InvalidKey`] unless the text has 16 to 512 visible ASCII characters.
    pub fn new(text: &str) -> Result<Self, InvalidKey> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_visible && (16..=512).contains(&text.len()) {
            Ok(Self(Sha256::digest(text).into()))
        } else {
            Err(InvalidKey)
        }
    }

    /// Compares in constant time.
    pub(super) fn is(&self, offered: &[u8]) -> bool {
        self.0.ct_eq(&Sha256::digest(offered)).into()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// Returns the keys of a request: `Authorization: Bearer`, `X-API-Key`, or, since a browser's socket can
/// send neither, a subprotocol `synod.key.<base64url of the key>`.
pub(super) fn offered(headers: &HeaderMap) -> Vec<Vec<u8>> {
    let bearer = headers.get_all(header::AUTHORIZATION).filter_map(|value| {
        let (scheme, key) = value.as_bytes().split_at_checked(7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then(|| key.trim_ascii().to_vec())
    });
    let plain = headers.get_all("x-api-key").map(|value| value.as_bytes().to_vec());
    let protocol = protocols(headers)
        .filter_map(|name| BASE64_URL_SAFE_NO_PAD.decode(name.strip_prefix(KEY_PROTOCOL)?).ok());
    bearer.chain(plain).chain(protocol).collect()
}

/// Whether a socket offers the subprotocol of ours.
pub(super) fn offers_protocol(headers: &HeaderMap) -> bool {
    protocols(headers).any(|name| name == PROTOCOL)
}

fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let lists = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL);
    lists.filter_map(|list| list.to_str().ok()).flat_map(|list| list.split(',')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_key_has_16_to_512_visible_characters() {
        assert!(ApiKey::new("0123456789abcdef").is_ok());
        for text in ["", "short", "0123456789abcde\n", "0123456789 abcdef", &"x".repeat(513)] {
            assert_eq!(ApiKey::new(text).unwrap_err(), InvalidKey, "{text:?}");
        }
    }

    #[test]
    fn debug_output_does_not_contain_the_key() {
        let key = ApiKey::new("canary-0123456789").unwrap();
        assert_eq!(format!("{key:?}"), "ApiKey(…)");
    }

    #[test]
    fn keys_are_read_from_all_three_headers() {
        let read = |name: &'static str, value: &str| {
            let mut headers = HeaderMap::new();
            let value = HeaderValue::from_str(value).unwrap();
            headers.append(HeaderName::from_static(name), value);
            offered(&headers)
        };
        assert_eq!(read("authorization", "bearer  k "), [b"k"]);
        assert_eq!(read("x-api-key", "k"), [b"k"]);
        assert_eq!(read("sec-websocket-protocol", "synod, synod.key.aw"), [b"k"]);
        let none: [&[u8]; 0] = [];
        assert_eq!(read("authorization", "Basic aw=="), none);
        assert_eq!(read("sec-websocket-protocol", "synod.key.?"), none);
        assert_eq!(read("cookie", "key=k"), none);
    }
}
