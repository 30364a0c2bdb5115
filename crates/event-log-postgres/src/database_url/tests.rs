use super::*;

fn error(url: &str) -> String {
    let error = url.parse::<DatabaseUrl>().unwrap_err();
    let (mut said, mut source) = (error.to_string(), std::error::Error::source(&error));
    while let Some(cause) = source {
        said += &format!(": {cause}");
        source = cause.source();
    }
    said
}

#[test]
fn a_password_is_never_shown() {
    let url: DatabaseUrl =
        "postgres://ann:s3cret@db.example:5433/synod?sslmode=verify-full".parse().unwrap();
    for shown in [format!("{url}"), format!("{url:?}")] {
        assert!(shown.contains("postgres://ann@db.example:5433/synod"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
    assert!(!format!("{:?}", url.config()).contains("s3cret"));
    assert_eq!(url.tls(), TlsMode::VerifyFull);
    assert_eq!(url.config().get_password(), Some(&b"s3cret"[..]));
}

/// What follows the character must not end up in a message as a host, a port or a database.
#[test]
fn an_unencoded_password_is_refused_unseen() {
    for url in [
        "postgres://ann:12#s3cret@db/synod",
        "postgres://ann:12/s3cret@db/synod",
        "postgres://ann:12?s3cret@db/synod",
        "postgres://ann:12@s3cret@db/synod",
        "postgres://ann:12:s3cret@db/synod",
        "postgres://ann:12@db/synod/s3cret",
    ] {
        let error = error(url);
        assert!(error.contains("%40 for @"), "{url}: {error}");
        assert!(!error.contains("s3cret") && !error.contains("ann"), "{url}: {error}");
    }
    let encoded: DatabaseUrl = "postgres://ann:12%2Fs%40@db/synod".parse().unwrap();
    assert_eq!(encoded.config().get_password(), Some(&b"12/s@"[..]));
}

#[test]
fn typos_are_named() {
    for (url, part) in [
        ("", "postgres://"),
        ("db/synod", "postgres://"),
        ("postgre://db/synod", "postgres://"),
        ("mysql://db/synod", "postgres://"),
        ("postgres://", "host"),
        ("postgres:///synod", "host"),
        ("postgres://db", "database"),
        ("postgres://db/", "database"),
        ("postgres://db/synod?sslmode=full", "verify-full"),
        ("postgres://db/synod?sslmod=require", "sslmod"),
        ("postgres://db:port/synod", "port"),
    ] {
        let error = error(url);
        assert!(error.contains(part), "{url}: {error}");
    }
}

#[test]
fn several_hosts_and_sockets_are_shown() {
    let url: DatabaseUrl = "postgresql://ann@one:1,two:2/synod".parse().unwrap();
    assert_eq!(url.to_string(), "postgres://ann@one:1,two:2/synod");
    let url: DatabaseUrl = "postgres:///synod?host=/run/postgresql&user=ann".parse().unwrap();
    assert_eq!(url.to_string(), "postgres://ann@/run/postgresql/synod");
}

#[test]
fn a_password_comes_from_the_first_line_of_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("password");
    let url: DatabaseUrl = "postgres://ann@db/synod?sslrootcert=/a%20b".parse().unwrap();
    assert_eq!(url.root_certificates(), Some(Path::new("/a b")));
    let missing = url.clone().with_password_file(&path).unwrap_err();
    assert!(missing.to_string().contains("password"), "{missing}");
    fs::write(&path, "\n").unwrap();
    assert!(matches!(
        url.clone().with_password_file(&path),
        Err(DatabaseUrlError::NoPassword { .. })
    ));
    fs::write(&path, "s3cret\n").unwrap();
    let url = url.with_password_file(&path).unwrap();
    assert_eq!(url.config().get_password(), Some(&b"s3cret"[..]));
}
