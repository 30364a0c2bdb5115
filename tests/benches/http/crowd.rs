//! Where sockets are opened and read.

use std::{future::Future, sync::LazyLock};

use tokio::runtime::{Builder, Runtime};

/// Runs clients on a thread of the lowest priority: elsewhere, where clients are, they would take no
/// processor from the server. What this process starts keeps its own priority.
pub(crate) async fn in_the_crowd<T: Send + 'static>(
    clients: impl Future<Output = T> + Send + 'static,
) -> T {
    static CROWD: LazyLock<Runtime> = LazyLock::new(|| {
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(1).enable_all().on_thread_start(|| {
            rustix::process::setpriority_process(None, 19).expect("anyone may step back");
        });
        threads.build().expect("a runtime")
    });
    CROWD.spawn(clients).await.expect("clients do not panic")
}
