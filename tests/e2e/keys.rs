//! `doctor keys` in its real window: what the hands press, it prints.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::support::{self, Key, Screen, tv::SOON};

struct Watching {
    screen: Screen,
    program: Child,
    lines: mpsc::Receiver<Value>,
}

impl Watching {
    fn start(args: &[&str]) -> Self {
        let screen = Screen::start();
        let mut program = support::command(env!("CARGO_BIN_EXE_jinse-xuetang"))
            .args(["doctor", "keys", "--format", "json"])
            .args(args)
            .env_remove("WAYLAND_DISPLAY")
            .env("DISPLAY", screen.display())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let reader = BufReader::new(program.stdout.take().unwrap());
        let (to, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in reader.lines().map_while(Result::ok) {
                if to.send(serde_json::from_str(&line).unwrap()).is_err() {
                    break;
                }
            }
        });
        let since = Instant::now();
        // No window manager gives the keys to the window: it takes them itself.
        while !screen.program_has_keys() {
            assert!(since.elapsed() < SOON, "the window has no keys in time");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { screen, program, lines }
    }

    fn press(&self, name: &str) -> Value {
        self.screen.key(Key::named(name), true);
        let pressed = self.next();
        self.screen.key(Key::named(name), false);
        assert_eq!((&pressed["event"], &self.next()["event"]), (&"press".into(), &"release".into()));
        pressed
    }

    fn next(&self) -> Value {
        self.lines.recv_timeout(SOON).expect("a line in time")
    }

    fn ended(&mut self) -> Option<i32> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.program.try_wait().unwrap() {
                return status.code();
            }
            assert!(since.elapsed() < SOON, "it does not end");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn each_press_says_what_it_is_and_back_held_ends_it() {
    let mut watching = Watching::start(&[]);
    let up = watching.press("Up");
    assert_eq!((&up["key"], &up["chinese"], &up["counts"]), (&"up".into(), &"上".into(), &true.into()), "{up}");
    assert_eq!((&up["pressed"]["keyboard"], &up["pressed"]["evdev"]), (&"UpArrow".into(), &"KEY_UP".into()), "{up}");
    assert_eq!(watching.press("3")["key"], "digit-3");
    let unknown = watching.press("q");
    assert_eq!((&unknown["key"], &unknown["add"]["line"]), (&Value::Null, &"q = \"NAME\"".into()), "{unknown}");
    assert_eq!(unknown["add"]["section"], "keyboard");
    // Held: an arrow runs on, 返回 is one press, and held for long it ends the watching.
    watching.screen.key(Key::named("Right"), true);
    assert_eq!(watching.next()["event"], "press");
    let again = watching.next();
    assert_eq!((&again["event"], &again["counts"]), (&"runs-on".into(), &true.into()), "{again}");
    watching.screen.key(Key::named("Right"), false);
    while watching.next()["event"] != "release" {}
    watching.screen.key(Key::named("Escape"), true);
    assert_eq!(watching.next()["key"], "back");
    let held = watching.next();
    assert_eq!((&held["event"], &held["counts"]), (&"held".into(), &false.into()), "{held}");
    assert_eq!(watching.ended(), Some(0));
}

#[test]
fn a_keymap_of_ones_own_is_tried_and_closing_the_window_ends_it() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("mine.toml");
    std::fs::write(&file, "[keyboard]\nq = \"search\"\n").unwrap();
    let mut watching = Watching::start(&["--keymap", file.to_str().unwrap()]);
    let pressed = watching.press("q");
    assert_eq!((&pressed["key"], &pressed["add"]), (&"search".into(), &Value::Null), "{pressed}");
    watching.screen.ask_to_close();
    assert_eq!(watching.ended(), Some(0));
}

#[test]
fn it_ends_after_the_time_it_was_given_and_at_ctrl_c() {
    assert_eq!(Watching::start(&["--for", "1s"]).ended(), Some(0));
    let mut watching = Watching::start(&[]);
    watching.press("Up");
    // The process is setpriv's successor: the same id.
    let id = watching.program.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    assert_eq!(watching.ended(), Some(0));
}

#[test]
fn without_a_display_it_says_so() {
    for display in [None, Some(":4000")] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jinse-xuetang"));
        command.args(["doctor", "keys"]).env_remove("WAYLAND_DISPLAY").env_remove("DISPLAY");
        command.envs(display.map(|d| ("DISPLAY", d)));
        let out = command.output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        // A machine with a graphics card goes on to that.
        if display.is_none() && std::fs::exists("/dev/dri").unwrap() {
            continue;
        }
        assert_eq!(out.status.code(), Some(3), "{said}");
        assert!(said.contains("no window") || said.contains("no display"), "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}
