//! Bytes that change while nothing runs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::unix::fs::MetadataExt,
    path::Path,
};

use fastrand::Rng;
use synod_domain::{CallNo, DebateId};
use synod_event_log::{EventLog, ListQuery, LogError, PartialTexts};
use synod_event_log_sqlite::{SqliteStore, StoreOpenError};
use tempfile::TempDir;

use crate::sample::*;

/// The files of a store, and what was in it after each commit.
struct Original {
    database: Vec<u8>,
    log: Vec<u8>,
    events: BTreeMap<DebateId, Vec<String>>,
    /// After each commit, how many events each debate had.
    states: BTreeSet<BTreeMap<DebateId, usize>>,
}

/// A store whose write-ahead log holds all but the first commits.
async fn original(commits: usize, checkpoint_after: usize) -> Original {
    let dir = TempDir::new().unwrap();
    let mut rng = Rng::with_seed(7);
    let mut state = BTreeMap::new();
    let mut states = BTreeSet::from([state.clone()]);
    let mut store = open(dir.path());
    for commit in 0..commits {
        let log = store.events();
        if commit % 10 == 0 {
            state.insert(create(&log).await.unwrap(), 1);
        } else {
            let chosen = rng.usize(..state.len());
            let (id, last) = state.iter_mut().nth(chosen).unwrap();
            let events = rng.usize(1..4);
            let texts = (0..events).map(|_| interjected(&"text ".repeat(rng.usize(..400))));
            log.append(&batch(*id, *last as u64, texts), None).await.unwrap();
            *last += events;
        }
        states.insert(state.clone());
        if commit + 1 == checkpoint_after {
            // The last connection copies the log to the database.
            drop((log, store));
            store = open(dir.path());
        }
    }
    let content = content(&store).await.unwrap();
    let read = |name| fs::read(dir.path().join(name)).unwrap_or_default();
    let (database, log) = (read("synod.db"), read("synod.db-wal"));
    let events = content.into_iter().map(|(id, (events, _))| (id, events)).collect();
    Original { database, log, events, states }
}

/// Changes bytes as disks and crashes do.
fn damage(bytes: &mut Vec<u8>, rng: &mut Rng) -> String {
    let at = rng.usize(..bytes.len());
    match rng.usize(..5) {
        0 => {
            let bit = rng.u32(..8);
            bytes[at] ^= 1 << bit;
            format!("bit {bit} of byte {at} flipped")
        }
        1 => {
            bytes.truncate(at);
            format!("cut off at {at}")
        }
        2 => {
            let sector = at / 512 * 512;
            let end = bytes.len().min(sector + 512);
            bytes[sector..end].fill(0);
            format!("the sector at {sector} is empty")
        }
        3 => {
            let end = bytes.len().min(at + rng.usize(1..64));
            rng.fill(&mut bytes[at..end]);
            format!("random bytes from {at} to {end}")
        }
        _ => {
            // A sector that was written to the wrong place.
            let from = rng.usize(..bytes.len()) / 512 * 512;
            let to = at / 512 * 512;
            let length = 512.min(bytes.len() - from).min(bytes.len() - to);
            bytes.copy_within(from..from + length, to);
            format!("the sector at {from} is at {to}, too")
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    refused: usize,
    reported: usize,
    recovered: usize,
    whole: usize,
}

#[tokio::test]
async fn damaged_text_of_open_calls_is_left_out() {
    let dir = TempDir::new().unwrap();
    let store = open(dir.path());
    let id = create(&store.events()).await.unwrap();
    let texts: PartialTexts = [(CallNo(1), "so far".into()), (CallNo(2), "and".into())].into();
    let file = dir.path().join("partials").join(id.to_string());
    store.events().keep_partials(id, &texts).await.unwrap();
    let whole = fs::read(&file).unwrap();
    assert_eq!(file.metadata().unwrap().mode() & 0o777, 0o600);
    for place in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[place] ^= 1;
        for damaged in [&flipped, &whole[..place]] {
            fs::write(&file, damaged).unwrap();
            assert!(store.events().partials(id).await.unwrap().is_empty(), "at {place}");
        }
    }
    store.events().keep_partials(id, &texts).await.unwrap();
    assert_eq!(store.events().partials(id).await.unwrap(), texts);
}

#[tokio::test]
async fn damage_is_reported_or_leaves_a_valid_prefix() {
    let seed = 20_261_130;
    let mut rng = Rng::with_seed(seed);
    let mut tally = Tally::default();
    // All in the log; all in the database; some in each.
    for (commits, checkpoint_after) in [(60, 0), (60, 60), (60, 30)] {
        let original = original(commits, checkpoint_after).await;
        for case in 0..250 {
            let mut changed = Changed {
                database: original.database.clone(),
                log: original.log.clone(),
                is_log_changed: !original.log.is_empty() && rng.bool(),
            };
            let what = match (changed.is_log_changed, rng.usize(..4)) {
                (true, _) => damage(&mut changed.log, &mut rng),
                (false, _) => damage(&mut changed.database, &mut rng),
            };
            let file = if changed.is_log_changed { "log" } else { "database" };
            let name =
                format!("seed {seed}, {commits}/{checkpoint_after}, case {case}: {file}: {what}");
            check(&original, &changed, &name, &mut tally).await;
        }
    }
    println!("{tally:?}");
    assert!(tally.recovered > 50 && tally.refused + tally.reported > 50, "{tally:?}");
}

struct Changed {
    database: Vec<u8>,
    log: Vec<u8>,
    is_log_changed: bool,
}

async fn check(original: &Original, changed: &Changed, name: &str, tally: &mut Tally) {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("synod.db"), &changed.database).unwrap();
    if !changed.log.is_empty() {
        fs::write(dir.path().join("synod.db-wal"), &changed.log).unwrap();
    }
    let store = match SqliteStore::open(dir.path(), options()) {
        Ok(store) => store,
        Err(error) => {
            tally.refused += 1;
            return assert_names_file(&error, dir.path(), name);
        }
    };
    match read_all(&store, original).await {
        Ok(found) => {
            for (id, events) in &found {
                let all = original.events.get(id).unwrap_or_else(|| panic!("{name}: {id}"));
                assert_eq!(events[..], all[..events.len().min(all.len())], "{name}");
            }
            let state: BTreeMap<_, _> =
                found.iter().map(|(id, events)| (*id, events.len())).collect();
            assert!(original.states.contains(&state), "{name}: {state:?}");
            if found == original.events {
                tally.whole += 1;
            } else {
                assert!(changed.is_log_changed || !original.log.is_empty(), "{name}: events lost");
                tally.recovered += 1;
            }
            go_on(&store, &state, name).await;
        }
        Err(error) => {
            tally.reported += 1;
            assert_damage(&error, name);
        }
    }
}

