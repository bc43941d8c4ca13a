//! Pages about one thing of a course, what it is at the right and what can be done at the left: the wait for a live
//! lesson, and where a course is held. And the timetable, which leads to the first.

use std::cell::RefCell;

use fast_qr::QRBuilder;
use jinse_ui::{Action, Bridge, HistoryData, HistoryRow, ProgrammeData, Tag, TagTone};
use slint::{Image, Rgb8Pixel, SharedPixelBuffer};

use super::{Lists, pictures::or_nothing, text};
use crate::app::{
    Model, civil, focus,
    screens::{
        timetable::{self, ROWS, Standing, TimetablePage},
        visit::{self, VisitPage},
        waiting::{self, WaitingPage},
    },
};

/// White around the code, in cells: readers look for it.
const MARGIN_CELLS: usize = 4;
/// The code is as large as whole pixels a cell allow inside this edge, so that nothing scales it.
const EDGE_PX: usize = 380;

fn tag(standing: Standing) -> Tag {
    let tone = match standing {
        Standing::Live => TagTone::Red,
        Standing::Bookable | Standing::Over => TagTone::Bronze,
        Standing::Booked => TagTone::Indigo,
        Standing::Recorded => TagTone::Jade,
    };
    Tag { text: text(standing.tag()), tone, dot: standing == Standing::Live }
}

pub fn show_timetable(bridge: &Bridge, lists: &Lists, model: &Model, page: &TimetablePage) {
    let rows = timetable::rows(model);
    let at = timetable::spot(model, page, &rows);
    let top = focus::scroll(at, rows.len(), ROWS);
    let free = model.overlay.is_none();
    let lines = rows.iter().enumerate().skip(top).take(ROWS).map(|(i, (course, session))| HistoryRow {
        title: text(&session.title),
        detail: text(&course.title),
        time: text(civil::ahead(session.start, model.now.utc, &model.zone)),
        state: text(session.place.as_deref().unwrap_or("")),
        tag: tag(timetable::standing(model, course, session)),
        focused: free && i == at,
    });
    lists.history.show(lines.collect());
    let today = rows.iter().filter(|(_, s)| timetable::of_today(model, s)).count();
    let empty = rows.is_empty();
    bridge.set_history(HistoryData {
        title: text("直播大课表"),
        summary: text(if empty { String::new() } else { format!("今天{today}节　这一周{}节", rows.len()) }),
        empty_words: text(match (empty, model.clock_wrong) {
            (false, _) => "",
            (true, true) => "电视正在等时间，等一等再看",
            (true, false) => "这一周没有直播课，过两天再来看看",
        }),
        empty_button: text(if empty { "回上一页" } else { "" }),
        empty_focused: empty && free,
        more_above: top > 0,
        more_below: top + ROWS < rows.len(),
    });
}

pub fn show_waiting(bridge: &Bridge, lists: &Lists, model: &Model, page: &WaitingPage) {
    let found = waiting::of(model, page);
    let time = found.map_or(String::new(), |(_, s)| {
        format!("{}—{}", civil::ahead(s.start, model.now.utc, &model.zone), civil::time(s.end, &model.zone))
    });
    let about = found.map_or(String::new(), |(c, s)| {
        let place = s.place.as_ref().map(|p| format!("在{p}上课，电视上一起看。\n\n"));
        format!("{}{}", place.unwrap_or_default(), c.summary)
    });
    bridge.set_programme(ProgrammeData {
        heading: text("直播课堂"),
        channel: text(found.map_or("", |(c, _)| &c.provider)),
        title: text(found.map_or("这节课现在没有了", |(_, s)| &s.title)),
        series: text(found.map_or("", |(c, _)| &c.title)),
        time: text(waiting::words(model, page)),
        side: text(time),
        about: text(about),
        qr: or_nothing(None),
        ..ProgrammeData::default()
    });
    let all = waiting::buttons(model, page);
    let at = waiting::spot(page, &all);
    show_buttons(lists, model, at, all.iter().map(|b| (b.id(), b.label(), b.icon())));
}

