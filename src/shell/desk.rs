//! The UI thread's desk: takes what arrives, lets the core update, runs the effects and puts the model on the window.
//! It never waits for anything.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
    time::Duration,
};

use jinse_ui::{AppWindow, Bridge};
use slint::{ComponentHandle, Image, Timer, TimerMode};

use super::{
    clock::Clock,
    control::ControlServer,
    inbox::{Arrival, Inbox},
    paper,
    picture::{CoverRects, Way},
    pin::PinKeeper,
    record::Recorder,
    requests::Drawing,
    screen,
    services::Services,
    state::FocusRect,
};
use crate::{
    app::{Effect, Model, Msg, What, update},
    player::frames::FrameSink,
    remote::{
        hands::Hands,
        kernel_keys::{self, Fate, KernelKey},
        key::RemoteKey,
        keymap::Keymap,
    },
    store::types::StoreCommand,
    view::{self, Lists, Pictures},
};

thread_local! {
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
}

/// Calls `f` with the desk, where this thread has one and nobody is at it.
pub fn with<R>(f: impl FnOnce(&mut Desk) -> R) -> Option<R> {
    DESK.with(|desk| desk.try_borrow_mut().ok()?.as_mut().map(f))
}

pub fn open(desk: Desk) {
    DESK.with(|slot| *slot.borrow_mut() = Some(desk));
}

pub fn close() -> Option<Desk> {
    DESK.with(|slot| slot.borrow_mut().take())
}

pub struct Desk {
    pub window: AppWindow,
    pub model: Model,
    pub lists: Lists,
    pub pictures: Pictures,
    pub clock: Arc<Clock>,
    pub inbox: Inbox,
    pub frames: FrameSink,
    pub way: Way,
    pub covers: CoverRects,
    pub services: Services,
    pub hands: Hands,
    pub keymap: Keymap,
    pub pin: PinKeeper,
    pub recorder: Option<Recorder>,
    pub control: Option<ControlServer>,
    pub drawing: Drawing,
    pub focus_rect: Rc<Cell<FocusRect>>,
    /// How many controls have reported the focus since somebody began to count.
    pub focus_reports: Rc<Cell<u32>>,
    /// Stands in for every frame, where pictures are compared.
    pub still: Option<Image>,
    pub timer: Timer,
    pub place: Option<(u32, u32)>,
    /// The name of a sheet to be kept as soon as the page shows it bare.
    pub keeps_paper: Option<String>,
    pub quitting: bool,
    /// What this machine lacks; then the program ends.
    pub unfit: Option<String>,
}

impl Desk {
    /// Everything that waits in the inbox, and then one look at the window.
    pub fn take_arrivals(&mut self) {
        let mut changed = false;
        for arrival in self.inbox.take() {
            match arrival {
                Arrival::What(what) => {
                    self.message(what);
                    changed = true;
                }
                Arrival::Picture(picture) => {
                    self.pictures.put(picture);
                    changed = true;
                }
                Arrival::Control(request, reply) => {
                    self.request(request, reply);
                    changed = true;
                }
                Arrival::Frame => self.frame(),
                Arrival::Unfit(lacks) => {
                    self.unfit = Some(lacks);
                    let _ = slint::quit_event_loop();
                }
            }
        }
        if changed {
            self.refresh();
        }
    }

    /// One message through the core.
    pub fn message(&mut self, what: What) {
        let what = self.pin.hide(what, &self.model);
        let msg = Msg { at: self.clock.now(), what: self.clock.align(what) };
        if let Some(recorder) = &mut self.recorder
            && let Err(e) = recorder.write(&msg)
        {
            tracing::warn!("the recording ends here: {e}");
            self.recorder = None;
        }
        let mut kept = Vec::new();
        for effect in update(&mut self.model, msg) {
            match effect {
                Effect::Store(command) => kept.push(command),
                Effect::Quit => self.quitting = true,
                Effect::Pin(order) => {
                    let keep = self.pin.run(order, self.services.runtime.handle(), &self.inbox);
                    kept.extend(keep.map(StoreCommand::SavePin));
                }
                Effect::Learners(order) => {
                    // What comes before it is of whoever learns until then.
                    self.services.keep(std::mem::take(&mut kept));
                    self.services.run(Effect::Learners(order));
                }
                Effect::SavePaper { name } => self.keeps_paper = Some(name),
                other => self.services.run(other),
            }
        }
        // What one message brought about for one learner is on the disk together, or not at all.
        self.services.keep(kept);
        self.pin.settle();
        if self.quitting {
            let _ = slint::quit_event_loop();
        }
    }

    /// Puts the model on the window and sets the next wait.
    pub fn refresh(&mut self) {
        self.clear_stale_picture();
        self.pictures.now = self.clock.mono();
        view::show(&self.window, &self.lists, &mut self.pictures, &self.model);
        for key in self.pictures.take_missing() {
            self.services.fetch_picture(key, self.clock.now().utc);
        }
        self.keep_paper();
        self.arrange_picture();
        self.tell();
        self.set_timer();
    }

