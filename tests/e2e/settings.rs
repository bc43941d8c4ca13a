//! 菜单 from its first row to its last: a page is read aloud, and what is changed in 设置 holds at once and after a start.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::{
    choose, menu, open_lesson, overlay,
    support::{Tv, TvOptions, tv::SOON},
};

#[test]
fn subtitles_are_switched_off_in_the_settings_and_stay_off() {
    let mut tv = Tv::start(TvOptions::default());
    open_lesson(&mut tv);
    tv.until("a subtitle", SOON, |s| s["subtitle"].as_str().is_some_and(|words| !words.is_empty()));
    menu(&mut tv, "设置");
    tv.until("设置", SOON, |s| s["screen"] == "settings" && s["player"]["phase"] == "idle");
    assert_eq!(tv.state()["focus"]["label"], "字幕 开");
    tv.press_until("Right", "off", |s| s["focus"]["label"] == "字幕 关");
    tv.press_to("Down", "settings.speed", 1);
    tv.press_until("Left", "slower", |s| s["focus"]["label"] == "语速 慢一点");
    // 返回 keeps it, and the lesson goes on where it was.
    tv.press_until("Escape", "the lesson", |s| s["screen"] == "player");
    let state = tv.until_playing();
    assert_eq!(state["player"]["speed"], 0.75);
    tv.stays("without subtitles", Duration::from_secs(3), |s| s["subtitle"] == "");
    tv.close();
    tv.launch();
    open_lesson(&mut tv);
    assert_eq!(tv.state()["player"]["speed"], 0.75);
    tv.stays("without subtitles", Duration::from_secs(3), |s| s["subtitle"] == "");
}

/// A program in place of the synthesizer: notes its process and what it was given, and goes on until it is ended.
fn fake_voice(dir: &Path) {
    let file = dir.join("espeak-ng");
    let dir = dir.display();
    let script = format!(
        "#!/bin/sh\necho $$ > {dir}/pid\ncat > {dir}/words.part\nmv {dir}/words.part {dir}/words\nexec sleep 600\n"
    );
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
}

fn heard(tv: &mut Tv, dir: &Path) -> String {
    let file = dir.join("words");
    tv.until("words for the voice", SOON, |_| file.exists());
    let words = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    words
}

fn voice_runs(dir: &Path) -> bool {
    let pid = fs::read_to_string(dir.join("pid")).unwrap();
    PathBuf::from("/proc").join(pid.trim()).exists()
}

#[test]
fn a_page_is_read_aloud_until_it_is_left() {
    let place = tempfile::tempdir().unwrap();
    fake_voice(place.path());
    let path = std::env::var("PATH").unwrap();
    let env = vec![("PATH".to_owned(), format!("{}:{path}", place.path().display()))];
    let mut tv = Tv::start(TvOptions { env, ..TvOptions::default() });
    tv.until("the courses", SOON, |s| s["courses"] == 17);
    let state = tv.press_until("F1", "the menu", |s| overlay(s, "menu"));
    assert_eq!(state["focus"]["label"], "听这一页");
    tv.press("Return");
    let words = heard(&mut tv, place.path());
    assert!(words.starts_with("这是主页。现在选的是：") && words.contains("我的学习"), "{words}");
    assert!(voice_runs(place.path()));
    menu(&mut tv, "设置");
    tv.until("silence on another page", SOON, |s| s["screen"] == "settings" && !voice_runs(place.path()));

    // 朗读: whatever comes under the focus.
    choose(&mut tv, "朗读");
    assert!(heard(&mut tv, place.path()).starts_with("选到哪里，就读到哪里。"));
    tv.press("Down");
    assert_eq!(heard(&mut tv, place.path()), "朗读快慢 平常");
    assert!(voice_runs(place.path()));
    tv.close();
    let since = Instant::now();
    while voice_runs(place.path()) {
        assert!(since.elapsed() < SOON, "the voice outlives the program");
        std::thread::sleep(Duration::from_millis(50));
    }
}
