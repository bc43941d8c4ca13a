//! The window of `doctor keys`. Presses reach it on the same ways as the program's own window: what Slint hands on, and
//! before that what it would not. What they are is told by `remote::presses`; here it is shown and printed.

use std::{
    cell::{OnceCell, RefCell},
    io::{self, Write},
    path::Path,
    rc::Rc,
    time::Duration,
};

use i_slint_backend_winit::{
    EventResult, WinitWindowAccessor,
    winit::event::{KeyEvent, WindowEvent},
};
use jinse_ui::{KeyRow, KeysWindow};
use slint::{ComponentHandle, Model, ModelRc, Timer, TimerMode, VecModel};

use super::{bare_x11, screen};
use crate::{
    cli::{Exit, Failure, Format},
    player::clock,
    remote::{
        kernel_keys::{self, Fate, KernelKey},
        key::RemoteKey,
        keymap::Keymap,
        presses::{Event, Report, Seen, Watcher, seen},
        windowing,
    },
};

/// As many as the window has room for.
const ROWS: usize = 8;
const SIZE: (u32, u32) = (1280, 720);

struct Board {
    window: KeysWindow,
    keymap: Keymap,
    watcher: Watcher,
    rows: Rc<VecModel<KeyRow>>,
    format: Format,
    /// On its way from the desktop to Slint.
    passing: Option<KeyEvent>,
    /// The same where there is no desktop.
    passing_code: Option<u16>,
    timer: Timer,
}

type Shared = Rc<RefCell<Board>>;

/// Shows and prints every press until 返回 is held, the window is closed, a signal comes or `length` is over.
pub fn watch(keymap: Option<&Path>, length: Option<Duration>, format: Format) -> Result<Exit, Failure> {
    let mut map = Keymap::shipped();
    if let Some(path) = keymap {
        map.load_over(path).map_err(|e| Failure::Input(e.to_string()))?;
    }
    let later: Rc<OnceCell<Shared>> = Rc::default();
    let known = later.clone();
    screen::choose_backend(move |key| known.get().is_some_and(|board| board.borrow_mut().kernel_says(key, board)))?;
    let lacks =
        |e: slint::PlatformError| Failure::MachineLacks(format!("no window: {e}; run \"jinse-xuetang doctor\""));
    let window = KeysWindow::new().map_err(lacks)?;
    window.window().set_size(slint::PhysicalSize::new(SIZE.0, SIZE.1));
    let rows = Rc::new(VecModel::default());
    window.set_rows(ModelRc::from(rows.clone()));
    let board = Rc::new(RefCell::new(Board {
        window: window.clone_strong(),
        keymap: map,
        watcher: Watcher::new(clock::now()),
        rows,
        format,
        passing: None,
        passing_code: None,
        timer: Timer::default(),
    }));
    wire(&window, &board);
    let _ = later.set(board.clone());
    leave_on_signals()?;
    if let Some(length) = length {
        Timer::single_shot(length, leave);
    }
    let before = bare_x11::keys_of();
    window.run().map_err(lacks)?;
    drop(window);
    before.into_iter().for_each(bare_x11::return_keys);
    Ok(Exit::Fine)
}

fn leave() {
    let _ = slint::quit_event_loop();
}

fn wire(window: &KeysWindow, board: &Shared) {
    let shared = board.clone();
    window.on_key_down(move |text| shared.borrow_mut().slint_says(&text, true, &shared));
    let shared = board.clone();
    window.on_key_up(move |text| shared.borrow_mut().slint_says(&text, false, &shared));
    let shared = board.clone();
    window.window().on_winit_window_event(move |_, event| match event {
        WindowEvent::KeyboardInput { event: key, .. } => shared.borrow_mut().desktop_says(key, &shared),
        WindowEvent::Focused(false) => {
            shared.borrow_mut().watcher.release_all();
            EventResult::Propagate
        }
        _ => EventResult::Propagate,
    });
    let window = window.clone_strong();
    let focused = slint::spawn_local(async move {
        let _ = window.window().winit_window().await;
        bare_x11::take_keys(window.window());
    });
    if let Err(e) = focused {
        tracing::debug!("the window does not ask for the keys: {e}");
    }
}

/// Ctrl-C in the terminal and a service manager's request end the watching as the close button does.
fn leave_on_signals() -> Result<(), Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    let lacks = |e: io::Error| Failure::MachineLacks(format!("no signals: {e}"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().map_err(lacks)?;
    let (mut interrupt, mut terminate) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt()).map_err(lacks)?, signal(SignalKind::terminate()).map_err(lacks)?)
    };
    // Waits as long as the process lives; nothing has to be ended with it.
    std::thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        });
        leave();
    });
    Ok(())
}

impl Board {
    /// A key as the desktop tells of it, before Slint does.
    fn desktop_says(&mut self, key: &KeyEvent, shared: &Shared) -> EventResult {
        if let Some(meant) = windowing::meaning(&key.logical_key, key.physical_key, &self.keymap) {
            self.take(describe(None, Some(key), None), Some(meant), key.state.is_pressed(), key.repeat, shared);
            return EventResult::PreventDefault;
        }
        self.passing = Some(key.clone());
        let later = shared.clone();
        // Slint hands it on within this event or not at all.
        Timer::single_shot(Duration::ZERO, move || {
            let mut board = later.borrow_mut();
            if let Some(key) = board.passing.take() {
                board.take(describe(None, Some(&key), None), None, key.state.is_pressed(), key.repeat, &later);
            }
        });
        EventResult::Propagate
    }

