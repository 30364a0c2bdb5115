use uuid::Uuid;

use crate::{Documents, ProcessId, RecordStore};

/// Tests that every implementation of [`RecordStore`] must pass. `store` is empty.
///
/// # Panics
/// If the store breaks its contract.
pub async fn run_records(store: &dyn RecordStore) {
    store.put("agent", documents([("bob", "1"), ("ann", "2")])).await.expect("works");
    store.put("task", documents([("t", "3")])).await.expect("works");
    store.put("agent", documents([("bob", "\"\u{e4}\"")])).await.expect("works");
    let all = store.all("agent").await.expect("works");
    assert_eq!(all, documents([("ann", "2"), ("bob", "\"\u{e4}\"")]));
    assert_eq!(store.all("agen").await.expect("works"), Documents::new());
    let keys =
        [("a/1", "1"), ("a/2", "2"), ("a/\u{e4}", "3"), ("a0", "4"), ("b/1", "5"), ("a", "6")];
    store.put("share", documents(keys)).await.expect("works");
    let found = store.with_prefix("share", "a/".into()).await.expect("works");
    assert_eq!(found, documents([("a/1", "1"), ("a/2", "2"), ("a/\u{e4}", "3")]));
    assert_eq!(store.with_prefix("share", String::new()).await.expect("works").len(), 6);
    assert_eq!(store.with_prefix("task", "a/".into()).await.expect("works"), Documents::new());
    let page = async |after: Option<&str>, limit| {
        let page = store.page("share", after.map(str::to_owned), limit).await.expect("works");
        page.into_keys().collect::<Vec<_>>()
    };
    assert_eq!(page(None, 2).await, ["a", "a/1"]);
    assert_eq!(page(Some("a/1"), 3).await, ["a/2", "a/\u{e4}", "a0"]);
    assert_eq!(page(Some("a1"), 3).await, ["b/1"], "no document has the key");
    assert_eq!(page(Some("b/1"), 3).await, [""; 0]);
    assert_eq!(store.get("task", "t".into()).await.expect("works").as_deref(), Some("3"));
    assert_eq!(store.get("task", "ann".into()).await.expect("works"), None);
    store.remove("agent", "ann".into()).await.expect("works");
    store.remove("agent", "ann".into()).await.expect("it is gone already");
    assert_eq!(store.all("agent").await.expect("works").len(), 1);
    store.put("agent", Documents::new()).await.expect("works");
    for (current, new, is_done) in [
        (Some("3"), "4", true),
        (Some("3"), "5", false),
        (None, "5", false),
        (Some("4"), "5", true),
    ] {
        let current = current.map(str::to_owned);
        let new = Some(new.to_owned());
        let done = store.swap("task", "t".into(), current, new.clone()).await.expect("works");
        assert_eq!(done, is_done, "{new:?}");
    }
    let get = store.get("task", "t".into()).await.expect("works");
    assert_eq!(get.as_deref(), Some("5"));
    let swap = async |current: Option<&str>, new: Option<&str>| {
        let (current, new) = (current.map(str::to_owned), new.map(str::to_owned));
        store.swap("task", "u".into(), current, new).await.expect("works")
    };
    assert!(!swap(Some("1"), Some("2")).await);
    assert!(swap(None, Some("2")).await);
    assert!(!swap(Some("1"), None).await, "it is another one");
    assert!(!swap(None, None).await, "there is one");
    assert!(swap(Some("2"), None).await);
    assert_eq!(store.get("task", "u".into()).await.expect("works"), None);
    assert!(swap(None, None).await);
    assert!(store.is_open_in(store.process()).await.expect("works"));
    let never = ProcessId::from_uuid(Uuid::from_u128(7));
    assert!(!store.is_open_in(never).await.expect("works"));
}

fn documents<const N: usize>(of: [(&str, &str); N]) -> Documents {
    of.map(|(key, json)| (key.to_owned(), json.to_owned())).into()
}
