use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use tokio::time::Instant;
use url::Url;

use crate::failure::{Failure, may_expect_tls, tls_error, was_cut_before_headers};
use crate::limits::{TimeLimit, TimeLimits};
use crate::proxy::EnvironmentProxy;
use crate::response::Response;
use crate::tls_fault::TlsFault;

/// Sends requests to one server over pooled connections. Clones share the pool.
#[derive(Debug, Clone)]
pub struct Transport {
    pub(crate) http: reqwest::Client,
    /// Marked as sensitive, so that no log shows it.
    pub(crate) authorization: Option<HeaderValue>,
    /// Through which the requests go.
    pub(crate) proxy: Option<EnvironmentProxy>,
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
            Ok(response) => self.accept(Response::of(response, limits, started)),
            Err(error) if may_expect_tls(&error) && self.speaks_tls(url).await => {
                Err(Failure::only_tls(error))
            }
            Err(error) => Err(Failure::before_headers(error, self.proxy.as_ref())),
        }
    }

    /// The response of the server, if the proxy did not respond in its place.
    fn accept(&self, response: Response) -> Result<Response, Failure> {
        const PROXY_AUTHENTICATION_REQUIRED: u16 = 407;
        match &self.proxy {
            Some(proxy) if response.status == PROXY_AUTHENTICATION_REQUIRED => {
                Err(Failure::refused_by(proxy.clone()))
            }
            Some(_) | None => Ok(response),
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

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use crate::proxy::{EnvironmentProxy, ProxyFault};
    use crate::{Failure, TimeLimits, TransportBuilder};

    /// The failure of a request to a server of this scheme through the proxy at this address.
    async fn failure(scheme: &str, proxy: &str) -> Failure {
        let proxy = EnvironmentProxy::at(proxy.parse().expect("an address"), "ALL_PROXY");
        let base = format!("{scheme}://gpu.example/v1").parse().expect("a URL");
        let transport = TransportBuilder::new(&base, "test").through(proxy).build();
        let transport = transport.expect("valid settings");
        transport.get(base, &TimeLimits::default()).await.expect_err("no server")
    }

    /// A proxy that responds like this.
    async fn proxy(response: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound socket");
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let _ = socket.read(&mut [0; 4096]).await;
                let _ = socket.write_all(response.as_bytes()).await;
            }
        });
        format!("http://{address}")
    }

    fn fault(failure: &Failure) -> Option<ProxyFault> {
        let Failure::Proxy { fault, .. } = failure else { return None };
        Some(*fault)
    }

    #[tokio::test]
    async fn a_proxy_at_fault_is_named_with_its_variable() {
        const WANTS: &str =
            "HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        const FORBIDS: &str = "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n";
        let nowhere = {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            format!("http://{}", listener.local_addr().expect("a bound socket"))
        };
        for scheme in ["http", "https"] {
            let away = failure(scheme, &nowhere).await;
            assert_eq!(fault(&away), Some(ProxyFault::Away), "{away:?}");
            let said = away.to_string();
            assert!(
                said.starts_with(&format!("the proxy {nowhere} of ALL_PROXY cannot be")),
                "{said}"
            );
            assert!(
                said.ends_with("; correct ALL_PROXY, or add the name of the server to NO_PROXY")
            );
            let wants = failure(scheme, &proxy(WANTS).await).await;
            assert_eq!(fault(&wants), Some(ProxyFault::WantsCredentials), "{wants:?}");
            let socks = failure(scheme, &nowhere.replace("http:", "socks5:")).await;
            assert_eq!(fault(&socks), Some(ProxyFault::Socks), "{socks:?}");
        }
        let forbids = failure("https", &proxy(FORBIDS).await).await;
        assert_eq!(fault(&forbids), Some(ProxyFault::NotConnected), "{forbids:?}");
        let closes = failure("https", &proxy("").await).await;
        assert_eq!(fault(&closes), Some(ProxyFault::NotConnected), "{closes:?}");
        // TLS is spoken with the server behind it.
        let opens = failure("https", &proxy("HTTP/1.1 200 OK\r\n\r\n").await).await;
        assert!(matches!(opens, Failure::ClosedInHandshake { .. }), "{opens:?}");
    }
}
