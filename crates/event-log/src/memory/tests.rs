use super::MemoryLog;
use crate::conformance;

#[tokio::test(start_paused = true)]
async fn conforms() {
    conformance::run(async |clock| MemoryLog::new(clock)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms_on_several_threads() {
    conformance::run(async |clock| MemoryLog::new(clock)).await;
}
