//! Encrypted segments, parts of files, initialisations: the same pictures come out, whatever they are wrapped in.

use std::sync::Arc;

use jinse_xuetang::{
    guide::lineup::MediaSource,
    player::types::{MediaKind, Trust},
};

use crate::{
    ALONE, Family, bounded,
    fault_proxy::{Fault, FaultProxy},
    gate, quick, session,
    stream::{COUNT, TS, iv_of, key, list, put_list, put_segments, seal},
    ts::{Segment, tables},
    viewer::{CALM, Viewer},
};

/// Lays eight segments of one wrapping and hands back the lines of their list.
fn wrap(proxy: &FaultProxy, prefix: &str, wrapping: &str) -> String {
    let mut lines = String::new();
    let mut file = Vec::new();
    let put = |name: &str, bytes: Vec<u8>| proxy.put(&format!("{prefix}/{name}"), TS, bytes);
    put("k", key(1).to_vec());
    put("k2", key(2).to_vec());
    for i in 0..COUNT {
        let clear = Segment::new(1, i).write();
        let bare = || Segment { tables: false, ..Segment::new(1, i) }.write();
        let iv = iv_of(u128::from(i) * 77 + 5);
        let digits: String = iv.iter().map(|b| format!("{b:02X}")).collect();
        let name = format!("s{i}.ts");
        let offset = file.len();
        let before = match wrapping {
            "AES-128" => {
                put(&name, seal(&clear, key(1), iv_of(u128::from(i))));
                if i == 0 { "#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n".to_owned() } else { String::new() }
            }
            "AES-128 with IV" => {
                put(&name, seal(&clear, key(1), iv));
                format!("#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x{digits}\n")
            }
            "AES-128 in part" => match i {
                0..2 | 6.. => {
                    put(&name, clear);
                    if i == 6 { "#EXT-X-KEY:METHOD=NONE\n".to_owned() } else { String::new() }
                }
                _ => {
                    let number = if i < 4 { 1 } else { 2 };
                    put(&name, seal(&clear, key(number), iv_of(u128::from(i))));
                    let uri = if i < 4 { "k" } else { "k2" };
                    format!("#EXT-X-KEY:METHOD=AES-128,URI=\"{uri}\"\n")
                }
            },
            "AES-128 and a clear map" => {
                put(&name, seal(&bare(), key(1), iv_of(u128::from(i))));
                put("map", tables());
                if i == 0 {
                    "#EXT-X-MAP:URI=\"map\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n".to_owned()
                } else {
                    String::new()
                }
            }
            "AES-128 and a sealed map" => {
                put(&name, seal(&bare(), key(1), iv_of(9)));
                put("map", seal(&tables(), key(1), iv_of(9)));
                let key = "#EXT-X-KEY:METHOD=AES-128,URI=\"k\",IV=0x09\n#EXT-X-MAP:URI=\"map\"\n";
                if i == 0 { key.to_owned() } else { String::new() }
            }
            "AES-128 in ranges" => {
                let sealed = seal(&clear, key(1), iv_of(u128::from(i)));
                file.extend(&sealed);
                let range = format!("#EXT-X-BYTERANGE:{}@{offset}\n", sealed.len());
                if i == 0 { format!("#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n{range}") } else { range }
            }
            "ranges" | "ranges without a server's help" => {
                file.extend(&clear);
                format!("#EXT-X-BYTERANGE:{}@{offset}\n", clear.len())
            }
            "ranges that follow each other" => {
                file.extend(&clear);
                format!("#EXT-X-BYTERANGE:{}\n", clear.len())
            }
            _ => {
                // A map that is a part of the very file.
                let head = if i == 0 { tables() } else { Vec::new() };
                file.extend(&head);
                file.extend(&bare());
                let map = format!("#EXT-X-MAP:URI=\"all.ts\",BYTERANGE=\"{}@0\"\n", head.len());
                let range = format!("#EXT-X-BYTERANGE:{}@{}\n", bare().len(), offset + head.len());
                if i == 0 { format!("{map}{range}") } else { range }
            }
        };
        let uri = if file.is_empty() { name } else { "all.ts".into() };
        lines += &format!("{before}#EXTINF:1.0,\n{uri}\n");
    }
    if !file.is_empty() {
        put("all.ts", file);
    }
    if wrapping.contains("without") {
        proxy.fault(&format!("{prefix}/all.ts"), 1_000, Fault::NoRanges);
    }
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_pictures_come_out_of_every_wrapping() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let mut family = Family::default();
    for (n, wrapping) in [
        "AES-128",
        "AES-128 with IV",
        "AES-128 in part",
        "AES-128 and a clear map",
        "AES-128 and a sealed map",
        "AES-128 in ranges",
        "ranges",
        "ranges that follow each other",
        "ranges without a server's help",
        "ranges and a map",
    ]
    .into_iter()
    .enumerate()
    {
        for ended in [true, false] {
            let prefix = format!("/w{n}-{ended}");
            let lines = wrap(&proxy, &prefix, wrapping);
            // A growing list that is on demand begins at its beginning.
            put_list(&proxy, &prefix, list(0, &lines, ended));
            let (proxy, gate) = (Arc::clone(&proxy), gate.clone());
            family.add(format!("{wrapping} ended={ended}"), async move {
                let url = proxy.url(&format!("{prefix}/list.m3u8"));
                let viewer = Viewer::open(&gate, &url, MediaKind::OnDemand).await.map_err(|t| format!("{t:?}"))?;
                if !ended {
                    put_list(&proxy, &prefix, list(0, &lines, true));
                }
                viewer.until_end().await?;
                viewer.check((0..COUNT).map(|i| (1, i)))?;
                let keys = ["k", "k2"].map(|k| proxy.requests_for(&format!("{prefix}/{k}")));
                if keys.iter().any(|n| *n > 1) { Err(format!("keys asked for {keys:?} times")) } else { Ok(()) }
            });
        }
    }
    family.finish("feed-wrappings", 20).await;
}

