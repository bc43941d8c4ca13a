//! A shelf of courses: tiers as tabs, six cards a page.

use crate::{
    app::{
        Effect, Model,
        focus::{Way, along, in_grid},
        model::Page,
        screens::{self, Focusable, course, menu, picks, timetable},
    },
    catalogue::types::{Band, Course, CourseId, Form, Tier},
    remote::key::RemoteKey,
    store::types::StoreCommand,
};

pub const COLUMNS: usize = 2;
pub const PER_PAGE: usize = 6;

/// Which courses stand on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shelf {
    Bands(&'static str, &'static [Band]),
    LiveClasses,
    Favourites,
    /// 稍后学
    Later,
    /// What the box thinks suits.
    ForYou,
    /// 不感兴趣
    Declined,
}

impl Shelf {
    pub fn title(self) -> &'static str {
        match self {
            Self::Bands(title, _) => title,
            Self::LiveClasses => "直播课堂",
            Self::Favourites => "我的收藏",
            Self::Later => "稍后学",
            Self::ForYou => "为您推荐",
            Self::Declined => "不感兴趣的课",
        }
    }

    /// Only bands are split into tiers.
    pub fn has_tiers(self) -> bool {
        matches!(self, Self::Bands(..))
    }

    /// Above the cards of live lessons stands the way to their timetable.
    pub fn has_timetable(self) -> bool {
        self == Self::LiveClasses
    }

    fn holds(self, model: &Model, course: &Course) -> bool {
        match self {
            Self::Bands(_, bands) => bands.contains(&course.band),
            Self::LiveClasses => course.form == Form::Live || !course.live.is_empty(),
            Self::Favourites => model.user.favourite_courses.contains(&course.id),
            Self::Later => is_later(model, &course.id),
            Self::ForYou => picks::pick_of(model, &course.id).is_some(),
            Self::Declined => model.user.taste.declined.contains(&course.id),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Tabs,
    Cards,
}

/// The card is kept by its course, so that a refreshed catalogue does not move the focus.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CategoryPage {
    pub shelf: Shelf,
    pub tier: Tier,
    pub course: Option<CourseId>,
    pub spot: Spot,
}

pub fn open(model: &mut Model, shelf: Shelf) {
    // The first tier that has something: nobody should open a door and see an empty room.
    let tier = Tier::ALL.into_iter().find(|tier| !courses(model, shelf, *tier).is_empty()).unwrap_or(Tier::Beginner);
    screens::push(model, Page::Category(CategoryPage { shelf, tier, course: None, spot: Spot::Cards }));
}

pub fn courses(model: &Model, shelf: Shelf, tier: Tier) -> Vec<&Course> {
    if shelf == Shelf::ForYou {
        return picks::courses(model);
    }
    let all = model.catalogue.ready().map_or(&[][..], |c| &c.courses);
    all.iter().filter(|c| shelf.holds(model, c) && (!shelf.has_tiers() || c.tier == tier)).collect()
}

pub fn position(page: &CategoryPage, courses: &[&Course]) -> usize {
    courses.iter().position(|c| Some(&c.id) == page.course.as_ref()).unwrap_or(0)
}

/// What the one button of an empty shelf says and does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenEmpty {
    Loading,
    /// "这一级的课正在准备，先看看入门吧"
    LookAtBeginner,
    GoHome,
}

pub fn when_empty(model: &Model, page: &CategoryPage) -> WhenEmpty {
    if model.catalogue.ready().is_none() {
        WhenEmpty::Loading
    } else if page.shelf.has_tiers()
        && page.tier != Tier::Beginner
        && !courses(model, page.shelf, Tier::Beginner).is_empty()
    {
        WhenEmpty::LookAtBeginner
    } else {
        WhenEmpty::GoHome
    }
}

pub fn empty_button(model: &Model, page: &CategoryPage) -> &'static str {
    match when_empty(model, page) {
        WhenEmpty::LookAtBeginner => "看看入门",
        WhenEmpty::Loading | WhenEmpty::GoHome => "回主页",
    }
}

pub fn focusables(model: &Model, page: &CategoryPage) -> Vec<Focusable> {
    let mut all = Vec::new();
    if page.shelf.has_tiers() {
        all.extend(Tier::ALL.map(|t| Focusable::new(format!("category.tab.{}", t.name()), t.name())));
    }
    if page.shelf.has_timetable() {
        all.push(Focusable::new("category.timetable", "直播大课表"));
    }
    let courses = courses(model, page.shelf, page.tier);
    if courses.is_empty() {
        all.push(Focusable::new("category.empty", empty_button(model, page)));
    }
    let first = position(page, &courses) / PER_PAGE * PER_PAGE;
    let shown = courses.iter().skip(first).take(PER_PAGE);
    all.extend(shown.map(|c| Focusable::new(format!("category.{}", c.id.0), c.title.clone())));
    all
}

pub fn focus_id(model: &Model, page: &CategoryPage) -> String {
    let courses = courses(model, page.shelf, page.tier);
    match (page.spot, courses.get(position(page, &courses))) {
        (Spot::Tabs, _) if page.shelf.has_tiers() => format!("category.tab.{}", page.tier.name()),
        (Spot::Tabs, _) if page.shelf.has_timetable() => "category.timetable".into(),
        (_, Some(course)) => format!("category.{}", course.id.0),
        (_, None) => "category.empty".into(),
    }
}

