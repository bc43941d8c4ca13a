//! The boxes of which MP4 consists: their heads, and walking through a box's children.

use crate::player::demux::reader::Reader;

pub type Name = [u8; 4];

/// Heads are 8 bytes, or 16 with a 64-bit size.
pub const MAX_HEAD_BYTES: usize = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub name: Name,
    pub head_bytes: usize,
    /// Of the content; none if it reaches to the end.
    pub content_bytes: Option<u64>,
}

pub enum Parsed {
    More,
    Broken,
    Head(Head),
}

/// The head at the front of `bytes`.
pub fn head(bytes: &[u8]) -> Parsed {
    let mut reader = Reader::new(bytes);
    let (Some(size), Some(name)) = (reader.u32(), reader.array::<4>()) else { return Parsed::More };
    let (size, head_bytes) = match size {
        0 => return Parsed::Head(Head { name, head_bytes: 8, content_bytes: None }),
        1 => match reader.u64() {
            Some(size) => (size, 16),
            None => return Parsed::More,
        },
        size => (u64::from(size), 8),
    };
    match size.checked_sub(head_bytes as u64) {
        Some(content) => Parsed::Head(Head { name, head_bytes, content_bytes: Some(content) }),
        None => Parsed::Broken,
    }
}

/// Name and content of each child. Ends at the first that does not fit.
pub fn children(bytes: &[u8]) -> impl Iterator<Item = (Name, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let Parsed::Head(head) = head(rest) else { return None };
        let content = rest.get(head.head_bytes..)?;
        let length = match head.content_bytes {
            Some(length) => usize::try_from(length).ok()?,
            None => content.len(),
        };
        let (content, after) = content.split_at_checked(length)?;
        rest = after;
        Some((head.name, content))
    })
}

pub fn child<'a>(bytes: &'a [u8], name: &Name) -> Option<&'a [u8]> {
    children(bytes).find(|(found, _)| found == name).map(|(_, content)| content)
}

/// A reader behind the version and the flags with which many boxes begin.
pub fn full(content: &[u8]) -> Option<(u8, u32, Reader<'_>)> {
    let mut reader = Reader::new(content);
    let version = reader.u8()?;
    let flags = reader.u24()?;
    Some((version, flags, reader))
}
