//! `check catalogue FILE|URL`: every fault of a published catalogue, by file and JSON path. An index is read with its
//! shards, a shard or a Media RSS feed on its own. What is right is for `catalogue::format` to know.

use std::path::Path;

use serde::Serialize;
use url::Url;

use super::{Exit, Failure, Format, print_json};
use crate::{
    catalogue::{
        feed::{FeedDefaults, looks_like_xml},
        format::{
            self, FormatError, Reading, SHARD_MAX_BYTES,
            fault::{Fault, Faults},
        },
    },
    net::{self, Location},
};

#[derive(clap::Args, Debug)]
pub struct Args {
    /// An index, a shard or a Media RSS feed: a file, an http(s) address, or - for a shard on standard input
    input: String,
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Report<'a> {
    courses: usize,
    lessons: usize,
    live: usize,
    surveys: usize,
    faults: &'a [Fault],
    faults_left_out: usize,
}

pub fn run(args: &Args) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::MachineLacks(format!("the runtime cannot start: {e}")))?;
    let reading = runtime.block_on(check(&args.input))?;
    let courses = &reading.catalogue.courses;
    let lessons = courses.iter().map(|c| c.lessons.len()).sum();
    let live = courses.iter().map(|c| c.live.len()).sum();
    let surveys = reading.catalogue.surveys.len();
    let Faults { list: faults, left_out } = &reading.faults;
    match args.format {
        Format::Json => {
            let courses = courses.len();
            print_json(&Report { courses, lessons, live, surveys, faults, faults_left_out: *left_out })?;
        }
        Format::Text => {
            for fault in faults {
                say!("{fault}")?;
            }
            if *left_out > 0 {
                say!("… and {left_out} more")?;
            }
            say!("{} courses, {lessons} lessons, {live} live sessions can be used", courses.len())?;
        }
    }
    Ok(if reading.faults.any_error() { Exit::InputErrors } else { Exit::Fine })
}

