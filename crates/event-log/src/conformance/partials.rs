use synod_domain::CallNo;

use super::{Open, sample::debate};
use crate::PartialTexts;

pub(super) async fn run(open: &impl Open) {
    the_text_kept_last_is_read(open).await;
    a_purged_debate_leaves_no_text(open).await;
}

async fn the_text_kept_last_is_read(open: &impl Open) {
    let (log, _) = open().await;
    let (id, other) = (debate(&log).await, debate(&log).await);
    assert_eq!(log.partials(id).await.expect("works"), PartialTexts::new());
    for kept in [texts(&[(1, "A"), (2, "B\n\u{e4}\0")]), texts(&[(2, "B and so on")]), texts(&[])] {
        log.keep_partials(id, &kept).await.expect("works");
        assert_eq!(log.partials(id).await.expect("works"), kept);
        assert_eq!(log.partials(other).await.expect("works"), PartialTexts::new());
    }
}

async fn a_purged_debate_leaves_no_text(open: &impl Open) {
    let (log, _) = open().await;
    let id = debate(&log).await;
    log.keep_partials(id, &texts(&[(1, "A")])).await.expect("works");
    log.purge(id).await.expect("there");
    assert_eq!(log.partials(id).await.expect("works"), PartialTexts::new());
}

fn texts(of: &[(u32, &str)]) -> PartialTexts {
    of.iter().map(|(call, text)| (CallNo(*call), (*text).into())).collect()
}
