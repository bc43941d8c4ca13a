//! What every reader of XML here does alike. No entity is expanded beyond the predefined five and character references.

use quick_xml::{escape::resolve_predefined_entity, events::BytesRef};

/// Says what a reference stands for; false where nobody knows.
pub fn refer(reference: &BytesRef<'_>, say: impl FnOnce(&str)) -> bool {
    match (reference.resolve_char_ref(), resolve_predefined_entity(reference)) {
        (Ok(Some(c)), _) => say(c.encode_utf8(&mut [0; 4])),
        (_, Some(text)) => say(text),
        _ => return false,
    }
    true
}
