//! From GStreamer's errors to the troubles of the viewer. Only what the pipeline itself can know; where the media
//! gate knows better, its word is taken.

use gstreamer::{self as gst};

use crate::player::types::Trouble;

/// What a message about a missing plugin is about.
pub fn missing(structure: &gst::StructureRef) -> Option<(Trouble, String)> {
    if structure.name() != "missing-plugin" {
        return None;
    }
    let what = structure.get::<String>("name").unwrap_or_default();
    let Ok(caps) = structure.get::<gst::Caps>("detail") else { return Some((Trouble::MissingPlugin, what)) };
    let media = caps.structure(0).map(|s| s.name().to_string()).unwrap_or_default();
    Some((of_media_type(&media), format!("{what} ({media})")))
}

/// A picture or a sound without decoder is a codec that is missing; everything else (a page, a text, an archive)
/// is no medium at all.
fn of_media_type(media: &str) -> Trouble {
    if media.starts_with("video/") || media.starts_with("audio/") {
        Trouble::MissingCodec
    } else {
        Trouble::BrokenMedia
    }
}

pub fn is_video(structure: &gst::StructureRef) -> bool {
    structure
        .get::<gst::Caps>("detail")
        .ok()
        .and_then(|caps| caps.structure(0).map(|s| s.name().starts_with("video/")))
        .unwrap_or(false)
}

pub fn of_status(status: u32) -> Option<Trouble> {
    match status {
        401 | 403 | 407 | 451 => Some(Trouble::Forbidden),
        404 | 410 => Some(Trouble::NotFound),
        500..=599 => Some(Trouble::ServerError),
        400..=499 => Some(Trouble::NotFound),
        _ => None,
    }
}

/// `missing` is what was last heard about a missing plugin in the same pipeline.
pub fn of(error: &glib::Error, details: Option<&gst::StructureRef>, missing: Option<Trouble>) -> Trouble {
    let status = details.and_then(|d| d.get::<u32>("http-status-code").ok()).and_then(of_status);
    if let Some(trouble) = status {
        return trouble;
    }
    if let Some(kind) = error.kind::<gst::ResourceError>() {
        return match kind {
            gst::ResourceError::NotFound => Trouble::NotFound,
            gst::ResourceError::NotAuthorized => Trouble::Forbidden,
            gst::ResourceError::NoSpaceLeft => Trouble::TooBig,
            _ => Trouble::ServerDown,
        };
    }
    if let Some(kind) = error.kind::<gst::StreamError>() {
        return match kind {
            gst::StreamError::CodecNotFound => missing.unwrap_or(Trouble::MissingCodec),
            gst::StreamError::Decrypt | gst::StreamError::DecryptNokey => Trouble::MissingCodec,
            gst::StreamError::Decode => Trouble::Decode,
            _ => missing.unwrap_or(Trouble::BrokenMedia),
        };
    }
    if let Some(gst::CoreError::MissingPlugin) = error.kind::<gst::CoreError>() {
        return missing.unwrap_or(Trouble::MissingPlugin);
    }
    missing.unwrap_or(Trouble::BrokenMedia)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_become_the_troubles_that_a_viewer_can_be_told() {
        gst::init().expect("gstreamer");
        let not_found = glib::Error::new(gst::ResourceError::NotFound, "x");
        assert_eq!(of(&not_found, None, None), Trouble::NotFound);
        let read = glib::Error::new(gst::ResourceError::Read, "x");
        let details = gst::Structure::builder("details").field("http-status-code", 503u32).build();
        assert_eq!(of(&read, Some(&details), None), Trouble::ServerError);
        assert_eq!(of(&read, None, None), Trouble::ServerDown);
        let codec = glib::Error::new(gst::StreamError::CodecNotFound, "x");
        assert_eq!(of(&codec, None, None), Trouble::MissingCodec);
        assert_eq!(of(&codec, None, Some(Trouble::BrokenMedia)), Trouble::BrokenMedia);
        let kind = glib::Error::new(gst::StreamError::TypeNotFound, "x");
        assert_eq!(of(&kind, None, None), Trouble::BrokenMedia);
    }

    #[test]
    fn a_page_is_no_missing_codec() {
        gst::init().expect("gstreamer");
        let about = |caps: &str| {
            gst::Structure::builder("missing-plugin")
                .field("type", "decoder")
                .field("name", "x")
                .field("detail", gst::Caps::builder(caps).build())
                .build()
        };
        assert_eq!(missing(&about("text/html")).map(|m| m.0), Some(Trouble::BrokenMedia));
        assert_eq!(missing(&about("video/x-h266")).map(|m| m.0), Some(Trouble::MissingCodec));
        assert!(is_video(&about("video/x-h266")) && !is_video(&about("audio/x-dts")));
    }
}
