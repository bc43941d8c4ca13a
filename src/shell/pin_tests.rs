//! The PIN through the shell: what is recorded, what is kept, and that a recording plays again.

use std::{
    sync::mpsc,
    time::{Duration, Instant},
};

use super::*;
use crate::{
    app::{Effect, Msg, msg::Boot, update},
    guide::lineup::{Channel, ChannelId, ChannelNumber, Lineup, MediaSource},
    shell::{
        inbox::Arrival,
        record::{self, Recorder},
    },
    time::{MonoMs, Now, UtcMs},
};

fn lineup() -> Lineup {
    let channel = Channel {
        id: ChannelId("c1".into()),
        number: ChannelNumber(1),
        name: "台".into(),
        groups: vec![],
        logo: None,
        sources: vec![MediaSource { url: "http://op.example/1.m3u8".into(), headers: vec![] }],
        catchup: None,
        epg_id: None,
        epg_name: None,
        radio: false,
    };
    Lineup { channels: vec![channel].into(), guides: vec![] }
}

/// What the desk does with messages, without a window.
struct Desk {
    model: Model,
    keeper: PinKeeper,
    recorder: Recorder,
    inbox: Inbox,
    called: mpsc::Receiver<()>,
    workers: tokio::runtime::Runtime,
    kept: Vec<PinSeal>,
    mono: u64,
}

impl Desk {
    fn message(&mut self, what: What) {
        self.mono += 100;
        let at = Now { utc: UtcMs(1_795_515_120_000), mono: MonoMs(self.mono) };
        let msg = Msg { at, what: self.keeper.hide(what, &self.model) };
        self.recorder.write(&msg).unwrap();
        for effect in update(&mut self.model, msg) {
            if let Effect::Pin(order) = effect {
                self.kept.extend(self.keeper.run(order, self.workers.handle(), &self.inbox));
            }
        }
        self.keeper.settle();
    }

    fn press(&mut self, key: RemoteKey) {
        self.message(What::Key(Press { key, repeat: false }));
    }

    fn digits(&mut self, digits: &[u8]) {
        for digit in digits {
            self.press(RemoteKey::digit(*digit).unwrap());
        }
    }

    /// The worker's answer.
    fn answer(&mut self) {
        let until = Instant::now() + Duration::from_secs(60);
        self.called.recv_timeout(until - Instant::now()).expect("an answer of the worker");
        for arrival in self.inbox.take() {
            if let Arrival::What(what) = arrival {
                self.message(what);
            }
        }
    }

    fn focus(&self) -> String {
        record::summary(&self.model)
    }
}

#[test]
fn a_recording_tells_no_digit_of_the_pin_and_plays_again() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("session.jsonl");
    let (call, called) = mpsc::channel();
    let mut desk = Desk {
        model: Model::default(),
        keeper: PinKeeper::default(),
        recorder: Recorder::create(&path).unwrap(),
        inbox: Inbox::new(move || {
            let _ = call.send(());
        }),
        called,
        workers: tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap(),
        kept: Vec::new(),
        mono: 0,
    };
    desk.message(What::Boot(Box::new(Boot { lineup: Some(lineup()), ..Boot::default() })));
    // 菜单 → 这个频道… → 给这个频道上锁
    for key in [RemoteKey::Live, RemoteKey::Menu, RemoteKey::Down, RemoteKey::Down, RemoteKey::Down, RemoteKey::Ok] {
        desk.press(key);
    }
    desk.press(RemoteKey::Down);
    desk.press(RemoteKey::Ok);
    assert_eq!(desk.focus(), "live pin");
    desk.digits(&[7, 0, 9, 6]);
    desk.digits(&[7, 0, 9, 6]);
    desk.answer();
    assert_eq!(desk.focus(), "live live");
    assert_eq!(desk.kept.len(), 1);
    assert!(desk.kept[0].opens(&[7, 0, 9, 6]));
    // At rest it closes; the wrong one and the right one.
    desk.press(RemoteKey::Power);
    desk.press(RemoteKey::Ok);
    desk.press(RemoteKey::Live);
    assert_eq!(desk.focus(), "live pin");
    desk.digits(&[7, 0, 9, 5]);
    // What is pressed meanwhile belongs to nothing.
    desk.digits(&[8, 8]);
    desk.answer();
    assert_eq!(desk.focus(), "live pin");
    desk.digits(&[7, 0]);
    desk.press(RemoteKey::Left);
    desk.digits(&[7, 0, 9, 6]);
    desk.answer();
    assert_eq!(desk.focus(), "live live");

    let recorded = std::fs::read_to_string(&path).unwrap();
    assert!(!recorded.contains("digit"), "{recorded}");
    assert!(!recorded.contains("pbkdf2"), "{recorded}");
    assert_eq!(recorded.matches("PinDigit").count(), 4 + 4 + 4 + 2 + 2 + 4);
    let again = record::replay(&path, |msg, model, effects| {
        let told = format!("{msg:?} {model:?} {effects:?}");
        assert!(!told.contains("pbkdf2"), "{told}");
    })
    .unwrap();
    assert_eq!(again, desk.model);
}
