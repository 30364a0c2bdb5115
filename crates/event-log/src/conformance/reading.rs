use super::{Open, sample::*};
use crate::LogError;

pub(super) async fn run(open: &impl Open) {
    any_range_is_read(open).await;
    debates_do_not_mix(open).await;
}

async fn any_range_is_read(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    log.append(&batch(id, 1, (2..=9).map(|i| interjected(&i.to_string()))), None)
        .await
        .expect("follows");
    let numbers = async |from, limit| -> Vec<u64> {
        let part = log.read(id, from, limit).await.expect("there");
        part.iter().map(|stored| stored.recorded.seq).collect()
    };
    assert_eq!(numbers(0, 2).await, [1, 2]);
    assert_eq!(numbers(1, 2).await, [1, 2]);
    assert_eq!(numbers(4, 3).await, [4, 5, 6]);
    assert_eq!(numbers(8, 9).await, [8, 9]);
    assert!(numbers(10, 9).await.is_empty());
    assert!(numbers(u64::MAX, usize::MAX).await.is_empty());
    assert!(numbers(1, 0).await.is_empty());
    let unknown = log.read(new_id(), 1, 1).await;
    assert!(matches!(unknown, Err(LogError::UnknownDebate(_))), "{unknown:?}");
}

async fn debates_do_not_mix(open: &impl Open) {
    let (log, _) = open().await;
    let (one, two) = (debate(&log).await, debate(&log).await);
    interject(&log, one, 1, None, "one").await.expect("follows");
    interject(&log, two, 1, None, "two").await.expect("follows");
    assert_eq!(texts(&log.read(one, 2, 9).await.expect("there")), [(2, "one".to_owned())]);
    assert_eq!(texts(&log.read(two, 2, 9).await.expect("there")), [(2, "two".to_owned())]);
}
