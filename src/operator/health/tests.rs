use super::*;

/// A machine made of what a test says; a good one unless told otherwise.
struct Fake {
    gstreamer: Result<(u32, u32, u32), String>,
    lacks: Vec<&'static str>,
    screens: Vec<Screen>,
    sounds: Vec<Sound>,
    font: Result<Option<String>, String>,
    folder: Result<Folder, String>,
    now: UtcMs,
    clock_note: Option<ClockNote>,
}

impl Default for Fake {
    fn default() -> Self {
        Self {
            gstreamer: Ok((1, 22, 0)),
            lacks: Vec::new(),
            screens: vec![Screen::Answers("X11 :0".into())],
            sounds: vec![Sound::PulseAudio],
            font: Ok(Some("Noto Sans CJK SC".into())),
            folder: Ok(Folder { path: "/data".into(), refused: None, free_mb: Some(5_000) }),
            now: UtcMs(1_800_000_000_000),
            clock_note: None,
        }
    }
}

impl Probe for Fake {
    fn gstreamer(&self) -> Result<(u32, u32, u32), String> {
        self.gstreamer.clone()
    }
    fn has_element(&self, name: &str) -> bool {
        !self.lacks.contains(&name)
    }
    fn has_program(&self, name: &str) -> bool {
        !self.lacks.contains(&name)
    }
    fn screens(&self) -> Vec<Screen> {
        self.screens.clone()
    }
    fn sounds(&self) -> Vec<Sound> {
        self.sounds.clone()
    }
    fn chinese_font(&self) -> Result<Option<String>, String> {
        self.font.clone()
    }
    fn data_folder(&self) -> Result<Folder, String> {
        self.folder.clone()
    }
    fn now(&self) -> UtcMs {
        self.now
    }
    fn clock_note(&self) -> Option<ClockNote> {
        self.clock_note.clone()
    }
}

fn check(machine: Fake, name: &str) -> Check {
    examine(&machine).checks.into_iter().find(|c| c.name == name).unwrap_or_else(|| panic!("no check {name}"))
}

#[test]
fn a_good_machine_is_told_so_and_nothing_else() {
    let report = examine(&Fake::default());
    assert!(report.checks.iter().all(|c| c.state == State::Ok && c.fix.is_none()), "{report:#?}");
    assert!(report.missing().is_empty());
}

#[test]
fn a_machine_without_a_voice_runs_and_is_told_the_package() {
    let found = check(Fake { lacks: vec!["espeak-ng"], ..Fake::default() }, "voice");
    assert_eq!((found.state, found.fix.as_deref()), (State::Warn, Some("apt-get install espeak-ng")));
}

#[test]
fn a_missing_element_is_named_with_its_package() {
    let found = check(Fake { lacks: vec!["tsdemux"], ..Fake::default() }, "element tsdemux");
    assert_eq!(found.state, State::Missing);
    assert_eq!(found.fix.as_deref(), Some("apt-get install gstreamer1.0-plugins-bad"));
}

#[test]
fn one_decoder_of_several_is_enough() {
    let found = check(Fake { lacks: vec!["avdec_h264"], ..Fake::default() }, "element avdec_h264");
    assert_eq!(found.state, State::Ok);
    assert_eq!(found.what, "decodes H.264 pictures (vah264dec)");
    let all = vec!["avdec_aac", "fdkaacdec", "faad"];
    assert_eq!(check(Fake { lacks: all, ..Fake::default() }, "element avdec_aac").state, State::Missing);
}

#[test]
fn what_only_some_streams_need_is_a_warning() {
    assert_eq!(check(Fake { lacks: vec!["udpsrc"], ..Fake::default() }, "element udpsrc").state, State::Warn);
}

#[test]
fn without_gstreamer_nothing_is_said_about_elements() {
    let report = examine(&Fake { gstreamer: Err("no registry".into()), ..Fake::default() });
    assert_eq!(report.missing(), ["gstreamer"]);
    assert!(!report.checks.iter().any(|c| c.name.starts_with("element")));
}

