//! An operator's server with streams whose pictures can be told apart by one pixel: each channel is one colour with
//! a moving mark. Live channels are sliding windows over looped segments on the wall clock, as a real origin's are.

use std::{
    fs,
    io::Read as _,
    net::SocketAddr,
    ops::Range,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use axum::{
    Router,
    body::Body,
    extract::{Path as UrlPath, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::IntoResponse,
    routing::get,
};
use bytes::Bytes;
use tokio::sync::broadcast;
use tower_http::services::ServeDir;

use crate::{Outcome, process::Running};

/// Seconds of a segment, and how many a playlist shows: what most operators serve.
const SEGMENT_S: u64 = 2;
const WINDOW: u64 = 6;
/// Seconds that a channel lasts before it begins again.
const LOOP_S: u64 = 60;

/// Blue, green, red of the channels that zapping goes round.
pub const COLOURS: [[u8; 3]; 4] = [[40, 40, 200], [40, 180, 40], [200, 60, 40], [40, 190, 200]];

/// Of the channel `times`, whose picture says when it was on the air: each lasts ten seconds, all together `LOOP_S`.
pub const SPANS: [[u8; 3]; 6] =
    [[40, 40, 200], [40, 180, 40], [200, 60, 40], [40, 190, 200], [200, 40, 180], [130, 130, 130]];
/// Segments in the playlist of the channel `back`: two minutes.
const LONG_WINDOW: u64 = 60;

/// Channels of the lineup `many`.
pub const MANY: usize = 10_000;
/// Channels of the lineup `huge`: the largest list in public use.
pub const HUGE: usize = 212_000;

/// `<?xml version="1.0" encoding="UTF-8"?>` and the end of its line.
const DECLARATION_BYTES: usize = 39;

pub struct Streams {
    /// Without a slash at its end.
    pub root: String,
    at: SocketAddr,
    www: PathBuf,
    runtime: tokio::runtime::Runtime,
    guide_flows: Arc<AtomicBool>,
    flows: Flows,
}

/// What goes over each channel at this moment, for whoever asks: from there on, as udpxy has it.
type Flows = [broadcast::Sender<Bytes>; COLOURS.len()];
/// Pieces that a client may be behind.
const BEHIND: usize = 4_096;
/// As much as a datagram has.
const PIECE_BYTES: usize = 7 * 188;

/// What the server's answers are made from.
#[derive(Clone)]
struct Served {
    www: PathBuf,
    guide_flows: Arc<AtomicBool>,
    flows: Flows,
}

impl Served {
    fn knows(&self, channel: &str) -> bool {
        channel.chars().all(|c| c.is_ascii_alphanumeric()) && self.www.join(channel).is_dir()
    }
}

impl Streams {
    /// Makes the streams where the folder has none yet.
    pub fn serve(folder: &Path) -> Outcome<Self> {
        let www = folder.join("www");
        if !www.exists() {
            make(&www)?;
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .map_err(|e| e.to_string())?;
        let listener = runtime.block_on(tokio::net::TcpListener::bind(("127.0.0.1", 0))).map_err(|e| e.to_string())?;
        let at = listener.local_addr().map_err(|e| e.to_string())?;
        let flows: Flows = std::array::from_fn(|_| broadcast::channel(BEHIND).0);
        let served = Served { www: www.clone(), guide_flows: Arc::default(), flows: flows.clone() };
        let guide_flows = Arc::clone(&served.guide_flows);
        let app = Router::new()
            .route("/live/{channel}/index.m3u8", get(playlist))
            .route("/past/{channel}/index.m3u8", get(recorded))
            .route("/udp/{channel}", get(endless))
            .route("/held/guide.xml", get(held_guide))
            .route("/lineup/{channels}", get(lineup))
            .fallback_service(ServeDir::new(&www))
            .with_state(Arc::new(served));
        runtime.spawn(async move { axum::serve(listener, app).await });
        Ok(Self { root: format!("http://{at}"), at, www, runtime, guide_flows, flows })
    }

    pub fn channel(&self, name: &str) -> String {
        format!("{}/live/{name}/index.m3u8", self.root)
    }

    /// A lineup of these channels, joined by `-`.
    pub fn lineup(&self, channels: &str) -> String {
        format!("{}/lineup/{channels}", self.root)
    }

    /// A guide whose answer begins at once and gives no programme before `let_guide_flow`.
    pub fn held_guide(&self) -> String {
        self.guide_flows.store(false, Ordering::Relaxed);
        format!("{}/held/guide.xml", self.root)
    }

    /// A folder of the server for files that a row makes, and its address.
    pub fn shelf(&self, name: &str) -> (PathBuf, String) {
        (self.www.join(name), format!("{}/{name}", self.root))
    }

    /// The file that the held guide is.
    pub fn guide_file(&self) -> PathBuf {
        self.www.join("guide.xml")
    }

    pub fn let_guide_flow(&self) {
        self.guide_flows.store(true, Ordering::Relaxed);
    }

    pub fn clip(&self) -> String {
        format!("{}/clip.mp4", self.root)
    }

    /// The same server at the end of a long line; its lineups name addresses at that end too.
    pub fn far(&self, round_trip: Duration) -> Outcome<String> {
        crate::proxy::far(&self.runtime, self.at, round_trip).map(|at| format!("http://{at}"))
    }

    /// The address of a multicast channel, from 1.
    pub fn group(channel: usize) -> String {
        format!("udp://239.77.{channel}.1:{}", 5000 + channel)
    }

    /// A channel as udpxy sends it, from 1.
    pub fn endless(&self, channel: usize) -> String {
        format!("{}/udp/{channel}", self.root)
    }

    fn sender(&self, channel: usize, to: &str) -> Command {
        let mut sender = Command::new("ffmpeg");
        sender.args(["-hide_banner", "-loglevel", "error", "-nostdin", "-re", "-stream_loop", "-1", "-i"]);
        sender.arg(self.www.join(format!("{channel}/all.ts")));
        sender.args(["-c", "copy", "-f", "mpegts", "-pat_period", "0.1", to]);
        sender
    }

    /// Sends the multicast channels for as long as the answer lives. A lifetime of 0 keeps every packet on this
    /// machine.
    pub fn multicast(&self) -> Outcome<Vec<Running>> {
        (1..=COLOURS.len())
            .map(|channel| {
                let to = format!("{}?ttl=0&pkt_size=1316&localaddr=127.0.0.1", Self::group(channel));
                Running::start(&mut self.sender(channel, &to))
            })
            .collect()
    }

    /// Lets the endless channels go for as long as the answer lives.
    pub fn udpxy(&self) -> Outcome<Vec<Running>> {
        let start = |(index, flow): (usize, &broadcast::Sender<Bytes>)| {
            let (running, mut written) = Running::start_piped(&mut self.sender(index + 1, "pipe:1"))?;
            let flow = flow.clone();
            std::thread::spawn(move || {
                let mut piece = [0; PIECE_BYTES];
                while written.read_exact(&mut piece).is_ok() {
                    // Nobody watches.
                    let _ = flow.send(Bytes::copy_from_slice(&piece));
                }
            });
            Ok(running)
        };
        self.flows.iter().enumerate().map(start).collect()
    }
}

fn make(www: &Path) -> Outcome<()> {
    fs::create_dir_all(www).map_err(|e| e.to_string())?;
    for (index, [b, g, r]) in COLOURS.iter().enumerate() {
        let picture = format!(
            "color=c=0x{r:02x}{g:02x}{b:02x}:s=1280x720:r=25,drawbox=x='mod(t*100,1200)':y=640:w=60:h=60:c=white:t=fill"
        );
        segments(&www.join((index + 1).to_string()), &picture, "1M")?;
    }
    let spans: String = SPANS
        .iter()
        .enumerate()
        .map(|(n, [b, g, r])| format!("color=c=0x{r:02x}{g:02x}{b:02x}:s=1280x720:r=25:d=10[s{n}];"))
        .collect();
    let inputs: String = (0..SPANS.len()).map(|n| format!("[s{n}]")).collect();
    let mark = "drawbox=x='mod(t*100,1200)':y=640:w=60:h=60:c=white:t=fill";
    segments(&www.join("times"), &format!("{spans}{inputs}concat=n={},{mark}", SPANS.len()), "1M")?;
    segments(&www.join("hd"), "testsrc2=s=1920x1080:r=25", "6M")?;
    let clip = ["-i", "hd/all.ts", "-c", "copy", "-bsf:a", "aac_adtstoasc", "-movflags", "+faststart", "clip.mp4"];
    ffmpeg(www, &clip)
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
    // A key frame each second: what multicast channels have. Segments begin with every second one.
    let (keys, each) = ("25".to_owned(), SEGMENT_S.to_string());
    let encode = ["-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", "sine=f=440:r=48000", "-t", &length];
    let video = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-b:v", rate, "-g", &keys];
    let fixed = ["-keyint_min", &keys, "-sc_threshold", "0", "-c:a", "aac", "-b:a", "96k", "all.ts"];
    ffmpeg(folder, &[&encode[..], &video[..], &fixed[..]].concat())?;
    let cut =
        ["-i", "all.ts", "-c", "copy", "-f", "segment", "-segment_time", &each, "-segment_format", "mpegts", "%d.ts"];
    ffmpeg(folder, &cut)
}

/// Addresses are those by which the lineup was asked for, so that a client behind the long line stays behind it.
async fn lineup(UrlPath(channels): UrlPath<String>, headers: HeaderMap) -> impl IntoResponse {
    let host = headers.get(header::HOST).and_then(|h| h.to_str().ok()).unwrap_or("127.0.0.1");
    if channels == "huge" {
        return huge(host);
    }
    let mut text = "#EXTM3U\n".to_owned();
    let mut line = |number: usize, id: &str, url: &str| {
        text +=
            &format!("#EXTINF:-1 tvg-id=\"{id}\" tvg-chno=\"{number}\" group-title=\"测试\",测试{number}台\n{url}\n");
    };
    if channels == "many" {
        for index in 0..MANY {
            let shown = index % COLOURS.len() + 1;
            line(index + 1, &format!("c{index}"), &format!("http://{host}/live/{shown}/index.m3u8"));
        }
    } else {
        for (index, name) in channels.split('-').enumerate() {
            let url = match (name, name.strip_prefix('m').and_then(|n| n.parse().ok())) {
                (_, Some(group)) => Streams::group(group),
                _ if name.starts_with('u') => format!("http://{host}/udp/{}", name.trim_start_matches('u')),
                ("back", _) => format!("http://{host}/live/times/index.m3u8?window={LONG_WINDOW}"),
                ("kept", _) => return kept(host),
                _ => format!("http://{host}/live/{name}/index.m3u8"),
            };
            line(index + 1, name, &url);
        }
    }
    text
}

/// An endless answer: what goes over the channel from now on.
async fn endless(State(served): State<Arc<Served>>, UrlPath(channel): UrlPath<usize>) -> impl IntoResponse {
    let Some(flow) = channel.checked_sub(1).and_then(|at| served.flows.get(at)) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let parts = futures_util::stream::unfold(flow.subscribe(), |mut flow| async move {
        loop {
            match flow.recv().await {
                Ok(part) => return Some((Ok::<_, std::io::Error>(part), flow)),
                Err(broadcast::error::RecvError::Lagged(_)) => {}
                Err(broadcast::error::RecvError::Closed) => return None,
            }
        }
    });
    ([(header::CONTENT_TYPE, "video/mp2t")], Body::from_stream(parts)).into_response()
}

/// A channel that can be gone back in by catch-up alone.
fn kept(host: &str) -> String {
    format!(
        "#EXTM3U\n#EXTINF:-1 tvg-id=\"kept\" catchup=\"default\" catchup-days=\"1\" \
         catchup-source=\"http://{host}/past/times/index.m3u8?from={{utc}}&to={{utcend}}\",回看台\n\
         http://{host}/live/times/index.m3u8\n"
    )
}

/// As the large public lists are written: a picture, a group and an address for each, a hundred groups in turn.
fn huge(host: &str) -> String {
    use std::fmt::Write as _;
    let mut text = "#EXTM3U\n".to_owned();
    for index in 0..HUGE {
        let (group, shown) = (index * 100 / HUGE, index % COLOURS.len() + 1);
        let _ = writeln!(
            text,
            "#EXTINF:-1 tvg-id=\"c{index}.example\" tvg-logo=\"https://tv.example/logo/{index}.png\" group-title=\"分组{group}\",测试{index}台\nhttp://{host}/live/{shown}/index.m3u8?channel={index}"
        );
    }
    text
}

/// The guide's file, a part each time that the client takes one; blanks until it may flow, so that no wait is too long.
async fn held_guide(State(served): State<Arc<Served>>) -> impl IntoResponse {
    const PART: usize = 64 * 1024;
    let file = fs::File::open(served.www.join("guide.xml"));
    let parts = futures_util::stream::unfold((file, served, false), |(file, served, mut begun)| async move {
        let mut file = file.ok()?;
        let mut part = vec![0; PART];
        if begun && !served.guide_flows.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(50)).await;
            part = b"\n".to_vec();
        } else {
            // The declaration comes first: nothing may stand before it.
            let most = if begun { PART } else { DECLARATION_BYTES };
            let n = file.read(part.get_mut(..most)?).ok().filter(|n| *n > 0)?;
            part.truncate(n);
            begun = true;
        }
        Some((Ok::<_, std::io::Error>(part), (Ok(file), served, begun)))
    });
    Body::from_stream(parts)
}

const PLAYLIST: [(header::HeaderName, &str); 2] =
    [(header::CONTENT_TYPE, "application/vnd.apple.mpegurl"), (header::CACHE_CONTROL, "no-cache")];

#[derive(serde::Deserialize)]
struct Window {
    /// Segments.
    window: Option<u64>,
}

async fn playlist(
    State(served): State<Arc<Served>>,
    UrlPath(channel): UrlPath<String>,
    Query(Window { window }): Query<Window>,
) -> impl IntoResponse {
    if !served.knows(&channel) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let newest = now / SEGMENT_S;
    let first = newest.saturating_sub(window.unwrap_or(WINDOW));
    // Each round but the one that the window begins in has put one mark behind it.
    let marks = first.saturating_sub(1) / (LOOP_S / SEGMENT_S);
    let head = format!("#EXT-X-MEDIA-SEQUENCE:{first}\n#EXT-X-DISCONTINUITY-SEQUENCE:{marks}\n");
    (PLAYLIST, list(&channel, &head, first..newest)).into_response()
}

#[derive(serde::Deserialize)]
struct Span {
    /// Seconds since 1970.
    from: u64,
    to: u64,
}

/// What was on the air, as a recording.
async fn recorded(
    State(served): State<Arc<Served>>,
    UrlPath(channel): UrlPath<String>,
    Query(Span { from, to }): Query<Span>,
) -> impl IntoResponse {
    if !served.knows(&channel) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let text = list(&channel, "#EXT-X-PLAYLIST-TYPE:VOD\n", from / SEGMENT_S..to / SEGMENT_S);
    (PLAYLIST, text + "#EXT-X-ENDLIST\n").into_response()
}

fn list(channel: &str, head: &str, sequences: Range<u64>) -> String {
    let round = LOOP_S / SEGMENT_S;
    let mut text = format!("#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:{SEGMENT_S}\n{head}");
    for sequence in sequences {
        if sequence % round == 0 {
            text += "#EXT-X-DISCONTINUITY\n";
        }
        text += &format!("#EXTINF:{SEGMENT_S}.0,\n/{channel}/{}.ts\n", sequence % round);
    }
    text
}
