use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex as StdMutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use super::connection::Connection;

/// What is loaded. One model is loaded at a time, and one that has to leave for it is waited for until
/// nobody uses it, as with Ollama.
#[derive(Debug)]
pub(super) struct Memory {
    /// Models it holds; 0: all.
    most: usize,
    load: Duration,
    loading: Mutex<()>,
    held: Arc<StdMutex<Held>>,
}

#[derive(Debug, Default)]
struct Held {
    /// With their windows, the least recently used first.
    models: Vec<(String, u64)>,
    uses: HashMap<String, usize>,
    loads: usize,
}

/// A use of a loaded model.
pub(super) struct Use {
    model: String,
    held: Arc<StdMutex<Held>>,
    /// How long it took to have the model.
    pub(super) waited: Duration,
}

impl Memory {
    pub(super) fn new(most: usize, load: Duration) -> Self {
        Self { most, load, loading: Mutex::default(), held: Arc::default() }
    }

    /// Loads the model with this window, which takes its time unless it is loaded so already.
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

    /// Takes out what has to leave: the model itself with another window, and too many others.
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
