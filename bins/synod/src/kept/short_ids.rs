use std::collections::{BTreeMap, BTreeSet};

use synod_domain::DebateId;
use synod_event_log::{DebateList, EventLog, IdPrefix, ListQuery, LogError, PAGE_SIZE};

/// Hexadecimal digits that are always shown: those of the time to the millisecond. A name that is printed
/// for later use still names one debate after others have begun.
const FEWEST: usize = 12;

/// The shortest beginnings of ids that name one debate each.
///
/// The first digits of an id are those of the time, so that debates which begin within a millisecond need more
/// of them than others.
#[derive(Debug, Default)]
pub(crate) struct ShortIds(BTreeMap<DebateId, String>);

impl ShortIds {
    /// Finds the shortest names of these debates among all debates of the log.
    ///
    /// # Errors
    /// [`LogError::Unavailable`].
    pub(crate) async fn among(log: &dyn EventLog, ids: &[DebateId]) -> Result<Self, LogError> {
        let mut starts: Vec<_> = ids.iter().map(|id| IdPrefix::of(*id, FEWEST)).collect();
        starts.dedup();
        let mut kept: BTreeSet<DebateId> = ids.iter().copied().collect();
        for start in starts {
            let mut query = start.query();
            loop {
                let DebateList { debates, damage } = log.list(&query, PAGE_SIZE).await?;
                let last = debates.last().map(|summary| summary.id);
                kept.extend(debates.iter().map(|summary| summary.id));
                kept.extend(damage.iter().filter_map(|damage| damage.debate));
                if debates.len() < PAGE_SIZE {
                    break;
                }
                query = ListQuery { before: last, ..query };
            }
        }
        Ok(Self(ids.iter().map(|id| (*id, shortest(*id, &kept))).collect()))
    }

    /// The shortest name of a debate, the whole id if it is not among them.
    pub(crate) fn get(&self, id: DebateId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }
}

/// The beginning of an id that no other one has.
fn shortest(id: DebateId, kept: &BTreeSet<DebateId>) -> String {
    let before = kept.range(..id).next_back();
    let after = kept.range(id..).find(|other| **other != id);
    let shared = before.into_iter().chain(after).map(|other| shared_digits(id, *other)).max();
    let needed = shared.map_or(FEWEST, |shared| FEWEST.max(shared + 1));
    // The digits of a text with dashes, none of which follows the last digit.
    let text = id.to_string();
    let mut seen = 0;
    let is_within = |c: &char| {
        seen += usize::from(*c != '-');
        seen <= needed && (*c != '-' || seen < needed)
    };
    text.chars().take_while(is_within).collect()
}

fn shared_digits(a: DebateId, b: DebateId) -> usize {
    (a.as_uuid().as_u128() ^ b.as_uuid().as_u128()).leading_zeros() as usize / 4
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(value: u128) -> DebateId {
        DebateId::from_uuid(Uuid::from_u128(value))
    }

    #[test]
    fn a_name_has_twelve_digits_or_one_more_than_it_shares() {
        let (a, b) = (id(0x0193_fb3e_1111_7010 << 64), id(0x0193_fb3e_1111_7020 << 64));
        let far = id(0x0194_0000_0000_7000 << 64);
        let kept = BTreeSet::from([a, b, far]);
        let names = [a, b, far].map(|id| shortest(id, &kept));
        assert_eq!(names, ["0193fb3e-1111-701", "0193fb3e-1111-702", "01940000-0000"]);
        let next = id((0x0193_fb3e_1111_7010 << 64) + 1);
        let kept = BTreeSet::from([a, next]);
        assert_eq!(shortest(a, &kept), a.to_string());
    }

    proptest! {
        #[test]
        fn a_name_is_the_beginning_of_one_id(low in prop::collection::btree_set(0_u128..4096, 1..20)) {
            let kept: BTreeSet<_> = low.iter().map(|low| id((0x0193 << 112) | (low << 68))).collect();
            for one in &kept {
                let name = shortest(*one, &kept);
                let named = kept.iter().filter(|other| other.to_string().starts_with(&name));
                prop_assert_eq!(named.collect::<Vec<_>>(), [one]);
                prop_assert!(!name.ends_with('-'));
            }
        }
    }
}
