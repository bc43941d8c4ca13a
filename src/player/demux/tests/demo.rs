//! The lessons and live loops of the demonstration, each segment of them.

use super::{read, tracks, units};
use crate::player::demux::{Demux, Kind};
use std::path::{Path, PathBuf};

fn playlists(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            playlists(&path, found);
        } else if path.extension().is_some_and(|name| name == "m3u8") && path.file_name().unwrap() != "master.m3u8" {
            found.push(path);
        }
    }
}

#[test]
fn every_segment_of_the_demonstration_gives_pictures_that_begin_with_a_key() {
    let www = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/demo/www");
    let mut found = Vec::new();
    playlists(&www, &mut found);
    assert!(!found.is_empty());
    let mut segments = 0;
    for path in found {
        let folder = path.parent().unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let mut demux = Demux::new();
        let mut continues = false;
        let mut known = Vec::new();
        let mut last = std::collections::HashMap::new();
        for line in text.lines() {
            if line.contains("#EXT-X-DISCONTINUITY") && !line.contains("SEQUENCE") {
                continues = false;
                last.clear();
            }
            if let Some(map) = line.strip_prefix("#EXT-X-MAP:URI=\"") {
                let init = std::fs::read(folder.join(map.split('"').next().unwrap())).unwrap();
                known = tracks(&demux.init(&init).unwrap());
            }
            if line.starts_with('#') || line.trim().is_empty() {
                continue;
            }
            let bytes = std::fs::read(folder.join(line)).unwrap();
            demux.begin(continues);
            continues = true;
            let events = read(&mut demux, &bytes, 16 << 10).unwrap_or_else(|error| panic!("{path:?} {line}: {error}"));
            let listed = tracks(&events);
            known = if listed.is_empty() { known } else { listed };
            for track in &known {
                let units = units(&events, track.id.0);
                assert!(!units.is_empty(), "{path:?} {line}: nothing of {track:?}");
                if track.kind() == Kind::Video {
                    assert!(units[0].key, "{path:?} {line}");
                }
                for unit in units {
                    let before = last.insert(track.id, unit.dts.unwrap());
                    assert!(before < unit.dts, "{path:?} {line}: {before:?} is not before {:?}", unit.dts);
                }
            }
            segments += 1;
        }
    }
    assert!(segments > 100, "{segments}");
}
