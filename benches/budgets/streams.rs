//! An operator's server with streams whose pictures can be told apart by one pixel: each channel is one colour with
//! a moving mark. Live channels are sliding windows over looped segments on the wall clock, as a real origin's are.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    extract::{Path as UrlPath, State},
    http::{StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use tower_http::services::ServeDir;

use crate::Outcome;

/// Seconds of a segment, and how many a playlist shows: what most operators serve.
const SEGMENT_S: u64 = 2;
const WINDOW: u64 = 6;
/// Seconds that a channel lasts before it begins again.
const LOOP_S: u64 = 60;

/// Blue, green, red of the channels that zapping goes round.
pub const COLOURS: [[u8; 3]; 4] = [[40, 40, 200], [40, 180, 40], [200, 60, 40], [40, 190, 200]];

pub struct Streams {
    /// The operator's root, without a slash at its end.
    pub root: String,
    _runtime: tokio::runtime::Runtime,
}

impl Streams {
    pub fn serve(folder: &Path) -> Outcome<Self> {
        let www = folder.join("www");
        fs::create_dir_all(&www).map_err(|e| e.to_string())?;
        for (index, [b, g, r]) in COLOURS.iter().enumerate() {
            let picture = format!(
                "color=c=0x{r:02x}{g:02x}{b:02x}:s=1280x720:r=25,drawbox=x='mod(t*100,1200)':y=640:w=60:h=60:c=white:t=fill"
            );
            segments(&www.join((index + 1).to_string()), &picture, "1M")?;
        }
        segments(&www.join("hd"), "testsrc2=s=1920x1080:r=25", "6M")?;
        let clip = ["-i", "hd/all.ts", "-c", "copy", "-bsf:a", "aac_adtstoasc", "-movflags", "+faststart", "clip.mp4"];
        ffmpeg(&www, &clip)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|e| e.to_string())?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).map_err(|e| e.to_string())?;
        let root = format!("http://{}", listener.local_addr().map_err(|e| e.to_string())?);
        write_operator(&www, &root).map_err(|e| e.to_string())?;
        let app = Router::new()
            .route("/live/{channel}/index.m3u8", get(playlist))
            .fallback_service(ServeDir::new(&www))
            .with_state(Arc::new(www));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok(Self { root, _runtime: runtime })
    }

    pub fn channel(&self, name: &str) -> String {
        format!("{}/live/{name}/index.m3u8", self.root)
    }

    pub fn clip(&self) -> String {
        format!("{}/clip.mp4", self.root)
    }
}

fn ffmpeg(folder: &Path, args: &[&str]) -> Outcome<()> {
    let out = Command::new("ffmpeg")
        .args(["-hide_banner", "-loglevel", "error", "-nostdin", "-y"])
        .args(args)
        .current_dir(folder)
        .output()
        .map_err(|e| format!("ffmpeg: {e}"))?;
    if out.status.success() { Ok(()) } else { Err(format!("ffmpeg: {}", String::from_utf8_lossy(&out.stderr))) }
}

fn segments(folder: &Path, picture: &str, rate: &str) -> Outcome<()> {
    fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    let length = LOOP_S.to_string();
    let (keys, each) = ((SEGMENT_S * 25).to_string(), SEGMENT_S.to_string());
    let encode = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=f=440:r=48000", "-t", &length];
    let video = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-b:v", rate, "-g", &keys];
    let fixed = ["-keyint_min", &keys, "-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k", "all.ts"];
    ffmpeg(folder, &[&encode[..], &video[..], &fixed[..]].concat())?;
    let cut =
        ["-i", "all.ts", "-c", "copy", "-f", "segment", "-segment_time", &each, "-segment_format", "mpegts", "%d.ts"];
    ffmpeg(folder, &cut)
}

fn write_operator(www: &Path, root: &str) -> std::io::Result<()> {
    let mut lineup = "#EXTM3U\n".to_owned();
    for index in 1..=COLOURS.len() {
        lineup += &format!(
            "#EXTINF:-1 tvg-id=\"c{index}\" tvg-chno=\"{index}\" group-title=\"测试\",测试{index}台\n{root}/live/{index}/index.m3u8\n"
        );
    }
    lineup +=
        &format!("#EXTINF:-1 tvg-id=\"hd\" tvg-chno=\"9\" group-title=\"测试\",高清台\n{root}/live/hd/index.m3u8\n");
    fs::write(www.join("lineup.m3u"), lineup)?;
    fs::write(www.join("guide.xml"), "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<tv></tv>\n")
}

async fn playlist(State(www): State<Arc<PathBuf>>, UrlPath(channel): UrlPath<String>) -> impl IntoResponse {
    let known = channel.chars().all(|c| c.is_ascii_alphanumeric()) && www.join(&channel).is_dir();
    if !known {
        return StatusCode::NOT_FOUND.into_response();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let (newest, round) = (now / SEGMENT_S, LOOP_S / SEGMENT_S);
    let first = newest.saturating_sub(WINDOW);
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{SEGMENT_S}\n#EXT-X-MEDIA-SEQUENCE:{first}\n\
         #EXT-X-DISCONTINUITY-SEQUENCE:{}\n",
        // Each round but the one that the window begins in has put one mark behind it.
        first.saturating_sub(1) / round
    );
    for sequence in first..newest {
        if sequence % round == 0 {
            text += "#EXT-X-DISCONTINUITY\n";
        }
        text += &format!("#EXTINF:{SEGMENT_S}.0,\n/{channel}/{}.ts\n", sequence % round);
    }
    ([(header::CONTENT_TYPE, "application/vnd.apple.mpegurl"), (header::CACHE_CONTROL, "no-cache")], text)
        .into_response()
}
