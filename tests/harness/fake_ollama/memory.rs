use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use super::connection::Connection;

/// The loaded models. As with Ollama, one model is loaded at a time, and the load waits until the model that
/// it displaces is no longer in use.
#[derive(Debug)]
pub(super) struct Memory {
    /// The maximum number of loaded models; 0 means all.
    most: usize,
    load: Duration,
    loading: Mutex<()>,
    held: Arc<StdMutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    /// Models with their windows, the least recently used first.
    models: Vec<(String, u64)>,
    uses: HashMap<String, usize>,
    loads: usize,
}

/// A use of a loaded model.
pub(super) struct Use {
    model: String,
    held: Arc<StdMutex<Held>>,
    /// The time until the model was loaded.
    pub(super) waited: Duration,
}

impl Memory {
    pub(super) fn new(most: usize, load: Duration) -> Self {
        Self { most, load, loading: Mutex::default(), held: Arc::default() }
    }

    /// Loads the model with this window, unless it is already loaded with it.
    pub(super) async fn load(
        &self,
        connection: &mut Connection,
        model: &str,
        window: u64,
    ) -> io::Result<Use> {
        let begun = Instant::now();
        if let Some(used) = self.used(model, window, begun) {
            return Ok(used);
        }
        let _alone = connection.unless_gone(self.loading.lock()).await?;
        if let Some(used) = self.used(model, window, begun) {
            return Ok(used);
        }
        for leaving in self.make_room(model) {
            while self.held().uses.get(&leaving).is_some_and(|uses| *uses > 0) {
                connection.pause(Duration::from_millis(1)).await?;
            }
        }
        self.held().loads += 1;
        connection.pause(self.load).await?;
        self.held().models.push((model.to_owned(), window));
        self.used(model, window, begun).ok_or_else(|| io::Error::other("it has just been loaded"))
    }

    pub(super) fn resident(&self) -> Vec<(String, u64)> {
        self.held().models.clone()
    }

    pub(super) fn loads(&self) -> usize {
        self.held().loads
    }

    fn used(&self, model: &str, window: u64, begun: Instant) -> Option<Use> {
        let mut held = self.held();
        let place = held.models.iter().position(|(m, w)| m == model && *w == window)?;
        let loaded = held.models.remove(place);
        held.models.push(loaded);
        *held.uses.entry(model.to_owned()).or_default() += 1;
        let (model, waited) = (model.to_owned(), begun.elapsed());
        Some(Use { model, held: Arc::clone(&self.held), waited })
    }

    /// Evicts the model itself if its window differs, and others beyond the maximum.
    fn make_room(&self, model: &str) -> Vec<String> {
        let mut held = self.held();
        let own = held.models.iter().position(|(m, _)| m == model);
        let mut leaving: Vec<_> =
            own.map(|place| held.models.remove(place).0).into_iter().collect();
        while self.most > 0 && held.models.len() >= self.most {
            let unused = |(m, _): &(String, u64)| held.uses.get(m).is_none_or(|uses| *uses == 0);
            let place = held.models.iter().position(unused).unwrap_or_default();
            leaving.push(held.models.remove(place).0);
        }
        leaving
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Use {
    fn drop(&mut self) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(uses) = held.uses.get_mut(&self.model) {
            *uses -= 1;
        }
    }
}
