use proptest::prelude::*;

use super::*;

fn read(text: &str) -> Playlist<'_> {
    Playlist::parse(text).unwrap()
}

/// Every address that a reader could follow.
fn addresses<'a>(list: &Playlist<'a>) -> Vec<&'a str> {
    let of = |line: &'a str| attributes(line).into_iter().filter(|a| a.name == "URI").map(|a| a.value);
    let mut found: Vec<&str> =
        list.segments.iter().map(|s| s.uri).chain(list.master.iter().filter_map(|(_, _, uri)| *uri)).collect();
    found.extend(list.segments.iter().filter_map(|s| s.map).flat_map(of));
    found.extend(list.keys.iter().flatten().flat_map(|line| of(line)));
    found.extend(list.master.iter().flat_map(|(a, ..)| a).filter(|a| a.name == "URI").map(|a| a.value));
    found
}

const LIVE: &str = "#EXTM3U\r\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:100\n\
#EXT-X-DISCONTINUITY-SEQUENCE:7\n#EXT-X-KEY:METHOD=AES-128,URI=\"k1\",IV=0x1\n#EXT-X-MAP:URI=\"init.mp4\"\n\
#EXT-X-PROGRAM-DATE-TIME:2024-05-01T00:00:00Z\n#EXTINF:4.0,a\ns100.m4s\n#EXT-X-DISCONTINUITY\n#EXTINF:4,\ns101.m4s\n\
#EXTINF:4,\ns102.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:2,\nhttp://b.cn/s103.m4s\n";

#[test]
fn segments_know_their_number_key_map_and_time_line() {
    let list = read(LIVE);
    assert!(list.is_live() && !list.is_master && !list.ended);
    assert_eq!((list.target_s, list.discontinuity_sequence), (4, 7));
    let numbers: Vec<_> = list.segments.iter().map(|s| (s.sequence, s.duration_s, s.discontinuity, s.uri)).collect();
    assert_eq!(
        numbers,
        [
            (100, 4.0, false, "s100.m4s"),
            (101, 4.0, true, "s101.m4s"),
            (102, 4.0, false, "s102.m4s"),
            (103, 2.0, true, "http://b.cn/s103.m4s")
        ]
    );
    let keys: Vec<_> = list.segments.iter().map(|s| list.keys[s.keys].clone()).collect();
    let first = vec!["METHOD=AES-128,URI=\"k1\",IV=0x1"];
    assert_eq!(keys, [first.clone(), first.clone(), first, vec!["METHOD=NONE"]]);
    assert!(list.segments.iter().all(|s| s.map == Some("URI=\"init.mp4\"")));
    assert_eq!(list.last_files(2), ["s102.m4s", "http://b.cn/s103.m4s"]);
}

#[test]
fn byte_ranges_without_offset_become_explicit() {
    let list = read(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n#EXT-X-BYTERANGE:10@5\nf.ts\n#EXTINF:4,\n\
         #EXT-X-BYTERANGE:7\nf.ts\n#EXTINF:4,\n#EXT-X-BYTERANGE:3\nf.ts\n#EXT-X-ENDLIST\n",
    );
    let ranges: Vec<_> = list.segments.iter().map(|s| s.byte_range).collect();
    assert_eq!(ranges, [Some((10, 5)), Some((7, 15)), Some((3, 22))]);
    assert!(list.ended && list.last_files(3).is_empty());
}

#[test]
fn a_master_playlist_names_its_media_and_nothing_else() {
    let list = read(
        "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a,b\",NAME=\"普通话\",URI=\"a.m3u8\"\n\
         #EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1,mp4a\",AUDIO=\"a,b\"\nv/1.m3u8\n\
         #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"file:///etc/passwd\"\n\
         #EXT-X-SESSION-KEY:URI=\"http://127.0.0.1\"\n#EXT-X-CONTENT-STEERING:SERVER-URI=\"http://x\"\n# see http://y\n",
    );
    assert!(list.is_master);
    assert_eq!(addresses(&list), ["v/1.m3u8", "a.m3u8"]);
    let values: Vec<_> = list.master.iter().flat_map(|(a, ..)| a).map(|a| (a.name, a.value)).collect();
    assert!(values.contains(&("GROUP-ID", "a,b")) && values.contains(&("NAME", "普通话")), "{values:?}");
}

