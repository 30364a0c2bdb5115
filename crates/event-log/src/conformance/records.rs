use crate::{Documents, RecordStore};

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
    assert_eq!(store.get("task", "t".into()).await.expect("works").as_deref(), Some("3"));
    assert_eq!(store.get("task", "ann".into()).await.expect("works"), None);
    store.remove("agent", "ann".into()).await.expect("works");
    store.remove("agent", "ann".into()).await.expect("it is gone already");
    assert_eq!(store.all("agent").await.expect("works").len(), 1);
    store.put("agent", Documents::new()).await.expect("works");
}

fn documents<const N: usize>(of: [(&str, &str); N]) -> Documents {
    of.map(|(key, json)| (key.to_owned(), json.to_owned())).into()
}
