//! The thread on which clients open and read sockets.

use std::{future::Future, sync::LazyLock};

use tokio::runtime::{Builder, Runtime};

/// Runs clients on a thread of the lowest priority, because clients on other machines would not use the
/// processor of the server. Processes started by this one keep their priority.
pub(crate) async fn in_client_pool<T: Send + 'static>(
    clients: impl Future<Output = T> + Send + 'static,
) -> T {
    static POOL: LazyLock<Runtime> = LazyLock::new(|| {
        let mut threads = Builder::new_multi_thread();
        threads.worker_threads(1).enable_all().on_thread_start(|| {
            rustix::process::setpriority_process(None, 19)
                .expect("lowering the priority is allowed");
        });
        threads.build().expect("a runtime")
    });
    POOL.spawn(clients).await.expect("clients do not panic")
}
