use super::MemoryLog;
use crate::conformance;

#[tokio::test(start_paused = true)]
async fn the_memory_log_conforms() {
    conformance::run(async |clock| MemoryLog::new(clock)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_memory_log_conforms_on_several_threads() {
    conformance::run(async |clock| MemoryLog::new(clock)).await;
}

#[tokio::test]
async fn records_in_memory_conform() {
    conformance::run_records(&crate::MemoryRecords::default()).await;
}
