//! The one place where the model changes: a message in, effects out.

use crate::{
    app::{
        Effect, Model, Msg, What, civil, credit, enrolment, learners, lock,
        model::{Loadable, Overlay, Page, Power},
        msg::Boot,
        playback::{self, Playing},
        records, reminders,
        screens::{
            self, bookings, category, channels, course, dialog, guide, history, home, interests, learning,
            lesson::{self, LessonPage, Target},
            live, menu, names, number, paper, part, past, picks, pin, programme, quiz, replay, search, settings, shift,
            survey, timetable, trouble, visit, waiting,
        },
        speech, words,
    },
    guide::{
        lineup::{ChannelId, Lineup},
        programme::NowNext,
    },
    player::types::Phase,
    remote::{hands::Press, key::RemoteKey},
    time::{MonoMs, Zone},
};

/// A channel's now and next are asked for again after this.
const GUIDE_AGES_MS: u64 = 60_000;
/// Rows around the focus that are asked about ahead of need.
const GUIDE_AHEAD: usize = 12;
/// Answers of the guide that are kept without looking at their age: a few hundred kilobytes.
const GUIDE_KEPT: usize = 512;

pub fn update(model: &mut Model, msg: Msg) -> Vec<Effect> {
    let mut effects = Vec::new();
    model.now = msg.at;
    let before = (model.stack.len(), model.overlay.is_some());
    let heard_at = speech::Place::of(model);
    let pressed = if let What::Key(press) = &msg.what { Some(press.key) } else { None };
    // A learner who comes may have finished something that the catalogue has learnt to count meanwhile.
    let all_anew = matches!(msg.what, What::Boot(_) | What::Catalogue(_) | What::ClockSet | What::LearnerRead { .. });
    match msg.what {
        What::Boot(boot) => begin(model, *boot, &mut effects),
        What::Key(press) => key(model, press, &mut effects),
        What::PinDigit => {
            model.last_key = model.now.mono;
            model.toast = None;
            pin::digit(model, &mut effects);
        }
        What::Pin(answer) => pin::answered(model, answer, &mut effects),
        What::Tick => {}
        What::Lineup(lineup) => {
            take_lineup(model, lineup);
            search::world_changed(model, &mut effects);
        }
        What::LineupFailed => {
            if model.lineup.ready().is_none() {
                model.lineup = Loadable::Failed;
            }
        }
        What::Catalogue(catalogue) => {
            model.catalogue = Loadable::Ready(catalogue);
            reminders::catalogue_changed(model, &mut effects);
            search::world_changed(model, &mut effects);
        }
        What::CatalogueFailed => {
            if model.catalogue.ready().is_none() {
                model.catalogue = Loadable::Failed;
            }
        }
        What::NowNext(rows) => {
            take_now_next(model, rows);
            search::world_changed(model, &mut effects);
        }
        What::Found { number, answer } => search::found(model, number, answer),
        What::Day { channel, from, programmes } => {
            let day = civil::day_number(from, &model.zone);
            if civil::day_begins(day, &model.zone) == from {
                model.programmes.put(channel, day, programmes);
            } else {
                reminders::looked_up(model, &channel, from, &programmes, &mut effects);
            }
        }
        What::ClockSet => clock_set(model, &mut effects),
        What::GuideImported => {
            model.guide_asked.clear();
            model.programmes.age();
            reminders::guide_changed(model, &mut effects);
        }
        What::Player(session, event) => playback::player_event(model, session, event, &mut effects),
        What::Subtitles { session, cues } => {
            if session == model.playback.session {
                model.playback.cues = cues;
            }
        }
        What::Store(notice) => screens::toast(model, "info", words::store_notice(&notice)),
        What::LearnerRead { ask, user, notices } => {
            learners::read(model, ask, user.map(|user| *user), &notices, &mut effects);
        }
        What::LearnerRemoved { learner, gone } => learners::removed(model, learner, gone, &mut effects),
        What::Enrolment { learner, course, wish, reply } => {
            if learner == model.user.settings.learner {
                enrolment::answered(model, &course, wish, reply, &mut effects);
            }
        }
        What::Records { learner, standing } => records::told(model, learner, standing),
        What::PaperSaved(file) => paper::saved(model, file),
        What::CannotSpeak => speech::missing(model, &mut effects),
        What::Network(up) => network(model, up, &mut effects),
        What::CloseWindow => effects.push(Effect::Quit),
    }
    // Between screens is the time to look what suits: it goes through the whole catalogue.
    if all_anew || before != (model.stack.len(), model.overlay.is_some()) {
        picks::refresh(model);
    }
    if model.power != Power::Starting {
        tick(model, &mut effects);
        playback::reconcile(model, &mut effects);
        ask_guide(model, &mut effects);
        credit::settle(model, all_anew, &mut effects);
        records::follow(model, &mut effects);
        if effects.contains(&Effect::Quit) || model.power == Power::Standby {
            model.overlay = None;
        }
        speech::follow(model, heard_at, pressed, &mut effects);
    }
    effects
}

