use proptest::prelude::*;

use super::*;

fn rewritten(text: &str, first: u64) -> String {
    Playlist::parse(text).unwrap().write(first, &mut |role, uri| format!("/{role:?}/{uri}")).unwrap()
}

const LIVE: &str = "#EXTM3U\r\n#EXT-X-VERSION:6\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:100\n\
#EXT-X-DISCONTINUITY-SEQUENCE:7\n#EXT-X-KEY:METHOD=AES-128,URI=\"k1\",IV=0x1\n#EXT-X-MAP:URI=\"init.mp4\"\n\
#EXT-X-PROGRAM-DATE-TIME:2024-05-01T00:00:00Z\n#EXTINF:4.0,a\ns100.m4s\n#EXT-X-DISCONTINUITY\n#EXTINF:4,\ns101.m4s\n\
#EXTINF:4,\ns102.m4s\n#EXT-X-DISCONTINUITY\n#EXT-X-KEY:METHOD=NONE\n#EXTINF:2,\nhttp://b.cn/s103.m4s\n";

#[test]
fn the_kept_end_of_a_window_takes_its_key_map_numbers_and_date_along() {
    let text = rewritten(LIVE, 102);
    assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:102\n"), "{text}");
    assert!(text.contains("#EXT-X-DISCONTINUITY-SEQUENCE:8\n"), "{text}");
    assert!(
        text.contains("#EXT-X-KEY:METHOD=AES-128,URI=\"/Key/k1\",IV=0x1\n#EXT-X-MAP:URI=\"/Map/init.mp4\"\n"),
        "{text}"
    );
    assert!(text.contains("#EXT-X-PROGRAM-DATE-TIME:2024-05-01T00:00:08.000Z\n"), "{text}");
    assert!(text.contains("/Sealed/s102.m4s\n"), "{text}");
    assert!(text.contains("#EXT-X-DISCONTINUITY\n#EXT-X-KEY:METHOD=NONE\n"), "{text}");
    assert!(text.contains("/Segment/http://b.cn/s103.m4s\n"), "{text}");
    assert!(!text.contains("s101"), "{text}");
    assert!(!text.contains("ENDLIST"));
}

#[test]
fn whole_playlists_come_out_whole() {
    let text = rewritten(LIVE, 0);
    assert_eq!(text.matches("#EXTINF").count(), 4);
    assert!(text.contains("#EXT-X-MEDIA-SEQUENCE:100\n"));
    assert!(text.contains("#EXT-X-DISCONTINUITY-SEQUENCE:7\n"));
    assert_eq!(text.matches("EXT-X-MAP").count(), 1);
}

#[test]
fn byte_ranges_without_offset_become_explicit() {
    let text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\n#EXT-X-BYTERANGE:10@5\nf.ts\n#EXTINF:4,\n\
                #EXT-X-BYTERANGE:7\nf.ts\n#EXTINF:4,\n#EXT-X-BYTERANGE:3\nf.ts\n#EXT-X-ENDLIST\n";
    let out = rewritten(text, 2);
    assert!(out.contains("#EXT-X-BYTERANGE:3@22"), "{out}");
    assert!(out.ends_with("#EXT-X-ENDLIST\n"));
}

#[test]
fn every_address_of_a_master_playlist_is_turned() {
    let text = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"a,b\",NAME=\"普通话\",URI=\"a.m3u8\"\n\
        #EXT-X-STREAM-INF:BANDWIDTH=1,CODECS=\"avc1,mp4a\",AUDIO=\"a,b\"\nv/1.m3u8\n\
        #EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI=\"file:///etc/passwd\"\n#EXT-X-SESSION-KEY:URI=\"http://127.0.0.1\"\n\
        #EXT-X-CONTENT-STEERING:SERVER-URI=\"http://x\"\n# see http://y\n";
    let out = rewritten(text, 0);
    assert!(out.contains("URI=\"/Playlist/a.m3u8\""), "{out}");
    assert!(out.contains("GROUP-ID=\"a,b\",NAME=\"普通话\""), "{out}");
    assert!(out.contains("\n/Playlist/v/1.m3u8\n"), "{out}");
    assert!(out.contains("URI=\"/Playlist/file:///etc/passwd\""), "{out}");
    assert!(!out.contains("SESSION-KEY") && !out.contains("STEERING") && !out.contains("http://y"), "{out}");
}

#[test]
fn parts_and_hints_are_turned() {
    let text = "#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXT-X-PART:DURATION=1,URI=\"p1\"\n#EXTINF:4,\ns1\n\
                #EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"p2\"\n";
    let out = rewritten(text, 0);
    assert!(out.contains("URI=\"/Segment/p1\"") && out.contains("URI=\"/Segment/p2\""), "{out}");
}

#[test]
fn quoting_tricks_do_not_smuggle_an_address_through() {
    for line in [
        "#EXT-X-KEY:METHOD=AES-128,FOO=\"a,URI=\"http://127.0.0.1/k\"",
        "#EXT-X-KEY:METHOD=AES-128,URI=http://127.0.0.1/k",
        "#EXT-X-KEY:METHOD=AES-128,X=\"\rURI=\"http://127.0.0.1/k\"",
        "#EXT-X-KEY:METHOD=AES-128,uri=\"http://127.0.0.1/k\"",
        "#EXT-X-KEY:METHOD=AES-128, URI = \"http://127.0.0.1/k\"",
        "#EXT-X-VERSION:3\rhttp://127.0.0.1/",
    ] {
        let text = format!("#EXTM3U\n#EXT-X-TARGETDURATION:4\n{line}\n#EXTINF:4,\ns1\n");
        let out = rewritten(&text, 0);
        assert!(!out.replace("/Key/http://127.0.0.1/k", "").contains("127.0.0.1"), "{line:?} → {out}");
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
    #[test]
    fn whatever_comes_in_only_our_addresses_go_out(lines in proptest::collection::vec(line(), 0..30), first in 0_u64..8) {
        let text = format!("#EXTM3U\n{}\n", lines.join("\n"));
        if let Ok(list) = Playlist::parse(&text)
            && let Ok(out) = list.write(first, &mut |_, _| "/ours".into())
        {
            for line in out.lines() {
                prop_assert!(line.starts_with('#') || line == "/ours", "{}", line);
                prop_assert!(!line.contains("URI=\"EVIL") && !line.contains("URI=EVIL"), "{}", line);
            }
            prop_assert!(Playlist::parse(&out).is_ok());
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
