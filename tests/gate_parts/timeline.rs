//! One time line, whatever the clocks inside the segments do: with a tag that says so and without, picture and sound
//! together or apart.

use std::sync::Arc;

use jinse_xuetang::player::types::MediaKind;

use crate::{
    ALONE, Family, MS,
    fault_proxy::FaultProxy,
    gate, quick,
    stream::{COUNT, HLS, TS, list, playlist, put_list},
    ts::Segment,
    viewer::Viewer,
};

/// Picture and sound by lists of their own.
const APART: &str = "#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"g\",NAME=\"a\",DEFAULT=YES,URI=\"a/list.m3u8\"\n\
                     #EXT-X-STREAM-INF:BANDWIDTH=800000,AUDIO=\"g\"\nv/list.m3u8\n";

/// What the clock of segment `i` begins with.
fn clock(case: &str, i: u32) -> u64 {
    let usual = 900_000 + u64::from(i) * 90_000;
    match case {
        "even" => usual,
        "back to zero" if i >= 4 => u64::from(i - 4) * 90_000,
        "far ahead" if i >= 4 => usual + 400_000_000,
        "far back" if i >= 4 => usual + 8_000_000_000,
        "far back" => usual + 400_000_000,
        "over the end of 33 bits" => ((1 << 33) - 3 * 90_000 + u64::from(i) * 90_000) % (1 << 33),
        "anew at each" => u64::from(i * 37 % 8) * 90_000_000,
        _ => usual,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_time_line_only_rises() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let mut family = Family::default();
    for case in ["even", "back to zero", "far ahead", "far back", "over the end of 33 bits", "anew at each"] {
        for tagged in [true, false] {
            for live in [false, true] {
                let prefix = format!("/{}-{tagged}-{live}", case.replace(' ', "-"));
                let mut lines = String::new();
                for i in 0..COUNT {
                    let bytes = Segment { start: clock(case, i), ..Segment::new(1, i) }.write();
                    proxy.put(&format!("{prefix}/s{i}.ts"), TS, bytes);
                    let leaps = i == 4 || case == "anew at each";
                    lines += if tagged && leaps { "#EXT-X-DISCONTINUITY\n" } else { "" };
                    lines += &format!("#EXTINF:1.0,\ns{i}.ts\n");
                }
                put_list(&proxy, &prefix, list(0, &lines, !live));
                let (proxy, gate) = (Arc::clone(&proxy), gate.clone());
                family.add(format!("{case} tagged={tagged} live={live}"), async move {
                    // A list that grows, from its beginning.
                    let url = proxy.url(&format!("{prefix}/list.m3u8"));
                    let viewer = Viewer::open(&gate, &url, MediaKind::OnDemand).await.map_err(|t| format!("{t:?}"))?;
                    put_list(&proxy, &prefix, list(0, &lines, true));
                    viewer.until_end().await?;
                    viewer.check((0..COUNT).map(|i| (1, i)))?;
                    for (segment, index) in (0..COUNT).flat_map(|s| (0..10).map(move |i| (s, i))) {
                        let (shown, wanted) =
                            (viewer.shown(segment, index).unwrap(), u64::from(segment * 1_000 + index * 100));
                        if shown.abs_diff(MS(wanted)) > MS(1) {
                            return Err(format!("picture {segment}/{index} at {shown:?}"));
                        }
                    }
                    apart(&viewer)
                });
            }
        }
    }
    family.finish("feed-timeline", 24).await;
}

/// Lengths in lists are rounded; the clocks inside the segments are right, and nothing drifts apart.
#[tokio::test(flavor = "multi_thread")]
async fn rounded_lengths_do_not_shift_pictures() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    crate::stream::put_segments(&proxy, "/r", 1, 0..COUNT);
    let lines: String = (0..COUNT).map(|i| format!("#EXTINF:{},\ns{i}.ts\n", 1.0 + 0.04 * f64::from(i % 3))).collect();
    put_list(&proxy, "/r", list(0, &lines, true));
    let viewer = Viewer::open(&gate, &proxy.url("/r/list.m3u8"), MediaKind::OnDemand).await.unwrap();
    viewer.until_end().await.unwrap();
    viewer.check((0..COUNT).map(|i| (1, i))).unwrap();
    assert_eq!(viewer.shown(7, 9), Some(MS(7_900)));
}