fn begin(model: &mut Model, boot: Boot, effects: &mut Vec<Effect>) {
    model.power = Power::On;
    model.user = boot.user;
    model.learners.roster = boot.roster;
    model.zone = boot.zone.unwrap_or(Zone::fixed(boot.zone_offset_s));
    model.clock_wrong = boot.clock_wrong;
    model.place = boot.place;
    model.service_phone = boot.service_phone;
    model.records = boot.records.map(records::Records::new);
    model.last_key = model.now.mono;
    model.channel = model.user.last_channel.clone();
    // The network may have been quicker than the start, and knows better than the cache.
    if let Some(catalogue) = boot.catalogue.filter(|_| model.catalogue.ready().is_none()) {
        model.catalogue = Loadable::Ready(catalogue);
    }
    if let Some(lineup) = model.lineup.ready().cloned().or(boot.lineup) {
        take_lineup(model, lineup);
    }
    if let Some(notice) = boot.notices.first() {
        screens::toast(model, "info", words::store_notice(notice));
    }
    effects.extend([Effect::RefreshLineup, Effect::RefreshCatalogue]);
}

/// What was asked and noted by the wrong time counts no more.
fn clock_set(model: &mut Model, effects: &mut Vec<Effect>) {
    if std::mem::take(&mut model.clock_wrong) {
        // By that clock no certificate was valid yet.
        ask_again(model, effects);
    }
    playback::clock_set(model, effects);
    model.now_next.clear();
    model.guide_asked.clear();
    model.programmes.clear();
    guide::clock_set(model);
}

/// An empty lineup never replaces one that works.
fn take_lineup(model: &mut Model, lineup: Lineup) {
    if lineup.channels.is_empty() {
        return;
    }
    let known = model.channel.as_ref().is_some_and(|id| lineup.by_id(id).is_some());
    if !known {
        model.channel = lineup.channels.first().map(|c| c.id.clone());
    }
    let sources = |model: &Model| model.current_channel().map(|c| c.sources.clone());
    let before = sources(model);
    model.lineup = Loadable::Ready(lineup);
    if before.is_some() && before != sources(model) && matches!(model.playback.what, Some(Playing::Channel(_))) {
        // The cached addresses are out of date; a picture that runs may finish on them.
        if !model.playback.is_moving() {
            model.playback.what = None;
        }
    }
    model.guide_asked.clear();
    model.programmes.age();
    channels::lineup_changed(model);
}

/// What was scrolled past long ago is forgotten: a lineup may have more channels than the memory has room for titles.
fn take_now_next(model: &mut Model, rows: Vec<(ChannelId, NowNext)>) {
    model.now_next.extend(rows);
    if model.now_next.len() > GUIDE_KEPT {
        let now = model.now.mono;
        // Twice the age: what is in sight has been asked for again before it goes.
        model.guide_asked.retain(|_, at| now.since(*at) < 2 * GUIDE_AGES_MS);
        model.now_next.retain(|id, _| model.guide_asked.contains_key(id));
    }
}

fn network(model: &mut Model, up: bool, effects: &mut Vec<Effect>) {
    let came_back = up && !model.network_up;
    model.network_up = up;
    if came_back {
        enrolment::network_back(model);
        ask_again(model, effects);
    }
}

/// What could not be had may be there now.
fn ask_again(model: &Model, effects: &mut Vec<Effect>) {
    effects.extend([Effect::RefreshLineup, Effect::RefreshCatalogue]);
    if trouble::cause(model).is_some() {
        effects.push(Effect::Player(crate::player::types::PlayerCommand::RetryNow(model.playback.session)));
    }
}