    fn keep_paper(&mut self) {
        let Some(name) = self.keeps_paper.take() else { return };
        // A learner's sheets lie with the learner's own data.
        let (inbox, folder) = (self.inbox.clone(), self.services.learners_folder().join(paper::FOLDER));
        match paper::sheet(self.window.window()) {
            // Packing and writing take their time, and this thread never waits for a disk.
            Ok(sheet) => drop(self.services.runtime.spawn_blocking(move || {
                let file = match paper::write(&sheet, &folder, &name) {
                    Ok(file) => Some(file.display().to_string()),
                    Err(e) => {
                        tracing::warn!("{}: {e}", folder.display());
                        None
                    }
                };
                inbox.say(What::PaperSaved(file));
            })),
            Err(e) => {
                tracing::warn!("{e}");
                inbox.say(What::PaperSaved(None));
            }
        }
    }

    fn set_timer(&self) {
        let next = [self.model.next_deadline(), self.hands.next_deadline(), self.pictures.next_retry()]
            .into_iter()
            .flatten()
            .min();
        match next {
            Some(at) => {
                let wait = Duration::from_millis(at.since(self.clock.mono()).max(1));
                self.timer.start(TimerMode::SingleShot, wait, || {
                    with(Desk::tick);
                });
            }
            None => self.timer.stop(),
        }
    }

    pub fn tick(&mut self) {
        let now = self.clock.mono();
        if let Some(press) = self.hands.tick(now) {
            self.message(What::Key(press));
        }
        self.message(What::Tick);
        self.refresh();
    }

    /// A key went down, by Slint's name for it.
    pub fn key_down(&mut self, text: &str) {
        match self.keymap.from_text(text) {
            Some(key) => self.remote_down(key),
            None => tracing::debug!("a key without a meaning: {:?}", text),
        }
    }

    pub fn key_up(&mut self, text: &str) {
        if let Some(key) = self.keymap.from_text(text) {
            self.remote_up(key);
        }
    }

    /// A key by the kernel's code, where there is no desktop. Whether it has been dealt with.
    pub fn kernel_key(&mut self, key: KernelKey) -> bool {
        match kernel_keys::fate(key.code, &self.keymap) {
            Fate::Means(meant) if key.down => self.remote_down(meant),
            Fate::Means(meant) => self.remote_up(meant),
            Fate::Dropped => {}
            Fate::Passed => return false,
        }
        true
    }

    pub fn remote_down(&mut self, key: RemoteKey) {
        if let Some(press) = self.hands.down(key, self.clock.mono()) {
            self.message(What::Key(press));
            self.refresh();
            screen::draw_soon(&self.window);
        } else {
            self.set_timer();
        }
    }

    pub fn remote_up(&mut self, key: RemoteKey) {
        self.hands.up(key, self.clock.mono());
        self.set_timer();
    }

    /// The newest frame, where it belongs to what plays.
    fn frame(&mut self) {
        let Some(frame) = self.frames.take() else { return };
        if frame.session != self.model.playback.session || self.model.playback.what.is_none() {
            return;
        }
        let bridge = self.window.global::<Bridge>();
        bridge.set_video(self.still.clone().unwrap_or_else(|| Image::from_rgb8(frame.pixels)));
        bridge.set_video_painted(true);
    }

    /// Nothing plays: the last frame must not come up again under the next page.
    fn clear_stale_picture(&self) {
        let bridge = self.window.global::<Bridge>();
        if self.model.playback.what.is_none() && bridge.get_video_painted() {
            bridge.set_video_painted(false);
            bridge.set_video(Image::default());
            self.frames.clear();
        }
    }

    /// Puts the picture where the page has it. True where that gave something free, which is then drawn again.
    pub fn arrange_picture(&mut self) -> bool {
        let moved = self.way.arrange(&self.window, &self.model, &self.covers);
        self.tell_place();
        moved
    }

    /// Tells the player the pixels of the picture's place.
    fn tell_place(&mut self) {
        let Some([_, _, width, height]) = view::video_place(&self.model) else { return };
        let scale = self.window.window().scale_factor();
        let pixels = |length: i32| ((length as f32 * scale).round() as u32).max(2);
        let place = (pixels(width), pixels(height));
        if self.place != Some(place) {
            self.place = Some(place);
            self.services.place(place.0, place.1);
        }
    }

    /// What must be written before the program ends.
    pub fn last_words(&mut self) -> Vec<StoreCommand> {
        let mut effects = Vec::new();
        crate::app::playback::save(&mut self.model, &mut effects);
        effects
            .into_iter()
            .filter_map(|e| match e {
                Effect::Store(command) => Some(command),
                _ => None,
            })
            .collect()
    }
}
