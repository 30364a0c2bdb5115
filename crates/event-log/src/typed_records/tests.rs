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
