//! 找课程.

use jinse_ui::{Bridge, SearchBox, SearchData, SearchKey, SearchRow, Tag, TagTone};

use super::{Lists, Pictures, category, pictures::or_nothing, text};
use crate::{
    app::{
        Model, civil,
        screens::search::{self, Heading, KEYS, ROWS, Row, SearchPage, Spot},
    },
    catalogue::types::{Course, CourseId},
    guide::lineup::ChannelId,
    search::{Found, Kind, source::airing_of},
    view::live::span,
};

const POSTER: (u32, u32) = (240, 134);
/// A title longer than its line is cut here.
const TITLE_CHARS: usize = 19;

pub fn show(bridge: &Bridge, lists: &Lists, pictures: &mut Pictures, model: &Model, page: &SearchPage) {
    let rows = search::rows(model, page);
    let free = model.overlay.is_none();
    let spot = search::spot(page, rows.len());
    let heading = search::heading(page);
    let first = search::first(page, rows.len());
    let (title, side) = words(page, heading, rows.len(), !model.user.settings.searches.is_empty());
    let typed: Vec<String> = page.typed.chars().map(String::from).collect();
    let meant: Vec<String> = search::meant(page).chars().map(String::from).collect();
    bridge.set_search_box(SearchBox { typed: text(typed.join(" ")), meant: text(meant.join(" ")) });
    bridge.set_search(SearchData {
        title: text(title),
        side: text(side),
        help: page.help,
        words: text(match heading {
            _ if page.help || !rows.is_empty() => "",
            Heading::Start | Heading::Waiting => "课程正在路上，马上就好",
            _ => "没有找到，少按一个字试试",
        }),
        more_above: first > 0,
        more_below: first + ROWS < rows.len(),
    });
    let keys = (0..KEYS).map(|key| {
        let (sign, words) = search::key_words(key);
        SearchKey { sign: text(sign), words: text(words), focused: free && spot == Spot::Key(key) }
    });
    lists.search_keys.show(keys.collect());
    let shown = rows.iter().enumerate().skip(first).take(if page.help { 0 } else { ROWS });
    let rows = shown.map(|(i, row)| SearchRow { focused: free && spot == Spot::Row(i), ..draw(model, pictures, row) });
    lists.search_rows.show(rows.collect());
}

fn words(page: &SearchPage, heading: Heading, rows: usize, past: bool) -> (String, &'static str) {
    let side = match (page.spot, rows) {
        (_, 0) => "",
        (Spot::Key(_), _) => "按右键去选",
        (Spot::Row(_), _) => "按左键回去按字",
    };
    let title = match heading {
        _ if page.help => return ("怎么用".into(), "再按一次1收起"),
        Heading::Start | Heading::Waiting => if past { "找过的" } else { "大家常学的" }.into(),
        Heading::Found(count) => format!("找到{count}样"),
        Heading::Near => "没有正好的，看看这些".into(),
        Heading::Nothing => "没有找到，少按一个字试试".into(),
        Heading::Within => page.within.as_ref().map_or_else(String::new, |of| format!("{}的课", cut(&of.name, 12))),
    };
    (title, side)
}

fn cut(words: &str, chars: usize) -> String {
    if words.chars().count() <= chars {
        return words.to_owned();
    }
    words.chars().take(chars.saturating_sub(1)).chain(['…']).collect()
}

/// The title in at most five pieces: plain, found, plain, found, plain.
fn pieces(title: &str, matched: &[(u32, u32)]) -> [String; 5] {
    let title: Vec<char> = cut(title, TITLE_CHARS).chars().collect();
    let mut at = 0;
    let mut piece = |to: usize| {
        let piece: String = title.get(at..to.min(title.len())).unwrap_or_default().iter().collect();
        at = to.min(title.len()).max(at);
        piece
    };
    let mut ranges = matched.iter().map(|(from, to)| (*from as usize, *to as usize));
    let (a, b) = ranges.next().unwrap_or_default();
    let (c, d) = ranges.next().unwrap_or((b, b));
    [piece(a), piece(b), piece(c), piece(d), piece(usize::MAX)]
}

fn titled(title: &str, matched: &[(u32, u32)]) -> SearchRow {
    let [before, found, between, found_too, after] = pieces(title, matched);
    SearchRow {
        before: text(before),
        found: text(found),
        between: text(between),
        found_too: text(found_too),
        after: text(after),
        poster: or_nothing(None),
        ..SearchRow::default()
    }
}

