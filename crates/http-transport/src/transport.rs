use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use tokio::time::Instant;
use url::Url;

use crate::failure::{Failure, may_expect_tls, tls_error, was_cut_before_headers};
use crate::limits::{TimeLimit, TimeLimits};
use crate::response::Response;
use crate::tls_fault::TlsFault;

/// Sends requests to one server over pooled connections. Clones share the pool.
#[derive(Debug, Clone)]
pub struct Transport {
    pub(crate) http: reqwest::Client,
    /// Marked as sensitive, so that no log shows it.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Transport {
    /// Sends a GET request. Returns when the response begins.
    ///
    /// # Errors
    /// [`Failure`] if the response does not begin.
    pub async fn get(&self, url: Url, limits: &TimeLimits) -> Result<Response, Failure> {
        self.send(&Method::GET, &url, None, limits).await
    }

    /// Sends a POST request with a JSON body. Returns when the response begins.
    ///
    /// # Errors
    /// [`Failure`] if the response does not begin.
    pub async fn post(
        &self,
        url: Url,
        json: Bytes,
        limits: &TimeLimits,
    ) -> Result<Response, Failure> {
        self.send(&Method::POST, &url, Some(json), limits).await
    }

    async fn send(
        &self,
        method: &Method,
        url: &Url,
        json: Option<Bytes>,
        limits: &TimeLimits,
    ) -> Result<Response, Failure> {
        let started = Instant::now();
        let request = || self.request(method.clone(), url.clone(), json.clone());
        let response = async {
            match self.http.execute(request()).await {
                Err(error) if was_cut_before_headers(&error) => {
                    let path = url.path();
                    tracing::debug!(path, %error, "connection lost before the response, retrying");
                    self.http.execute(request()).await
                }
                other => other,
            }
        };
        let (limit, within) = match (limits.first_byte, limits.total) {
            (Some(first), Some(total)) if total < first => (TimeLimit::Total, Some(total)),
            (None, Some(total)) => (TimeLimit::Total, Some(total)),
            (first, _) => (TimeLimit::FirstByte, first),
        };
        let response = match within {
            Some(within) => tokio::time::timeout_at(started + within, response)
                .await
                .map_err(|_| Failure::TimedOut { limit })?,
            None => response.await,
        };
        match response {
            Ok(response) => Ok(Response::of(response, limits, started)),
            Err(error) if may_expect_tls(&error) && self.speaks_tls(url).await => {
                Err(Failure::only_tls(error))
            }
            Err(error) => Err(Failure::before_headers(error)),
        }
    }

    /// Whether the server at a plain-text URL answers a TLS handshake. Nothing else is sent, since a
    /// transport of plain text trusts no certificate.
    async fn speaks_tls(&self, url: &Url) -> bool {
        let mut url = url.clone();
        // The port is named, since that of https is another one.
        let port = url.port_or_known_default();
        if url.scheme() != "http" || url.set_scheme("https").is_err() || url.set_port(port).is_err()
        {
            return false;
        }
        let handshake = self.http.execute(Request::new(Method::HEAD, url)).await;
        let error = handshake.as_ref().err().and_then(tls_error);
        error.is_some_and(|error| TlsFault::of(error) != TlsFault::WithoutTls)
    }

    fn request(&self, method: Method, url: Url, json: Option<Bytes>) -> Request {
        let mut request = Request::new(method, url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(authorization) = &self.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        if let Some(json) = json {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(json.into());
        }
        request
    }
}