pub fn key(model: &mut Model, mut page: CategoryPage, key: RemoteKey, effects: &mut Vec<Effect>) {
    let ids: Vec<CourseId> = courses(model, page.shelf, page.tier).iter().map(|c| c.id.clone()).collect();
    let at = ids.iter().position(|id| Some(id) == page.course.as_ref()).unwrap_or(0);
    match (page.spot, key) {
        (_, RemoteKey::Back) => return screens::back(model),
        (_, RemoteKey::Menu) => return menu::open(model),
        (_, RemoteKey::Yellow | RemoteKey::Favourite) if page.spot == Spot::Cards && !ids.is_empty() => {
            if let Some(id) = ids.get(at) {
                toggle_favourite(model, id, effects);
            }
            if page.shelf == Shelf::Favourites {
                page.course = ids.get(at + 1).or_else(|| ids.get(at.wrapping_sub(1))).cloned();
            }
        }
        (Spot::Cards, RemoteKey::Red) if matches!(page.shelf, Shelf::ForYou | Shelf::Declined) && !ids.is_empty() => {
            if let Some(id) = ids.get(at) {
                match page.shelf {
                    Shelf::ForYou => picks::decline(model, id, effects),
                    _ => picks::take_back(model, id, effects),
                }
            }
            page.course = ids.get(at + 1).or_else(|| ids.get(at.wrapping_sub(1))).cloned();
        }
        (Spot::Cards, RemoteKey::Ok) => {
            screens::press(model);
            return match ids.get(at) {
                Some(id) => {
                    page.course = Some(id.clone());
                    let id = id.clone();
                    put(model, page);
                    course::open(model, id);
                }
                None => match when_empty(model, &page) {
                    WhenEmpty::LookAtBeginner => {
                        page.tier = Tier::Beginner;
                        put(model, page);
                    }
                    WhenEmpty::Loading | WhenEmpty::GoHome => screens::go_home(model),
                },
            };
        }
        (Spot::Tabs, RemoteKey::Ok) if page.shelf.has_timetable() => {
            screens::press(model);
            return timetable::open(model);
        }
        (Spot::Tabs, RemoteKey::Left | RemoteKey::Right) if page.shelf.has_timetable() => {
            screens::nudge(model, if key == RemoteKey::Right { Way::Right } else { Way::Left });
        }
        (Spot::Tabs, RemoteKey::Ok | RemoteKey::Down) => page.spot = Spot::Cards,
        (Spot::Tabs, RemoteKey::Left | RemoteKey::Right) => {
            let forward = key == RemoteKey::Right;
            let tier = Tier::ALL.iter().position(|t| *t == page.tier).unwrap_or(0);
            match along(tier, Tier::ALL.len(), forward).and_then(|i| Tier::ALL.get(i)) {
                Some(tier) => {
                    page.tier = *tier;
                    page.course = None;
                }
                None => screens::nudge(model, if forward { Way::Right } else { Way::Left }),
            }
        }
        (Spot::Tabs, RemoteKey::Up) => screens::nudge(model, Way::Up),
        (Spot::Cards, RemoteKey::ChannelUp | RemoteKey::PageUp | RemoteKey::ChannelDown | RemoteKey::PageDown) => {
            let down = matches!(key, RemoteKey::ChannelDown | RemoteKey::PageDown);
            let pages = ids.len().div_ceil(PER_PAGE);
            match along(at / PER_PAGE, pages, down) {
                Some(to) => page.course = ids.get(to * PER_PAGE).cloned(),
                None => screens::nudge(model, if down { Way::Down } else { Way::Up }),
            }
        }
        (Spot::Cards, key) => match Way::from_key(key) {
            Some(way) => match in_grid(at, ids.len(), COLUMNS, way) {
                Some(next) => page.course = ids.get(next).cloned(),
                None if way == Way::Up && (page.shelf.has_tiers() || page.shelf.has_timetable()) => {
                    page.spot = Spot::Tabs
                }
                None => screens::nudge(model, way),
            },
            None => screens::useless_key(model),
        },
        (Spot::Tabs, _) => screens::useless_key(model),
    }
    put(model, page);
}

fn put(model: &mut Model, page: CategoryPage) {
    if let Some(Page::Category(top)) = model.stack.last_mut() {
        *top = page;
    }
}

pub fn toggle_favourite(model: &mut Model, id: &CourseId, effects: &mut Vec<Effect>) {
    let on = !model.user.favourite_courses.contains(id);
    if on {
        model.user.favourite_courses.push(id.clone());
        screens::toast(model, "check", "收藏好了，在“我的学习”里");
    } else {
        model.user.favourite_courses.retain(|c| c != id);
        screens::toast(model, "check", "不再收藏这门课了");
    }
    effects.push(Effect::Store(StoreCommand::SetFavouriteCourse { course: id.clone(), on }));
}

pub fn is_later(model: &Model, id: &CourseId) -> bool {
    model.user.settings.later.contains(id)
}

/// More than this is a shelf that nobody looks through.
const LATER_MOST: usize = 100;

pub fn toggle_later(model: &mut Model, id: &CourseId, effects: &mut Vec<Effect>) {
    let on = !is_later(model, id);
    let later = &mut model.user.settings.later;
    later.retain(|c| c != id);
    if on {
        later.insert(0, id.clone());
        later.truncate(LATER_MOST);
    }
    let words = if on { "放好了，在“我的学习”的稍后学里" } else { "从稍后学里拿掉了" };
    screens::toast(model, "check", words);
    effects.push(Effect::Store(StoreCommand::SaveSettings(model.user.settings.clone())));
}