fn draw(model: &Model, pictures: &mut Pictures, row: &Row) -> SearchRow {
    match row {
        Row::Past(past) => SearchRow {
            mark: text("clock"),
            tag: plain("找过"),
            note: text(past.typed.chars().map(String::from).collect::<Vec<_>>().join(" ")),
            ..titled(&past.title, &[])
        },
        Row::Course(id) => match course(model, id) {
            Some(course) => of_course(pictures, course, &[]),
            None => titled("课程", &[]),
        },
        Row::Found(found) => of_found(model, pictures, found),
    }
}

fn course<'a>(model: &'a Model, id: &CourseId) -> Option<&'a Course> {
    model.catalogue.ready()?.course(id)
}

fn plain(words: &str) -> Tag {
    Tag { text: text(words), tone: TagTone::Bronze, dot: false }
}

fn of_course(pictures: &mut Pictures, course: &Course, matched: &[(u32, u32)]) -> SearchRow {
    SearchRow {
        mark: text("book"),
        tag: category::tag(course.form),
        note: text(match course.lessons.len() {
            0 => course.provider.clone(),
            n => format!("{}　{n}课", course.provider),
        }),
        ..with_poster(pictures, course, titled(&course.title, matched))
    }
}

fn with_poster(pictures: &mut Pictures, course: &Course, row: SearchRow) -> SearchRow {
    let poster = pictures.get(course.poster.as_ref(), POSTER.0, POSTER.1);
    SearchRow { has_poster: poster.is_some(), poster: or_nothing(poster), ..row }
}

fn of_found(model: &Model, pictures: &mut Pictures, found: &Found) -> SearchRow {
    let row = titled(&found.title, &found.matched);
    match found.kind {
        Kind::Course => match course(model, &CourseId(found.id.clone())) {
            Some(course) => of_course(pictures, course, &found.matched),
            None => SearchRow { mark: text("book"), tag: plain("课程"), ..row },
        },
        Kind::Lesson => {
            let of = found.parent.clone().and_then(|id| course(model, &CourseId(id)));
            let note = of.map_or_else(String::new, |c| format!("在《{}》里", c.title));
            let row = SearchRow { mark: text("play"), tag: plain("一课"), note: text(note), ..row };
            match of {
                Some(course) => with_poster(pictures, course, row),
                None => row,
            }
        }
        Kind::Teacher | Kind::Provider => {
            let teacher = found.kind == Kind::Teacher;
            let all = model.catalogue.ready().map_or(&[][..], |c| &c.courses);
            let count = all.iter().filter(|c| found.id == *if teacher { &c.teacher } else { &c.provider }).count();
            SearchRow {
                mark: text(if teacher { "person" } else { "medal" }),
                tag: plain(if teacher { "老师" } else { "学校" }),
                note: text(format!("一共{count}门课")),
                ..row
            }
        }
        Kind::Channel => {
            let id = ChannelId(found.id.clone());
            let number = number(model, &id);
            let note = match model.now_next_of(&id).now {
                Some(on) => format!("正在播 {}", on.title),
                None => String::new(),
            };
            SearchRow { number: text(number), mark: text("tv"), tag: plain("频道"), note: text(note), ..row }
        }
        Kind::Programme => {
            let at = search::airing(model, &found.id);
            let channel = airing_of(&found.id).map(|(channel, _)| channel);
            let place = channel.as_ref().map_or_else(String::new, |id| {
                let channel = model.lineup.ready().and_then(|l| l.by_id(id));
                channel.map_or_else(String::new, |c| format!("{} {}", c.number, c.name))
            });
            let now = model.now.utc;
            let when = match &at {
                Some((_, p)) if p.is_on(now) => format!("正在播　{}", span(p, model)),
                Some((_, p)) => civil::ahead(p.start, now, &model.zone),
                None => String::new(),
            };
            let note = format!("{place}　{when}");
            SearchRow { mark: text("list"), tag: plain("节目"), note: text(note.trim()), ..row }
        }
        Kind::Title => row,
    }
}

fn number(model: &Model, id: &ChannelId) -> String {
    model.lineup.ready().and_then(|l| l.by_id(id)).map_or_else(String::new, |c| c.number.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_in_pieces() {
        assert_eq!(pieces("学太极拳吧", &[(1, 4)]), ["学", "太极拳", "", "", "吧"]);
        assert_eq!(pieces("太极", &[]), ["", "", "", "", "太极"]);
        assert_eq!(pieces("一二三四五", &[(0, 1), (3, 5)]), ["", "一", "二三", "四五", ""]);
        let long = "字".repeat(30);
        assert_eq!(pieces(&long, &[(25, 30)]).concat().chars().count(), TITLE_CHARS);
    }
}
