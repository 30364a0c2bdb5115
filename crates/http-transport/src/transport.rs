use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use tokio::time::Instant;
use url::Url;

use crate::failure::was_cut_before_headers;
use crate::{Answer, Failure, Limits, TimeLimit, TransportBuilder};

/// Sends requests to one server, over connections that it keeps. Clones share them.
#[derive(Debug, Clone)]
pub struct Transport {
    pub(crate) http: reqwest::Client,
    /// Marked as sensitive: its value is not shown.
    pub(crate) authorization: Option<HeaderValue>,
}

impl Transport {
    /// Settings of a transport to the server at `base`; `user_agent` is how it calls itself.
    pub fn builder(base: &Url, user_agent: &str) -> TransportBuilder {
        TransportBuilder::new(base, user_agent)
    }

    /// Sends the key no more; whether there was one.
    pub fn withhold_key(&mut self) -> bool {
        self.authorization.take().is_some()
    }

    /// Asks with GET. Returns when the answer begins.
    ///
    /// # Errors
    /// [`Failure`] if it does not begin.
    pub async fn get(&self, url: Url, limits: &Limits) -> Result<Answer, Failure> {
        self.send(&Method::GET, &url, None, limits).await
    }

    /// Asks with POST and a body of JSON. Returns when the answer begins.
    ///
    /// # Errors
    /// [`Failure`] if it does not begin.
    pub async fn post(&self, url: Url, json: Bytes, limits: &Limits) -> Result<Answer, Failure> {
        self.send(&Method::POST, &url, Some(json), limits).await
    }

    async fn send(
        &self,
        method: &Method,
        url: &Url,
        json: Option<Bytes>,
        limits: &Limits,
    ) -> Result<Answer, Failure> {
        let started = Instant::now();
        let request = || self.request(method.clone(), url.clone(), json.clone());
        let answer = async {
            match self.http.execute(request()).await {
                Err(error) if was_cut_before_headers(&error) => {
                    let path = url.path();
                    tracing::debug!(path, %error, "reset before the answer began, trying again");
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
            Some(within) => tokio::time::timeout_at(started + within, answer)
                .await
                .map_err(|_| Failure::TimedOut { limit })?,
            None => answer.await,
        };
        let response = response.map_err(Failure::before_headers)?;
        Ok(Answer::of(response, limits, started))
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
