use synod_event_log_sqlite::Shrunk;

use crate::output::Bytes;

/// The free space inside the database that a message mentions, in bytes.
const MENTIONED: u64 = 1 << 20;

/// Describes what became of the space of deleted debates.
pub(super) fn shrunk_in_words(shrunk: Shrunk) -> Option<String> {
    let Shrunk { given_back, free_inside, can_shrink } = shrunk;
    let smaller = format!("the database is {} smaller", Bytes(given_back));
    if free_inside < MENTIONED {
        return (given_back > 0).then_some(smaller);
    }
    let smaller = if given_back > 0 { format!("{smaller}; ") } else { String::new() };
    let free = format!("{} in it are free for later debates", Bytes(free_inside));
    let why = if can_shrink {
        "another process uses it or the disk is full, so that the next `synod prune` makes it smaller"
    } else {
        "an earlier version made it, so that it becomes smaller only by `synod backup FILE` and `synod restore \
         FILE`"
    };
    Some(format!("{smaller}{free}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_space_is_mentioned_with_what_gives_it_back() {
        let words = |given_back, free_inside, can_shrink| {
            shrunk_in_words(Shrunk { given_back, free_inside, can_shrink })
        };
        assert_eq!(words(0, 4_096, false), None);
        assert_eq!(words(2_048, 0, true).unwrap(), "the database is 2.0 KiB smaller");
        let busy = words(2_048, 3 << 20, true).unwrap();
        assert!(busy.starts_with("the database is 2.0 KiB smaller; 3.0 MiB in it are free "));
        assert!(busy.contains("another process uses it"), "{busy}");
        let old = words(0, 3 << 20, false).unwrap();
        assert!(old.starts_with("3.0 MiB in it are free") && old.contains("`synod restore FILE`"));
    }
}
