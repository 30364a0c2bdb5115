use super::*;
use crate::MemoryRecords;

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    text: String,
}

impl TypedRecord for Note {
    const KIND: &'static str = "note";
}

fn note(text: &str) -> Note {
    Note { text: text.to_owned() }
}

#[tokio::test]
async fn documents_are_read_as_they_were_written() {
    let records = TypedRecords::new(Arc::new(MemoryRecords::default()));
    let notes = || ["a", "b"].map(|key| (key.to_owned(), note(key)));
    records.put(notes()).await.unwrap();
    assert_eq!(records.all::<Note>().await.unwrap(), notes());
    records.remove::<Note>("a").await.unwrap();
    assert_eq!(records.get::<Note>("a").await.unwrap(), None);
    assert_eq!(records.get("b").await.unwrap(), Some(note("b")));
}

#[tokio::test]
async fn unreadable_documents_are_skipped_and_stay() {
    let store = Arc::new(MemoryRecords::default());
    let records = TypedRecords::new(Arc::clone(&store) as _);
    let documents = [
        ("extended", r#"{"v":1,"body":{"text":"more","colour":"red"},"by":"x"}"#),
        ("newer", r#"{"v":2,"body":{"text":"what"}}"#),
        ("torn", r#"{"v":1,"body":{"te"#),
        ("unversioned", r#"{"text":"what"}"#),
        ("wrong", r#"{"v":1,"body":{"text":7}}"#),
    ];
    let documents = documents.map(|(key, json)| (key.to_owned(), json.to_owned()));
    store.put(Note::KIND, documents.clone().into()).await.unwrap();
    let extended = ("extended".to_owned(), note("more"));
    assert_eq!(records.all::<Note>().await.unwrap(), [extended], "unknown fields are ignored");
    assert_eq!(records.get::<Note>("newer").await.unwrap(), None);
    assert_eq!(store.all(Note::KIND).await.unwrap(), documents.into());
}

#[tokio::test]
async fn a_sweep_reads_every_page_and_leaves_what_is_not_meant() {
    let store = Arc::new(MemoryRecords::default());
    let records = TypedRecords::new(Arc::clone(&store) as _);
    let count = SWEPT_AT_ONCE * 2 + 1;
    let texts =
        (0..count).map(|n| (format!("{n:04}"), note(if n % 3 == 0 { "new" } else { "old" })));
    records.put(texts).await.unwrap();
    let unreadable = ("torn".to_owned(), "{".to_owned());
    store.put(Note::KIND, [unreadable].into()).await.unwrap();
    records.sweep(|note: &Note| note.text == "old").await.unwrap();
    let left = store.all(Note::KIND).await.unwrap();
    assert_eq!(left.len(), count.div_ceil(3) as usize + 1);
    assert!(records.all::<Note>().await.unwrap().iter().all(|(_, note)| note.text == "new"));
    records.sweep(|_: &Note| true).await.unwrap();
    assert_eq!(store.all(Note::KIND).await.unwrap().into_keys().collect::<Vec<_>>(), ["torn"]);
}

#[tokio::test]
async fn a_document_that_cannot_be_read_is_not_replaced() {
    let store = Arc::new(MemoryRecords::default());
    let records = TypedRecords::new(Arc::clone(&store) as _);
    let documents =
        [("newer", r#"{"v":2,"body":{"text":"what"}}"#), ("torn", r#"{"v":1,"body":{"te"#)];
    let documents = documents.map(|(key, json)| (key.to_owned(), json.to_owned()));
    store.put(Note::KIND, documents.clone().into()).await.unwrap();
    for key in ["newer", "torn"] {
        assert_eq!(records.update(key, |_| note("older")).await.unwrap(), None);
        let change = |_| async { Ok(Some(note("older"))) };
        assert!(!records.update_if(key, change).await.unwrap());
    }
    assert_eq!(store.all(Note::KIND).await.unwrap(), documents.into());
    assert_eq!(records.update("new", |_| note("a")).await.unwrap(), Some(note("a")));
}

#[tokio::test]
async fn a_document_is_replaced_or_removed_on_a_condition() {
    let store = Arc::new(MemoryRecords::default());
    let records = TypedRecords::new(Arc::clone(&store) as _);
    let set = async |text: &str, unless: &str| {
        let change = |current: Option<Note>| async move {
            let is_kept = current.is_some_and(|current| current.text == unless);
            Ok((!is_kept).then(|| note(text)))
        };
        records.update_if("a", change).await.unwrap()
    };
    assert!(set("one", "one").await, "there was none");
    assert!(!set("two", "one").await);
    assert!(set("two", "three").await);
    assert_eq!(records.get("a").await.unwrap(), Some(note("two")));
    let remove = async |text: &str| records.remove_if("a", |note: &Note| note.text == text).await;
    assert!(!remove("one").await.unwrap());
    assert!(remove("two").await.unwrap());
    assert!(!remove("two").await.unwrap());
    let newer = [("a".to_owned(), r#"{"v":2,"body":{"text":"two"}}"#.to_owned())];
    store.put(Note::KIND, newer.clone().into()).await.unwrap();
    assert!(!remove("two").await.unwrap(), "it cannot be read");
    assert_eq!(store.all(Note::KIND).await.unwrap(), newer.into());
}

#[tokio::test]
async fn of_concurrent_changes_each_sees_the_one_before() {
    let records = TypedRecords::new(Arc::new(MemoryRecords::default()));
    let add = async |letter: &str| {
        let change = |current: Option<Note>| async move {
            tokio::task::yield_now().await;
            Ok(Some(note(&(current.map(|note| note.text).unwrap_or_default() + letter))))
        };
        records.update_if("a", change).await.unwrap()
    };
    assert_eq!(tokio::join!(add("a"), add("b"), add("c")), (true, true, true));
    let text = records.get::<Note>("a").await.unwrap().unwrap().text;
    assert_eq!(text.len(), 3, "{text}");
}
