//! A sheet of paper over the whole page: a certificate or the archive of a year, one after another with 左右. 确认 keeps
//! it as a picture.

use std::collections::BTreeSet;

use crate::{
    app::{
        Effect, Model, civil,
        focus::{Way, along},
        model::Page,
        screens::{self, Focusable, menu},
    },
    learning::{
        archive::{self, Archive},
        credit::{self, Certificate},
    },
    remote::key::RemoteKey,
    time::UtcMs,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paper {
    /// Index into the certificates, newest first.
    Certificate(usize),
    Archive {
        year: i16,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaperPage {
    pub paper: Paper,
    /// Where the sheet that is shown was kept.
    pub kept: Option<String>,
}

pub fn open_certificates(model: &mut Model) {
    open(model, Paper::Certificate(0));
}

/// Of the present year; nobody knows which that is while the clock is wrong.
pub fn open_archive(model: &mut Model) {
    if model.clock_wrong {
        return screens::toast(model, "clock", "电视正在等时间，过一会儿再看");
    }
    let year = this_year(model);
    open(model, Paper::Archive { year });
}

fn this_year(model: &Model) -> i16 {
    civil::local(model.now.utc, &model.zone).year()
}

fn open(model: &mut Model, paper: Paper) {
    screens::push(model, Page::Paper(PaperPage { paper, kept: None }));
}

/// Years of which there is an archive, and the present one; the earliest first.
pub fn years(model: &Model) -> Vec<i16> {
    let year = |at: UtcMs| civil::local(at, &model.zone).year();
    let days = model.user.days.iter().filter(|(_, s)| *s > 0).filter_map(|(day, _)| Some(archive::date(*day)?.year()));
    let earned = model.user.credits.iter().map(|e| year(e.at));
    // A clock that was set back does not hide what was learnt after it.
    let all: BTreeSet<i16> = days.chain(earned).chain([this_year(model)]).collect();
    all.into_iter().collect()
}

/// The place of the sheet among those that 左右 turn over, and how many there are.
pub fn place(model: &Model, page: &PaperPage) -> (usize, usize) {
    match page.paper {
        Paper::Certificate(_) => certificate(model, page).map_or((0, 0), |(_, at, count)| (at, count)),
        Paper::Archive { year } => {
            let years = years(model);
            (years.partition_point(|y| *y < year), years.len())
        }
    }
}

/// The certificate that the page shows, its place and how many there are.
pub fn certificate<'a>(model: &'a Model, page: &PaperPage) -> Option<(Certificate<'a>, usize, usize)> {
    let Paper::Certificate(at) = page.paper else { return None };
    let all = credit::certificates(&model.user.credits);
    let at = at.min(all.len().saturating_sub(1));
    all.get(at).map(|c| (*c, at, all.len()))
}

/// Whether there is a sheet at all.
pub fn is_blank(model: &Model, page: &PaperPage) -> bool {
    match page.paper {
        Paper::Certificate(_) => model.user.credits.is_empty(),
        Paper::Archive { year } => archive(model, year).is_empty(),
    }
}

pub fn archive(model: &Model, year: i16) -> Archive {
    let middle = archive::middle(year).unwrap_or(model.now.utc);
    Archive::of(&model.user, year, model.zone.offset_s(middle))
}

/// In place of a sheet.
pub fn blank_words(page: &PaperPage) -> &'static str {
    match page.paper {
        Paper::Certificate(_) => "还没有证书，学完一门课就有了",
        // Only the present year has a page before anything was learnt in it.
        Paper::Archive { .. } => "今年还没有学过，什么时候开始都好",
    }
}

/// The page's heading.
pub fn heading(page: &PaperPage) -> String {
    match page.paper {
        Paper::Certificate(_) => "我的证书".into(),
        Paper::Archive { year } => format!("{year}年学习档案"),
    }
}

pub fn focusable(model: &Model, page: &PaperPage) -> Focusable {
    let label = match certificate(model, page) {
        Some((Certificate::Course(e), ..)) => format!("《{}》结业证书", e.title),
        Some((Certificate::Ladder(name, _), ..)) => format!("“{name}”阶梯证书"),
        None if is_blank(model, page) => blank_words(page).into(),
        None => heading(page),
    };
    Focusable::new("paper", label)
}

pub fn key(model: &mut Model, page: PaperPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    match key {
        RemoteKey::Back => screens::back(model),
        RemoteKey::Menu => menu::open(model),
        RemoteKey::Ok if is_blank(model, &page) => screens::back(model),
        RemoteKey::Ok => effects.push(Effect::SavePaper { name: file_name(model, &page) }),
        _ => match Way::from_key(key) {
            Some(way @ (Way::Left | Way::Right)) => match turned(model, &page, way == Way::Right) {
                Some(paper) => put(model, PaperPage { paper, kept: None }),
                None => screens::nudge(model, way),
            },
            Some(way) => screens::nudge(model, way),
            None => screens::useless_key(model),
        },
    }
}

/// The sheet beside this one.
fn turned(model: &Model, page: &PaperPage, forward: bool) -> Option<Paper> {
    let (at, count) = place(model, page);
    let to = along(at, count, forward)?;
    Some(match page.paper {
        Paper::Certificate(_) => Paper::Certificate(to),
        Paper::Archive { .. } => Paper::Archive { year: *years(model).get(to)? },
    })
}

fn put(model: &mut Model, page: PaperPage) {
    if let Some(Page::Paper(top)) = model.stack.last_mut() {
        *top = page;
    }
}

/// The same sheet always goes into the same file.
fn file_name(model: &Model, page: &PaperPage) -> String {
    match (certificate(model, page), page.paper) {
        (Some((Certificate::Course(e), ..)), _) => format!("证书-{}", e.title),
        (Some((Certificate::Ladder(name, _), ..)), _) => format!("证书-阶梯-{name}"),
        (None, Paper::Archive { year }) => format!("学习档案-{year}"),
        (None, Paper::Certificate(_)) => "证书".into(),
    }
}

pub fn saved(model: &mut Model, file: Option<String>) {
    match file {
        Some(file) => {
            if let Some(Page::Paper(page)) = model.stack.last_mut() {
                page.kept = Some(file);
            }
            screens::toast(model, "check", "存好了，是一张图片");
        }
        None => screens::toast(model, "info", "没有存成，盘可能满了"),
    }
}