/// Reads all by the list, and each debate that should be there.
async fn read_all(
    store: &SqliteStore,
    original: &Original,
) -> Result<BTreeMap<DebateId, Vec<String>>, LogError> {
    let log = store.events();
    let listed = log.list(&ListQuery::default(), usize::MAX).await?;
    let mut found = BTreeMap::new();
    for summary in listed.debates {
        found.insert(summary.id, read(&log, summary.id).await?);
    }
    // Reading them fails.
    for id in listed.damage.iter().filter_map(|damage| damage.debate) {
        read(&log, id).await?;
    }
    assert_eq!(listed.damage, [], "what is damaged can be read");
    for id in original.events.keys() {
        match read(&log, *id).await {
            Ok(events) => assert_eq!(found.get(id), Some(&events), "it is not listed"),
            Err(LogError::UnknownDebate(_)) => assert_eq!(found.get(id), None),
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

async fn read(log: &dyn EventLog, id: DebateId) -> Result<Vec<String>, LogError> {
    let events = log.read(id, 1, usize::MAX).await?;
    Ok(events.iter().map(|e| serde_json::to_string(&*e.recorded).unwrap()).collect())
}

/// An append to what was recovered follows it, or reports the damage.
async fn go_on(store: &SqliteStore, state: &BTreeMap<DebateId, usize>, name: &str) {
    let log = store.events();
    for (id, events) in state {
        let last = *events as u64;
        match append(&log, *id, last, "after").await {
            Ok(seq) => {
                assert_eq!(seq, last + 1, "{name}");
                match log.read(*id, 1, usize::MAX).await {
                    Ok(events) => assert_eq!(events.len() as u64, seq, "{name}"),
                    Err(error) => assert_damage(&error, name),
                }
            }
            Err(error) => assert_damage(&error, name),
        }
    }
}

fn assert_damage(error: &LogError, name: &str) {
    let (LogError::Damaged(source)
    | LogError::Unavailable { source }
    | LogError::Unknown { source }) = error
    else {
        panic!("{name}: {error:?}")
    };
    let mut text = source.to_string();
    let mut cause = std::error::Error::source(&**source);
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    assert!(text.contains("synod.db"), "{name}: {text}");
}

fn assert_names_file(error: &StoreOpenError, dir: &Path, name: &str) {
    let path = dir.join("synod.db").display().to_string();
    assert!(error.to_string().contains(&path), "{name}: {error}");
}

/// Each event has a checksum, also those that nothing else would notice.
#[tokio::test]
async fn a_changed_event_is_found_by_reading_and_by_verifying() {
    let dir = TempDir::new().unwrap();
    let id = debate(&open(dir.path()).events(), 10).await;
    for change in [
        "UPDATE events SET body = replace(CAST(body AS TEXT), '3 ', '4 ') WHERE seq = 4",
        "UPDATE events SET epoch = 1 WHERE seq = 5",
        "UPDATE events SET event_id = zeroblob(16) WHERE seq = 6",
        "DELETE FROM events WHERE seq = 7",
        "DELETE FROM events WHERE seq = 10",
        "UPDATE debates SET last_seq = 9",
        "UPDATE debates SET epoch = 9",
        "DELETE FROM debates",
    ] {
        let copy = TempDir::new().unwrap();
        fs::copy(dir.path().join("synod.db"), copy.path().join("synod.db")).unwrap();
        let db = rusqlite::Connection::open(copy.path().join("synod.db")).unwrap();
        assert_eq!(db.execute(change, []).unwrap(), 1, "{change}");
        drop(db);
        let store = open(copy.path());
        let read = store.events().read(id, 1, 100).await.unwrap_err();
        assert_damage(&read, change);
        let report = store.verify(|_| {}).await.unwrap();
        assert!(!report.is_sound(), "{change}");
        // Before what was changed, all is well.
        if change.contains("events") {
            assert_eq!(store.events().read(id, 1, 3).await.unwrap().len(), 3, "{change}");
        }
        assert!(store.events().purge(id).await.is_ok() || change.contains("DELETE FROM debates"));
    }
}
