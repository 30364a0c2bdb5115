use url::{Host, Url};

/// Returns whether the host of a URL is this machine or has an address of a private network.
#[must_use]
pub fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback() || ip.is_private() || ip.is_link_local(),
        Some(Host::Ipv6(ip)) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local()
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_and_private_addresses_are_near() {
        let near = |host: &str| is_near(&Url::parse(&format!("http://{host}")).unwrap());
        for host in ["127.0.0.1", "localhost", "[::1]", "192.168.1.9", "10.1.2.3", "a.localhost"] {
            assert!(near(host), "{host}");
        }
        for host in ["ollama.com", "8.8.8.8", "localhost.example.com", "[2001:db8::1]"] {
            assert!(!near(host), "{host}");
        }
    }
}
