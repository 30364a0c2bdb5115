use std::{fmt, sync::Arc};

use crate::{Message, ReplyForm};

/// How the messages of a request and the form of its reply are made once more, the same as they
/// were. A prompt that can be made again need not be kept while a host works on it, which may be
/// minutes, only for the case that it must be sent once more. Clones share it.
#[derive(Clone)]
pub struct Recipe(Arc<Make>);

type Make = dyn Fn() -> (Vec<Message>, ReplyForm) + Send + Sync;

impl Recipe {
    /// Made by this function, each time the same.
    pub fn new(make: impl Fn() -> (Vec<Message>, ReplyForm) + Send + Sync + 'static) -> Self {
        Self(Arc::new(make))
    }

    pub(crate) fn make(&self) -> (Vec<Message>, ReplyForm) {
        (self.0)()
    }
}

impl fmt::Debug for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Recipe")
    }
}