pub fn show_visit(bridge: &Bridge, lists: &Lists, model: &Model, page: &VisitPage) {
    let course = visit::course(model, page);
    let venue = course.and_then(|c| c.venue.as_ref());
    let about = match (venue, course) {
        (Some(v), _) => {
            let page = v.page.as_ref().map_or("", |_| "\n\n用手机扫一扫，接着看怎么去。");
            format!("{}\n\n{}\n\n{}{page}", v.times, v.address, v.transport)
        }
        (None, Some(c)) => c.summary.clone(),
        (None, None) => String::new(),
    };
    let qr = venue.and_then(|v| code(v.page.as_ref()?));
    bridge.set_programme(ProgrammeData {
        heading: text(course.and_then(visit::door).unwrap_or("到现场上课")),
        channel: text(course.map_or("", |c| &c.provider)),
        title: text(course.map_or("这门课现在没有了", |c| &c.title)),
        series: text(if venue.is_some() { "在哪里上课，怎么去" } else { "" }),
        time: text(visit::words(model, page)),
        about: text(about),
        has_qr: qr.is_some(),
        qr: or_nothing(qr),
        ..ProgrammeData::default()
    });
    let all = visit::buttons(model, page);
    let at = visit::spot(page, &all);
    show_buttons(lists, model, at, all.iter().map(|b| (b.id(), b.label(), b.icon())));
}

fn show_buttons<'a>(
    lists: &Lists,
    model: &Model,
    at: usize,
    buttons: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) {
    let actions = buttons.enumerate().map(|(i, (id, label, icon))| Action {
        id: text(id),
        label: text(label),
        icon: text(icon),
        note: text(""),
        focused: model.overlay.is_none() && i == at,
        enabled: true,
    });
    lists.programme_buttons.show(actions.collect());
}

thread_local! {
    /// The last code drawn: the same image again draws nothing again.
    static DRAWN: RefCell<Option<(String, Option<Image>)>> = const { RefCell::new(None) };
}

/// Black on white; none where the address is too long to be read from a sofa.
fn code(address: &str) -> Option<Image> {
    DRAWN.with_borrow_mut(|drawn| match drawn {
        Some((of, image)) if of == address => image.clone(),
        _ => {
            let image = pixels(address).map(Image::from_rgb8);
            *drawn = Some((address.to_owned(), image.clone()));
            image
        }
    })
}

fn pixels(address: &str) -> Option<SharedPixelBuffer<Rgb8Pixel>> {
    let code = QRBuilder::new(address).build().ok()?;
    let cells = code.size + 2 * MARGIN_CELLS;
    let scale = EDGE_PX / cells;
    // Cells smaller than this blur into one another three metres away.
    if scale < 4 {
        return None;
    }
    let edge = cells * scale;
    let side = u32::try_from(edge).ok()?;
    let mut buffer = SharedPixelBuffer::<Rgb8Pixel>::new(side, side);
    for (i, pixel) in buffer.make_mut_slice().iter_mut().enumerate() {
        let cell = |at: usize| (at / scale).checked_sub(MARGIN_CELLS).filter(|c| *c < code.size);
        let dark = match (cell(i / edge), cell(i % edge)) {
            (Some(y), Some(x)) => code.data.get(y * code.size + x).is_some_and(|m| m.value()),
            _ => false,
        };
        let tone = if dark { 0 } else { 255 };
        *pixel = Rgb8Pixel { r: tone, g: tone, b: tone };
    }
    Some(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_margin_and_whole_pixels() {
        let buffer = pixels("https://school.example/p/1").unwrap();
        let edge = buffer.width() as usize;
        assert!(edge <= EDGE_PX && buffer.height() as usize == edge);
        let dark = |x: usize, y: usize| buffer.as_slice()[y * edge + x].r == 0;
        let first = (0..edge).find(|i| dark(*i, *i)).unwrap();
        assert_eq!(first % MARGIN_CELLS, 0);
        let scale = first / MARGIN_CELLS;
        assert_eq!(edge % scale, 0);
        assert!((0..edge).all(|i| !dark(i, first - 1) && !dark(first - 1, i)), "the margin is white");
        // The finder's upper edge: seven cells.
        assert!((0..7 * scale).all(|i| dark(first + i, first)) && !dark(first + 7 * scale, first));
    }
}