#[test]
fn an_old_gstreamer_is_missing() {
    assert_eq!(check(Fake { gstreamer: Ok((1, 20, 3)), ..Fake::default() }, "gstreamer").state, State::Missing);
    assert_eq!(check(Fake { gstreamer: Ok((1, 26, 0)), ..Fake::default() }, "gstreamer").state, State::Ok);
}

#[test]
fn one_screen_that_answers_is_enough() {
    let refuses = Screen::Refuses { why: "no socket".into(), fix: "start it".into() };
    let found =
        check(Fake { screens: vec![refuses.clone(), Screen::Answers("X11 :1".into())], ..Fake::default() }, "display");
    assert_eq!((found.state, found.what.as_str()), (State::Ok, "X11 :1"));
    let found = check(Fake { screens: vec![refuses], ..Fake::default() }, "display");
    assert_eq!(
        (found.state, found.what.as_str(), found.fix.as_deref()),
        (State::Missing, "no socket", Some("start it"))
    );
}

#[test]
fn a_machine_without_a_screen_is_told_of_the_tour() {
    let found = check(Fake { screens: vec![], ..Fake::default() }, "display");
    assert_eq!(found.state, State::Missing);
    assert!(found.fix.unwrap().contains("tour"));
}

#[test]
fn a_silent_machine_still_plays() {
    let found = check(Fake { sounds: vec![], ..Fake::default() }, "audio device");
    assert_eq!(found.state, State::Warn);
    assert!(found.what.contains("without sound"), "{}", found.what);
}

#[test]
fn a_sound_card_without_its_element_names_the_package() {
    let found = check(Fake { sounds: vec![Sound::Alsa], lacks: vec!["alsasink"], ..Fake::default() }, "audio device");
    assert_eq!(found.fix.as_deref(), Some("apt-get install gstreamer1.0-alsa"));
    let either = Fake { sounds: vec![Sound::PipeWire, Sound::Alsa], lacks: vec!["alsasink"], ..Fake::default() };
    assert_eq!(check(either, "audio device").what, "PipeWire");
}

#[test]
fn a_folder_that_cannot_be_written_is_a_warning_with_its_reason() {
    let folder = Folder { path: "/data".into(), refused: Some("read-only file system".into()), free_mb: Some(3) };
    let machine = Fake { folder: Ok(folder), ..Fake::default() };
    let report = examine(&machine);
    let data = report.checks.iter().find(|c| c.name == "data folder").unwrap();
    assert_eq!(data.state, State::Warn);
    assert!(data.what.contains("read-only file system"), "{}", data.what);
    assert_eq!(report.checks.iter().find(|c| c.name == "disk space").unwrap().state, State::Warn);
}

#[test]
fn a_clock_from_before_the_program_is_doubted() {
    let found = check(Fake { now: UtcMs(0), ..Fake::default() }, "clock");
    assert_eq!(found.state, State::Warn);
    assert!(found.what.contains("1970-01-01"), "{}", found.what);
    assert_eq!(check(Fake { now: EARLIEST, ..Fake::default() }, "clock").state, State::Ok);
    assert_eq!(check(Fake { now: UtcMs(i64::MAX), ..Fake::default() }, "clock").state, State::Warn);
    let note = ClockNote { off_s: 10_800, by: "http://tv.example/lineup.m3u".into() };
    let found = check(Fake { clock_note: Some(note), ..Fake::default() }, "clock");
    assert_eq!(found.state, State::Warn);
    assert!(found.what.contains("3 h 0 min behind http://tv.example/lineup.m3u"), "{}", found.what);
}

#[test]
fn json_keys_are_those_of_the_contract() {
    let report = Report { checks: vec![Check::warn("clock", "wrong", "set it"), Check::ok("font", "fine")] };
    assert_eq!(
        serde_json::to_value(&report).unwrap(),
        serde_json::json!({"checks": [
            {"name": "clock", "state": "warn", "what": "wrong", "fix": "set it"},
            {"name": "font", "state": "ok", "what": "fine", "fix": null},
        ]})
    );
}
