use std::{env, fmt};

use hyper::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

/// A proxy that the environment sets for a server.
///
/// Displayed as `http://proxy:3128 of HTTPS_PROXY`, without user name and password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvironmentProxy {
    address: Uri,
    variable: &'static str,
}

/// What is wrong with a proxy, or with a connection through it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyFault {
    /// The proxy cannot be reached.
    Away,
    /// The proxy did not connect to the server.
    NotConnected,
    /// The proxy asks for a user name and a password (407).
    WantsCredentials,
    /// The proxy is one of SOCKS, which this client does not speak.
    Socks,
}

impl EnvironmentProxy {
    /// Returns the proxy for a server; `None` if requests go to the server itself.
    pub(crate) fn of(base: &Url) -> Option<Self> {
        let address = Matcher::from_env().intercept(&base.as_str().parse().ok()?)?.uri().clone();
        Some(Self { address, variable: variable(base.scheme()) })
    }

    /// Returns a proxy at an address, as if a variable named it.
    #[cfg(test)]
    pub(crate) const fn at(address: Uri, variable: &'static str) -> Self {
        Self { address, variable }
    }

    /// Returns a fault of the proxy as a sentence without its end.
    #[must_use]
    pub fn sentence(&self, fault: ProxyFault) -> String {
        format!("the proxy {self} {}", fault.predicate())
    }

    /// Returns what to do about a fault of the proxy.
    #[must_use]
    pub fn advice(&self, fault: ProxyFault) -> String {
        let variable = self.variable;
        match fault {
            ProxyFault::Away | ProxyFault::Socks => {
                format!("correct {variable}, or add the name of the server to NO_PROXY")
            }
            ProxyFault::NotConnected => {
                "see that the proxy allows it, or add the name of the server to NO_PROXY".to_owned()
            }
            ProxyFault::WantsCredentials => {
                format!("add them to {variable}, as in http://USER:PASSWORD@PROXY:PORT")
            }
        }
    }

    pub(crate) fn is_of_socks(&self) -> bool {
        self.address.scheme_str().is_some_and(|scheme| scheme.starts_with("socks"))
    }

    #[cfg(test)]
    pub(crate) const fn address(&self) -> &Uri {
        &self.address
    }
}

/// The variable that is read for a scheme: the first that is set.
#[expect(clippy::disallowed_methods, reason = "the HTTP client reads these variables by itself")]
fn variable(scheme: &str) -> &'static str {
    let names = match scheme {
        "https" => ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"],
        _ => ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"],
    };
    let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
    names.into_iter().find(is_set).unwrap_or(names[0])
}

impl fmt::Display for EnvironmentProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.address.scheme_str().unwrap_or("http");
        let authority = self.address.authority().map_or("", |authority| authority.as_str());
        write!(f, "{scheme}://{authority} of {}", self.variable)
    }
}

impl ProxyFault {
    /// Returns whether the fault may pass without a change of settings.
    pub(crate) const fn passes(self) -> bool {
        match self {
            Self::Away | Self::NotConnected => true,
            Self::WantsCredentials | Self::Socks => false,
        }
    }

    /// What is wrong, after "the proxy".
    const fn predicate(self) -> &'static str {
        match self {
            Self::Away => "cannot be reached",
            Self::NotConnected => "does not connect to the server",
            Self::WantsCredentials => "asks for a user name and a password",
            Self::Socks => "is one of SOCKS, which is not supported",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_named_without_its_password() {
        let matcher = Matcher::builder().all("http://me:secret@proxy:3128").build();
        let server = Uri::from_static("http://gpu/v1");
        let address = matcher.intercept(&server).expect("a proxy").uri().clone();
        let proxy = EnvironmentProxy::at(address, "ALL_PROXY");
        assert_eq!(proxy.to_string(), "http://proxy:3128 of ALL_PROXY");
        let fault = proxy.sentence(ProxyFault::Away);
        assert_eq!(fault, "the proxy http://proxy:3128 of ALL_PROXY cannot be reached");
    }
}
