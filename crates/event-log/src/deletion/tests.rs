use std::time::Duration;

use synod_domain::{Event, ManualClock, Timestamp};
use uuid::Uuid;

use super::*;
use crate::{Batch, Grade, MemoryLog, MemoryRecords, Share, TypedRecords, Worker};

#[tokio::test]
async fn a_refused_deletion_changes_nothing() {
    let log = MemoryLog::new(Arc::new(ManualClock::default()));
    let records: Arc<dyn RecordStore> = Arc::new(MemoryRecords::default());
    let (grades, typed) =
        (Grades::new(Arc::clone(&records)), TypedRecords::new(Arc::clone(&records)));
    let [id, other] = [(); 2].map(|()| DebateId::from_uuid(Uuid::now_v7()));
    for id in [id, other] {
        let first = Batch::new(id, 0, Timestamp::default(), [Event::DebateStarted]).unwrap();
        log.create(&first, None).await.unwrap();
        grades.put(id, Grade::Right).await.unwrap();
        let share =
            Share { token: id.to_string(), debate_id: id, created_at: Timestamp::default() };
        typed.put([(Share::key_prefix(id) + "1", share)]).await.unwrap();
    }
    let server = Worker::new("server");
    log.register(&server, Duration::from_secs(15)).await.unwrap();
    let claim = log.claim(id, &server).await.unwrap().expect("a claim");

    let refused = delete_debate(&log, &records, id).await;
    assert!(matches!(refused, Err(LogError::Held { .. })), "{refused:?}");
    assert_eq!(grades.get(id).await.unwrap(), Some(Grade::Right));
    assert_eq!(typed.all::<Share>().await.unwrap().len(), 2);

    log.release(&claim).await.unwrap();
    delete_debate(&log, &records, id).await.unwrap();
    assert!(grades.all().await.unwrap().into_keys().eq([other]));
    let left = typed.all::<Share>().await.unwrap();
    assert!(left.iter().map(|(_, share)| share.debate_id).eq([other]));
    let gone = log.read(id, 1, 1).await;
    assert!(matches!(gone, Err(LogError::Purged(_))), "{gone:?}");
}
