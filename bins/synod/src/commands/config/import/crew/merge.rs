use saphyr::YamlData;

use super::{Keys, Node, text_of};

/// The keys of a mapping, and those of the mappings that it merges under `<<`, which it overrides
/// (<https://yaml.org/type/merge.html>). Without keys if it is no mapping.
///
/// # Errors
/// The key `<<` of something that is no mapping and no list of them.
pub(super) fn merged<'n, 'a>(node: &'n Node<'a>) -> Result<Keys<'n, 'a>, &'n Node<'a>> {
    let mut keys = Keys::new();
    add(node, &mut keys)?;
    Ok(keys)
}

/// Adds the keys that are not there yet. The parser limits how deep and how large aliases make a file.
fn add<'n, 'a>(node: &'n Node<'a>, keys: &mut Keys<'n, 'a>) -> Result<(), &'n Node<'a>> {
    let YamlData::Mapping(pairs) = &node.data else { return Ok(()) };
    let is_merge = |key: &Node<'_>| text_of(key).as_deref() == Some("<<");
    for (key, value) in pairs.iter().filter(|(key, _)| !is_merge(key)) {
        if !keys.iter().any(|(known, _)| known.data == key.data) {
            keys.push((key, value));
        }
    }
    for (key, value) in pairs.iter().filter(|(key, _)| is_merge(key)) {
        let sources = match &value.data {
            YamlData::Sequence(sources) => sources.as_slice(),
            YamlData::Mapping(_)
            | YamlData::Value(_)
            | YamlData::Representation(..)
            | YamlData::Tagged(..)
            | YamlData::Alias(_)
            | YamlData::BadValue => std::slice::from_ref(value),
        };
        for source in sources {
            let YamlData::Mapping(_) = &source.data else { return Err(key) };
            add(source, keys)?;
        }
    }
    Ok(())
}
