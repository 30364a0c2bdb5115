use std::{io::Cursor, time::Duration};

use synod_domain::{Clock, Event, Interjected, Timestamp};
use uuid::Uuid;

use super::*;
use crate::{Batch, MemoryLog, Takeover, Worker, create_once};

struct Epoch0;

impl Clock for Epoch0 {
    fn now(&self) -> Timestamp {
        Timestamp::default()
    }
}

fn log() -> MemoryLog {
    MemoryLog::new(Arc::new(Epoch0))
}

fn debate(text: &str, events: usize) -> ExportedDebate {
    debate_with(DebateId::from_uuid(Uuid::now_v7()), text, events)
}

fn debate_with(id: DebateId, text: &str, events: usize) -> ExportedDebate {
    let event = |n: usize| {
        let text = format!("{text} {n}").into();
        Event::Interjected(Interjected { text, author: None })
    };
    let recorded =
        (1..=events).map(|n| Recorded::new(id, n as u64, Timestamp::from_unix_ms(7), event(n)));
    let events = recorded.map(|recorded| (EventId::new(), Arc::new(recorded))).collect();
    ExportedDebate { id, grade: None, events }
}

fn file(debates: &[ExportedDebate]) -> String {
    let lines = debates.iter().map(|debate| debate.lines().unwrap());
    export_header(debates.len() as u64, "1.2.3").unwrap() + &lines.collect::<String>()
}

fn read(text: &str) -> Result<Vec<ExportedDebate>, ExportError> {
    ExportReader::new(Cursor::new(text.as_bytes().to_vec()))?.collect()
}

/// The message for a file that is refused.
fn refusal(text: &str) -> String {
    read(text).expect_err("a refusal").to_string()
}

fn worker() -> Worker {
    Worker::new("import").with_takeover(Takeover::OnRequest)
}

#[test]
fn an_export_is_read_as_it_was_written() {
    let mut debates = [debate("a", 3), debate("b", 1)];
    debates[1].grade = Some("right".to_owned());
    assert_eq!(read(&file(&debates)).unwrap(), debates);
    assert_eq!(read(&file(&[])).unwrap(), []);
}

#[test]
fn a_file_cut_anywhere_is_refused_with_its_line() {
    let text = file(&[debate("a", 2), debate("b", 2)]);
    for end in 0..text.trim_end().len() {
        // Only its line break is missing from a line that is cut at its end, so that the next one is missing.
        let line = text[..=end].matches('\n').count() as u64 + 1;
        let error = read(&text[..end]).expect_err("a refusal");
        assert_eq!(error.line, line, "cut at {end}: {error}");
    }
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let cut = lines[..4].concat() + &lines[4][..20];
    assert!(refusal(&cut).starts_with("line 5: the export is truncated: it ends here, and 1 more"));
    let id = &debate_ids(&text)[1];
    let expected = format!("and 1 more events of debate {id} should follow");
    assert!(refusal(&lines[..6].concat()).ends_with(&expected));
}

#[test]
fn blank_lines_are_skipped_and_counted() {
    let text = file(&[debate("a", 2), debate("b", 1)]);
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let spaced =
        [lines[0], "\n", lines[1], lines[2], "\n \n", lines[3], lines[4], lines[5]].concat();
    let mut reader = ExportReader::new(spaced.as_bytes()).unwrap();
    assert!(reader.next().unwrap().is_ok());
    assert_eq!(reader.event_lines(), [4, 7]);
    assert!(reader.next().unwrap().is_ok());
    assert_eq!(reader.event_lines(), [9]);
}

fn debate_ids(text: &str) -> Vec<String> {
    read(text).unwrap().iter().map(|debate| debate.id.to_string()).collect()
}

