use synod_event_log_postgres::{DatabaseUrl, PostgresOpenError, PostgresOptions, PostgresStore};

use crate::cluster::{PASSWORD, shared};

fn url(host: &str, parameters: &str) -> DatabaseUrl {
    let (port, parameters) =
        (shared().port, parameters.replace("DIR", &shared().dir().display().to_string()));
    format!("postgres://postgres:{PASSWORD}@{host}:{port}/postgres?{parameters}").parse().unwrap()
}

async fn open(url: &DatabaseUrl, options: PostgresOptions) -> Result<bool, PostgresOpenError> {
    PostgresStore::open(url, options).await.map(|store| store.settings().is_encrypted)
}

/// The certificate is for `localhost`, and of the authority in `root.pem`.
#[tokio::test]
async fn modes_check_what_sslmode_says() {
    let options = shared().schema().await;
    for (host, parameters, is_encrypted) in [
        ("127.0.0.1", "sslmode=disable", Some(false)),
        ("127.0.0.1", "", Some(true)),
        ("127.0.0.1", "sslmode=prefer&sslrootcert=DIR/other.pem", Some(true)),
        ("127.0.0.1", "sslmode=require", Some(true)),
        ("127.0.0.1", "sslmode=require&sslrootcert=DIR/root.pem", Some(true)),
        ("127.0.0.1", "sslmode=require&sslrootcert=DIR/other.pem", None),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=DIR/root.pem", Some(true)),
        ("127.0.0.1", "sslmode=verify-ca&sslrootcert=DIR/other.pem", None),
        ("localhost", "sslmode=verify-full&sslrootcert=DIR/root.pem", Some(true)),
        ("127.0.0.1", "sslmode=verify-full&sslrootcert=DIR/root.pem", None),
        ("localhost", "sslmode=verify-full&sslrootcert=DIR/other.pem", None),
    ] {
        let opened = open(&url(host, parameters), options.clone()).await;
        match (opened, is_encrypted) {
            (Ok(found), Some(expected)) if found == expected => {}
            (Err(error), None) => {
                let said = error.to_string();
                assert!(said.contains("no encrypted connection"), "{parameters}: {error:?}");
            }
            (found, _) => panic!("{host} {parameters}: {found:?}"),
        }
    }
}

#[tokio::test]
async fn certificates_that_cannot_be_read_are_named() {
    for (parameters, part) in [
        ("sslmode=verify-ca", "needs sslrootcert"),
        ("sslmode=verify-full&sslrootcert=/no/such.pem", "/no/such.pem"),
        ("sslmode=verify-full&sslrootcert=DIR/password", "password (sslrootcert) cannot be read"),
    ] {
        let opened = open(&url("localhost", parameters), PostgresOptions::default()).await;
        let said = opened.unwrap_err().to_string();
        assert!(said.contains(part), "{parameters}: {said}");
    }
}
