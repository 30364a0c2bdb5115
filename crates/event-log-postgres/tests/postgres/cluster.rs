//! A PostgreSQL of Debian's package, in a temporary directory and on a free port.

use std::{
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
};

use base64::Engine;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use synod_event_log_postgres::{DatabaseUrl, PostgresOptions, PostgresStore, migrate};
use tempfile::TempDir;

/// The password of the superuser.
pub(crate) const PASSWORD: &str = "s3cret-of-tests";

/// A server. It is stopped, and its directory removed, when the value is dropped or this process ends in any way.
pub(crate) struct Cluster {
    dir: PathBuf,
    pub(crate) port: u16,
    /// Waits for the end of its standard input, which is the end of this process. Signals to the whole group, as
    /// that of Ctrl-C, do not end it.
    watchdog: Child,
}

/// The server of the tests that leave it running.
pub(crate) fn shared() -> &'static Cluster {
    static SHARED: LazyLock<Cluster> = LazyLock::new(Cluster::start);
    &SHARED
}

/// PostgreSQL's own programs, which are not in the path of Debian.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.filter_map(|entry| {
        let programs = entry.path().join("bin");
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        programs.join("initdb").exists().then_some((version, programs))
    });
    let newest = found.max().map(|(_, programs)| programs);
    let elsewhere = || {
        let bindir = Command::new("pg_config").arg("--bindir").output().ok()?;
        let programs = PathBuf::from(String::from_utf8(bindir.stdout).ok()?.trim());
        programs.join("initdb").exists().then_some(programs)
    };
    newest.or_else(elsewhere).expect("PostgreSQL is missing; install the package postgresql")
}

/// A program of PostgreSQL, which root may not run: as the user of the package then.
fn command(program: &str) -> Command {
    let path = programs().join(program);
    if !rustix::process::geteuid().is_root() {
        return Command::new(path);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--init-groups", "--"]).arg(path);
    command
}

fn run(command: &mut Command) {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned()
        + &String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{command:?}: {text}");
}

/// Gives files to the user of PostgreSQL, if this is root.
fn give(path: &Path) {
    if rustix::process::geteuid().is_root() {
        run(Command::new("chown").args(["-R", "postgres:postgres"]).arg(path));
    }
}

impl Cluster {
    pub(crate) fn start() -> Self {
        let dir = TempDir::with_prefix("synod-postgres-").unwrap().keep();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        make_certificates(&dir);
        fs::write(dir.join("password"), PASSWORD).unwrap();
        give(&dir);
        run(command("initdb")
            .args(["--no-sync", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"])
            .args(["--data-checksums", "--auth=scram-sha-256"])
            .arg(format!("--pwfile={}", dir.join("password").display()))
            .arg("-D")
            .arg(dir.join("data")));
        let settings = format!(
            "port = {port}\nlisten_addresses = '127.0.0.1'\nunix_socket_directories = '{dir}'\n\
             fsync = on\nmax_connections = 200\nshared_buffers = 32MB\nssl = on\n\
             ssl_cert_file = '{dir}/server.pem'\nssl_key_file = '{dir}/server.key'\n",
            dir = dir.display()
        );
        let file = dir.join("data").join("postgresql.auto.conf");
        fs::write(&file, settings).unwrap();
        give(&file);
        let stop = format!(
            "trap '' HUP INT TERM; cat >/dev/null; {:?} -D '{dir}/data' -m immediate stop >/dev/null 2>&1; rm -rf '{dir}'",
            command("pg_ctl"),
            dir = dir.display()
        );
        let watchdog = Command::new("sh")
            .args(["-c", &stop.replace('"', "'")])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let cluster = Self { dir, port, watchdog };
        cluster.up();
        cluster
    }

    /// Starts the server.
    pub(crate) fn up(&self) {
        // Its output goes to the log file: a pipe would not end before the server does.
        let mut start = command("pg_ctl");
        start.args(["-w", "-t", "60", "-s", "start", "-D"]).arg(self.dir.join("data"));
        start.arg("-l").arg(self.dir.join("log"));
        let status =
            start.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.unwrap().success(), "{}", self.log());
    }

    /// Stops the server: `smart`, `fast`, or `immediate` as by a crash.
    pub(crate) fn down(&self, mode: &str) {
        run(command("pg_ctl").args(["-w", "-m", mode, "stop", "-D"]).arg(self.dir.join("data")));
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("log")).unwrap_or_default()
    }

    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The URL for the superuser, through a port, with parameters.
    pub(crate) fn url_at(&self, port: u16, parameters: &str) -> DatabaseUrl {
        format!("postgres://postgres:{PASSWORD}@127.0.0.1:{port}/postgres?{parameters}")
            .parse()
            .unwrap()
    }

    pub(crate) fn url(&self) -> DatabaseUrl {
        self.url_at(self.port, "sslmode=disable")
    }

    /// The URL for another role with the same password.
    pub(crate) fn url_of(&self, role: &str) -> DatabaseUrl {
        format!("postgres://{role}:{PASSWORD}@127.0.0.1:{}/postgres?sslmode=disable", self.port)
            .parse()
            .unwrap()
    }

    /// Runs SQL as the superuser, and returns its lines.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let mut psql = Command::new(programs().join("psql"));
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"]);
        psql.arg("127.0.0.1").args(["-p", &self.port.to_string(), "-c", sql, "postgres"]);
        let output = psql.env("PGPASSWORD", PASSWORD).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A migrated schema that no other test uses.
    pub(crate) async fn schema(&self) -> PostgresOptions {
        let options = PostgresOptions { schema: new_schema(), ..PostgresOptions::default() };
        migrate(&self.url(), &options, None).await.unwrap();
        options
    }

    /// A new store.
    pub(crate) async fn store(&self) -> PostgresStore {
        PostgresStore::open(&self.url(), self.schema().await).await.unwrap()
    }
}

/// The name of a schema that no other test uses.
pub(crate) fn new_schema() -> String {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("test_{}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
    }
}

/// An authority (`root.pem`), its certificate for `localhost`, and an authority that issued none (`other.pem`).
fn make_certificates(dir: &Path) {
    let authority = || {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        (params.self_signed(&key).unwrap(), Issuer::new(params, key))
    };
    let ((root, issuer), (other, _)) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let server = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let server = server.signed_by(&key, &issuer).unwrap();
    for (name, pem) in [
        ("root.pem", pem("CERTIFICATE", root.der())),
        ("other.pem", pem("CERTIFICATE", other.der())),
        ("server.pem", pem("CERTIFICATE", server.der())),
        ("server.key", pem("PRIVATE KEY", &key.serialize_der())),
    ] {
        fs::write(dir.join(name), pem).unwrap();
    }
    run(Command::new("chmod").arg("600").arg(dir.join("server.key")));
}

fn pem(label: &str, der: &[u8]) -> String {
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<_> = text.as_bytes().chunks(64).map(String::from_utf8_lossy).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
