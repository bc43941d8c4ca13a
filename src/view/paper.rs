//! A certificate or the archive of a year as a sheet of paper.

use jinse_ui::{Bridge, DayBar, PaperData};

use super::{Lists, share, text};
use crate::{
    app::{
        Model, civil,
        screens::paper::{self, Paper, PaperPage},
    },
    learning::{
        archive::{Archive, CourseRecord},
        credit::{Certificate, Earned, tenths},
    },
    time::{UtcMs, Zone},
};

/// Where the sheet lies on the page: x, y, width, height in the pixels of the look. What of the page is kept.
pub const SHEET: [u32; 4] = [300, 36, 1320, 900];
/// Rows of courses that a sheet has room for.
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
            show_archive(lists, &archive);
            archive_data(&archive, model.learners.roster.now_name())
        }
    };
    let (at, count) = paper::place(model, page);
    if count > 1 {
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
        date: text(day(earned.at, &model.zone)),
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

fn day(at: UtcMs, zone: &Zone) -> String {
    let t = civil::local(at, zone);
    format!("{}年{}月{}日", t.year(), t.month(), t.day())
}

/// Puts an archive alone on the page, as `export` does.
pub fn show_archive_page(bridge: &Bridge, lists: &Lists, archive: &Archive, name: &str) {
    bridge.set_page(jinse_ui::Page::Paper);
    show_archive(lists, archive);
    bridge.set_paper(archive_data(archive, name));
}

fn archive_data(archive: &Archive, name: &str) -> PaperData {
    let minutes = archive.seconds.div_ceil(60);
    let time = match (minutes / 60, minutes % 60) {
        (0, m) => format!("{m}分钟"),
        (h, 0) => format!("{h}小时"),
        (h, m) => format!("{h}小时{m}分"),
    };
    PaperData {
        archive: true,
        title: text(format!("{}年学习档案", archive.year)),
        name: text(name),
        line1: text(format!("学了{}天　{time}　得{}学分", archive.days_learnt, tenths(archive.credit_tenths))),
        line2: text(match archive.courses.len() {
            0 => "还没有学完的课，慢慢来".into(),
            n => format!("学完{n}门课"),
        }),
        note: text(NOTE),
        ..PaperData::default()
    }
}

fn show_archive(lists: &Lists, archive: &Archive) {
    let most = archive.month_seconds.iter().copied().max().unwrap_or(0).max(1);
    let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    let months = archive.month_seconds.iter().enumerate().map(|(i, s)| DayBar {
        label: text(format!("{}月", i + 1)),
        words: text(if *s == 0 { String::new() } else { s.div_ceil(60).to_string() }),
        height: share(signed(*s), signed(most)),
        today: false,
    });
    lists.paper_months.show(months.collect());
    lists.paper_rows.show(course_rows(archive).iter().map(text).collect());
}

/// The latest first. Where not all fit, the last row says how many there are besides.
fn course_rows(archive: &Archive) -> Vec<String> {
    let count = archive.courses.len();
    let shown = if count > ROWS { ROWS - 1 } else { count };
    let zone = Zone::fixed(archive.zone_offset_s);
    let row = |c: &CourseRecord| {
        let t = civil::local(c.earned.at, &zone);
        let credits = tenths(c.earned.credit_tenths);
        format!("{}月{}日　{}　{credits}学分　{}", t.month(), t.day(), c.earned.title, c.earned.provider)
    };
    let more = (count > shown).then(|| format!("还有{}门，都记在这台电视上", count - shown));
    archive.courses.iter().rev().take(shown).map(row).chain(more).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalogue::types::CourseId, learning::credit::Proof, store::types::UserData};

    #[test]
    fn what_does_not_fit_on_the_sheet_is_counted() {
        let earned = |n: usize| Earned {
            course: CourseId(n.to_string()),
            title: format!("课{n}"),
            provider: "学院".into(),
            credit_tenths: 5,
            hours_tenths: 0,
            at: UtcMs(1_795_515_120_000),
            proof: Proof::default(),
            climbed: None,
        };
        let rows = |count: usize| {
            let user = UserData { credits: (1..=count).map(earned).collect(), ..UserData::default() };
            course_rows(&Archive::of(&user, 2026, 8 * 3600))
        };
        assert_eq!(rows(1), ["11月24日　课1　0.5学分　学院"]);
        assert_eq!(rows(4).len(), 4);
        let seven = rows(7);
        assert_eq!((seven.len(), seven[0].as_str()), (4, "11月24日　课7　0.5学分　学院"));
        assert_eq!(seven[3], "还有4门，都记在这台电视上");
    }
}
