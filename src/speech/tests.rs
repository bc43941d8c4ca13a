use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::mpsc,
    time::{Duration, Instant},
};

use super::*;

const SOON: Duration = Duration::from_secs(20);

/// A program in place of the synthesizer: notes its process, its arguments and its input, and goes on until it is ended.
fn fake(dir: &Path) -> PathBuf {
    let file = dir.join("espeak-ng");
    let dir = dir.display();
    let script = format!(
        "#!/bin/sh\necho $$ > {dir}/pid\necho \"$@\" > {dir}/args\ncat > {dir}/words.part\nmv {dir}/words.part {dir}/words\nexec sleep 600\n"
    );
    fs::write(&file, script).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
    file
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let since = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(since.elapsed() < SOON, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn heard(dir: &Path) -> String {
    let file = dir.join("words");
    let words = until("words", || fs::read_to_string(&file).ok());
    fs::remove_file(&file).unwrap();
    words
}

fn runs(pid: &str) -> bool {
    Path::new("/proc").join(pid.trim()).exists()
}

#[test]
fn the_newest_words_end_those_before_and_hush_ends_all() {
    let dir = tempfile::tempdir().unwrap();
    let voice = Voice::start(EspeakNg::at(fake(dir.path())), || {}).unwrap();
    voice.say("这是主页。", Speed::Normal);
    assert_eq!(heard(dir.path()), "这是主页。");
    let args = fs::read_to_string(dir.path().join("args")).unwrap();
    assert_eq!(args.trim(), "-v cmn -s 140 --stdin", "words are no arguments");
    let first = fs::read_to_string(dir.path().join("pid")).unwrap();
    assert!(runs(&first));
    voice.say("这是设置。", Speed::Slow);
    assert_eq!(heard(dir.path()), "这是设置。");
    assert!(!runs(&first), "the first is gone");
    let second = fs::read_to_string(dir.path().join("pid")).unwrap();
    voice.hush();
    until("silence", || (!runs(&second)).then_some(()));
    voice.say("还有。", Speed::Normal);
    heard(dir.path());
    let third = fs::read_to_string(dir.path().join("pid")).unwrap();
    drop(voice);
    assert!(!runs(&third), "none outlives the voice");
}

#[test]
fn a_television_without_the_program_says_so() {
    let (said, told) = mpsc::channel();
    let voice = Voice::start(EspeakNg::at("/nonexistent/espeak-ng"), move || said.send(()).unwrap()).unwrap();
    voice.say("这是主页。", Speed::Normal);
    told.recv_timeout(SOON).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let error = EspeakNg::at(dir.path()).say(&Words::new("一"), Speed::Normal).unwrap_err();
    assert!(matches!(error, SpeechError::DoesNotRun(..)), "a folder is no program: {error}");
}

#[test]
fn words_are_bounded_and_plain() {
    let long = Words::new(&"长".repeat(MAX_BYTES));
    assert!(long.as_str().len() <= MAX_BYTES && long.as_str().ends_with('长'));
    assert_eq!(Words::new("一\u{1}二\n三\u{0}").as_str(), "一 二 三 ");
}
