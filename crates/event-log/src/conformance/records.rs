use crate::{Record, RecordStore};

/// Tests that every implementation of [`RecordStore`] must pass. `store` is empty.
///
/// # Panics
/// If the store breaks its contract.
pub async fn run_records(store: &dyn RecordStore) {
    let record = |kind, key: &str, json: &str| Record { kind, key: key.into(), json: json.into() };
    let agents =
        [record("agent", "bob", "1"), record("agent", "ann", "2"), record("task", "t", "3")];
    store.put(agents.to_vec()).await.expect("works");
    store.put(vec![record("agent", "bob", "{\"x\":\"\u{e4}\"}")]).await.expect("works");
    let all = store.all("agent").await.expect("works");
    let expected = [("ann", "2"), ("bob", "{\"x\":\"\u{e4}\"}")].map(|(k, v)| (k.into(), v.into()));
    assert_eq!(all, expected.into());
    assert_eq!(store.all("agen").await.expect("works"), [].into());
    assert_eq!(store.get("task", "t".into()).await.expect("works").as_deref(), Some("3"));
    assert_eq!(store.get("task", "ann".into()).await.expect("works"), None);
    store.remove("agent", "ann".into()).await.expect("works");
    store.remove("agent", "ann".into()).await.expect("it is gone already");
    assert_eq!(store.all("agent").await.expect("works").len(), 1);
    store.put(Vec::new()).await.expect("works");
}
