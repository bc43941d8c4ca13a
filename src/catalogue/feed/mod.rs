//! A second way in: Media RSS feeds (docs/catalogue.md), so that an institution with a video feed is on the air without
//! writing JSON. `read` knows what stands in a feed, `courses` what becomes of it.

mod courses;
mod read;
#[cfg(test)]
mod tests;

use url::Url;

pub use self::read::looks_like_xml;
use super::{
    format::fault::Faults,
    types::{Band, Course, Form, Tier},
};

/// What a feed's courses are where the feed does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedDefaults {
    pub band: Band,
    pub tier: Tier,
    pub form: Form,
}

impl Default for FeedDefaults {
    fn default() -> Self {
        Self { band: Band::Life, tier: Tier::Beginner, form: Form::Micro }
    }
}

/// The courses of a feed that came from `base`. `Err` when it is no feed, or not a whole one.
pub fn courses(
    source: &str,
    bytes: &[u8],
    base: &Url,
    defaults: FeedDefaults,
    faults: &mut Faults,
) -> Result<Vec<Course>, String> {
    let feed = read::feed(bytes)?;
    Ok(courses::of(feed, source, base, defaults, faults))
}
