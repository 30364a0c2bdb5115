use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use synod_domain::CallOptions;

/// The options of recent requests. The records of calls that were sent with equal options share them: without
/// a seed, a debate has as many different ones as kinds of replies.
#[derive(Debug, Default)]
pub(crate) struct SentOptions(Mutex<VecDeque<Arc<CallOptions>>>);

/// The options that are remembered. Models and kinds of replies are few.
const MOST: usize = 64;

impl SentOptions {
    /// Returns these options, shared with earlier requests if they were equal.
    pub(super) fn shared(&self, options: CallOptions) -> Arc<CallOptions> {
        if options.seed.is_some() {
            // The seed of each call is another.
            return Arc::new(options);
        }
        let mut recent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = recent.iter().find(|known| ***known == options) {
            return Arc::clone(known);
        }
        if recent.len() == MOST {
            recent.pop_front();
        }
        let options = Arc::new(options);
        recent.push_back(Arc::clone(&options));
        options
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(max_tokens: u32) -> CallOptions {
        CallOptions { max_tokens: Some(max_tokens), ..CallOptions::default() }
    }

    #[test]
    fn equal_options_are_shared_and_others_are_not() {
        let sent = SentOptions::default();
        let first = sent.shared(of(9));
        assert!(Arc::ptr_eq(&first, &sent.shared(of(9))));
        assert_eq!(*sent.shared(of(8)), of(8));
        let seeded = CallOptions { seed: Some(1), ..of(9) };
        assert_eq!(*sent.shared(seeded.clone()), seeded);
    }

    #[test]
    fn few_options_are_remembered() {
        let sent = SentOptions::default();
        for max_tokens in 0..1_000 {
            sent.shared(of(max_tokens));
            sent.shared(CallOptions { seed: Some(max_tokens), ..of(9) });
        }
        assert_eq!(sent.0.lock().unwrap().len(), MOST);
    }
}
