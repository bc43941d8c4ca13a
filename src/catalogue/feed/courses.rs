//! What becomes of a feed: an item is a lesson, and lessons of one category are a course; those without one are the
//! channel's own course. An item that cannot be used is left out and reported.

use std::collections::{HashMap, HashSet, hash_map::Entry};

use url::Url;

use super::{
    FeedDefaults,
    read::{Category, Content, Feed, Item},
};
use crate::{
    catalogue::{
        format::{
            address::{self, Use},
            fault::Faults,
            fields::{
                BANDS, FORMS, ID_MAX_CHARS, LESSON_MAX_S, MAX_LESSONS, NAME_MAX_CHARS, SUMMARY_MAX_CHARS, TIERS,
                TITLE_MAX_CHARS,
            },
        },
        types::{Band, Course, CourseId, Lesson, LessonId, SubtitleTrack, Tier},
    },
    files::checksum,
    guide::lineup::MediaSource,
};

/// Renditions that are worth trying one after another.
const MAX_SOURCES: usize = 4;
/// A box shows no more lines than this; what is larger comes last.
const MAX_HEIGHT: u32 = 1_080;
/// Words by which a category or a title tells its band. The most telling come first.
const BAND_WORDS: [(Band, &[&str]); 6] = [
    (Band::FraudSafety, &["防骗", "反诈", "诈骗", "fraud"]),
    (Band::Digital, &["智能", "手机", "电脑", "数码", "上网", "technology", "digital"]),
    (Band::Health, &["健康", "养生", "保健", "医", "太极", "健身", "health", "fitness"]),
    (
        Band::Arts,
        &["艺术", "书法", "书画", "绘画", "国画", "音乐", "声乐", "合唱", "舞蹈", "摄影", "戏曲", "art", "music"],
    ),
    (Band::Culture, &["文化", "历史", "文学", "诗词", "语言", "外语", "culture", "history", "language"]),
    (Band::Life, &["生活", "烹饪", "美食", "手工", "园艺", "家政", "法律", "理财", "life", "food"]),
];
const TIER_WORDS: [(Tier, &[&str]); 3] = [
    (Tier::Advanced, &["提高", "高级", "advanced"]),
    (Tier::Intermediate, &["进阶", "中级", "intermediate"]),
    (Tier::Beginner, &["入门", "初级", "基础", "零基础", "beginner"]),
];
const TEACHERS: [&str; 7] = ["teacher", "instructor", "lecturer", "presenter", "host", "anchor person", "author"];
const PUBLISHERS: [&str; 4] = ["publishing company", "distribution company", "production department", "producer"];

/// A course in the making.
struct Group {
    name: Option<String>,
    summary: String,
    items: Vec<(Item, Lesson)>,
}

pub(super) fn of(feed: Feed, source: &str, base: &Url, defaults: FeedDefaults, faults: &mut Faults) -> Vec<Course> {
    let Feed { title, description, publisher, image, categories, items, cut } = feed;
    if cut {
        faults.error(
            source,
            &"channel",
            format!("has more items than are read ({}); the rest is left out", items.len()),
        );
    }
    let image = picture(&image, base);
    let mut places: HashMap<Option<String>, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    let mut seen = HashSet::new();
    for (i, item) in items.into_iter().enumerate() {
        let path = format!("item[{i}] (line {})", item.line);
        let Some(lesson) = lesson(&item, base, source, &path, faults) else { continue };
        let name = course_name(&item.categories);
        let place = match places.entry(name) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(free) => {
                let name = free.key().clone();
                let summary = if name.is_some() { plain(&item.description) } else { plain(&description) };
                groups.push(Group { name, summary, items: Vec::new() });
                *free.insert(groups.len() - 1)
            }
        };
        if !seen.insert((place, lesson.id.clone())) {
            faults.error(source, &path, format!("its guid \"{}\" is used twice", lesson.id.0));
            continue;
        }
        let Some(group) = groups.get_mut(place) else { continue };
        if group.items.len() < MAX_LESSONS {
            group.items.push((item, lesson));
        } else if group.items.len() == MAX_LESSONS {
            faults.error(source, &path, format!("a course has at most {MAX_LESSONS} lessons; the rest is left out"));
        }
    }
    let channel =
        Channel { title: cut_to(&plain(&title), TITLE_MAX_CHARS), publisher: plain(&publisher), image, categories };
    groups.into_iter().map(|group| channel.course(group, base, defaults)).collect()
}

struct Channel {
    title: String,
    publisher: String,
    image: Option<String>,
    categories: Vec<Category>,
}