fn key(model: &mut Model, press: Press, effects: &mut Vec<Effect>) {
    model.last_key = model.now.mono;
    model.runs_until = press.repeat.then(|| model.now.mono.plus(playback::RUN_RESTS_MS));
    match model.power {
        Power::Starting => return,
        Power::Standby => {
            model.power = Power::On;
            screens::go_home(model);
            return;
        }
        Power::On => {}
    }
    model.toast = None;
    if reminders::takes(model, press.key, effects) {
        return;
    }
    match press.key {
        RemoteKey::Home => return screens::go_home(model),
        RemoteKey::Live => {
            if matches!(model.page(), Page::Live) {
                shift::to_live(model, effects);
            }
            return screens::go_live(model);
        }
        // On the guide itself it changes the form.
        RemoteKey::Guide if model.overlay.is_some() || !matches!(model.page(), Page::Guide(_)) => {
            return guide::open(model);
        }
        RemoteKey::Search => return search::open(model, effects),
        RemoteKey::Power => {
            playback::save(model, effects);
            screens::go_home(model);
            model.power = Power::Standby;
            return;
        }
        _ => {}
    }
    match model.overlay.clone() {
        Some(Overlay::Channels(list)) => channels::key(model, list, press.key, effects),
        Some(Overlay::Number(entry)) => number::key(model, entry, press.key, effects),
        Some(Overlay::NoNumber(no)) => number::no_number_key(model, no, press.key, effects),
        Some(Overlay::Menu(open)) => menu::key(model, open, press.key, effects),
        Some(Overlay::Dialog(open)) => dialog::key(model, open, press.key, effects),
        Some(Overlay::Pin(card)) => pin::key(model, card, press.key, effects),
        Some(Overlay::Trouble(focus)) => trouble::key(model, focus, press.key, effects),
        None => match model.page().clone() {
            Page::Home(_) => home::key(model, press.key, effects),
            Page::Live => live::key(model, press, effects),
            Page::Category(page) => category::key(model, page, press.key, effects),
            Page::Course(page) => course::key(model, page, press.key, effects),
            Page::Lesson(page) => lesson::key(model, page, press, effects),
            Page::Learning(focus) => learning::key(model, focus, press.key),
            Page::History(page) => history::key(model, page, press.key, effects),
            Page::Guide(page) => guide::key(model, page, press.key, effects),
            Page::Programme(page) => programme::key(model, page, press.key, effects),
            Page::Bookings(page) => bookings::key(model, &page, press.key, effects),
            Page::Quiz(page) => quiz::key(model, page, press.key, effects),
            Page::Part(page) => part::key(model, page, press.key, effects),
            Page::Search(page) => search::key(model, page, press.key, effects),
            Page::Timetable(page) => timetable::key(model, &page, press.key, effects),
            Page::Waiting(page) => waiting::key(model, &page, press.key, effects),
            Page::Visit(page) => visit::key(model, &page, press.key, effects),
            Page::Interests(page) => interests::key(model, page, press.key, effects),
            Page::Learners(page) => screens::learners::key(model, page, press.key, effects),
            Page::Names(page) => names::key(model, page, press.key, effects),
            Page::Survey(page) => survey::key(model, page, press.key, effects),
            Page::Paper(page) => paper::key(model, page, press.key, effects),
            Page::Settings(page) => settings::key(model, page, press.key, effects),
        },
    }
    // Any key restarts the banner's time, but only those that mean it bring it up.
    if model.banner_until.is_some() && matches!(model.page(), Page::Live) {
        live::show_banner(model);
    }
}

/// Everything that time alone brings about. Runs after each message, so that no wait depends on a tick's punctuality.
fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let now = model.now.mono;
    past::tick(model, effects);
    let channel = matches!(model.playback.what, Some(Playing::Channel(_) | Playing::Past { .. }));
    if channel && !matches!(model.page(), Page::Live) && shift::is_paused(model) {
        // Elsewhere the picture is a window into what is on now.
        shift::to_live(model, effects);
    }
    if model.toast.as_ref().is_some_and(|t| now >= t.until) {
        model.toast = None;
    }
    if model.nudge.is_some_and(|n| now >= n.until) {
        model.nudge = None;
    }
    if model.pressed_until.is_some_and(|until| now >= until) {
        model.pressed_until = None;
    }
    lock::tick(model);
    if model.power == Power::On {
        number::tick(model, effects);
        channels::tick(model);
        home::tick(model);
        live::tick(model);
        lesson::tick(model);
        pin::tick(model, effects);
        part::tick(model, effects);
        quiz::tick(model, effects);
        survey::tick(model, effects);
        trouble::tick(model);
        waiting::tick(model);
    }
    enrolment::tick(model, effects);
    reminders::tick(model, effects);
}

