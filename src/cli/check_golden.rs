//! The samples of `tests/samples` through the check commands, compared with what is written beside them.
//! `UPDATE_REFERENCES=1` writes them anew: look at each difference before it is kept.

use std::{fs, io::Write, path::Path};

use serde_json::{Value, json};

use super::{check_guide, check_lineup};
use crate::{
    guide::{
        db::{GuideDb, ImportOptions},
        formats::{address::Origin, read_lineup},
    },
    time::UtcMs,
};

/// 20:30 in Shanghai.
const AT: &str = "2026-05-01T12:30:00Z";

fn lineup(file: &Path, origin: &Origin, guides: &[&str]) -> Value {
    let runtime = check_guide::runtime().unwrap();
    let mut db = GuideDb::temporary().unwrap();
    let options = ImportOptions::default();
    let import = |(rank, guide): (usize, &&str)| {
        check_guide::read(&runtime, &mut db, &format!("tests/samples/{guide}"), rank, &options).unwrap()
    };
    let guides: Vec<_> = guides.iter().enumerate().map(import).collect();
    let read = read_lineup(fs::File::open(file).unwrap(), origin, "lineup").unwrap();
    let at = UtcMs(AT.parse::<jiff::Timestamp>().unwrap().as_millisecond());
    let mut out = Vec::new();
    check_lineup::write_json(&mut out, "lineup", &db, read, &guides, at).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn guide(file: &Path, options: &ImportOptions, list: &str) -> Value {
    let runtime = check_guide::runtime().unwrap();
    let mut db = GuideDb::temporary().unwrap();
    let mut summary = check_guide::read(&runtime, &mut db, &file.display().to_string(), 0, options).unwrap();
    summary.list = Some(check_guide::list(&db, list, &mut summary.warnings, "x").unwrap());
    let mut value = serde_json::to_value(summary).unwrap();
    for warning in value["warnings"].as_array_mut().unwrap() {
        warning["source"] = json!("guide");
    }
    value
}

fn compare(name: &str, found: &Value) {
    let path = Path::new("tests/samples").join(format!("{name}.expected.json"));
    if std::env::var_os("UPDATE_REFERENCES").is_some() {
        fs::write(&path, format!("{}\n", serde_json::to_string_pretty(found).unwrap())).unwrap();
    }
    let expected: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(found, &expected, "{}", path.display());
}

/// The same text in every coat in which it is published.
fn coats(text: &str, folder: &Path) -> Vec<std::path::PathBuf> {
    let crlf = text.replace('\n', "\r\n");
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(text.as_bytes()).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(6)).unwrap();
    xz.write_all(text.as_bytes()).unwrap();
    let utf16 = crlf.encode_utf16().flat_map(u16::to_le_bytes);
    let coats = [
        ("bom", [b"\xEF\xBB\xBF", crlf.as_bytes()].concat()),
        ("gb18030", encoding_rs::GB18030.encode(text).0.into_owned()),
        ("utf16", [0xFF, 0xFE].into_iter().chain(utf16).collect()),
        ("gz", gz.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
    ];
    coats
        .into_iter()
        .map(|(name, bytes)| {
            let path = folder.join(name);
            fs::write(&path, bytes).unwrap();
            path
        })
        .collect()
}

#[test]
fn samples_of_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let origin = Origin::Network("http://tv.example/lists/all.m3u".parse().unwrap());
    for (name, guides) in
        [("lineup.m3u", ["guide.xml", "guide.diyp.json"]), ("lineup.txt", ["guide.diyp.json", "guide.xml"])]
    {
        let path = Path::new("tests/samples").join(name);
        let found = lineup(&path, &origin, &guides);
        compare(name, &found);
        for coat in coats(&fs::read_to_string(&path).unwrap(), folder.path()) {
            assert_eq!(lineup(&coat, &origin, &guides), found, "{}", coat.display());
        }
    }
    let beijing = ImportOptions { zone_offset_minutes: Some(480), ..ImportOptions::default() };
    let diyp = ImportOptions { diyp_required: true, ..ImportOptions::default() };
    for (name, options, list) in [
        ("guide.xml", ImportOptions::default(), "央视一套"),
        ("guide.xml", beijing, "东方卫视HD"),
        ("guide.diyp.json", diyp, "CCTV-1"),
    ] {
        let path = Path::new("tests/samples").join(name);
        let found = guide(&path, &options, list);
        compare(&format!("{name}.{}", options.zone_offset_minutes.unwrap_or(0)), &found);
        for coat in coats(&fs::read_to_string(&path).unwrap(), folder.path()) {
            assert_eq!(guide(&coat, &options, list), found, "{}", coat.display());
        }
    }
}
