use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use saphyr_parser::{Event, Parser};

/// The places of the nodes that aliases of the file refer to.
pub(super) struct Anchors(BTreeSet<usize>);

impl Anchors {
    /// Of a file that can be read.
    pub(super) fn of(text: &str) -> Self {
        let (mut places, mut referred) = (BTreeMap::new(), BTreeSet::new());
        for (event, span) in Parser::new_from_str(text).map_while(Result::ok) {
            match event {
                Event::Alias(anchor) => {
                    referred.extend(places.get(&anchor).copied());
                }
                Event::Scalar(_, _, anchor, _)
                | Event::SequenceStart(anchor, _)
                | Event::MappingStart(anchor, _) => {
                    places.insert(anchor, span.start.index());
                }
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd
                | Event::SequenceEnd
                | Event::MappingEnd => {}
            }
        }
        Self(referred)
    }

    /// Whether one lies within these characters of the file.
    pub(super) fn has_within(&self, characters: Range<usize>) -> bool {
        self.0.range(characters).next().is_some()
    }
}