/// Asks for what the channels in sight show now, once a minute each.
fn ask_guide(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.power != Power::On || model.lineup.ready().is_none() || model.clock_wrong {
        return;
    }
    let days = match model.page() {
        Page::Guide(page) => guide::wanted(model, page),
        Page::Lesson(LessonPage { target: Target::Replay(replay), .. }) => replay::wanted(model, replay),
        _ => Vec::new(),
    };
    for (channel, day) in days {
        if model.programmes.ask(&channel, day, model.now.mono) {
            let begins = |day| civil::day_begins(day, &model.zone);
            effects.push(Effect::AskDay { channel, from: begins(day), to: begins(day.saturating_add(1)) });
        }
    }
    let mut ids: Vec<ChannelId> = Vec::new();
    match &model.overlay {
        Some(Overlay::Channels(list)) => {
            let members = channels::members(model, &list.group);
            let at = channels::position(list, &members);
            let top = at.saturating_sub(GUIDE_AHEAD);
            ids.extend((top..top + 2 * GUIDE_AHEAD).filter_map(|i| members.get(i)).map(|c| c.id.clone()));
        }
        Some(Overlay::Number(entry)) => ids.extend(number::matching(model, entry).map(|c| c.id.clone())),
        _ => {}
    }
    if matches!(model.page(), Page::Home(_) | Page::Live) {
        ids.extend(model.channel.clone());
    }
    if matches!(model.page(), Page::Search(_)) {
        ids.extend(search::asked(model).cloned());
    }
    let now = model.now.mono;
    ids.retain(|id| model.guide_asked.get(id).is_none_or(|at| now.since(*at) >= GUIDE_AGES_MS));
    if ids.is_empty() {
        return;
    }
    model.guide_asked.extend(ids.iter().map(|id| (id.clone(), now)));
    effects.push(Effect::AskGuide { channels: ids, at: model.now.utc });
}

impl Model {
    /// When the model wants to hear of the time again; the shell sends a `Tick` then and at no other time.
    pub fn next_deadline(&self) -> Option<MonoMs> {
        if self.power == Power::Starting {
            return None;
        }
        let now = self.now.mono;
        let mut at = vec![self.next_minute()];
        at.extend(self.toast.as_ref().map(|t| t.until));
        at.extend(self.nudge.map(|n| n.until));
        at.extend(self.pressed_until);
        if self.power == Power::On {
            at.extend(past::next_deadline(self));
            at.extend(self.runs_until);
            at.extend(reminders::next_deadline(self));
            at.extend(enrolment::next_deadline(self).filter(|_| self.network_up));
            if let Page::Waiting(page) = self.page() {
                at.extend(waiting::next_deadline(self, page));
            }
            if matches!(self.page(), Page::Guide(_)) {
                at.extend(self.programmes.next_deadline(now));
            }
            at.extend(self.banner_until.filter(|_| matches!(self.page(), Page::Live)));
            match (&self.overlay, self.page()) {
                // The bar of the wait moves in steps that a calm eye does not see as jumps.
                (Some(Overlay::Number(entry)), _) => at.push(now.plus(250).min(entry.since.plus(number::WAIT_MS))),
                (Some(Overlay::Channels(_)), Page::Live) => at.push(channels::preview_at(self)),
                (Some(Overlay::Trouble(_)), _) => at.push(now.plus(1_000)),
                // The wait is said in seconds.
                (Some(Overlay::Pin(_)), _) => at.extend(self.lock.wait_ms(now).map(|ms| now.plus(ms.min(1_000)))),
                (None, Page::Home(_)) => at.push(self.last_key.plus(home::IDLE_TO_LIVE_MS)),
                (None, Page::Learning(_)) => at.push(self.last_key.plus(survey::QUIET_MS)),
                (None, Page::Lesson(page)) => match page.layer {
                    lesson::Layer::Bar { until, .. } => at.push(until),
                    lesson::Layer::End { next_at: Some(next), .. } => at.push(now.plus(1_000).min(next)),
                    _ => {}
                },
                _ => {}
            }
            if !self.playback.is_moving() && self.playback.phase != Phase::Idle {
                at.push(self.playback.moved_at.plus(trouble::AFTER_MS));
                at.push(self.playback.opened_at.plus(live::OPENING_WORDS_MS));
                at.push(self.playback.opened_at.plus(live::LATE_WORDS_MS));
            }
        }
        // A deadline that has passed without an effect (a seek at a standstill, say) must not spin.
        at.into_iter().filter(|t| *t > now).min()
    }

    fn next_minute(&self) -> MonoMs {
        let into = u64::try_from(self.now.utc.0.rem_euclid(60_000)).unwrap_or(0);
        self.now.mono.plus(60_000 - into)
    }
}