    /// A key by the kernel's code, where there is no desktop. Whether Slint need not see it.
    fn kernel_says(&mut self, key: KernelKey, shared: &Shared) -> bool {
        let meant = match kernel_keys::fate(key.code, &self.keymap) {
            Fate::Means(meant) => Some(meant),
            Fate::Dropped => None,
            Fate::Passed => {
                self.passing_code = Some(key.code);
                return false;
            }
        };
        self.take(seen(None, None, Some(key.code)), meant, key.down, false, shared);
        true
    }

    /// A key as Slint hands it on.
    fn slint_says(&mut self, text: &str, down: bool, shared: &Shared) {
        let key = self.passing.take().filter(|key| key.state.is_pressed() == down);
        let again = key.as_ref().is_some_and(|key| key.repeat);
        let meant = self.keymap.from_text(text);
        let seen = describe(Some(text), key.as_ref(), self.passing_code.take());
        self.take(seen, meant, down, again, shared);
    }

    fn take(&mut self, seen: Seen, meant: Option<RemoteKey>, down: bool, again: bool, shared: &Shared) {
        let now = clock::now();
        let report = if down { self.watcher.down(seen, meant, again, now) } else { self.watcher.up(&seen, now) };
        if let Some(report) = report {
            self.tell(&report);
        }
        self.set_timer(shared);
    }

    fn tick(&mut self, shared: &Shared) {
        let now = clock::now();
        for report in self.watcher.tick(now) {
            self.tell(&report);
        }
        if self.watcher.wants_to_leave(now) {
            leave();
        } else {
            self.set_timer(shared);
        }
    }

    fn set_timer(&self, shared: &Shared) {
        let Some(at) = self.watcher.next_deadline() else { return self.timer.stop() };
        let wait = Duration::from_millis(at.since(clock::now()).max(1));
        let shared = shared.clone();
        self.timer.start(TimerMode::SingleShot, wait, move || shared.borrow_mut().tick(&shared));
    }

    fn tell(&mut self, report: &Report) {
        let line = match self.format {
            Format::Text => report.to_string(),
            Format::Json => serde_json::to_string(report).unwrap_or_default(),
        };
        // Whoever read the lines has gone: the window alone is of no use to them.
        if writeln!(io::stdout(), "{line}").is_err() {
            leave();
        }
        if report.event == Event::Release {
            return;
        }
        let last = self.rows.row_count().checked_sub(1);
        let goes_on = report.event != Event::Press
            && last.and_then(|at| self.rows.row_data(at)).is_some_and(|r| r.pressed == short(&report.pressed));
        match last.filter(|_| goes_on) {
            Some(at) => self.rows.set_row_data(at, row(report)),
            None => self.rows.push(row(report)),
        }
        while self.rows.row_count() > ROWS {
            self.rows.remove(0);
        }
        self.window.window().request_redraw();
    }
}

fn describe(text: Option<&str>, key: Option<&KeyEvent>, code: Option<u16>) -> Seen {
    use i_slint_backend_winit::winit::keyboard::{Key, NativeKey};
    let desktop = key.and_then(|key| match &key.logical_key {
        Key::Named(named) => Some(format!("{named:?}")),
        Key::Unidentified(NativeKey::Xkb(symbol)) => Some(format!("keysym {symbol:#x}")),
        Key::Character(typed) => Some(typed.to_string()),
        Key::Unidentified(_) | Key::Dead(_) => None,
    });
    seen(text, desktop, key.and_then(|key| windowing::evdev_code(key.physical_key)).or(code))
}

/// A key in the room that a row has for it.
fn short(seen: &Seen) -> String {
    let name = seen.keyboard.as_ref().or(seen.desktop.as_ref()).or(seen.evdev.as_ref()).map_or("?", String::as_str);
    seen.scancode.map_or_else(|| name.to_owned(), |code| format!("{name} ({code})"))
}

/// One row of the window, in the words of the country where the television stands.
fn row(report: &Report) -> KeyRow {
    let words = match (report.event, &report.key, &report.chinese, &report.add) {
        (Event::Press, Some(key), Some(chinese), _) if !report.counts => {
            format!("{chinese} {key}（离上一下太近，不算）")
        }
        (Event::Held, Some(key), Some(chinese), _) => format!("{chinese} {key}（按住，只算一下）"),
        (Event::RunsOn, Some(key), Some(chinese), _) => format!("{chinese} {key}（按住，连着走）"),
        (_, Some(key), Some(chinese), _) => format!("{chinese} {key}"),
        (Event::Press, _, _, Some(add)) => format!("键表里没有。请添 [{}] {}", add.section, add.line),
        (Event::Held, ..) => "按住".into(),
        _ => "键表里没有，也没有名字".into(),
    };
    KeyRow { pressed: short(&report.pressed).into(), words: words.into(), known: report.key.is_some() }
}