impl Channel {
    fn course(&self, group: Group, base: &Url, defaults: FeedDefaults) -> Course {
        let Group { name, summary, mut items } = group;
        in_order(&mut items);
        let title = name.clone().unwrap_or_else(|| self.title.clone());
        let title = if title.is_empty() { base.host_str().unwrap_or("视频").to_owned() } else { title };
        let own = || items.iter().flat_map(|(item, _)| &item.categories);
        let words = || {
            let title = std::iter::once(title.as_str());
            title.chain(own().map(|c| c.text.as_str())).chain(self.categories.iter().map(|c| c.text.as_str()))
        };
        let exact = |c: &Category| c.text.trim().to_owned();
        let all = || own().chain(&self.categories).map(exact);
        let band = all().find_map(|word| of_table(&BANDS, &word)).or_else(|| told(&BAND_WORDS, words()));
        let tier = all().find_map(|word| of_table(&TIERS, &word)).or_else(|| told(&TIER_WORDS, words().take(1)));
        let form = all().find_map(|word| of_table(&FORMS, &word));
        let credit = |roles: &[&str]| {
            let mut credits = items.iter().flat_map(|(item, _)| &item.credits);
            credits.find(|c| roles.contains(&c.role.as_str())).map(|c| c.name.clone())
        };
        let author = || items.iter().map(|(item, _)| person(&item.author)).find(|a| !a.is_empty());
        let teacher = credit(&TEACHERS).or_else(author).unwrap_or_default();
        let provider = credit(&PUBLISHERS).or_else(|| Some(self.publisher.clone()).filter(|p| !p.is_empty()));
        let poster = items.iter().find_map(|(item, _)| picture(&item.thumbnail, base)).or_else(|| self.image.clone());
        Course {
            provider: cut_to(&person(&provider.unwrap_or_else(|| self.title.clone())), NAME_MAX_CHARS),
            teacher: cut_to(&teacher, NAME_MAX_CHARS),
            summary: cut_to(&summary, SUMMARY_MAX_CHARS),
            poster,
            lessons: items.into_iter().map(|(_, lesson)| lesson).collect(),
            ..Course::new(
                CourseId(course_id(name.as_deref())),
                cut_to(&title, TITLE_MAX_CHARS),
                band.unwrap_or(defaults.band),
                tier.unwrap_or(defaults.tier),
                form.unwrap_or(defaults.form),
            )
        }
    }
}

/// Feeds name the newest first; a course begins at its beginning. Where not every item says when or which, the feed's
/// own order stays.
fn in_order(items: &mut [(Item, Lesson)]) {
    if items.iter().all(|(item, _)| item.episode.is_some()) {
        items.sort_by_key(|(item, _)| item.episode);
    } else if items.iter().all(|(item, _)| item.published.is_some()) {
        items.sort_by_key(|(item, _)| item.published);
    }
}

/// A category whose scheme ends in "course" names the course; else the first of RSS's own that is no word for a band, a
/// tier or a form.
fn course_name(categories: &[Category]) -> Option<String> {
    let named = categories.iter().find(|c| c.scheme.to_lowercase().ends_with("course"));
    let plain_word = |c: &&Category| {
        let word = c.text.trim();
        c.scheme.is_empty()
            && of_table(&BANDS, word).is_none()
            && of_table(&TIERS, word).is_none()
            && of_table(&FORMS, word).is_none()
    };
    let found = named.or_else(|| categories.iter().find(plain_word))?;
    Some(cut_to(&plain(&found.text), TITLE_MAX_CHARS)).filter(|name| !name.is_empty())
}

/// Stable as long as the category keeps its name: progress hangs on it.
fn course_id(name: Option<&str>) -> String {
    name.map_or_else(|| "feed".to_owned(), |name| short_id(&format!("feed/{name}")))
}

/// Long ids keep their beginning, and a checksum of the whole.
fn short_id(id: &str) -> String {
    if id.chars().count() <= ID_MAX_CHARS {
        return id.to_owned();
    }
    format!("{}~{:08x}", cut_to(id, ID_MAX_CHARS - 9), checksum(id.as_bytes()))
}