#[test]
fn parts_hints_and_unknown_lines_are_left_out() {
    let list = read(
        "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART:DURATION=1,URI=\"p1\"\n#EXTINF:4,\ns1\n\
         #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p2\"\n#EXT-X-DEFINE:NAME=\"a\",VALUE=\"b\"\nnowhere\n",
    );
    assert_eq!(addresses(&list), ["s1"]);
}

#[test]
fn quoting_tricks_do_not_smuggle_an_address_through() {
    for (line, honest) in [
        ("#EXT-X-KEY:METHOD=AES-128,FOO=\"a,URI=\"http://127.0.0.1/k\"", false),
        ("#EXT-X-KEY:METHOD=AES-128,URI=http://127.0.0.1/k", true),
        ("#EXT-X-KEY:METHOD=AES-128,X=\"\rURI=\"http://127.0.0.1/k\"", false),
        ("#EXT-X-KEY:METHOD=AES-128,uri=\"http://127.0.0.1/k\"", false),
        ("#EXT-X-KEY:METHOD=AES-128, URI = \"http://127.0.0.1/k\"", true),
        ("#EXT-X-VERSION:3\rhttp://127.0.0.1/", false),
    ] {
        let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n{line}\n#EXTINF:4,\ns1\n");
        let list = read(&text);
        let named: Vec<_> = addresses(&list).into_iter().filter(|a| *a != "s1").collect();
        assert_eq!(named, if honest { vec!["http://127.0.0.1/k"] } else { vec![] }, "{line:?}");
    }
}

#[test]
fn limits_and_nonsense() {
    let head = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n";
    let many = head.to_owned() + &"#EXTINF:1,\na\n".repeat(PLAYLIST_SEGMENTS + 1);
    assert_eq!(Playlist::parse(&many).unwrap_err(), Trouble::TooBig);
    let long = format!("{head}#EXTINF:1,\n{}\n", "a".repeat(LINE_BYTES + 1));
    assert_eq!(Playlist::parse(&long).unwrap_err(), Trouble::TooBig);
    for bad in [
        "",
        "x",
        "<html>",
        "#EXTM3U8\n",
        "#EXTM3U\n#EXTINF:nan,\na\n",
        "#EXTM3U\n#EXTINF:-1,\na\n",
        "#EXTM3U\n#EXTINF:1e300,\na\n",
        "#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:99999999999999999999\n",
    ] {
        assert_eq!(Playlist::parse(bad).unwrap_err(), Trouble::BrokenMedia, "{bad:?}");
    }
}

proptest! {
    /// An address comes from a line of its own or from an attribute that says so; no piece of another text becomes one.
    #[test]
    fn whatever_comes_in_addresses_come_out_whole(lines in proptest::collection::vec(line(), 0..30)) {
        let text = format!("#EXTM3U\n{}\n", lines.join("\n"));
        if let Ok(list) = Playlist::parse(&text) {
            for address in addresses(&list) {
                prop_assert!(["EVIL", "EVIL/a.ts"].contains(&address), "{:?}", address);
            }
            prop_assert!(list.segments.iter().all(|s| list.keys.get(s.keys).is_some()));
            prop_assert!(list.segments.windows(2).all(|w| w[1].sequence == w[0].sequence + 1));
        }
    }

    #[test]
    fn parsing_never_panics(text in ".{0,200}") {
        let _ = Playlist::parse(&format!("#EXTM3U\n{text}"));
    }
}

fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("#EXTINF:4,".to_owned()),
        Just("EVIL/a.ts".to_owned()),
        Just("#EXT-X-DISCONTINUITY".to_owned()),
        Just("#EXT-X-KEY:METHOD=AES-128,URI=\"EVIL\"".to_owned()),
        Just("#EXT-X-MAP:URI=\"EVIL\"".to_owned()),
        Just("#EXT-X-STREAM-INF:BANDWIDTH=1".to_owned()),
        Just("#EXT-X-MEDIA:TYPE=AUDIO,URI=\"EVIL\"".to_owned()),
        Just("#EXT-X-BYTERANGE:5".to_owned()),
        Just("#EXT-X-ENDLIST".to_owned()),
        "#EXT-X-(KEY|MAP|PART|MEDIA|PRELOAD-HINT):[A-Z\",= ]{0,12}(URI=)?\"?EVIL\"?".prop_map(|s| s),
        "#EXT-X-MEDIA-SEQUENCE:[0-9]{1,3}",
    ]
}
