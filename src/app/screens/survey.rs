//! 需求调研: a few questions of the school, offered on 我的学习 and after a lesson, at most once a week, never twice,
//! refused for good with one key. One question at a time; leaving keeps what was answered.

use crate::{
    app::{
        Effect, Model, civil,
        focus::Way,
        model::Page,
        records,
        screens::{self, Focusable, dialog, menu, quiz},
    },
    learning::survey::{self, Survey, SurveyAnswer, SurveyId, SurveyQuestion},
    remote::key::RemoteKey,
    store::types::StoreCommand,
};

/// So long after the last key.
pub const QUIET_MS: u64 = 2_000;
/// On a page deeper than this, one question more would put Home out of reach of six presses of 返回.
const DEEPEST: usize = 4;

/// The survey is kept whole: a catalogue that comes meanwhile takes nothing from under the viewer's eyes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SurveyPage {
    pub survey: Survey,
    /// Past the last one: thanks.
    pub at: usize,
    pub focus: usize,
}

impl SurveyPage {
    pub fn question(&self) -> Option<&SurveyQuestion> {
        self.survey.questions.get(self.at)
    }

    pub fn options(&self) -> Vec<String> {
        self.question().map(SurveyQuestion::options).unwrap_or_default()
    }
}

/// 我的学习 is quiet once hands rest there: whoever only passes is on the way somewhere.
pub fn tick(model: &mut Model, effects: &mut Vec<Effect>) {
    let rests = model.now.mono.since(model.last_key) >= QUIET_MS;
    if rests && matches!(model.page(), Page::Learning(_)) {
        offer(model, effects);
    }
}

/// A lesson was seen to its end and left, or its questions are done: the course's page that lies below is quiet, too. Home is not, since live runs
/// there, nor is a page that the viewer has opened to go somewhere.
pub fn after_lesson(model: &mut Model, effects: &mut Vec<Effect>) {
    if matches!(model.page(), Page::Course(_)) && model.stack.len() <= DEEPEST {
        offer(model, effects);
    }
}

/// What was offered counts as offered, whatever the answer.
fn offer(model: &mut Model, effects: &mut Vec<Effect>) {
    if model.clock_wrong || model.overlay.is_some() || model.call.is_some() {
        return;
    }
    let Some(catalogue) = model.catalogue.ready().filter(|c| !c.surveys.is_empty()) else { return };
    let settings = &model.user.settings;
    let first_day = model.user.days.first().map(|(day, _)| *day);
    let today = civil::day_number(model.now.utc, &model.zone);
    let (offered, now) = (&settings.surveys_offered, model.now.utc);
    let due = survey::due(&catalogue.surveys, offered, settings.surveys_refused, first_day, today, now);
    let Some((id, count)) = due.map(|s| (s.id.clone(), s.questions.len())) else { return };
    model.user.settings.surveys_offered.push((id.clone(), now));
    save(model, effects);
    dialog::offer_survey(model, id, count);
}

fn save(model: &Model, effects: &mut Vec<Effect>) {
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}

/// "以后都不问"
pub fn refuse(model: &mut Model, effects: &mut Vec<Effect>) {
    model.user.settings.surveys_refused = true;
    save(model, effects);
    screens::toast(model, "check", "好，以后都不问了");
}

pub fn open(model: &mut Model, id: &SurveyId) {
    let found = model.catalogue.ready().and_then(|c| c.surveys.iter().find(|s| s.id == *id)).cloned();
    if let Some(survey) = found {
        screens::push(model, Page::Survey(SurveyPage { survey, at: 0, focus: 0 }));
    }
}

pub fn focusables(page: &SurveyPage) -> Vec<Focusable> {
    if page.question().is_none() {
        return vec![Focusable::new("survey.done", "好的")];
    }
    let options = page.options();
    options.into_iter().enumerate().map(|(i, o)| Focusable::new(format!("survey.{i}"), o)).collect()
}

pub fn focus_id(page: &SurveyPage) -> String {
    if page.question().is_none() { "survey.done".into() } else { format!("survey.{}", page.focus) }
}

pub fn key(model: &mut Model, mut page: SurveyPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let count = page.options().len();
    match key {
        RemoteKey::Back => return screens::back(model),
        RemoteKey::Menu => return menu::open(model),
        RemoteKey::Ok if page.question().is_none() => {
            screens::press(model);
            return screens::back(model);
        }
        RemoteKey::Ok => {
            screens::press(model);
            return answer(model, page, effects);
        }
        RemoteKey::Digit(digit) if count > 0 => match usize::from(digit.get()).checked_sub(1).filter(|i| *i < count) {
            Some(focus) => {
                page.focus = focus;
                return answer(model, page, effects);
            }
            None => return screens::toast(model, "info", format!("请按1到{count}里的一个")),
        },
        _ => {}
    }
    match Way::from_key(key) {
        Some(way) => match crate::app::focus::in_grid(page.focus, count.max(1), quiz::columns(count), way) {
            Some(focus) => {
                page.focus = focus;
                put(model, page);
            }
            None => screens::nudge(model, way),
        },
        None => screens::useless_key(model),
    }
}

fn answer(model: &mut Model, mut page: SurveyPage, effects: &mut Vec<Effect>) {
    let Some(question) = page.question() else { return };
    let answer = SurveyAnswer {
        survey: page.survey.id.clone(),
        question: question.id.clone(),
        answer: u32::try_from(page.focus).unwrap_or(u32::MAX).saturating_add(1),
        at: model.now.utc,
    };
    records::survey_answered(model, &page.survey, question, &answer, effects);
    let command = StoreCommand::SaveSurveyAnswer(answer);
    model.user.apply(&command);
    effects.push(Effect::Store(command));
    page.at += 1;
    page.focus = 0;
    put(model, page);
}

fn put(model: &mut Model, page: SurveyPage) {
    if let Some(Page::Survey(top)) = model.stack.last_mut() {
        *top = page;
    }
}