/// Reads an index with its shards, or a shard. Fails only where nothing could be looked at.
pub(super) async fn check(input: &str) -> Result<Reading, Failure> {
    let (location, base) = locate(input)?;
    let client = net::client(location.url()).map_err(|e| Failure::MachineLacks(e.to_string()))?;
    let bytes = net::load(&client, &location, SHARD_MAX_BYTES).await.map_err(|e| Failure::Input(e.to_string()))?;
    let mut faults = Faults::default();
    if looks_like_xml(&bytes) {
        let mut reading = Reading::new(None, faults);
        note(reading.feed(input, &bytes, &base, FeedDefaults::default()), input, &mut reading.faults);
        return Ok(reading);
    }
    if looks_like_a_shard(&bytes) {
        let mut reading = Reading::new(None, faults);
        note(reading.shard(input, &bytes, &base), input, &mut reading.faults);
        return Ok(reading);
    }
    let index = match format::read_index(input, &bytes, &base, &mut faults) {
        Ok(index) => index,
        Err(error) => {
            faults.error(input, &"", error.reason());
            return Ok(Reading::new(None, faults));
        }
    };
    let shards = index.shards.clone();
    let mut reading = Reading::of_index(index, faults);
    let mut whole = true;
    for url in &shards {
        let name = shown(url);
        let read = match net::load(&client, &Location::parse(url.as_str()), SHARD_MAX_BYTES).await {
            Ok(bytes) => reading.shard(&name, &bytes, url).map_err(|error| error.reason()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(what) = read {
            whole = false;
            reading.faults.error(&name, &"", what);
        }
    }
    // The courses of a shard that is missing would be missed everywhere.
    if whole {
        reading.check_related();
    }
    Ok(reading)
}

fn note(outcome: Result<usize, FormatError>, source: &str, faults: &mut Faults) {
    if let Err(error) = outcome {
        faults.error(source, &"", error.reason());
    }
}

/// Where the input is, and what its relative addresses are read against.
fn locate(input: &str) -> Result<(Location, Url), Failure> {
    let location = Location::parse(input);
    let unusable = |what: String| Failure::Input(format!("{input}: {what}"));
    let base = match &location {
        Location::Http(url) => url.clone(),
        Location::File(path) => {
            let path = std::path::absolute(path).map_err(|e| unusable(e.to_string()))?;
            Url::from_file_path(path).map_err(|()| unusable("not a path".into()))?
        }
        Location::Stdin => {
            let here = std::env::current_dir().map_err(|e| unusable(e.to_string()))?;
            Url::from_directory_path(here).map_err(|()| unusable("the working directory is gone".into()))?
        }
    };
    Ok((location, base))
}

/// A file of the catalogue as its publisher would name it.
fn shown(url: &Url) -> String {
    let path = if url.scheme() == "file" { url.to_file_path().ok() } else { None };
    let here = std::env::current_dir().ok();
    match path {
        Some(path) => {
            let short = here.as_deref().and_then(|here: &Path| path.strip_prefix(here).ok());
            short.unwrap_or(&path).display().to_string()
        }
        None => url.to_string(),
    }
}

/// An index has `version` or `shards`, a shard has `courses`.
fn looks_like_a_shard(bytes: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Outline {
        courses: Option<serde::de::IgnoredAny>,
        surveys: Option<serde::de::IgnoredAny>,
        shards: Option<serde::de::IgnoredAny>,
        version: Option<serde::de::IgnoredAny>,
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    match serde_json::from_slice::<Outline>(bytes) {
        Ok(outline) => {
            let lists = outline.courses.is_some() || outline.surveys.is_some();
            lists && outline.shards.is_none() && outline.version.is_none()
        }
        // Broken files are told apart by their first words, only to say the fault once.
        Err(_) => !String::from_utf8_lossy(bytes).contains("\"shards\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COURSE: &str = r#"{"id":"c","title":"课","band":"健康","tier":"入门","form":"微课","provider":"p",
        "lessons":[{"id":"l","title":"一","duration_s":40,"media":[{"url":"../l.mp4"}]}]}"#;

    fn check_file(files: &[(&str, String)]) -> Reading {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(dir.path().join(name), text).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(&dir.path().join(files[0].0).display().to_string())).unwrap()
    }

    fn index(shards: &str) -> (&'static str, String) {
        ("index.json", format!(r#"{{"version":1,"providers":[{{"id":"p","name":"校"}}],"shards":[{shards}]}}"#))
    }

    #[test]
    fn an_index_is_read_with_its_shards() {
        let shard = format!(r#"{{"courses":[{COURSE},{{}}]}}"#);
        let reading = check_file(&[index(r#""a.json","b.json""#), ("a.json", shard)]);
        assert_eq!(reading.catalogue.courses.len(), 1);
        assert_eq!(reading.catalogue.courses[0].provider, "校");
        let list = &reading.faults.list;
        assert!(list[0].source.ends_with("a.json") && list[0].path == "courses[1].id", "{list:?}");
        assert!(list.last().unwrap().source.ends_with("b.json"), "{list:?}");
        assert!(reading.faults.any_error());
    }

    #[test]
    fn a_related_course_that_is_nowhere_is_a_fault_of_its_shard() {
        let related = |id: &str, other: &str| {
            COURSE.replacen(r#""id":"c""#, &format!(r#""id":"{id}","related":["{other}","gone"]"#), 1)
        };
        let reading = check_file(&[
            index(r#""a.json","b.json""#),
            ("a.json", format!(r#"{{"courses":[{{}},{}]}}"#, related("one", "two"))),
            ("b.json", format!(r#"{{"courses":[{}]}}"#, related("two", "one"))),
        ]);
        let list: Vec<String> =
            reading.faults.list.iter().map(|f| format!("{} {} {}", f.source, f.path, f.what)).collect();
        let told: Vec<&String> = list.iter().filter(|f| f.contains("related")).collect();
        assert_eq!(told.len(), 2, "{list:?}");
        assert!(
            told[0].ends_with("a.json courses[1].related \"gone\" is no course of this catalogue that can be used"),
            "{told:?}"
        );
        assert!(
            told[1].ends_with("b.json courses[0].related \"gone\" is no course of this catalogue that can be used"),
            "{told:?}"
        );
        assert!(reading.faults.any_error());
        // In a shard on its own the rest of the catalogue is not known.
        let reading = check_file(&[("a.json", format!(r#"{{"courses":[{}]}}"#, related("one", "two")))]);
        assert!(reading.faults.is_empty(), "{:?}", reading.faults);
    }

    #[test]
    fn a_shard_is_read_alone() {
        let reading = check_file(&[("a.json", format!(r#"{{"courses":[{COURSE}]}}"#))]);
        assert!(reading.faults.is_empty(), "{:?}", reading.faults);
        assert_eq!(reading.catalogue.courses[0].provider, "p");
    }

    #[test]
    fn a_feed_is_read_too() {
        let feed =
            "<rss><channel><title>台</title><item><title>一</title><enclosure url='a.mp4'/></item></channel></rss>";
        let reading = check_file(&[("feed.xml", feed.into())]);
        assert_eq!(reading.catalogue.courses[0].lessons.len(), 1);
        assert!(!reading.faults.any_error(), "{:?}", reading.faults);
        let reading = check_file(&[("feed.xml", feed.replace("rss", "feed"))]);
        assert!(reading.faults.any_error() && reading.catalogue.courses.is_empty());
    }

    #[test]
    fn a_broken_file_is_one_fault() {
        for text in ["{\"shards\":[", "{\"courses\":[", "[]", "", "{\"version\":3,\"shards\":[]}"] {
            let reading = check_file(&[("x.json", text.into())]);
            assert_eq!(reading.faults.list.len(), 1, "{text}: {:?}", reading.faults);
        }
    }
}
