//! The players that stand beside the client, each on a screen of its own, as quiet as they can be.

use std::{
    fs,
    io::Write as _,
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    Outcome,
    client::fresh,
    process::{Lines, Running, wait_for},
    screen::Screen,
};

pub struct Mpv {
    pub running: Running,
    pub lines: Lines,
    pub screen: Screen,
}

impl Mpv {
    pub fn start(folder: &Path, media: &[&str]) -> Outcome<Self> {
        let screen = Screen::open(folder)?;
        let socket = fresh(folder, "mpv");
        let mut command = Command::new("mpv");
        command
            .args(["--no-config", "--fs", "--vo=x11", "--ao=null", "--osc=no", "--osd-level=0", "--loop-playlist=inf"])
            .args(["--idle=yes", "--force-window=yes"])
            .arg(format!("--input-ipc-server={}", socket.display()))
            .args(media)
            .env("DISPLAY", &screen.display)
            .env_remove("WAYLAND_DISPLAY");
        let mut running = Running::start(&mut command)?;
        let lines = Lines::connect(&socket, &mut running)?;
        Ok(Self { running, lines, screen })
    }

    pub fn until_frame(&mut self) -> Outcome<()> {
        self.lines.until(|l| (l.get("event")?.as_str()? == "playback-restart").then_some(()))
    }
}

pub struct GstPlay {
    pub running: Running,
    pub screen: Screen,
}

impl GstPlay {
    pub fn start(folder: &Path, media: &str) -> Outcome<Self> {
        let screen = Screen::open(folder)?;
        let mut command = Command::new("gst-play-1.0");
        command
            .args(["--no-interactive", "--quiet", "--use-playbin3"])
            .args(["--videosink=ximagesink", "--audiosink=fakesink sync=true", media])
            .env("DISPLAY", &screen.display)
            .env_remove("WAYLAND_DISPLAY");
        Ok(Self { running: Running::start(&mut command)?, screen })
    }
}

/// Kodi with its television add-on, on a screen, a home and a lineup of its own. Started once for a row: a start takes
/// it a quarter of a minute.
pub struct Kodi {
    _running: Running,
    rpc: TcpStream,
    pub screen: Screen,
}

/// Where Kodi listens for JSON-RPC, on loopback only. It has no way to be told another place.
const KODI_PORT: u16 = 9090;
/// Its first start makes databases and reads every add-on.
const KODI_STARTS: Duration = Duration::from_secs(90);

/// Kodi's numbers of its windows.
const FULL_SCREEN: u64 = 12005;
const QUESTION: u64 = 10100;
/// So many looks in a row at a full screen: nothing comes up any more.
const CALM_LOOKS: u32 = 20;

impl Kodi {
    pub fn start(folder: &Path, lineup: &str) -> Outcome<Self> {
        let screen = Screen::open(folder)?;
        let home = fresh(folder, "kodi");
        let settings = home.join(".kodi/userdata/addon_data/pvr.iptvsimple");
        fs::create_dir_all(&settings).map_err(|e| e.to_string())?;
        let playlist = format!(
            "<settings version=\"2\">\n<setting id=\"m3uPathType\">1</setting>\n\
             <setting id=\"m3uUrl\">{lineup}</setting>\n</settings>\n"
        );
        fs::write(settings.join("settings.xml"), &playlist).map_err(|e| e.to_string())?;
        if TcpStream::connect(("127.0.0.1", KODI_PORT)).is_ok() {
            return Err(format!("something listens on {KODI_PORT} already: is another Kodi running?"));
        }
        let mut command = Command::new("kodi");
        command.args(["--standalone", "--audio-backend=alsa"]).env("HOME", &home).env("DISPLAY", &screen.display);
        command.env_remove("WAYLAND_DISPLAY");
        // Its script starts the program as a child: both end with the group.
        let mut running = Running::start_group(&mut command)?;
        let rpc = wait_for("Kodi's JSON-RPC", KODI_STARTS, || match TcpStream::connect(("127.0.0.1", KODI_PORT)) {
            Ok(stream) => Some(Ok(stream)),
            Err(_) => running.ended().map(Err),
        })??;
        rpc.set_read_timeout(Some(Duration::from_secs(30))).map_err(|e| e.to_string())?;
        let mut kodi = Self { _running: running, rpc, screen };
        kodi.ask("Addons.SetAddonEnabled", &json!({"addonid": "pvr.iptvsimple", "enabled": true}))?;
        let setting = json!({"setting": "pvrplayback.confirmchannelswitch", "value": false});
        kodi.ask("Settings.SetSettingValue", &setting)?;
        let setting = json!({"setting": "pvrplayback.switchtofullscreenchanneltypes", "value": 3});
        kodi.ask("Settings.SetSettingValue", &setting)?;
        let first = wait_for("Kodi's channels", KODI_STARTS, || {
            let answer = kodi.ask("PVR.GetChannels", &json!({"channelgroupid": "alltv"})).ok()?;
            answer.pointer("/channels/0/channelid").cloned()
        })?;
        kodi.ask("Player.Open", &json!({"item": {"channelid": first}}))?;
        kodi.until_full_screen()?;
        Ok(kodi)
    }

    /// At its first start it asks whether the add-on may be used, some time after it has been told so.
    fn until_full_screen(&mut self) -> Outcome<()> {
        let mut calm = 0;
        let from = Instant::now();
        while calm < CALM_LOOKS {
            thread::sleep(Duration::from_millis(500));
            let seen = self.ask("GUI.GetProperties", &json!({"properties": ["currentwindow"]}))?;
            match seen.pointer("/currentwindow/id").and_then(Value::as_u64) {
                Some(FULL_SCREEN) => calm += 1,
                Some(QUESTION) => drop(self.ask("Input.Back", &json!({}))?),
                _ => drop(self.ask("GUI.SetFullscreen", &json!({"fullscreen": true}))?),
            }
            if from.elapsed() > KODI_STARTS {
                return Err("Kodi does not come to its full screen".into());
            }
        }
        Ok(())
    }

    /// One request, its answer's result.
    fn ask(&mut self, method: &str, params: &Value) -> Outcome<Value> {
        let request = json!({"jsonrpc": "2.0", "id": method, "method": method, "params": params});
        self.rpc.write_all(request.to_string().as_bytes()).map_err(|e| e.to_string())?;
        // Answers and announcements follow one another without a mark between them.
        let stream = self.rpc.try_clone().map_err(|e| e.to_string())?;
        for answer in serde_json::Deserializer::from_reader(stream).into_iter::<Value>() {
            let answer = answer.map_err(|e| format!("Kodi: {e}"))?;
            if answer.get("id").and_then(Value::as_str) == Some(method) {
                return answer.get("result").cloned().ok_or_else(|| format!("Kodi: {method}: {answer}"));
            }
        }
        Err("Kodi closed its connection".into())
    }
}