/// Sixteen bytes that are no key for this: the next segment asks for the key again.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_key_is_not_kept() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    put_segments(&proxy, "/k", 1, 0..1);
    for i in 1..4 {
        proxy.put(&format!("/k/s{i}.ts"), TS, seal(&Segment::new(1, i).write(), key(1), iv_of(i.into())));
    }
    proxy.put("/k/k", "application/octet-stream", key(1));
    proxy.fault("/k/k", 1, Fault::Garbage);
    let lines = "#EXTINF:1,\ns0.ts\n#EXT-X-KEY:METHOD=AES-128,URI=\"k\"\n#EXTINF:1,\ns1.ts\n#EXTINF:1,\ns2.ts\n\
                 #EXTINF:1,\ns3.ts\n";
    put_list(&proxy, "/k", list(0, lines, true));
    let viewer = Viewer::open(&gate, &proxy.url("/k/list.m3u8"), MediaKind::OnDemand).await.unwrap();
    bounded(viewer.until_end()).await.unwrap();
    viewer.check([(1, 0), (1, 2), (1, 3)]).unwrap();
    assert_eq!(proxy.requests_for("/k/k"), 2);
}

/// What a channel's headers are for, all that belongs to it is asked for with; spellings of ours are not replaced.
#[tokio::test(flavor = "multi_thread")]
async fn every_request_to_the_channels_host_bears_its_headers() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    let lines = wrap(&proxy, "/h", "AES-128 and a clear map");
    put_list(&proxy, "/h", list(0, &lines, true));
    let headers = [("Referer", "http://tv.example/"), ("Cookie", "a=b"), ("Host", "other"), ("Range", "bytes=0-1")];
    let source = MediaSource {
        url: proxy.url("/h/list.m3u8"),
        headers: headers.map(|(name, value)| (name.into(), value.into())).into(),
    };
    let viewer = Viewer::open_as(&gate, session(), &source, Trust::Operator, MediaKind::OnDemand, CALM).await;
    let viewer = viewer.unwrap();
    bounded(viewer.until_end()).await.unwrap();
    viewer.check((0..COUNT).map(|i| (1, i))).unwrap();
    for path in ["/h/list.m3u8", "/h/map", "/h/k", "/h/s0.ts", "/h/s7.ts"] {
        assert_eq!(proxy.requests_for(path), 1, "{path}");
    }
    for seen in proxy.seen() {
        let value = |name: &str| seen.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
        assert_eq!(value("referer"), Some("http://tv.example/"), "{seen:?}");
        assert_eq!(value("cookie"), Some("a=b"), "{seen:?}");
        assert_eq!(value("host"), Some(proxy.address.to_string().as_str()), "{seen:?}");
        assert_eq!(value("range"), None, "{seen:?}");
    }
}
