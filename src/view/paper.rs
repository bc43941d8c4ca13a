//! A certificate or the archive of a year as a sheet of paper.

use jinse_ui::{Bridge, DayBar, PaperData};

use super::{Lists, share, text};
use crate::{
    app::{
        Model, civil,
        screens::paper::{self, Paper, PaperPage},
    },
    learning::{
        archive::Archive,
        credit::{Certificate, Earned, tenths},
    },
    time::UtcMs,
};

/// Where the sheet lies on the page: x, y, width, height in the pixels of the look. What of the page is kept.
pub const SHEET: [u32; 4] = [300, 36, 1320, 900];
/// Courses that a sheet has room for.
const ROWS: usize = 4;
const NOTE: &str = "由看过的时间和答过的题算出，可以再算一遍";

pub fn show(bridge: &Bridge, lists: &Lists, model: &Model, page: &PaperPage) {
    let mut data = match page.paper {
        _ if paper::is_blank(model, page) => {
            PaperData { words: text(paper::blank_words(page)), ..PaperData::default() }
        }
        Paper::Certificate(_) => certificate(model, page),
        Paper::Archive { year } => {
            let archive = paper::archive(model, year);
            show_archive(bridge, lists, &archive);
            return keep(bridge, archive_data(&archive, model.learners.roster.now_name()), page);
        }
    };
    if let Some((_, at, count)) = paper::certificate(model, page).filter(|(.., count)| *count > 1) {
        data.place = text(format!("{} / {count}", at + 1));
    }
    keep(bridge, data, page);
}

fn keep(bridge: &Bridge, mut data: PaperData, page: &PaperPage) {
    data.kept = text(page.kept.as_ref().map_or(String::new(), |file| format!("存在\n{file}")));
    bridge.set_paper(data);
}

fn certificate(model: &Model, page: &PaperPage) -> PaperData {
    let Some((certificate, ..)) = paper::certificate(model, page) else { return PaperData::default() };
    let (title, subject, line1, line2, earned) = match certificate {
        Certificate::Course(e) => ("结业证书", format!("《{}》", e.title), "学完了课程", sum(e), e),
        Certificate::Ladder(name, e) => {
            ("阶梯证书", format!("“{name}”"), "一步一步，学完了阶梯", format!("最后一步《{}》", e.title), e)
        }
    };
    PaperData {
        title: text(title),
        name: text(model.learners.roster.now_name()),
        line1: text(line1),
        subject: text(subject),
        line2: text(line2),
        provider: text(&earned.provider),
        date: text(day(earned.at, model.zone_offset_s)),
        note: text(NOTE),
        ..PaperData::default()
    }
}

/// `共2课　3学时　得1.5学分`
fn sum(earned: &Earned) -> String {
    let lessons = format!("共{}课", earned.proof.lessons.len());
    let hours = (earned.hours_tenths > 0).then(|| format!("{}学时", tenths(earned.hours_tenths)));
    let credits = (earned.credit_tenths > 0).then(|| format!("得{}学分", tenths(earned.credit_tenths)));
    [Some(lessons), hours, credits].into_iter().flatten().collect::<Vec<_>>().join("　")
}

fn day(at: UtcMs, offset_s: i32) -> String {
    let t = civil::local(at, offset_s);
    format!("{}年{}月{}日", t.year(), t.month(), t.day())
}

/// Puts an archive alone on the page, as `export` does.
pub fn show_archive_page(bridge: &Bridge, lists: &Lists, archive: &Archive, name: &str) {
    bridge.set_page(jinse_ui::Page::Paper);
    show_archive(bridge, lists, archive);
    bridge.set_paper(archive_data(archive, name));
}

fn archive_data(archive: &Archive, name: &str) -> PaperData {
    let minutes = archive.seconds.div_ceil(60);
    let time = match (minutes / 60, minutes % 60) {
        (0, m) => format!("{m}分钟"),
        (h, 0) => format!("{h}小时"),
        (h, m) => format!("{h}小时{m}分"),
    };
    let courses = archive.courses.len();
    let more = if courses > ROWS { format!("，这里是最近的{ROWS}门") } else { String::new() };
    PaperData {
        archive: true,
        title: text(format!("{}年学习档案", archive.year)),
        name: text(name),
        line1: text(format!("学了{}天　{time}　得{}学分", archive.days_learnt, tenths(archive.credit_tenths))),
        line2: text(match courses {
            0 => "还没有学完的课，慢慢来".into(),
            n => format!("学完{n}门课{more}"),
        }),
        note: text(NOTE),
        ..PaperData::default()
    }
}

fn show_archive(_bridge: &Bridge, lists: &Lists, archive: &Archive) {
    let most = archive.month_seconds.iter().copied().max().unwrap_or(0).max(1);
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let months = archive.month_seconds.iter().enumerate().map(|(i, s)| DayBar {
        label: text(format!("{}月", i + 1)),
        words: text(if *s == 0 { String::new() } else { s.div_ceil(60).to_string() }),
        height: share(signed(*s), signed(most)),
        today: false,
    });
    lists.paper_months.show(months.collect());
    let rows = archive.courses.iter().rev().take(ROWS).map(|c| {
        let t = civil::local(c.earned.at, archive.zone_offset_s);
        let credits = tenths(c.earned.credit_tenths);
        text(format!("{}月{}日　{}　{credits}学分　{}", t.month(), t.day(), c.earned.title, c.earned.provider))
    });
    lists.paper_rows.show(rows.collect());
}