#[test]
fn a_changed_line_is_refused() {
    let text = file(&[debate("a", 3)]);
    let lines: Vec<_> = text.split_inclusive('\n').collect();
    let swapped = text.replace("a 2", "a 9");
    assert!(refusal(&swapped).starts_with("line 4: the hash of event 2 does not fit"));
    let gap = [lines[0], lines[1], lines[2], lines[4]].concat();
    assert_eq!(refusal(&gap), "line 4: event 3 is in the place of event 2");
    let more = text.clone() + lines[1];
    assert_eq!(refusal(&more), "line 6: a line after the last of 1 debates");
    let other = lines[0].to_owned() + &debate("x", 1).lines().unwrap();
    assert!(read(&other).is_ok());
    assert_eq!(refusal(""), "line 1: not an export of debates, as written by `synod export`");
    assert_eq!(refusal("{}\n"), refusal(""));
    let newer = text.replace(r#""synod_export":1"#, r#""synod_export":2"#);
    assert!(refusal(&newer).contains("format 2, written by Synod 1.2.3"));
}

#[tokio::test]
async fn an_import_is_exact_and_a_second_one_changes_nothing() {
    let debate = debate("a", 200);
    let log = log();
    let worker = worker();
    assert_eq!(import(&log, &worker, &debate).await.unwrap(), Imported::New);
    assert_eq!(ExportedDebate::read(&log, debate.id).await.unwrap(), debate);
    let again = import(&log, &worker, &debate).await.unwrap();
    assert_eq!(again, Imported::Known { newer: 0 });
    let shorter = ExportedDebate { events: debate.events[..150].to_vec(), ..debate.clone() };
    assert_eq!(import(&log, &worker, &shorter).await.unwrap(), Imported::Known { newer: 50 });
}

#[tokio::test]
async fn events_that_are_no_log_are_refused() {
    let whole = debate("a", 4);
    let other = debate("b", 4);
    let without = |seq: usize| {
        let mut events = whole.events.clone();
        events.remove(seq - 1);
        events
    };
    let mut mixed = whole.events.clone();
    mixed[2] = other.events[2].clone();
    for (events, expected) in [(vec![], 1), (without(1), 1), (without(3), 3), (mixed, 3)] {
        let log = log();
        let flawed = ExportedDebate { events, ..whole.clone() };
        let error = import(&log, &worker(), &flawed).await.expect_err("a refusal");
        assert!(matches!(error, ImportError::NoLog { seq, .. } if seq == expected), "{error}");
        assert!(log.read(whole.id, 1, 1).await.is_err());
    }
}

#[tokio::test]
async fn an_interrupted_import_is_completed_by_another() {
    let debate = debate("a", 100);
    let log = log();
    let first = Batch::copied(debate.id, 0, debate.events[..1].to_vec()).unwrap();
    create_once(&log, &first, None).await.unwrap();
    let worker = worker();
    let done = import(&log, &worker, &debate).await.unwrap();
    assert_eq!(done, Imported::Extended { from: 1 });
    assert_eq!(ExportedDebate::read(&log, debate.id).await.unwrap(), debate);
}

#[tokio::test]
async fn a_debate_with_other_events_or_a_driver_is_refused_unchanged() {
    let kept = debate("a", 3);
    let log = log();
    let worker = worker();
    import(&log, &worker, &kept).await.unwrap();
    let mut other = debate_with(kept.id, "b", 5);
    other.events[0] = kept.events[0].clone();
    let error = import(&log, &worker, &other).await.expect_err("a refusal");
    assert!(error.to_string().ends_with("with other events from event 2 on"), "{error}");

    let server = Worker::new("server");
    log.register(&server, Duration::from_secs(30)).await.unwrap();
    log.claim(kept.id, &server).await.unwrap().expect("a claim");
    let mut longer = kept.clone();
    let next = Event::Interjected(Interjected { text: "more".into(), author: None });
    let next = Recorded::new(kept.id, 4, Timestamp::default(), next);
    longer.events.push((EventId::new(), Arc::new(next)));
    let error = import(&log, &worker, &longer).await.expect_err("a refusal");
    assert!(matches!(error, ImportError::Driven(_)), "{error}");

    log.purge(kept.id).await.unwrap();
    let error = import(&log, &worker, &kept).await.expect_err("a refusal");
    assert!(matches!(error, ImportError::Deleted(_)), "{error}");
}