fn lesson(item: &Item, base: &Url, source: &str, path: &str, faults: &mut Faults) -> Option<Lesson> {
    let title = cut_to(&plain(&item.title), TITLE_MAX_CHARS);
    if title.is_empty() {
        faults.error(source, &path, "has no title");
        return None;
    }
    let mut contents: Vec<&Content> = item.contents.iter().filter(|c| is_lesson(c)).collect();
    contents.sort_by_key(|c| rank(c));
    let mut sources: Vec<MediaSource> = Vec::new();
    for content in &contents {
        match address::resolve(content.url.trim(), base, Use::Media) {
            Ok(url) if sources.iter().any(|s| s.url == url.as_str()) => {}
            Ok(url) => sources.push(MediaSource { url: url.into(), headers: Vec::new() }),
            Err(what) => faults.error(source, &format!("{path}.content"), what),
        }
    }
    sources.truncate(MAX_SOURCES);
    let Some(first) = sources.first() else {
        faults.error(source, &path, "has no video or sound that can be used");
        return None;
    };
    let guid = if item.guid.trim().is_empty() { first.url.clone() } else { item.guid.trim().to_owned() };
    let written = contents.iter().map(|c| c.duration.as_str()).chain([item.duration.as_str()]);
    let duration_s = written.filter_map(seconds).find(|s| (1..=LESSON_MAX_S).contains(s));
    if duration_s.is_none() {
        faults.warning(source, &path, "has no duration: it is known when it is first watched");
    }
    let mut subtitles = Vec::new();
    for subtitle in &item.subtitles {
        let (kind, url) = (subtitle.kind.to_lowercase(), subtitle.url.to_lowercase());
        let readable =
            ["vtt", "srt", "subrip"].iter().any(|k| kind.contains(k)) || url.ends_with(".vtt") || url.ends_with(".srt");
        match address::resolve(subtitle.url.trim(), base, Use::Document) {
            Ok(url) if readable => {
                let lang = if subtitle.lang.is_empty() { "zh" } else { clip_lang(&subtitle.lang) };
                subtitles.push(SubtitleTrack { lang: lang.into(), label: lang.into(), url: url.into() });
            }
            Ok(_) => faults.warning(source, &format!("{path}.subTitle"), "is neither WebVTT nor SRT; left out"),
            Err(what) => faults.error(source, &format!("{path}.subTitle"), what),
        }
    }
    Some(Lesson {
        id: LessonId(short_id(&guid)),
        title,
        duration_s: duration_s.unwrap_or(0),
        sources,
        subtitles,
        chapter: None,
        quiz: None,
    })
}

fn clip_lang(lang: &str) -> &str {
    crate::guide::formats::clip(lang, 35)
}

/// Video and sound; pictures, documents and samples are not.
fn is_lesson(content: &Content) -> bool {
    let medium = match content.medium.as_str() {
        "" => None,
        medium => Some(matches!(medium, "video" | "audio")),
    };
    let kind = content.kind.as_str();
    let of_kind = kind.is_empty() || kind.starts_with("video/") || kind.starts_with("audio/") || is_playlist(kind);
    !content.is_sample && !content.url.trim().is_empty() && medium.unwrap_or(true) && of_kind
}

fn is_playlist(kind: &str) -> bool {
    kind.contains("mpegurl")
}

/// Lower is tried earlier: the feed's own choice, then a playlist with its renditions, then the largest that fits.
fn rank(content: &Content) -> (bool, bool, bool, u32) {
    let playlist = is_playlist(&content.kind) || content.url.contains(".m3u8");
    let size = content.height.max(content.bitrate / 10);
    (!content.is_default, !playlist, content.height > MAX_HEIGHT, u32::MAX - size)
}

/// "754", "12:34", "0:12:34", "754.2".
fn seconds(text: &str) -> Option<u32> {
    let mut total: f64 = 0.0;
    for (i, part) in text.trim().split(':').enumerate() {
        let number: f64 = part.trim().parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
        if i > 2 {
            return None;
        }
        total = total * 60.0 + number;
    }
    (total <= f64::from(u32::MAX)).then(|| total.round() as u32)
}

fn picture(url: &str, base: &Url) -> Option<String> {
    if url.is_empty() { None } else { address::resolve(url.trim(), base, Use::Document).ok().map(Into::into) }
}

/// Text without tags, in one line.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for c in text.chars() {
        match c {
            '<' => inside = true,
            '>' if inside => {
                inside = false;
                out.push(' ');
            }
            _ if inside => {}
            c if c.is_control() || c.is_whitespace() => out.push(' '),
            c => out.push(c),
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// RSS writes "address (name)"; a viewer is shown the name.
fn person(text: &str) -> String {
    let text = plain(text);
    let name = text.split_once('(').and_then(|(before, rest)| {
        let name = rest.strip_suffix(')')?;
        before.contains('@').then(|| name.trim().to_owned())
    });
    name.unwrap_or_else(|| if text.contains('@') { String::new() } else { text })
}

fn cut_to(text: &str, chars: usize) -> String {
    text.chars().take(chars).collect()
}

fn of_table<T: Copy>(table: &[(&str, T)], word: &str) -> Option<T> {
    table.iter().find(|(name, _)| *name == word).map(|(_, value)| *value)
}

fn told<'w, T: Copy>(table: &[(T, &[&str])], words: impl Iterator<Item = &'w str>) -> Option<T> {
    words.map(str::to_lowercase).find_map(|word| {
        table.iter().find(|(_, signs)| signs.iter().any(|sign| word.contains(sign))).map(|(value, _)| *value)
    })
}
