//! Notifications between processes. They are hints that the next question for new events is worth asking now: one
//! that is lost costs no event.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use futures_util::{StreamExt, stream};
use tokio::{sync::Notify, time::sleep};
use tokio_postgres::AsyncMessage;

use crate::{
    connection::{ConnectionSettings, Driver},
    database_error::DatabaseError,
};

/// The pause before the connection is made again; each is twice the one before, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// A connection of its own, which listens and notifies. An append that notified would wait for those of all other
/// debates, because PostgreSQL commits notifications one after the other.
pub(crate) struct Hints {
    pub(crate) settings: ConnectionSettings,
    /// The schema is the name of the channel.
    pub(crate) channel: String,
    /// This process has written.
    pub(crate) written: Arc<Notify>,
    /// Another process has written.
    pub(crate) heard: Arc<Notify>,
    pub(crate) interval: Duration,
}

impl Hints {
    /// Listens until the task is aborted.
    pub(crate) async fn run(self) {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.settings.connect().await {
                Ok((client, driver)) => {
                    pause = FIRST_PAUSE;
                    if let Err(error) = self.listen(client, driver).await {
                        tracing::debug!(%error, "the connection for notifications ended");
                    }
                }
                Err(error) => tracing::debug!(%error, "no connection for notifications"),
            }
            sleep(pause.mul_f32(0.5 + fastrand::f32() / 2.0)).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn listen(
        &self,
        client: tokio_postgres::Client,
        mut driver: Driver,
    ) -> Result<(), DatabaseError> {
        let failed = |error| DatabaseError::new(&self.settings.server, error);
        let own = AtomicI32::new(0);
        let mut messages = stream::poll_fn(move |context| driver.poll_message(context));
        let receive = async {
            while let Some(message) = messages.next().await {
                // Others are our own, or notices of the server.
                if let AsyncMessage::Notification(note) = message.map_err(failed)?
                    && note.process_id() != own.load(Ordering::Relaxed)
                {
                    self.heard.notify_one();
                }
            }
            Ok(())
        };
        let send = async {
            let pid = client.query_one("SELECT pg_backend_pid()", &[]).await.map_err(failed)?;
            own.store(pid.try_get(0).map_err(failed)?, Ordering::Relaxed);
            client.batch_execute(&format!("LISTEN {}", self.channel)).await.map_err(failed)?;
            // What was notified before is lost.
            self.heard.notify_one();
            let notify = format!("NOTIFY {}", self.channel);
            loop {
                self.written.notified().await;
                client.batch_execute(&notify).await.map_err(failed)?;
                sleep(self.interval).await;
            }
        };
        tokio::select! {
            ended = receive => ended,
            failed = send => failed,
        }
    }
}