/// Sound by a list of its own, its clock the picture's, its segments cut elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn sound_that_comes_apart_stays_with_its_picture() {
    let _alone = ALONE.lock().await;
    let proxy = Arc::new(FaultProxy::start().await);
    let gate = gate(quick(&proxy));
    let mut family = Family::default();
    for live in [false, true] {
        for late in ["nothing", "picture", "sound"] {
            let prefix = format!("/a-{late}-{live}");
            for i in 0..COUNT * 2 {
                let whole = Segment::new(1, i);
                let put = |name: String, segment: Segment| proxy.put(&format!("{prefix}/{name}"), TS, segment.write());
                put(format!("v/s{i}.ts"), Segment { audio: false, ..whole });
                put(format!("a/s{i}.ts"), Segment { video: false, ..whole });
            }
            proxy.put(&format!("{prefix}/master.m3u8"), HLS, APART);
            for part in ["v", "a"] {
                put_list(&proxy, &format!("{prefix}/{part}"), playlist(0, COUNT, !live));
            }
            let slow = |path: &str| {
                for i in [0, 5] {
                    let late = crate::fault_proxy::Fault::Late(MS(200));
                    proxy.fault(&format!("{prefix}/{path}/s{i}.ts"), 1, late);
                }
            };
            match late {
                "picture" => slow("v"),
                "sound" => slow("a"),
                _ => {}
            }
            let (proxy, gate) = (Arc::clone(&proxy), gate.clone());
            family.add(format!("{late} late, live={live}"), async move {
                let url = proxy.url(&format!("{prefix}/master.m3u8"));
                let kind = if live { MediaKind::Live } else { MediaKind::OnDemand };
                let viewer = Viewer::open(&gate, &url, kind).await.map_err(|t| format!("{t:?}"))?;
                if live {
                    for part in ["v", "a"] {
                        put_list(&proxy, &format!("{prefix}/{part}"), playlist(0, COUNT, true));
                    }
                }
                viewer.until("both ends", |v| v.ended() && v.audio.inside().ends > 0).await?;
                let from = if live { 5 } else { 0 };
                viewer.check((from..COUNT).map(|i| (1, i)))?;
                apart(&viewer)
            });
        }
    }
    family.finish("feed-sound-apart", 6).await;
}

/// The two lists of a live medium need not begin with the same segment.
#[tokio::test(flavor = "multi_thread")]
async fn lists_of_picture_and_sound_may_begin_apart() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    for (case, (video, audio)) in [("/behind", (0, 7)), ("/ahead", (7, 0))] {
        for i in 0..24 {
            let whole = Segment::new(1, i);
            let put = |name: String, segment: Segment| proxy.put(&format!("{case}/{name}"), TS, segment.write());
            put(format!("v/s{i}.ts"), Segment { audio: false, ..whole });
            put(format!("a/s{i}.ts"), Segment { video: false, ..whole });
        }
        proxy.put(&format!("{case}/master.m3u8"), HLS, APART);
        put_list(&proxy, &format!("{case}/v"), playlist(video, 8, false));
        put_list(&proxy, &format!("{case}/a"), playlist(audio, 8, false));
        let viewer = Viewer::open(&gate, &proxy.url(&format!("{case}/master.m3u8")), MediaKind::Live).await.unwrap();
        for part in ["v", "a"] {
            put_list(&proxy, &format!("{case}/{part}"), playlist(0, 20, true));
        }
        viewer.until("both ends", |v| v.ended() && v.audio.inside().ends > 0).await.unwrap();
        let audio = viewer.audio.inside();
        let of_sound = |mark| audio.got.iter().find(|g| g.mark == mark).map(|g| g.pts);
        let pairs: Vec<_> = viewer.video.inside().got.iter().map(|g| (g.mark, g.pts, of_sound(g.mark))).collect();
        let both: Vec<_> = pairs.iter().filter_map(|(_, picture, sound)| Some((*picture, (*sound)?))).collect();
        assert!(both.len() >= 80, "{case}: {}", both.len());
        assert!(both.iter().all(|(picture, sound)| picture == sound), "{case}: {pairs:?}");
    }
}

/// Lengths that are rounded up, and a clock that begins anew: what follows begins where the picture before it ended.
#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_discontinuity_neither_overlaps_nor_leaves_a_gap() {
    let _alone = ALONE.lock().await;
    let proxy = FaultProxy::start().await;
    let gate = gate(quick(&proxy));
    for (case, length) in [("/long", 1.2), ("/short", 0.8)] {
        let mut lines = String::new();
        for i in 0..COUNT {
            let start = if i < 6 { 900_000 } else { 50_000_000 } + u64::from(i) * 90_000;
            proxy.put(&format!("{case}/s{i}.ts"), TS, Segment { start, ..Segment::new(1, i) }.write());
            lines += if i == 6 { "#EXT-X-DISCONTINUITY\n" } else { "" };
            lines += &format!("#EXTINF:{},\ns{i}.ts\n", if i < 5 { length } else { 1.0 });
        }
        put_list(&proxy, case, list(0, &lines, true));
        let viewer = Viewer::open(&gate, &proxy.url(&format!("{case}/list.m3u8")), MediaKind::OnDemand).await.unwrap();
        viewer.until_end().await.unwrap();
        viewer.check((0..COUNT).map(|i| (1, i))).unwrap();
        assert_eq!(viewer.shown(6, 0).unwrap() - viewer.shown(5, 9).unwrap(), MS(100), "{case}");
    }
}

/// Picture and sound of one mark belong to one moment.
fn apart(viewer: &Viewer) -> Result<(), String> {
    let (video, audio) = (viewer.video.inside(), viewer.audio.inside());
    for (picture, sound) in video.got.iter().zip(&audio.got) {
        if picture.mark != sound.mark || picture.pts.abs_diff(sound.pts) > 1_000_000 {
            return Err(format!("apart: {picture:?} and {sound:?}"));
        }
    }
    Ok(())
}
